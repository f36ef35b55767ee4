"""Lessons of a timetable, and which of them is now in a room: by room, in order of time. Pure.

A lesson keeps no name of a person: of a calendar's event only place, times, the class's code and two
numbers are read; ORGANIZER, ATTENDEE and CONTACT never leave the reader.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

#: A campus day runs from this hour to the same hour of the next day, local time.
DAY_BEGINS = time(4)
#: Where a campus is that says nothing else.
CAMPUS_ZONE = ZoneInfo("Asia/Almaty")
#: Longer is no lesson but a block booking; also how far back a lesson may have begun.
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One sitting of a class in a room: `[start, end)`."""

    #: The id of a space of the campus file or, before matching, the room as the timetable writes it.
    space: str
    start: datetime
    end: datetime
    #: The code of the class, never the name of a person; "" where there is none.
    code: str = ""
    #: People expected; None: not known.
    enrolled: int | None = None
    #: Seats of the room, as the timetable says; None: it does not.
    seats: int | None = None
    #: What the timetable calls the room's kind; None: it does not.
    room_type: str | None = None
    #: The group that attends; None: not known.
    group: str | None = None

    def __post_init__(self) -> None:
        """Refuse instants that are not UTC, and a lesson that ends before it begins."""
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError(f"start and end must be in UTC, got {self.start} and {self.end}")
        if self.end <= self.start:
            raise ValueError(f"ends at {self.end:%H:%M}, not after it starts at {self.start:%H:%M}")
        if self.end - self.start > LONGEST:
            raise ValueError(f"lasts {self.end - self.start}, more than {LONGEST}: no lesson")


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsNow:
    """What the timetable says of a room at an instant; None: no such lesson."""

    #: The last that has ended.
    previous: Lesson | None = None
    #: The one under way; of two at once, the one that began last.
    current: Lesson | None = None
    #: The first that begins later.
    next: Lesson | None = None


class Lessons:
    """The lessons of a campus, by space. Frozen once built."""

    def __init__(self, lessons: Iterable[Lesson], zone: ZoneInfo) -> None:
        self._zone = zone
        self._of: dict[str, list[Lesson]] = {}
        for lesson in sorted(set(lessons), key=_order):
            self._of.setdefault(lesson.space, []).append(lesson)
        self._starts = {space: [one.start for one in some] for space, some in self._of.items()}
        self._ended = {space: sorted(some, key=lambda one: one.end) for space, some in self._of.items()}
        self._ends = {space: [one.end for one in some] for space, some in self._ended.items()}
        #: The latest end among the lessons up to each: how far back an overlap can reach.
        self._latest = {space: list(accumulate(map(_end, some), max)) for space, some in self._of.items()}

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def spaces(self) -> tuple[str, ...]:
        """Every space that has a lesson, sorted."""
        return tuple(sorted(self._of))

    def of(self, space: str) -> tuple[Lesson, ...]:
        """All lessons of `space`, in order of time."""
        return tuple(self._of.get(space, ()))

    def around(self, space: str, now: datetime) -> LessonsNow:
        """The lessons before, at and after `now` in `space`; O(log n) but for lessons at once."""
        lessons = self._of.get(space)
        if lessons is None:
            return LessonsNow()
        begun = bisect_right(self._starts[space], now)
        ended = bisect_right(self._ends[space], now)
        return LessonsNow(
            previous=self._ended[space][ended - 1] if ended else None,
            current=self._under_way(space, begun, now),
            next=lessons[begun] if begun < len(lessons) else None,
        )

    def of_day(self, space: str, day: date) -> tuple[Lesson, ...]:
        """The lessons of `space` that begin on the campus day `day`."""
        first, last = (
            bisect_right(self._starts.get(space, []), begins - timedelta(microseconds=1))
            for begins in (day_begins(day, self._zone), day_begins(day + timedelta(days=1), self._zone))
        )
        return tuple(self._of.get(space, [])[first:last])

    def _under_way(self, space: str, begun: int, now: datetime) -> Lesson | None:
        lessons, latest = self._of[space], self._latest[space]
        for i in range(begun - 1, -1, -1):
            if latest[i] <= now:
                return None
            if lessons[i].end > now:
                return lessons[i]
        return None


class LessonSource(Protocol):
    """Where the lessons of the days around an instant come from."""

    def around(self, now: datetime) -> Lessons:
        """The lessons from yesterday to the week ahead."""


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the campus day `day` begins."""
    return datetime.combine(day, DAY_BEGINS, tzinfo=zone).astimezone(UTC)


def _order(lesson: Lesson) -> tuple[datetime, datetime, str, str]:
    return lesson.start, lesson.end, lesson.space, lesson.code


def _end(lesson: Lesson) -> datetime:
    return lesson.end
