"""Measure a turn of the duty officer: every rule on a campus of 1,000 rooms and 2,000 doors, milliseconds.

One turn looks at everything, the others at what has changed; the same changes on campuses of other sizes show
that the cost grows with what changed and not with the campus.
"""

import argparse
import gc
import json
import random
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from commandline.defaults import REGIME
from commandline.machine import describe_machine
from hub.campus import Campus, Observed
from hub.duty_officer import DutyOfficer
from hub.layout import Door, Layout
from hub.presence import Presence
from hub.regime.reading import read_regime
from hub.rules import CHECKS
from hub.timetable.lesson_book import LessonBook
from protocol.clock import SystemClock
from protocol.events import Direction, Passage
from simulator.big_campus import CORRIDORS, ROOMS, big_campus

#: 09:00 in Almaty on a Monday.
MORNING = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SIZES = (250, 1000, 4000)
#: Doors passed between two turns.
CHANGES = (0, 1, 10, 50)
TICK = timedelta(milliseconds=200)
EPOCH = "0" * 26
#: People in each room.
PEOPLE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet bench rules`."""
    parser.add_argument("--turns", type=int, default=200, help="turns measured for each figure (default 200)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    if args.turns < 10:
        raise ValueError(f"--turns must be at least 10, got {args.turns}")
    clock = SystemClock()
    campuses = [_measure(rooms, args.turns, clock.monotonic) for rooms in SIZES]
    if args.json:
        print(json.dumps({"machine": describe_machine(), "campuses": [asdict(one) for one in campuses]}))
        return 0
    print(
        f"{'rooms':>6} {'doors':>6} {'all, ms':>9} {'longest':>9}  "
        + "  ".join(f"{one:>3} changed" for one in CHANGES)
    )
    for one in campuses:
        turns = "  ".join(f"{one.turns[changes].p50_ms:>8.2f} ms" for changes in CHANGES)
        print(f"{one.rooms:>6} {one.doors:>6} {one.everything_ms:>9.1f} {one.longest_ms:>9.1f}  {turns}")
    return 0


@dataclass(frozen=True, slots=True)
class Took:
    """Turns with so many doors passed since the last."""

    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One size of campus."""

    rooms: int
    doors: int
    rules: int
    #: Every rule looking at everything: all turns of it together, and the longest.
    everything_ms: float
    longest_ms: float
    #: By doors passed.
    turns: dict[int, Took]


def _measure(rooms: int, turns: int, now_s: Callable[[], float]) -> Measured:
    bench = _Bench(big_campus(rooms), now_s)
    bench.fill()
    gc.collect()
    gc.freeze()
    looks = [bench.look_at_everything() for _ in range(5)]
    measured: dict[int, Took] = {}
    for changes in CHANGES:
        took = sorted(bench.turn(changes=changes) * 1000 for _ in range(turns))
        p99 = took[int(len(took) * 0.99)]
        measured[changes] = Took(round(statistics.median(took), 3), round(p99, 3))
    return Measured(
        rooms=len(bench.layout.spaces),
        doors=len(bench.layout.doors),
        rules=len(CHECKS),
        everything_ms=round(statistics.median(sum(turns) for turns in looks) * 1000, 1),
        longest_ms=round(statistics.median(max(turns) for turns in looks) * 1000, 1),
        turns=measured,
    )


class _Bench:
    """A campus in the middle of a day."""

    def __init__(self, layout: Layout, now_s: Callable[[], float]) -> None:
        self.layout = layout
        self._now_s = now_s
        self._now = MORNING
        self._chance = random.Random(1)
        self._seqs = count(1)
        presence = Presence(self._now)
        ids = count(1)
        self._officer = DutyOfficer(
            campus=Campus(layout),
            presence=presence,
            regime=read_regime(REGIME, layout, tuple(CHECKS)),
            lesson_book=LessonBook(layout),
            receivers=(),
            now=self._now,
            new_id=lambda: str(next(ids)),
        )
        self._presence = presence

    def fill(self) -> None:
        """A lesson everywhere: people come in by the entrance, sit in their rooms, and leave again."""
        doors = {door.id: door for door in self.layout.doors}
        rooms = [space.id for space in self.layout.spaces if space.id.startswith("room-")]
        ways = [(self._chance.randrange(8), self._way(room, doors)) for room in rooms for _ in range(PEOPLE)]
        for minute in range(60):
            for starts, way in ways:
                if minute == starts:
                    for door in way:
                        self._pass(door, Direction.IN)
                elif minute == starts + 38:
                    for door in reversed(way):
                        self._pass(door, Direction.OUT)
            self._now += timedelta(minutes=1)
            self._hear()
            self._officer.turn(self._now)

    def _way(self, room: str, doors: dict[str, Door]) -> tuple[Door, ...]:
        """From the street to a room."""
        number = int(room.removeprefix("room-"))
        building = number // (ROOMS * CORRIDORS)
        side = self._chance.choice(("front", "back"))
        names = (f"entrance-{building}", f"stairs-{number // ROOMS}", f"{side}-{room}")
        return tuple(doors[name] for name in names)

    def look_at_everything(self) -> list[float]:
        """Seconds of each turn until every rule has looked at every place, as after a new day began."""
        self._officer.look_at_everything()
        took: list[float] = []
        while self._officer.rounds.is_behind:
            self._now += TICK
            began = self._now_s()
            self._officer.turn(self._now)
            took.append(self._now_s() - began)
        return took

    def turn(self, *, changes: int = 0) -> float:
        """Seconds that one turn took."""
        self._now += TICK
        self._hear()
        self._officer.turn(self._now)
        self._now += TICK
        for door in self._chance.sample(self.layout.doors, changes):
            self._pass(door, Direction.IN)
        began = self._now_s()
        self._officer.turn(self._now)
        return self._now_s() - began

    def _hear(self) -> None:
        for node in self.layout.nodes():
            self._presence.hear(node, self._now)
        self._officer.hear(self.layout.nodes())

    def _pass(self, door: Door, direction: Direction) -> None:
        seq = next(self._seqs)
        event = Passage(seq=seq, at=self._now, channel=door.channel, direction=direction)
        self._officer.observe(Observed(seq, door.node, EPOCH, self._now, event))
