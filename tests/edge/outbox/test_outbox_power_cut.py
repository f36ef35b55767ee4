"""Power cuts of the outbox, judged by a ledger that stands outside it.

The outbox is the real one, with its own statements and pragmas; below it lies a disk that keeps what was
synced and, of the rest, any sector in any state it had. KUZET_CUTS sets how many cuts.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from edge.errors import EdgeError
from edge.kept import Kept
from edge.life.wall_clock import InstantFile
from edge.outbox.ballast import BALLAST_BYTES
from edge.outbox.outbox import Outbox, find_damaged
from protocol.codec import decode_event
from protocol.events import Air, AnyEvent, ClockState, Direction, Dispense, Fault, Passage, Recovered
from protocol.messages import Ack
from tests.edge.outbox.lossy_disk import LossyDisk
from tests.fakes.edge import START

CUTS = int(os.environ.get("KUZET_CUTS", "5000"))
EPOCH = "01K0000000000000000000000A"
#: What a cut leaves of what was not synced: nothing, or by chance; in sectors of old disks and of new ones.
LEAVES = ((512, 0.0), (512, 0.5), (4096, 0.5), (4096, 0.9))
NO_QUOTA = 1_000_000


#: What was under way when the power went: events to put, an acknowledgement, a number dropped, or a
#: correction of the clock. It may be there or not, but not in part.
Doubt = list[AnyEvent] | Ack | int | timedelta | None


class LossError(AssertionError):
    """What the ledger has and the outbox has not."""


class Ledger:
    """What the outbox has promised, written down by the test after each call that returned."""

    def __init__(self) -> None:
        self.newest = 0
        self.dropped = 0
        #: Of events promised and not acknowledged: people by direction, and all numbers.
        self.waiting: dict[int, AnyEvent] = {}
        self.faults: set[tuple[str, str]] = set()
        self.people: Counter[str] = Counter()
        self.people_acknowledged: Counter[str] = Counter()
        self.acknowledged_to = 0


class Bench:
    """An outbox that is used at random until the power goes, again and again."""

    def __init__(
        self, folder: Path, seed: int, *, max_events: int = NO_QUOTA, sql: Callable[[str], str] = str
    ) -> None:
        self.chance = Random(seed)
        self.path = folder / "outbox.sqlite"
        self.max_events = max_events
        self.disk = LossyDisk(f"lossy-{seed}-{max_events}", self.chance, sql)
        self.ledger = Ledger()
        self.outbox: Outbox | None = None
        self.was_open = False
        self.epoch = ""
        #: The first number of the life that the cut ended.
        self.first_seq = 1
        self.acked_people: Counter[str] = Counter()
        self.doubt: Doubt = None
        self.returned = 0
        self.reopened = 0

    def live(self) -> None:
        """Use it until the power goes."""
        self.disk.cut_after(self.chance.randrange(1, 90))
        try:
            self.open()
            while True:
                self.chance.choices(
                    (self.put, self.acknowledge, self.note_dropped, self.rebase, self.restart),
                    (60, 12, 2, 1, 2),
                )[0]()
        except EdgeError:
            if not self.disk.is_dead:
                raise
        if self.outbox is not None:
            self.outbox.close()
            self.outbox = None
        self.disk.power_up(*self.chance.choice(LEAVES))

    def open(self) -> Outbox:
        epoch = EPOCH if self.was_open else f"{self.chance.randrange(10**26):026d}"
        self.outbox = Outbox.open(
            self.path, lambda: epoch, max_events=self.max_events, untouched=4, connect=self.disk.connect
        )
        if not self.was_open:
            self.epoch, self.was_open = self.outbox.epoch, True
        self.first_seq = self.outbox.first_seq
        return self.outbox

    def judge(self) -> None:
        """Open it, compare it with the ledger, and settle what was in doubt."""
        first_seq = self.first_seq
        outbox, ledger = self.open(), self.ledger
        self.first_seq = first_seq
        if outbox.epoch != self.epoch or find_damaged(self.path):
            raise LossError("the epoch is another, or the file was moved aside")
        (verdict,) = outbox._database.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise LossError(verdict)
        self.settle(outbox)
        found = {row.seq: decode_event(row.body) for row in outbox.pending(0, 10**6, 10**9)}
        gone = numbers_in(outbox)[1]
        if outbox.newest_seq != ledger.newest or outbox.dropped != ledger.dropped:
            raise LossError("numbers or counts went back")
        if set(found) | gone != set(ledger.waiting) or set(found) & gone:
            raise LossError(f"{sorted(set(ledger.waiting) - set(found) - gone)} are lost")
        if outbox.depth != len(found) or set(outbox.faults) != ledger.faults:
            raise LossError("depth or faults differ")
        if self.max_events == NO_QUOTA:
            if any(_what(event) != _what(ledger.waiting[seq]) for seq, event in found.items()):
                raise LossError("a row holds something else")
        elif (
            _people(found.values()) + ledger.people_acknowledged + Counter(outbox.losses.people)
            != ledger.people
        ):
            raise LossError("people do not add up")
        outbox.close()
        self.outbox = None

    def settle(self, outbox: Outbox) -> None:
        """Either all of what was under way is there, or nothing."""
        doubt, ledger = self.doubt, self.ledger
        if isinstance(doubt, list) and outbox.newest_seq == ledger.newest + len(doubt):
            self.note_put(doubt)
        elif isinstance(doubt, int) and outbox.dropped == ledger.dropped + doubt:
            ledger.dropped += doubt
        elif isinstance(doubt, Ack):
            found, gone = numbers_in(outbox)
            if not any(_covers(doubt, seq) for seq in found | gone):
                self.note_ack(doubt)
        elif isinstance(doubt, timedelta):
            waiting = {row.seq: decode_event(row.body) for row in outbox.pending(0, 10**6, 10**9)}
            if any(event.at != ledger.waiting[seq].at for seq, event in waiting.items()):
                self.note_shift(doubt)
        self.doubt = None

    # -- what is done

    def put(self) -> None:
        events = [an_event(self.chance) for _ in range(self.chance.choice((1, 1, 1, 2, 5)))]
        self.doubt = events
        seqs = self.using.put(events)
        if seqs != list(range(self.ledger.newest + 1, self.ledger.newest + 1 + len(events))):
            raise LossError(f"{seqs} are not the next numbers")
        self.note_put(events)

    def acknowledge(self) -> None:
        # The hub's word never goes back here; what a hub does that lost its store is in test_kept_rows.py.
        low = max(self.ledger.acknowledged_to, self.ledger.newest - self.chance.randrange(30))
        behind = [seq for seq in self.ledger.waiting if seq < low]
        missing = ((min(behind),) * 2,) if behind and self.chance.random() < 0.3 else ()
        ack = Ack(epoch=self.epoch, seq=low, missing=missing)
        rows = self.using.pending(0, 10**6, 10**9, up_to_seq=low)
        acked = [row for row in rows if _covers(ack, row.seq)]
        self.acked_people = _people(decode_event(row.body) for row in acked)
        self.doubt = ack
        self.using.acknowledge(ack)
        self.note_ack(ack)

    def note_dropped(self) -> None:
        self.doubt = 3
        self.using.note_dropped(3)
        self.ledger.dropped += 3
        self.doubt = None

    def rebase(self) -> None:
        self.doubt = timedelta(seconds=self.chance.randrange(-9, 9))
        self.using.rebase(self.doubt, synced=False)
        self.note_shift(self.doubt)

    def restart(self) -> None:
        self.using.close()
        self.reopened += 1
        self.open()

    @property
    def using(self) -> Outbox:
        assert self.outbox is not None
        return self.outbox

    def note_put(self, events: list[AnyEvent]) -> None:
        ledger = self.ledger
        for seq, event in enumerate(events, ledger.newest + 1):
            ledger.waiting[seq] = event
            if isinstance(event, Fault):
                ledger.faults.add((event.channel, event.component))
            elif isinstance(event, Recovered):
                ledger.faults.discard((event.channel, event.component))
        ledger.people += _people(events)
        ledger.newest += len(events)
        self.returned += len(events)
        self.doubt = None

    def note_ack(self, ack: Ack) -> None:
        self.ledger.acknowledged_to = ack.seq
        waiting = self.ledger.waiting
        self.ledger.waiting = {seq: event for seq, event in waiting.items() if not _covers(ack, seq)}
        self.ledger.people_acknowledged += self.acked_people
        self.doubt = None

    def note_shift(self, by: timedelta) -> None:
        for seq, event in self.ledger.waiting.items():
            if seq >= self.first_seq and event.clock is ClockState.ESTIMATED:
                self.ledger.waiting[seq] = replace(event, at=event.at + by)
        self.doubt = None


def numbers_in(outbox: Outbox) -> tuple[set[int], set[int]]:
    """Those of its rows, and those that will never come."""
    gone = outbox.gone(0, 10**6)
    return (
        {row.seq for row in outbox.pending(0, 10**6, 10**9)},
        {seq for low, high in gone for seq in range(low, high + 1)},
    )


def an_event(chance: Random) -> AnyEvent:
    at = START + timedelta(seconds=chance.randrange(300))
    way = chance.choice((Direction.IN, Direction.OUT))
    word = f"beam-{chance.randrange(3)}"
    clock = chance.choice(list(ClockState))
    choices: list[AnyEvent] = [
        Passage(seq=1, at=at, channel="main", clock=clock, direction=way, people=chance.randrange(1, 4)),
        Air(seq=1, at=at, channel="air", co2_ppm=float(chance.randrange(400, 2000))),
        Dispense(seq=1, at=at, channel="gel", presses=1),
        Fault(seq=1, at=at, channel="main", component=word, code="stuck", detail="x" * chance.randrange(200)),
        Recovered(seq=1, at=at, channel="main", component=word, code="stuck"),
    ]
    return chance.choices(choices, (10, 3, 2, 1, 1))[0]


def _what(event: AnyEvent) -> str:
    """All of an event but its number."""
    return repr(event).partition("channel=")[2] + event.at.isoformat()


def _people(events: Iterable[AnyEvent]) -> Counter[str]:
    people: Counter[str] = Counter()
    for event in events:
        if isinstance(event, Passage):
            people[event.direction.value] += event.people
    return people


def _covers(ack: Ack, seq: int) -> bool:
    return seq <= ack.seq and not any(low <= seq <= high for low, high in ack.missing)


def cut_often(bench: Bench, cuts: int) -> None:
    for _ in range(cuts):
        bench.live()
        bench.judge()


# -- the promise


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(4))
def test_outbox_keeps_what_it_promised_through_power_cuts(tmp_path: Path, seed: int) -> None:
    bench = Bench(tmp_path, seed)
    cut_often(bench, max(1, CUTS * 4 // 5 // 4))
    assert bench.returned > bench.ledger.newest // 2
    assert bench.disk.syncs > CUTS // 5


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2))
def test_outbox_at_its_quota_keeps_its_totals_through_power_cuts(tmp_path: Path, seed: int) -> None:
    bench = Bench(tmp_path, seed, max_events=40)
    cut_often(bench, max(1, CUTS // 5 // 2))
    assert bench.returned > bench.ledger.newest // 2


# -- the proof that it can fail


def cuts_to_a_loss(folder: Path, seed: int) -> int:
    """How many cuts it takes to lose something when the outbox does not wait for the disk."""
    bench = Bench(folder, seed, sql=lambda sql: sql.replace("synchronous = FULL", "synchronous = NORMAL"))
    for cut in range(100):
        try:
            cut_often(bench, 1)
        except LossError:
            return cut
    return 100


def test_power_cuts_lose_rows_when_the_disk_is_not_waited_for(tmp_path: Path) -> None:
    assert max(cuts_to_a_loss(tmp_path, seed) for seed in range(10)) < 100


# -- what lies beside the outbox


@pytest.mark.parametrize("content", [b"", b"[36.5,", b"[36.5,36.", b"\x00" * 40, b"\xff" * 40])
def test_level_cut_short_is_learned_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "outbox.sqlite.post.level"
    path.write_bytes(content)
    assert Kept(path).load() == ()


@pytest.mark.parametrize("length", range(24))
def test_instant_cut_short_is_no_instant(tmp_path: Path, length: int) -> None:
    path = tmp_path / "outbox.sqlite.clock"
    InstantFile(path).save(START)
    path.write_bytes(path.read_bytes()[:length])
    assert InstantFile(path).load() is None


@pytest.mark.parametrize("size", [0, 1, BALLAST_BYTES // 2, BALLAST_BYTES - 1])
def test_ballast_cut_short_is_laid_again(tmp_path: Path, size: int) -> None:
    path = tmp_path / "outbox.sqlite"
    ballast = tmp_path / "outbox.sqlite.ballast"
    ballast.write_bytes(bytes(size))
    Outbox.open(path, lambda: EPOCH).close()
    assert ballast.stat().st_size == BALLAST_BYTES
