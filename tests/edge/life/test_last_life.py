from pathlib import Path

import pytest

from edge.life.last_life import BOOT_ID, Code, LastLife
from edge.life.progress import Stuck

HANGS = Stuck("bus-1", 46.0, has_moved=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    boot_machine(tmp_path, "first")
    return tmp_path


def boot_machine(root: Path, boot: str) -> None:
    path = root / BOOT_ID
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(boot + "\n", encoding="ascii")


def a_life(root: Path) -> LastLife:
    return LastLife(root / "outbox.sqlite", root)


def test_last_life_of_a_new_node_ended_in_no_way(root: Path) -> None:
    assert a_life(root).begin() is None


def test_last_life_that_was_asked_to_end_is_not_spoken_of(root: Path) -> None:
    life = a_life(root)
    life.begin()
    life.end()
    assert a_life(root).begin() is None


def test_last_life_that_was_killed_is_told(root: Path) -> None:
    a_life(root).begin()
    ending = a_life(root).begin()
    assert ending is not None
    assert (ending.code, ending.part) == (Code.KILLED, "")


def test_last_life_before_the_machine_started_again_is_told(root: Path) -> None:
    a_life(root).begin()
    boot_machine(root, "second")
    ending = a_life(root).begin()
    assert ending is not None
    assert ending.code is Code.POWER


def test_last_life_tells_which_part_was_stuck(root: Path) -> None:
    life = a_life(root)
    life.begin()
    life.stuck(HANGS)
    ending = a_life(root).begin()
    assert ending is not None
    assert (ending.code, ending.part, ending.in_a_row) == (Code.STUCK, "bus-1", 1)
    assert ending.detail == "bus-1 has not moved for 46 s"


def test_last_life_counts_restarts_that_did_not_help(root: Path) -> None:
    for _ in range(3):
        life = a_life(root)
        life.begin()
        life.stuck(HANGS)
    ending = a_life(root).begin()
    assert ending is not None
    assert ending.in_a_row == 3


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(Stuck("bus-1", 46.0, has_moved=True), id="it-had-moved-again"),
        pytest.param(Stuck("outbox", 31.0, has_moved=False), id="another-part"),
    ],
)
def test_last_life_begins_to_count_anew(root: Path, second: Stuck) -> None:
    for stuck in (HANGS, second):
        life = a_life(root)
        life.begin()
        life.stuck(stuck)
    ending = a_life(root).begin()
    assert ending is not None
    assert ending.in_a_row == 1


def test_last_life_forgets_what_moved_again(root: Path) -> None:
    life = a_life(root)
    life.begin()
    life.stuck(HANGS)
    life.moved()
    ending = a_life(root).begin()
    assert ending is not None
    assert ending.code is Code.KILLED


def test_last_life_with_a_damaged_note_is_told_as_far_as_it_is_known(root: Path) -> None:
    (root / "outbox.sqlite.life").write_bytes(b"\x00\xff")
    ending = a_life(root).begin()
    assert ending is not None
    assert ending.code is Code.KILLED
    assert "damaged" in ending.detail


def test_last_life_on_a_disk_that_refuses_does_not_end_the_node(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    life = LastLife(root / "nonexistent" / "outbox.sqlite", root)
    assert life.begin() is None
    life.stuck(HANGS)
    life.end()
    assert len(caplog.records) == 2
