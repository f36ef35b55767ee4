"""An outbox on a disk that fills: by a limit on its pages anywhere, on a real small disk as root."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import FileIO
from pathlib import Path
from random import Random

import pytest

from edge.errors import OutboxFull
from edge.outbox.ballast import BALLAST_BYTES, Ballast
from edge.outbox.outbox import Outbox, find_damaged
from protocol.codec import decode_event
from protocol.events import AnyEvent, Direction, Passage
from protocol.messages import Ack
from tests.edge.outbox.test_outbox import EPOCH, fill, limit_pages, open_outbox, seqs_in
from tests.fakes.edge import START


def passed(after_s: float, people: int = 1) -> Passage:
    at = START + timedelta(seconds=after_s)
    return Passage(seq=1, at=at, channel="main", direction=Direction.IN, people=people)


# -- the ballast


def test_ballast_gives_half_and_then_all(tmp_path: Path) -> None:
    path = tmp_path / "outbox.ballast"
    ballast = Ballast(tmp_path / "outbox")
    ballast.lay()
    given = [(ballast.give_half(), path.stat().st_size), (ballast.give_half(), path.stat().st_size)]
    assert given == [(True, BALLAST_BYTES // 2), (False, BALLAST_BYTES // 2)]
    assert (ballast.give_all(), ballast.give_all(), path.exists()) == (True, False, False)


def test_ballast_without_room_is_not_laid(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "missing" / "outbox")
    ballast.lay()
    assert (ballast.give_half(), ballast.give_all()) == (False, False)


# -- a limit on pages: no root needed


@pytest.mark.parametrize("seed", range(25))
def test_outbox_filled_at_a_random_point_is_whole_and_goes_on_when_there_is_room(
    tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)
    path = tmp_path / "outbox.sqlite"
    outbox = open_outbox(path)
    for first in range(0, chance.randrange(400), 50):
        outbox.put([passed(60.0 * first)] * 50)
    limit_pages(outbox, chance.randrange(1, 20))
    fill(outbox)
    newest = outbox.newest_seq
    assert seqs_in(outbox) == list(range(1, newest + 1))
    outbox.acknowledge(Ack(epoch=EPOCH, seq=newest // 2))
    assert outbox.put([passed(0.0)]) == [newest + 1]
    limit_pages(outbox, 1000)
    assert outbox.put([passed(0.0)]) == [newest + 2]
    outbox.close()
    again = open_outbox(path)
    assert seqs_in(again) == list(range(newest // 2 + 1, newest + 3))
    assert find_damaged(path) == []
    again.close()


def test_outbox_on_a_full_disk_gives_half_its_ballast_for_events_and_the_rest_for_acknowledgements(
    tmp_path: Path,
) -> None:
    outbox = open_outbox(tmp_path / "outbox.sqlite")
    limit_pages(outbox, 2)
    fill(outbox)
    assert (tmp_path / "outbox.sqlite.ballast").stat().st_size == BALLAST_BYTES // 2
    outbox.acknowledge(Ack(epoch=EPOCH, seq=outbox.newest_seq))
    assert (tmp_path / "outbox.sqlite.ballast").stat().st_size == BALLAST_BYTES
    outbox.close()


def test_outbox_on_a_full_disk_folds_and_so_keeps_every_total(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.sqlite", untouched=10)
    limit_pages(outbox, 4)
    taken = put_until_refused(outbox, lambda number: [passed(number, people=30)] * 5)
    assert outbox.losses.folded > 0
    assert sum_of(outbox) == 30 * taken
    outbox.close()


# -- a real disk of its own


_CHILD = """
import ctypes, os, sys
from pathlib import Path
from random import Random

libc = ctypes.CDLL(None, use_errno=True)
# Our mounts are ours alone, and go with this process.
if libc.unshare(0x00020000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit(77)
folder = Path(sys.argv[1])
from tests.edge.outbox.test_outbox_disk_full import fill_a_disk

for seed in range(int(sys.argv[2]), int(sys.argv[3])):
    size_kb = Random(seed).randrange(6500, 9000)
    if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=%dk" % size_kb):
        sys.exit(77)
    fill_a_disk(folder, seed)
    if libc.umount(bytes(folder)):
        sys.exit("the disk is still in use")
"""


def fill_a_disk(folder: Path, seed: int) -> None:
    """Fill a small disk beside the outbox at a random point, then by it; acknowledge; free; go on."""
    chance = Random(seed)
    path, other = folder / "outbox.sqlite", folder / "other"
    outbox = open_outbox(path)
    for _ in range(chance.randrange(40)):
        outbox.put([passed(60.0 * n) for n in range(chance.randrange(1, 60))])
    occupy(other)
    taken = put_until_refused(outbox, lambda number: [passed(60.0 * number)] * chance.randrange(1, 20))
    newest = outbox.newest_seq
    assert taken > 0, "half the ballast is for events"
    assert sum_of(outbox) == newest, "nobody is lost"
    # Folded ones are acknowledged with the rest; the disk is still full.
    outbox.acknowledge(Ack(epoch=EPOCH, seq=newest - 100))
    assert outbox.depth <= 100
    assert outbox.put([passed(0.0)]) == [newest + 1], "an acknowledgement makes room"
    other.unlink()
    outbox.put([passed(0.0)] * 100)
    outbox.acknowledge(Ack(epoch=EPOCH, seq=newest))
    assert Ballast(path).give_half(), "the ballast is laid again when there is room"
    outbox.close()
    again = open_outbox(path)
    assert seqs_in(again) == list(range(newest + 1, newest + 102))
    assert find_damaged(path) == []
    (verdict,) = again._database.execute("PRAGMA integrity_check").fetchone()
    assert verdict == "ok"
    again.close()
    for left in folder.iterdir():
        left.unlink()


def occupy(path: Path) -> None:
    """Something else takes all the room there is."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096):
            write_until_refused(file, b"\xa5" * size)


def write_until_refused(file: FileIO, data: bytes) -> None:
    with suppress(OSError):
        while True:
            file.write(data)


def put_until_refused(outbox: Outbox, events: Callable[[int], list[AnyEvent]]) -> int:
    """How many it takes."""
    before = outbox.newest_seq
    with suppress(OutboxFull):
        for number in range(100_000):
            outbox.put(events(number))
    return outbox.newest_seq - before


def sum_of(outbox: Outbox) -> int:
    events = [decode_event(row.body) for row in outbox.pending(0, 10**6, 10**9)]
    return sum(event.people for event in events if isinstance(event, Passage))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk of its own")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", [0, 25])
def test_outbox_on_a_real_disk_that_fills_at_a_random_point(tmp_path: Path, first: int) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [sys.executable, "-c", _CHILD, str(folder), str(first), str(first + 25)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("this kernel or container lets nobody mount a disk")
    assert (done.returncode, done.stderr) == (0, "")
