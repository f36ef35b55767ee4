"""Files damaged in every way: never "all clear", always the whole truth again, or a clear refusal.

KUZET_DAMAGED sets how many; a release takes 300.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from hub.backup.errors import Damaged
from hub.backup.shelf import Shelf
from hub.errors import StoreError
from tests.hub.backup.campus import Campus, image_of, looks, walk
from tests.hub.backup.damage import SPOILS, flip

FILES = int(os.environ.get("KUZET_DAMAGED", "60"))
LATER = timedelta(minutes=10)
#: In memory where that can be had: how fast a disk syncs is not what is tested.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class Truth(NamedTuple):
    """What the campus was when the power went."""

    folder: Path
    other: Path
    journal: dict[tuple[str, str, int], bytes]
    believed: dict[str, object]


def outcome_of(folder: Path) -> str:
    """What is believed after a start, or why there was none."""
    campus = Campus(folder)
    try:
        campus.begin(LATER)
        campus.hub.tick()
        if {said["state"] for said in campus.states()} != {"unknown"}:
            return "something was said to be known before a node had spoken"
        campus.settle()
        return str(campus.believed())
    except (Damaged, StoreError) as error:
        return str(error)
    finally:
        campus.close()


def live(campus: Campus, chance: Random, rounds: int) -> None:
    for _ in range(rounds):
        campus.put("room-node", *walk(chance, 20))
        campus.put("entrance", *walk(chance, 5, "main"), *looks(chance, 6))
        campus.settle()


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    with TemporaryDirectory(prefix="kuzet-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def folder(truth: Truth, memory: Path) -> Iterator[Path]:
    """The campus as the power cut left it, to be damaged."""
    place = memory / "damaged"
    shutil.copytree(truth.folder, place)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def truth(memory: Path) -> Iterator[Truth]:
    """A campus that was killed while everything was open, with a copy of some time before."""
    folder, other = memory / "campus", memory / "other"
    other.mkdir()
    another = Campus(other / "campus")
    another.begin()
    live(another, Random(8), 6)
    for name in ("hub.db", "hub.db-wal"):
        shutil.copy(another.data / name, other / name.replace("hub", "another"))
    another.close()
    campus = Campus(folder / "living")
    campus.begin()
    live(campus, Random(1), 3)
    campus.hub.tick(31)
    campus.copy()
    for name in ("hub.db", "hub.db-wal"):
        shutil.copy(campus.data / name, other / name)
    live(campus, Random(2), 2)
    campus.hub.tick(31)
    live(campus, Random(3), 1)
    image = image_of(campus, folder / "image")
    yield Truth(image, other, campus.truth(), campus.believed())
    campus.close()


@pytest.mark.parametrize("number", range(FILES))
def test_campus_of_a_damaged_file_is_unknown_and_then_as_it_was(
    truth: Truth, folder: Path, number: int
) -> None:
    SPOILS[number % len(SPOILS)](folder / "data", truth.other, Random(number))
    campus = Campus(folder)
    campus.begin(LATER)
    campus.hub.tick()
    assert {said["state"] for said in campus.states()} == {"unknown"}
    campus.settle()
    try:
        assert campus.believed() == truth.believed
        # A letter of an old row that fell over is not in what is believed; the next copy finds it.
        is_whole = campus.journal() == truth.journal
        assert is_whole or campus.copy_is_refused()
    finally:
        campus.close()


@pytest.mark.parametrize("number", range(0, FILES, 3))
def test_campus_without_a_copy_is_as_it_was_or_refused_in_words(
    truth: Truth, folder: Path, number: int
) -> None:
    shutil.rmtree(folder / "copies")
    flip(folder / "data" / "hub.db", Random(number), 1 + number % 30)
    outcome = outcome_of(folder)
    # Refused in words that say what to do, and the file is where it was; or nothing was lost.
    assert "kuzet restore" in outcome or outcome == str(truth.believed)
    assert (folder / "data" / "hub.db").is_file()


def test_copy_that_is_damaged_too_is_passed_over_for_an_older_one(truth: Truth, folder: Path) -> None:
    (copy,) = Shelf(folder / "copies").copies()
    newer = copy.path.with_name(copy.path.name.replace("T04", "T05"))
    content = bytearray(copy.path.read_bytes())
    content[len(content) // 2] ^= 16
    newer.write_bytes(content)
    (folder / "data" / "hub.db").write_bytes(b"nothing")
    campus = Campus(folder)
    (restored,) = campus.begin(LATER)
    assert restored.copy.path == copy.path
    campus.settle()
    assert (campus.journal(), campus.believed()) == (truth.journal, truth.believed)
    campus.close()


def test_damaged_file_is_put_aside_and_holds_no_reading(truth: Truth, folder: Path) -> None:
    path = folder / "data" / "hub.db"
    assert b'"skin_c":33.' in path.read_bytes() + Path(f"{path}-wal").read_bytes()
    path.write_bytes(b"X" + path.read_bytes()[1:])
    campus = Campus(folder)
    (restored,) = campus.begin(LATER)
    campus.close()
    assert restored.aside is not None
    left = b"".join(one.read_bytes() for one in (folder / "data").glob("hub.db.damaged-*"))
    assert left.count(b'"kind":"passage"') > 100
    assert b'"skin_c":33.' not in left
