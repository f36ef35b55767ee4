"""The day pages of spaces and doors in, the estimate of any space and the errors of any door out. Pure.

Everything is a function of the pages, so any order of events gives the same; what is remembered between
calls only saves work. Whoever writes a page says so (`passed`, `anchored`), and whoever begins a new
day calls `close_before`, which keeps what long past days have taught and lets go of their minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from hub.counts.door_day import DoorDay
from hub.counts.door_error import UNTUNED, DoorError
from hub.counts.learning import Interval, anchor_variance, intervals, learn
from hub.counts.space_day import Anchor, AnchorKind, SpaceDay
from hub.counts.track import Crossed, Estimate, Track, track_of
from hub.layout import OUTSIDE, Door, Layout, SpaceKind

#: Kinds in which people sleep: there is no night at which nobody is inside.
NEVER_EMPTY = (SpaceKind.DORMITORY,)
#: Minutes by which passages of different nodes may come out of order before a day is summed anew.
SETTLE_MIN = 2
#: Longer gaps than this are summed anew rather than minute by minute.
GAP_MIN = 60
_FIRST, _LAST = -1, 1 << 40
_BEGIN = Anchor(_FIRST, 0, AnchorKind.NIGHT)
_END = Anchor(_LAST, 0, AnchorKind.NIGHT)


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


@dataclass(slots=True)
class _Kept:
    """A space's track up to a minute, under one version of its building's errors."""

    day: str
    version: int
    until: int
    anchors: dict[int, Anchor]
    is_anchored: bool
    track: Track


class Counts:
    """Estimates of spaces and errors of doors, from pages that somebody else writes."""

    def __init__(
        self,
        layout: Layout,
        spaces: Mapping[str, Mapping[str, SpaceDay]],
        doors: Mapping[str, Mapping[str, DoorDay]],
        books: dict[str, BuildingBook],
    ) -> None:
        self._spaces, self._doors, self._books = spaces, doors, books
        self.building = {space.id: space.building for space in layout.spaces}
        self._never_empty = {space.id for space in layout.spaces if space.kind in NEVER_EMPTY}
        #: The doors of each space: 1 where `in` leads into it, -1 where it leads out.
        self.doors_of: dict[str, list[tuple[str, int]]] = {space.id: [] for space in layout.spaces}
        for door in layout.doors:
            for side, sign in ((door.inner, 1), (door.outer, -1)):
                if side != OUTSIDE:
                    self.doors_of[side].append((door.id, sign))
        self.spaces_of: dict[str, list[str]] = {building.id: [] for building in layout.buildings}
        for space in layout.spaces:
            self.spaces_of[space.building].append(space.id)
        self._kept: dict[str, _Kept] = {}
        #: By building: the errors after each open day, oldest first, and how often they have changed.
        self._lessons: dict[str, dict[str, dict[str, DoorError]]] = {}
        self._version: dict[str, int] = {}
        #: By building: its open days, oldest first, and the newest minute with an anchor.
        self._days: dict[str, list[str]] = {}
        self._anchored: dict[str, int] = {}
        for building in layout.buildings:
            self._look(building.id)

    def passed(self, door: Door, day: str, minute: int) -> None:
        """Somebody went through; both pages of the day have it already."""
        for space in (door.inner, door.outer):
            if space != OUTSIDE:
                self._touch(space, day, minute)

    def anchored(self, space: str, day: str, minute: int) -> None:
        """The space's page has a new anchor."""
        building = self.building[space]
        self._anchored[building] = max(self._anchored.get(building, _FIRST), minute)
        self._touch(space, day, minute)
        self._kept.pop(space, None)

    def errors(self, building: str) -> Mapping[str, DoorError]:
        """What is known of each door of a building; a door of which nothing is known is not in it."""
        days = self._days[building]
        lessons = self._lessons.setdefault(building, {})
        if days and len(lessons) == len(days):
            return lessons[days[-1]]
        book = self._books.get(building)
        errors: dict[str, DoorError] = book.errors if book else {}
        for day in days:
            if day not in lessons:
                self._version[building] = self._version.get(building, 0) + 1
                found = self.intervals(building, day, is_over=day < days[-1])
                lessons[day] = learn(errors, found, self._counted_on(day)).errors
            errors = lessons[day]
        return errors

    def error(self, space: str, door: str) -> DoorError:
        """What is known of a door, as the building of `space` has seen it."""
        return self.errors(self.building[space]).get(door, UNTUNED)

    def estimate(self, space: str, day: str, minute: int) -> Estimate:
        """How many were in a space at the end of a minute of an open day."""
        building = self.building[space]
        errors = self.errors(building)
        version = self._version.get(building, 0)
        kept = self._kept.get(space)
        if kept is None or kept.day != day or kept.version != version or kept.until > minute:
            kept = self._kept[space] = self._begin(space, day, errors, version)
        self._settle(space, kept, minute - SETTLE_MIN)
        rest = self._crossed(space, day, kept.until, minute)
        track = kept.track
        is_anchored = kept.is_anchored
        if rest or any(kept.until < one <= minute for one in kept.anchors):
            track = track.copy()
            is_anchored = _play(track, rest, kept.anchors, kept.until, minute) or is_anchored
        found = track.estimate()
        return found if is_anchored else _unanchored(found)

    def intervals(self, building: str, day: str, *, is_over: bool) -> list[Interval]:
        """What the anchors of one day say of a building's doors; once it is over, everybody had left."""
        counted = self._counted_on(day)
        found: list[Interval] = []
        for space in self.spaces_of[building]:
            page = self._spaces.get(space, {}).get(day)
            if page is None or page.is_closed:
                continue
            known = list(page.anchors_by_minute().values()) if page.anchors else []
            if space not in self._never_empty:
                known = [_BEGIN, *known, *([_END] if is_over else [])]
            found += intervals(space, self.doors_of[space], known, counted)
        return found

    def close_before(self, day: str) -> None:
        """Keep what the days before `day` have taught, and close their pages."""
        for building in self.spaces_of:
            old = [one for one in self._days[building] if one < day]
            if not old:
                continue
            book = self._books.setdefault(building, BuildingBook())
            self.errors(building)
            lessons = self._lessons[building]
            if old[-1] == self._days[building][-1]:
                # The newest day of the building is long past: its night is over all the same.
                before = lessons[old[-2]] if len(old) > 1 else book.errors
                night = self.intervals(building, old[-1], is_over=True)
                lessons[old[-1]] = learn(before, night, self._counted_on(old[-1])).errors
            for space in self._never_empty.intersection(self.spaces_of[building]):
                self._close_never_empty(book, space, old)
            book.errors, book.until = dict(lessons[old[-1]]), old[-1]
            for one in old:
                lessons.pop(one, None)
        for spaces in self._spaces.values():
            for one, page in spaces.items():
                if one < day and not page.is_closed:
                    page.close()
        for doors in self._doors.values():
            for one, door in doors.items():
                if one < day and not door.is_closed:
                    door.close()
        self._kept.clear()
        for building in self.spaces_of:
            self._look(building)

    def _look(self, building: str) -> None:
        """Find the open days of a building in the pages."""
        book = self._books.get(building)
        until = book.until if book else ""
        pages = [
            (day, page) for one in self.spaces_of[building] for day, page in self._spaces.get(one, {}).items()
        ]
        self._days[building] = sorted({day for day, _ in pages if day > until})
        newest = self._days[building][-1:]
        self._anchored[building] = max(
            (anchor.minute for day, page in pages if day in newest for anchor in page.anchors.values()),
            default=_FIRST,
        )

    def _touch(self, space: str, day: str, minute: int) -> None:
        building = self.building[space]
        kept = self._kept.get(space)
        is_old = kept is not None and (day < kept.day or (day == kept.day and minute <= kept.until))
        if kept is not None and (is_old or minute in kept.anchors):
            del self._kept[space]
        days = self._days[building]
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

    def _forget(self, building: str, day: str) -> None:
        lessons = self._lessons.get(building, {})
        for one in [one for one in lessons if one >= day]:
            del lessons[one]

    def _counted_on(self, day: str) -> "_Counted":
        return _Counted(self._doors, day)

    def _begin(self, space: str, day: str, errors: Mapping[str, DoorError], version: int) -> _Kept:
        track = track_of(self.doors_of[space], errors)
        page = self._spaces.get(space, {}).get(day)
        anchors = page.anchors_by_minute() if page is not None else {}
        is_anchored = True
        if space in self._never_empty:
            start = self._start(space, day)
            is_anchored = start is not None
            if start is not None:
                track.anchor(start.mean, start.variance)
        return _Kept(day, version, _FIRST, anchors, is_anchored, track)

    def _start(self, space: str, day: str) -> Start | None:
        """How a space that is never empty began a day: as the last open one ended."""
        days = [one for one, page in self._spaces.get(space, {}).items() if one < day and not page.is_closed]
        if not days:
            book = self._books.get(self.building[space])
            return book.starts.get(space) if book else None
        ended = self.estimate(space, max(days), _LAST)
        return Start(ended.mean, ended.variance) if ended.is_anchored else None

    def _close_never_empty(self, book: BuildingBook, space: str, old: Sequence[str]) -> None:
        for one in old:
            if one in self._spaces.get(space, {}):
                ended = self.estimate(space, one, _LAST)
                if ended.is_anchored:
                    book.starts[space] = Start(ended.mean, ended.variance)

    def _settle(self, space: str, kept: _Kept, until: int) -> None:
        if until > kept.until:
            rest = self._crossed(space, kept.day, kept.until, until)
            kept.is_anchored = _play(kept.track, rest, kept.anchors, kept.until, until) or kept.is_anchored
            kept.until = until

    def _crossed(self, space: str, day: str, after: int, until: int) -> list[tuple[int, list[Crossed]]]:
        """Passages of a space in the minutes (after, until], by minute."""
        found: dict[int, list[Crossed]] = {}
        for index, (door, sign) in enumerate(self.doors_of[space]):
            page = self._doors.get(door, {}).get(day)
            if page is None:
                continue
            minutes = page.minutes
            if until - after <= GAP_MIN:
                some = [minute for minute in range(after + 1, until + 1) if minute in minutes]
            else:
                some = [minute for minute in minutes if after < minute <= until]
            for minute in some:
                ins, outs = minutes[minute]
                one = Crossed(index, ins, outs) if sign > 0 else Crossed(index, outs, ins)
                found.setdefault(minute, []).append(one)
        return sorted(found.items())


@dataclass(frozen=True, slots=True)
class _Counted:
    """People counted by doors on a day."""

    doors: Mapping[str, Mapping[str, DoorDay]]
    day: str

    def __call__(self, door: str, after: int, until: int) -> tuple[int, int]:
        page = self.doors.get(door, {}).get(self.day)
        if page is None:
            return 0, 0
        if after == _FIRST and until == _LAST:
            return page.ins, page.outs
        return page.between(after, until)


def _play(
    track: Track,
    rest: Sequence[tuple[int, list[Crossed]]],
    anchors: Mapping[int, Anchor],
    after: int,
    until: int,
) -> bool:
    """Take minutes and anchors by time; True when there was an anchor."""
    minutes = dict(rest)
    known = {minute for minute in anchors if after < minute <= until}
    for minute in sorted(minutes.keys() | known):
        crossed = minutes.get(minute, [])
        track.pass_minute(minute, crossed)
        if minute in known:
            # Who passed in the anchor's own minute may have come before or after it.
            unsure = sum(one.into + one.out for one in crossed) / 4
            track.anchor(anchors[minute].people, anchor_variance(anchors[minute]) + unsure)
    return bool(known)


def _unanchored(found: Estimate) -> Estimate:
    return Estimate(found.count, found.low, found.high, found.mean, found.variance, is_anchored=False)
