"""Crossings, visits, chores and injected faults in; who was where, and what really happened, out. Pure."""

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from hub.layout import OUTSIDE, Layout
from protocol.events import Direction, Task
from simulator.faults import Injection
from simulator.happenings import Crossing, Deed, Happening, Visit
from simulator.staff import CLEANER, Chore
from simulator.timetable import Act


class Level(NamedTuple):
    """So many people from this moment on."""

    t_s: float
    people: int


class DoorTotals(Struct, kw_only=True):
    """What one door has seen."""

    people_in: int = 0
    people_out: int = 0
    turned_back: int = 0
    tailgating: int = 0


class ChoreTruth(Struct, kw_only=True):
    """A task of a room, as it went. Seconds since the start."""

    space: str
    task: Task
    due_s: float
    #: Somebody was meant to come late, or to forget it.
    is_exception: bool
    #: None: never. Only what a living node was told.
    started_s: float | None = None
    done_s: float | None = None
    #: Presses at a panel whose node was dead.
    unheard: int = 0

    def is_late(self, patience_s: float, now_s: float) -> bool:
        """Whether it was not begun so long after it fell due."""
        return (now_s if self.started_s is None else self.started_s) - self.due_s > patience_s

    def is_skipped(self, now_s: float, within_s: float = 3600.0) -> bool:
        """Whether it was not done within so long after it fell due."""
        return (now_s if self.done_s is None else self.done_s) - self.due_s > within_s


class TruthReport(Struct, frozen=True, kw_only=True):
    """All of it, to be written as JSON. Times in seconds since the start."""

    doors: dict[str, DoorTotals]
    occupancy: dict[str, int]
    highest: dict[str, int]
    visits: int
    febrile: tuple[Visit, ...]
    faults: tuple[Injection, ...]
    #: Tasks of rooms by when they fell due, the late and forgotten ones among them.
    chores: tuple[ChoreTruth, ...] = ()


class Truth:
    """The campus as it is. Everyone begins outside; how many that are does not matter."""

    def __init__(self, layout: Layout) -> None:
        self._doors = {door.id: door for door in layout.doors}
        self._levels = {space.id: [Level(0.0, 0)] for space in layout.spaces}
        #: People who left minus people who came; never above 0 in a campus that began empty.
        self._levels[OUTSIDE] = [Level(0.0, 0)]
        #: The same without those who clean.
        self._users = {space: [Level(0.0, 0)] for space in self._levels}
        self.doors = {door.id: DoorTotals() for door in layout.doors}
        #: First and further attempts at every thermometer.
        self.visits: list[Visit] = []
        self.faults: list[Injection] = []
        self._chores: dict[int, ChoreTruth] = {}

    @property
    def crossings(self) -> int:
        """People who went through a door, both ways."""
        return sum(totals.people_in + totals.people_out for totals in self.doors.values())

    @property
    def turned_back(self) -> int:
        """People who turned back in a doorway."""
        return sum(totals.turned_back for totals in self.doors.values())

    @property
    def febrile(self) -> list[Visit]:
        """First attempts of people with a fever."""
        return [visit for visit in self.visits if visit.fever_c > 0.0 and visit.attempt == 1]

    @property
    def chores(self) -> list[ChoreTruth]:
        """Tasks of rooms that have fallen due, by when."""
        return list(self._chores.values())

    def late(self, patience_s: float, now_s: float) -> list[ChoreTruth]:
        """Tasks that were not begun, or not yet, so long after they fell due."""
        return [chore for chore in self._chores.values() if chore.is_late(patience_s, now_s)]

    def skipped(self, now_s: float) -> list[ChoreTruth]:
        """Tasks that were left out, or not done within the hour."""
        return [chore for chore in self._chores.values() if chore.is_skipped(now_s)]

    def observe(self, happening: Happening | Injection) -> None:
        """Take what happens, by time.

        Raises ValueError for a crossing that would leave fewer than no people: a fault of the simulation.
        """
        if isinstance(happening, Visit):
            self.visits.append(happening)
        elif isinstance(happening, Injection):
            self.faults.append(happening)
        elif isinstance(happening, Chore):
            self._chores[happening.number] = ChoreTruth(
                space=happening.space,
                task=happening.task,
                due_s=happening.t_s,
                is_exception=happening.is_exception,
            )
        elif isinstance(happening, Deed):
            self._do(happening)
        else:
            self._cross(happening)

    def occupancy(self, space: str) -> int:
        """How many are in `space` now."""
        return self._levels[space][-1].people

    def occupancy_at(self, space: str, t_s: float) -> int:
        """How many were in `space` at a time, a crossing at that very time included."""
        levels = self._levels[space]
        return levels[bisect_right(levels, t_s, key=lambda level: level.t_s) - 1].people

    def levels(self, space: str) -> list[Level]:
        """How the number of people in `space` went, by time."""
        return list(self._levels[space])

    def users(self, space: str) -> list[Level]:
        """How the number of people who use `space` went, by time: those who clean it are not among them."""
        return list(self._users[space])

    def over(self, space: str, limit: int, end_s: float) -> list[tuple[float, float]]:
        """When more than `limit` people were in `space`, as intervals [from, until)."""
        spans: list[tuple[float, float]] = []
        for level, after in pairwise([*self._levels[space], Level(end_s, 0)]):
            if level.people <= limit or level.t_s >= after.t_s:
                continue
            if spans and spans[-1][1] == level.t_s:
                spans[-1] = (spans[-1][0], after.t_s)
            else:
                spans.append((level.t_s, after.t_s))
        return spans

    def over_within(self, space: str, limit: int, from_s: float, until_s: float) -> list[tuple[float, float]]:
        """The parts of those intervals that lie within [from, until)."""
        spans = self.over(space, limit, max(until_s, self._levels[space][-1].t_s))
        return [(max(a, from_s), min(b, until_s)) for a, b in spans if a < until_s and b > from_s]

    def report(self) -> TruthReport:
        """Everything, to be kept beside what the hub believed."""
        spaces = {space: levels for space, levels in self._levels.items() if space != OUTSIDE}
        return TruthReport(
            doors=self.doors,
            occupancy={space: levels[-1].people for space, levels in spaces.items()},
            highest={space: max(level.people for level in levels) for space, levels in spaces.items()},
            visits=len(self.visits),
            febrile=tuple(self.febrile),
            faults=tuple(self.faults),
            chores=tuple(self._chores.values()),
        )

    def _do(self, deed: Deed) -> None:
        chore = self._chores.get(deed.chore)
        if chore is None:
            return
        if not deed.was_heard:
            chore.unheard += 1
        elif deed.act is Act.PRESS_STARTED:
            chore.started_s = deed.t_s
        elif deed.act is Act.PRESS_DONE and chore.started_s is not None:
            chore.done_s = deed.t_s

    def _cross(self, crossing: Crossing) -> None:
        totals = self.doors[crossing.door]
        if crossing.turned_back:
            totals.turned_back += 1
            return
        door = self._doors[crossing.door]
        inwards = crossing.direction is Direction.IN
        totals.people_in += inwards
        totals.people_out += not inwards
        totals.tailgating += crossing.tailgating
        origin, target = (door.outer, door.inner) if inwards else (door.inner, door.outer)
        books = [self._levels] if crossing.group.startswith(CLEANER) else [self._levels, self._users]
        for book in books:
            self._move(book[origin], origin, -1, crossing)
            self._move(book[target], target, +1, crossing)

    def _move(self, levels: list[Level], space: str, people: int, crossing: Crossing) -> None:
        now = levels[-1].people + people
        if now < 0 and space != OUTSIDE:
            raise ValueError(
                f"{crossing.door}: somebody left `{space}` at {crossing.t_s:.1f} s, which was empty"
            )
        levels.append(Level(crossing.t_s, now))
