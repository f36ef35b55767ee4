"""A file that matters: whole or as it was, and of the mode it was given."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from protocol.keeping import OPEN, SECRET, write


@contextmanager
def disk_with_room_for(size: int) -> Iterator[None]:
    """A write beyond `size` bytes is cut there, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_file_that_found_no_room_is_as_it_was_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    write(path, b"old", SECRET)
    with disk_with_room_for(10), pytest.raises(OSError, match="too large"):
        write(path, b"n" * 20, SECRET)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [SECRET, OPEN])
def test_file_has_the_mode_it_was_given_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    before = os.umask(0o077 if mode == OPEN else 0o000)
    try:
        write(path, b"new", mode)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_draft_that_a_dead_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".file.new").write_bytes(b"half")
    write(tmp_path / "file", b"whole", OPEN)
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
