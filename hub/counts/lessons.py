"""The day pages of a campus in, what each open day has taught about the doors of a building out. Pure.

A day's lesson follows from the one before and from the day's pages, and is learned when it is asked for.
Whoever writes a page says so, and the lessons from that day on are learned anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from hub.counts.door_day import DoorDay
from hub.counts.door_error import DoorError
from hub.counts.learning import Interval, intervals, learn
from hub.counts.space_day import Anchor, AnchorKind, SpaceDay
from hub.layout import OUTSIDE, Layout, SpaceKind

#: Kinds in which people sleep: there is no night at which nobody is inside.
NEVER_EMPTY = (SpaceKind.DORMITORY,)
#: Before and after any minute.
FIRST, LAST = -1, 1 << 40
_BEGIN = Anchor(FIRST, 0, AnchorKind.NIGHT)
_END = Anchor(LAST, 0, AnchorKind.NIGHT)


class Start(Struct, frozen=True):
    """How many a space that is never empty held when its first open day began."""

    mean: float
    variance: float


class BuildingBook(Struct):
    """What closed days have taught about the doors of a building."""

    #: The newest day in it; empty before the first.
    until: str = ""
    errors: dict[str, DoorError] = {}
    starts: dict[str, Start] = {}


class Plan:
    """Which space is where, and which doors it has."""

    def __init__(self, layout: Layout) -> None:
        self.building = {space.id: space.building for space in layout.spaces}
        self.never_empty = {space.id for space in layout.spaces if space.kind in NEVER_EMPTY}
        #: The doors of each space: 1 where `in` leads into it, -1 where it leads out.
        self.doors_of: dict[str, list[tuple[str, int]]] = {space.id: [] for space in layout.spaces}
        for door in layout.doors:
            for side, sign in ((door.inner, 1), (door.outer, -1)):
                if side != OUTSIDE:
                    self.doors_of[side].append((door.id, sign))
        #: Of the spaces that each door joins the one with fewer doors, with the same sign: the room behind
        #: it; and the other, if that is one.
        self.behind: dict[str, tuple[str, int]] = {}
        self.beside: dict[str, str] = {}
        for door in layout.doors:
            sides = [(side, sign) for side, sign in ((door.inner, 1), (door.outer, -1)) if side != OUTSIDE]
            sides.sort(key=lambda one: len(self.doors_of[one[0]]))
            self.behind[door.id] = sides[0]
            if len(sides) > 1:
                self.beside[door.id] = sides[1][0]
        self.spaces_of: dict[str, list[str]] = {building.id: [] for building in layout.buildings}
        for space in layout.spaces:
            self.spaces_of[space.building].append(space.id)


class Lessons:
    """What is known of doors after each open day of their building."""

    def __init__(
        self,
        layout: Layout,
        spaces: Mapping[str, Mapping[str, SpaceDay]],
        doors: Mapping[str, Mapping[str, DoorDay]],
        books: dict[str, BuildingBook],
    ) -> None:
        self.plan = Plan(layout)
        self._spaces, self._doors, self._books = spaces, doors, books
        #: By building: the errors after each open day, oldest first, and how often they have changed.
        self._lessons: dict[str, dict[str, dict[str, DoorError]]] = {}
        self.version: dict[str, int] = {}
        #: By building: its open days, oldest first, and the newest minute with an anchor.
        self.days: dict[str, list[str]] = {}
        self._anchored: dict[str, int] = {}
        self.look()

    def passed(self, building: str, day: str, minute: int) -> None:
        """A page of the day has changed."""
        days = self.days[building]
        if day not in days:
            book = self._books.get(building)
            if book is not None and day <= book.until:
                return
            # The day before is over now, or a day has come in between.
            self._forget(building, max((one for one in days if one < day), default=day))
            days.append(day)
            days.sort()
        elif day < days[-1] or minute <= self._anchored[building]:
            self._forget(building, day)

    def anchored(self, building: str, minute: int) -> None:
        """A space of the building has an anchor; its page is said to have changed as well."""
        self._anchored[building] = max(self._anchored.get(building, FIRST), minute)

    def errors(self, building: str) -> Mapping[str, DoorError]:
        """What is known of each door of a building; a door of which nothing is known is not in it."""
        days = self.days[building]
        lessons = self._lessons.setdefault(building, {})
        if days and len(lessons) == len(days):
            return lessons[days[-1]]
        book = self._books.get(building)
        errors: dict[str, DoorError] = book.errors if book else {}
        for day in days:
            if day not in lessons:
                self.version[building] = self.version.get(building, 0) + 1
                found = self.intervals(building, day, is_over=day < days[-1])
                lessons[day] = learn(errors, found, self._counted_on(day)).errors
            errors = lessons[day]
        return errors

    def errors_before(self, building: str, day: str) -> Mapping[str, DoorError]:
        """What was known when an open day began."""
        self.errors(building)
        before = max((one for one in self.days[building] if one < day), default=None)
        if before is not None:
            return self._lessons[building][before]
        book = self._books.get(building)
        return book.errors if book else {}

    def ended(self, building: str, day: str) -> list[str]:
        """The open days before `day`, with the last of their nights learned."""
        days = self.days[building]
        old = [one for one in days if one < day]
        self.errors(building)
        if old and old[-1] == days[-1]:
            # The newest day of the building is long past: its night is over all the same.
            before = self.errors_before(building, old[-1])
            night = self.intervals(building, old[-1], is_over=True)
            self._lessons[building][old[-1]] = learn(before, night, self._counted_on(old[-1])).errors
        return old

    def close(self, building: str, old: list[str]) -> None:
        """Keep what these days, the oldest that are open, have taught in the building's book."""
        book = self._books.setdefault(building, BuildingBook())
        lessons = self._lessons[building]
        book.errors, book.until = dict(lessons[old[-1]]), old[-1]
        for one in old:
            lessons.pop(one, None)

    def look(self) -> None:
        """Find the open days in the pages."""
        for building in self.plan.spaces_of:
            self._look(building)

    def intervals(self, building: str, day: str, *, is_over: bool) -> list[Interval]:
        """What the anchors of one day say of a building's doors; once it is over, everybody had left."""
        counted = self._counted_on(day)
        found: list[Interval] = []
        for space in self.plan.spaces_of[building]:
            page = self._spaces.get(space, {}).get(day)
            if page is None or page.is_closed:
                continue
            known = list(page.anchors_by_minute().values()) if page.anchors else []
            if space not in self.plan.never_empty:
                known = [_BEGIN, *known, *([_END] if is_over else [])]
            found += intervals(space, self.plan.doors_of[space], known, counted)
        return found

    def _look(self, building: str) -> None:
        """Find the open days of a building in the pages."""
        book = self._books.get(building)
        until = book.until if book else ""
        pages = [
            (day, page)
            for one in self.plan.spaces_of[building]
            for day, page in self._spaces.get(one, {}).items()
        ]
        self.days[building] = sorted({day for day, _ in pages if day > until})
        newest = self.days[building][-1:]
        self._anchored[building] = max(
            (anchor.minute for day, page in pages if day in newest for anchor in page.anchors.values()),
            default=FIRST,
        )

    def _forget(self, building: str, day: str) -> None:
        lessons = self._lessons.get(building, {})
        for one in [one for one in lessons if one >= day]:
            del lessons[one]

    def _counted_on(self, day: str) -> "_Counted":
        return _Counted(self._doors, day)


@dataclass(frozen=True, slots=True)
class _Counted:
    """People counted by doors on a day."""

    doors: Mapping[str, Mapping[str, DoorDay]]
    day: str

    def __call__(self, door: str, after: int, until: int) -> tuple[int, int]:
        page = self.doors.get(door, {}).get(self.day)
        if page is None:
            return 0, 0
        if after == FIRST and until == LAST:
            return page.ins, page.outs
        return page.between(after, until)
