"""How far each door is believed: what its building counted in, a verdict a door out. Pure.

A building is looked at again when somebody has passed one of its doors, at most once in ten minutes, and
no more of them in one turn than it has time for.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.agenda import Agenda
from hub.campus import Campus
from hub.counts.door_error import DoorError
from hub.counts.lie import Suspicion
from hub.counts.suspicion import Suspects
from hub.counts.trust import DoorTrust, trust_of
from hub.layout import OUTSIDE

#: A building is looked at no sooner than this after the last time, and a quiet one so often.
LEAST_GAP = timedelta(minutes=10)
QUIET_GAP = timedelta(minutes=30)
#: Buildings are looked at in one turn until they have had so many passages on their day, ...
MOST_WORK = 2000
#: ... a door that nobody passed being as much work as so many.
DOOR_WORK = 25
#: What the end of a day found stays until so many have passed the door again.
UNTIL_PASSED = 50


class Trusts:
    """The doors of a campus."""

    def __init__(self, campus: Campus, now: datetime) -> None:
        self._campus = campus
        layout = campus.layout
        state = campus.state
        self._suspects = Suspects(layout, campus.counts, state.spaces, state.doors)
        self._suspicions: dict[str, Suspicion] = {}
        #: What followed from which error and suspicion: asked for at every look at a space.
        self._known: dict[str, tuple[DoorError, Suspicion | None, DoorTrust]] = {}
        #: Counts the looks: two at one version see the same.
        self.version = 0
        self._side = {door.id: door.outer if door.inner == OUTSIDE else door.inner for door in layout.doors}
        building_of = {space.id: space.building for space in layout.spaces}
        self._building_of = {door: building_of[side] for door, side in self._side.items()}
        self._doors_of: dict[str, list[str]] = {building: [] for building in self._building_of.values()}
        for door, building in self._building_of.items():
            self._doors_of[building].append(door)
        self._agenda: Agenda[str] = Agenda()
        self._looked_at: dict[str, datetime] = {}
        #: Buildings whose day is over, with the day and since when, still to be looked at.
        self._ended: deque[tuple[str, str, datetime]] = deque()
        # After a start nothing is known of what was thought before: looked at again at once.
        for building in sorted(self._doors_of):
            self._agenda.put(building, now)

    def of(self, door: str) -> DoorTrust:
        """How far the door is believed now."""
        error, suspicion = self._campus.counts.error(self._side[door], door), self._suspicions.get(door)
        known = self._known.get(door)
        if known is not None and known[0] is error and known[1] is suspicion:
            return known[2]
        trust = trust_of(door, error, suspicion)
        self._known[door] = (error, suspicion, trust)
        return trust

    def suspected(self) -> list[DoorTrust]:
        """The doors that something speaks against."""
        return [self.of(door) for door in sorted(self._suspicions)]

    def passed(self, doors: Iterable[str], now: datetime) -> None:
        """Somebody has passed these doors."""
        for building in {self._building_of[door] for door in doors}:
            last = self._looked_at.get(building, now)
            self._agenda.put_by(building, max(now, last + LEAST_GAP))

    def look(self, now: datetime) -> set[str]:
        """Look at buildings that are due; returns the doors of which something else is thought now.

        As many as one turn has time for: whether another is due, `due_at` says.
        """
        changed: set[str] = set()
        today = self._campus.day_of(now)
        work = 0
        while self._ended and work < MOST_WORK:
            building, day, _ = self._ended.popleft()
            changed |= self._look_at(building, day, now, is_over=True)
            work += self._work(building, day)
        for building in self._agenda.due(now):
            if work >= MOST_WORK:
                self._agenda.put(building, now)
                continue
            self._looked_at[building] = now
            self._agenda.put(building, now + QUIET_GAP)
            changed |= self._look_at(building, today, now, is_over=False)
            work += self._work(building, today)
        return changed

    def _work(self, building: str, day: str) -> int:
        """What a look costs, in passages."""
        doors = self._doors_of[building]
        return DOOR_WORK * len(doors) + sum(self._passed_on(door, day) for door in doors)

    def due_at(self) -> datetime | None:
        """When the next look is due."""
        return self._ended[0][2] if self._ended else self._agenda.next()

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much."""
        self._agenda.shift(by)
        self._looked_at = {building: at + by for building, at in self._looked_at.items()}

    def end_day(self, day: str, now: datetime) -> None:
        """A campus day is over: everybody has left, which tells more. The next looks are at it."""
        self._ended.extend((building, day, now) for building in sorted(self._doors_of))

    def _look_at(self, building: str, day: str, now: datetime, *, is_over: bool) -> set[str]:
        begins, minute = int(self._campus.day_begins(day).timestamp()) // 60, int(now.timestamp()) // 60
        found = self._suspects.find(building, day, begins, minute, is_over=is_over)
        return self._take(building, {one.door: one for one in found}, day, begins)

    def _take(self, building: str, found: dict[str, Suspicion], day: str, begins: int) -> set[str]:
        before = {door: one for door, one in self._suspicions.items() if self._building_of[door] == building}
        for door, one in before.items():
            if one.since < begins and door not in found and self._passed_on(door, day) < UNTIL_PASSED:
                found[door] = one
        doors = found.keys() | before.keys()
        changed = {door for door in doors if _lie(found.get(door)) != _lie(before.get(door))}
        for door in before:
            del self._suspicions[door]
        self._suspicions.update(found)
        self.version += 1
        return changed

    def _passed_on(self, door: str, day: str) -> int:
        page = self._campus.state.doors.get(door, {}).get(day)
        return 0 if page is None else page.ins + page.outs


def _lie(one: Suspicion | None) -> str | None:
    return None if one is None else one.lie.value
