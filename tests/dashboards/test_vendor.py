"""Packages of others: what is committed is what was asked for, and nothing else gets in."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from dashboards.vendor import LIST, LOCK, ROOT, Package, VendorError, packages, sum_of, unpack


def test_vendored_files_are_those_of_the_lock() -> None:
    sums = json.loads(LOCK.read_text(encoding="utf-8"))
    assert {path: sum_of(ROOT / path) for path in sums} == sums


def test_lock_names_every_vendored_file_and_no_other() -> None:
    wanted = {f"{one.folder}/{Path(name).name}" for one in packages() for name in one.files}
    there = {
        path.relative_to(ROOT).as_posix()
        for one in packages()
        for path in (ROOT / one.to).rglob("*")
        if path.is_file()
    }
    assert set(json.loads(LOCK.read_text(encoding="utf-8"))) == wanted == there


def test_every_package_comes_with_its_licence() -> None:
    assert [one.name for one in packages() if not (ROOT / one.folder / "LICENSE").is_file()] == []


def test_list_names_no_address() -> None:
    assert "://" not in LIST.read_text(encoding="utf-8")


def test_archive_that_was_changed_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "it.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("package/it.js"), io.BytesIO())
    wanted = Package(name="it", version="1", integrity="sha512-x", to="vendor", files=("it.js",))
    with pytest.raises(VendorError, match="expected sha512-x, got sha512-"):
        unpack(archive, wanted, tmp_path)
    assert not (tmp_path / "vendor").exists()
