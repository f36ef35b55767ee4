"""What `kuzet edge check` says of an outbox, without changing anything beside it."""

import codecs
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from commandline.edge_machine import is_open_elsewhere, look_at_machine, why_in_use
from edge.config import NodeConfig, read_node_config
from edge.outbox.outbox import Outbox
from tests.commandline.model_bench import ModelBench
from tests.commandline.test_edge_check import EPOCH, write
from tests.edge.test_config import DOOR

NOBODY = 65534
_NODE = """
import os, sys
from pathlib import Path
from edge.outbox.outbox import Outbox
from protocol.clock import SystemClock
from protocol.events import Direction, Passage
outbox = Outbox.open(Path(sys.argv[1]), lambda: "0" * 26)
outbox.put([Passage(seq=1, at=SystemClock().now(), channel="main", direction=Direction.IN)])
os._exit(0)
"""


def config_of(folder: Path, outbox: str) -> NodeConfig:
    return read_node_config(Path(write(folder, 1883, DOOR, outbox=outbox)))


def faults_of(folder: Path, outbox: str) -> list[str]:
    faults: list[str] = []
    (folder / "root").mkdir(exist_ok=True)
    look_at_machine(config_of(folder, outbox), ModelBench(folder / "root").bench, faults, [])
    return faults


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that holds nothing but what an outbox's node makes."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def outbox(data: Path) -> Path:
    """An outbox whose node was stopped."""
    path = data / "outbox.sqlite"
    Outbox.open(path, lambda: EPOCH).close()
    return path


@pytest.fixture
def killed(data: Path) -> Path:
    """An outbox whose node was killed: what it holds is in its journal."""
    path = data / "outbox.sqlite"
    subprocess.run([sys.executable, "-c", _NODE, path], check=True)
    assert path.with_name("outbox.sqlite-wal").stat().st_size > 0
    return path


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """An outbox that nobody may read, outside pytest's folder, which is closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="kuzet-test-"))
    path = folder / "data" / "outbox.sqlite"
    path.parent.mkdir()
    Outbox.open(path, lambda: EPOCH).close()
    # What Python loads when it is first asked for is loaded while it may be.
    assert faults_of(folder, str(path)) == []
    codecs.lookup("ascii")
    folder.chmod(0o755)
    path.parent.chmod(0o777)
    path.chmod(0)
    yield path
    path.parent.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def another_user() -> Iterator[None]:
    """As root be nobody meanwhile; anybody else is kept out of what has mode 0 as they are."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def looked_at(path: Path) -> list[str]:
    """The faults that another user is told of."""
    faults: list[str] = []
    folder = path.parents[1]
    config, bench = read_node_config(folder / "node.toml"), ModelBench(folder / "root").bench
    with another_user():
        look_at_machine(config, bench, faults, [])
    return faults


def test_good_outbox_is_good_and_stays_as_it_is(tmp_path: Path, outbox: Path) -> None:
    before = contents(outbox.parent)
    assert faults_of(tmp_path, str(outbox)) == []
    assert contents(outbox.parent) == before


def test_outbox_of_a_killed_node_is_good_and_stays_as_it_is(tmp_path: Path, killed: Path) -> None:
    before = contents(killed.parent)
    assert faults_of(tmp_path, str(killed)) == []
    assert contents(killed.parent) == before


def test_outbox_that_is_not_there_yet_is_good_and_not_made(tmp_path: Path, data: Path) -> None:
    assert faults_of(tmp_path, str(data / "outbox.sqlite")) == []
    assert contents(data) == {}


def test_whether_it_is_open_is_seen_without_a_trace(killed: Path) -> None:
    before = contents(killed.parent)
    assert not is_open_elsewhere(killed)
    assert contents(killed.parent) == before
    with closing(Outbox.open(killed, lambda: EPOCH)):
        assert is_open_elsewhere(killed)


@pytest.mark.parametrize(
    ("name", "fault"), [("", "names no file"), (" ", "names no file"), ("/", "is a folder")]
)
def test_outbox_without_a_name_is_refused(tmp_path: Path, name: str, fault: str) -> None:
    file = Path(write(tmp_path, 1883, DOOR, outbox="here"))
    file.write_text(file.read_text(encoding="utf-8").replace('"here"', f'"{name}"'), encoding="utf-8")
    faults: list[str] = []
    look_at_machine(read_node_config(file), ModelBench(tmp_path).bench, faults, [])
    (said,) = faults
    assert said.startswith("$.outbox: ")
    assert fault in said
    assert why_in_use(name) == said


def test_outbox_that_is_a_folder_is_refused(tmp_path: Path, data: Path) -> None:
    assert faults_of(tmp_path, str(data)) == [
        f"$.outbox: {data} is a folder; name a file in it, such as outbox.sqlite"
    ]


def test_outbox_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert faults_of(tmp_path, str(tmp_path / "pipe")) == [
        f"$.outbox: {tmp_path / 'pipe'} is no regular file; give `outbox` another path"
    ]


def test_text_is_no_outbox(tmp_path: Path, data: Path) -> None:
    (data / "outbox.sqlite").write_text("a list of things to buy\n" * 100)
    (fault,) = faults_of(tmp_path, str(data / "outbox.sqlite"))
    assert "is no outbox, or damaged (file is not a database)" in fault


def test_damaged_outbox_is_told(tmp_path: Path, outbox: Path) -> None:
    content = outbox.read_bytes()
    outbox.write_bytes(content[:4096] + b"\x5a" * 4096 + content[8192:])
    (fault,) = faults_of(tmp_path, str(outbox))
    assert "is no outbox, or damaged (" in fault


def test_database_of_something_else_is_told(tmp_path: Path, data: Path) -> None:
    with closing(sqlite3.connect(data / "outbox.sqlite")) as database:
        database.execute("CREATE TABLE song (name TEXT)")
    (fault,) = faults_of(tmp_path, str(data / "outbox.sqlite"))
    assert fault.endswith("is a database of something else; give `outbox` another path")


def test_outbox_of_a_newer_kuzet_is_told(tmp_path: Path, outbox: Path) -> None:
    with closing(sqlite3.connect(outbox)) as database:
        database.execute("PRAGMA user_version = 99")
    (fault,) = faults_of(tmp_path, str(outbox))
    assert "has layout 99" in fault


def test_outbox_in_memory_is_told(tmp_path: Path, data: Path) -> None:
    mounts = tmp_path / "root" / "proc/self/mounts"
    mounts.parent.mkdir(parents=True)
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {tmp_path.resolve()} tmpfs rw 0 0\n")
    (fault,) = faults_of(tmp_path, str(data / "outbox.sqlite"))
    assert fault.startswith(f"$.outbox: {data} is in memory (tmpfs)")
    mounts.write_text(f"{mounts.read_text()}/dev/sdb {data.resolve()} ext4 rw 0 0\n")
    assert faults_of(tmp_path, str(data / "outbox.sqlite")) == []


def test_outbox_of_another_user_says_what_to_do(forbidden: Path) -> None:
    (fault,) = looked_at(forbidden)
    assert fault.startswith(f"$.outbox: {forbidden} may not be read and written by `")
    assert "`sudo -u kuzet …`" in fault
    assert f"`sudo chown kuzet: {forbidden}`" in fault


def test_probe_and_calibrate_refuse_an_outbox_of_another_user(forbidden: Path) -> None:
    with another_user():
        said = why_in_use(str(forbidden))
    assert said is not None
    assert "`sudo -u kuzet …`" in said


def test_folder_of_another_user_hides_no_other_fault(forbidden: Path) -> None:
    forbidden.parent.chmod(0)
    supply = forbidden.parents[1] / "root/sys/devices/platform/soc/soc:firmware/get_throttled"
    supply.parent.mkdir(parents=True)
    supply.write_text("50005\n")
    rights, weak = looked_at(forbidden)
    assert rights.startswith(f"$.outbox: the folder {forbidden.parent} may not be written by `")
    assert "`sudo -u kuzet …`" in rights
    assert weak.startswith("supply: under-voltage")
    with another_user():
        said = why_in_use(str(forbidden))
    assert said is not None
    assert "`sudo -u kuzet …`" in said
