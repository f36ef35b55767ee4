"""The campus's timetables as the hub follows them: an instant in, the lessons of the days around it out.

Only those days are expanded; lessons in rooms that the campus file does not know are left out.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.layout import Layout
from hub.timetable.lesson import Lesson, Lessons
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

    def around(self, now: datetime) -> Lessons:
        """The lessons of yesterday, today and the week ahead."""
        found: list[Lesson] = []
        for timetable in self._timetables:
            lessons, _ = timetable.between(now - BEFORE, now + AHEAD)
            for lesson in lessons:
                space = self._names.find(lesson.space)
                if space is not None:
                    found.append(replace(lesson, space=space))
        return Lessons(found, self._zone)
