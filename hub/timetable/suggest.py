"""Lessons over their caps in, what would help out: a free room that holds them, else groups. Pure."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil

from hub.layout import SpaceKind
from hub.timetable.lesson import LONGEST, Lesson
from hub.timetable.rooms import Room
from hub.timetable.week_report import Suggestion

#: Rooms that serve each other's lessons; every other kind serves only its own.
_ALIKE = frozenset({SpaceKind.CLASSROOM, SpaceKind.LECTURE_HALL})
#: The cap of a room at an instant, people; None: not known.
CapAt = Callable[[str, datetime], int | None]


def suggest(
    over: Iterable[Lesson],
    lessons: Iterable[Lesson],
    rooms: Mapping[str, Room],
    cap_at: CapAt,
    pause: timedelta,
) -> dict[Lesson, Suggestion]:
    """For each lesson that is `over`: the smallest room that is free with a `pause` on both sides, or groups.

    The largest lessons choose first, and a room suggested once is no longer free.
    """
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for lesson in lessons:
        insort(busy.setdefault(lesson.space, []), (lesson.start, lesson.end))
    # The rooms by their caps, once for every start: a week has few of them, and many lessons at each.
    by_cap: dict[datetime, list[tuple[int, str]]] = {}
    found: dict[Lesson, Suggestion] = {}
    for lesson in sorted(over, key=lambda one: (-(one.enrolled or 0), one.start, one.space, one.code)):
        people = lesson.enrolled or 0
        if lesson.start not in by_cap:
            by_cap[lesson.start] = sorted((cap_at(id, lesson.start) or 0, id) for id in rooms)
        fitting = by_cap[lesson.start]
        free = next(
            (
                id
                for _, id in fitting[bisect_left(fitting, (max(people, 1), "")) :]
                if id != lesson.space
                and _serves(rooms[id], rooms[lesson.space])
                and _is_free(busy.get(id, []), lesson, pause)
            ),
            None,
        )
        if free is not None:
            insort(busy.setdefault(free, []), (lesson.start, lesson.end))
        found[lesson] = Suggestion(
            room=free, sittings=sittings(people, cap_at(lesson.space, lesson.start) or 0)
        )
    return found


def sittings(people: int, cap: int) -> int | None:
    """How often a lesson must be held for `people` in a room for `cap`; None: never."""
    if cap == 0:
        return None if people else 1
    return max(1, ceil(people / cap))


def _serves(room: Room, other: Room) -> bool:
    kinds = {room.space.kind, other.space.kind}
    return len(kinds) == 1 or kinds <= _ALIKE


def _is_free(taken: list[tuple[datetime, datetime]], lesson: Lesson, pause: timedelta) -> bool:
    first = bisect_left(taken, (lesson.start - pause - LONGEST, lesson.start))
    until = lesson.end + pause
    for start, end in taken[first:]:
        if start >= until:
            return True
        if end > lesson.start - pause:
            return False
    return True
