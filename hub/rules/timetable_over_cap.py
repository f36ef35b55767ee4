"""A lesson of the days to come has more enrolled than its room may hold (§36.2, §36.13). Pure."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.regime.capacity import Capacity, capacity_of
from hub.regime.closed import closed_by
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.timetable.lesson import Lesson

RULE = "timetable-over-cap"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for a room while a lesson ahead is over the cap that holds then; the worst is told."""
    limits = situation.limits(subject).timetable
    if limits is None:
        return
    lessons = situation.timetable.of(subject)
    first = bisect_right(lessons, now, key=_start)
    last = bisect_right(lessons, now + timedelta(seconds=limits.ahead.seconds), key=_start)
    if first < last:
        yield Later(lessons[first].start)
    if last < len(lessons):
        yield Later(lessons[last].start - timedelta(seconds=limits.ahead.seconds))
    change = situation.regime.next_change(now)
    space, now_limits = situation.spaces[subject], situation.limits(subject)
    over: list[tuple[int, Lesson, Capacity]] = []
    for lesson in lessons[first:last]:
        if lesson.enrolled is None:
            continue
        cap, then = situation.capacity[subject], now_limits
        if change is not None and lesson.start >= change:
            then = situation.regime.limits(subject, lesson.start)
            cap = capacity_of(space, then)
        # In a closed room nobody sits: the lesson is held elsewhere.
        if lesson.enrolled > cap.value and closed_by(space, then) is None:
            over.append((lesson.enrolled - cap.value, lesson, cap))
    if not over:
        return
    _, lesson, cap = max(over, key=lambda one: one[0])
    found = about_space(RULE, space, f"{limits.source}; {cap.clause}")
    # Of the room's future: its tile shows what is now.
    yield replace(found, space=None, value=lesson.enrolled, limit=cap.value, limit_rule=cap.limit)


def _start(lesson: Lesson) -> datetime:
    return lesson.start
