"""The day pages of spaces and doors in, the estimate of any space and the errors of any door out. Pure.

Everything is a function of the pages, so any order of events gives the same; what is remembered between
calls only saves work. Whoever writes a page says so (`passed`, `anchored`), and whoever begins a new
day calls `close_before`, which keeps what long past days have taught and lets go of their minutes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.counts.door_day import DoorDay
from hub.counts.door_error import UNTUNED, DoorError
from hub.counts.excess import MOST_WEEKS
from hub.counts.learning import anchor_variance
from hub.counts.lessons import FIRST, LAST, BuildingBook, Lessons, Start
from hub.counts.space_day import Anchor, SpaceDay
from hub.counts.track import Crossed, Estimate, Track, track_of
from hub.layout import OUTSIDE, Door, Layout

#: Minutes by which passages of different nodes may come out of order before a day is summed anew.
SETTLE_MIN = 2
#: Longer gaps than this are summed anew rather than minute by minute.
GAP_MIN = 60


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
        self._lessons = Lessons(layout, spaces, doors, books)
        plan = self._lessons.plan
        self.building, self.never_empty = plan.building, plan.never_empty
        self.doors_of, self.spaces_of = plan.doors_of, plan.spaces_of
        self.behind, self.beside = plan.behind, plan.beside
        self._kept: dict[str, _Kept] = {}

    def passed(self, door: Door, day: str, minute: int) -> None:
        """Somebody went through; both pages of the day have it already."""
        for space in (door.inner, door.outer):
            if space != OUTSIDE:
                self._touch(space, day, minute)

    def anchored(self, space: str, day: str, minute: int) -> None:
        """The space's page has a new anchor."""
        self._lessons.anchored(self.building[space], minute)
        self._touch(space, day, minute)
        self._kept.pop(space, None)

    def errors(self, building: str) -> Mapping[str, DoorError]:
        """What is known of each door of a building; a door of which nothing is known is not in it."""
        return self._lessons.errors(building)

    def errors_before(self, building: str, day: str) -> Mapping[str, DoorError]:
        """The same as it was known when an open day began."""
        return self._lessons.errors_before(building, day)

    def day_before(self, building: str, day: str) -> str | None:
        """The newest open day of a building before another; None when there is none."""
        return max((one for one in self._lessons.days[building] if one < day), default=None)

    def error(self, space: str, door: str) -> DoorError:
        """What is known of a door, as the building of `space` has seen it."""
        return self.errors(self.building[space]).get(door, UNTUNED)

    def estimate(self, space: str, day: str, minute: int) -> Estimate:
        """How many were in a space at the end of a minute of an open day."""
        building = self.building[space]
        errors = self.errors(building)
        version = self._lessons.version.get(building, 0)
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

    def close_before(self, day: str) -> None:
        """Keep what the days before `day` have taught, and close their pages."""
        for building, spaces in self.spaces_of.items():
            old = self._lessons.ended(building, day)
            if not old:
                continue
            book = self._books.setdefault(building, BuildingBook())
            for space in self.never_empty.intersection(spaces):
                self._close_never_empty(book, space, old)
            self._lessons.close(building, old)
        for pages in self._spaces.values():
            for one, page in pages.items():
                if one < day and not page.is_closed:
                    page.close()
        of_use = (date.fromisoformat(day) - timedelta(weeks=MOST_WEEKS)).isoformat()
        for pages in self._spaces.values():
            for one, page in pages.items():
                if one < of_use:
                    page.levels = None
        for doors in self._doors.values():
            for one, door in doors.items():
                if one < day and not door.is_closed:
                    door.close()
        self._kept.clear()
        self._lessons.look()

    def _touch(self, space: str, day: str, minute: int) -> None:
        kept = self._kept.get(space)
        is_old = kept is not None and (day < kept.day or (day == kept.day and minute <= kept.until))
        if kept is not None and (is_old or minute in kept.anchors):
            del self._kept[space]
        self._lessons.passed(self.building[space], day, minute)

    def _begin(self, space: str, day: str, errors: Mapping[str, DoorError], version: int) -> _Kept:
        track = track_of(self.doors_of[space], errors)
        page = self._spaces.get(space, {}).get(day)
        anchors = page.anchors_by_minute() if page is not None else {}
        is_anchored = True
        if space in self.never_empty:
            start = self._start(space, day)
            is_anchored = start is not None
            if start is not None:
                track.anchor(start.mean, start.variance)
        return _Kept(day, version, FIRST, anchors, is_anchored, track)

    def _start(self, space: str, day: str) -> Start | None:
        """How a space that is never empty began a day: as the last open one ended."""
        days = [one for one, page in self._spaces.get(space, {}).items() if one < day and not page.is_closed]
        if not days:
            book = self._books.get(self.building[space])
            return book.starts.get(space) if book else None
        ended = self.estimate(space, max(days), LAST)
        return Start(ended.mean, ended.variance) if ended.is_anchored else None

    def _close_never_empty(self, book: BuildingBook, space: str, old: Sequence[str]) -> None:
        for one in old:
            if one in self._spaces.get(space, {}):
                ended = self.estimate(space, one, LAST)
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
        track.pass_minute(crossed)
        if minute in known:
            # Who passed in the anchor's own minute may have come before or after it.
            unsure = sum(one.into + one.out for one in crossed) / 4
            track.anchor(anchors[minute].people, anchor_variance(anchors[minute]) + unsure)
    return bool(known)


def _unanchored(found: Estimate) -> Estimate:
    return Estimate(found.count, found.low, found.high, found.mean, found.variance, is_anchored=False)
