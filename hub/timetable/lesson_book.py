"""The campus's timetables as the hub follows them: an instant in, the lessons of the days around it out.

Only those days are expanded; lessons in rooms that the campus file does not know are left out.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.layout import Layout
from hub.timetable.lesson import DAY_BEGINS, Lesson, Lessons, day_begins
from hub.timetable.matching import RoomNames
from hub.timetable.reading import Timetable

#: Kept before and after the instant asked for: yesterday's end, and a week ahead to be checked.
BEFORE, AHEAD = timedelta(days=1), timedelta(days=8)


class LessonBook:
    """Timetable files, already read, matched to the rooms of a campus."""

    def __init__(self, layout: Layout, timetables: Iterable[Timetable] = ()) -> None:
        self._zone = ZoneInfo(layout.timezone)
        self._names = RoomNames(layout.spaces)
        self._timetables = tuple(timetables)
        #: Made ready for a day to come; made by another thread, taken by the hub's.
        self._ready: dict[date, Lessons] = {}

    def around(self, now: datetime) -> Lessons:
        """The lessons of yesterday, today and the week ahead."""
        ready = self._ready.pop(self._day(now), None)
        return self._expand(now) if ready is None else ready

    def prepare(self, now: datetime) -> None:
        """Make the next day ready beforehand: expanding a large calendar takes seconds."""
        tomorrow = self._day(now) + timedelta(days=1)
        if tomorrow not in self._ready:
            self._ready = {tomorrow: self._expand(day_begins(tomorrow, self._zone))}

    def _day(self, now: datetime) -> date:
        local = now.astimezone(self._zone)
        return (local - timedelta(hours=DAY_BEGINS.hour)).date()

    def _expand(self, now: datetime) -> Lessons:
        found: list[Lesson] = []
        for timetable in self._timetables:
            lessons, _ = timetable.between(now - BEFORE, now + AHEAD)
            for lesson in lessons:
                space = self._names.find(lesson.space)
                if space is not None:
                    found.append(replace(lesson, space=space))
        return Lessons(found, self._zone)
