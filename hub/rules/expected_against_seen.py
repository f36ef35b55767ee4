"""A room is not as the timetable says: nobody came, or far more than enrolled. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.rules.closed_space import why_closed
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.timetable.expected import Attendance, compare, nobody_at

RULE = "expected-against-seen"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding during a lesson to which nobody came, or to which far more came than are enrolled.

    Who came and left early is no finding; while the count is unknown an alert goes on and none starts.
    """
    limits, lessons = situation.limits(subject).expected, situation.lessons(subject, now)
    # While a room is closed its lessons are held elsewhere, or by nobody.
    if limits is None or why_closed(situation, subject) is not None:
        return
    lesson = lessons.current
    if lesson is None:
        if lessons.next is not None:
            yield Later(lessons.next.start)
        return
    yield Later(lesson.end)
    if now < nobody_at(lesson, limits):
        yield Later(nobody_at(lesson, limits))
    found = replace(about_space(RULE, situation.spaces[subject], limits.source), limit=lesson.enrolled)
    judged = situation.judge(subject, now)
    if judged.low is None or judged.high is None:
        yield replace(found, starts=False)
        return
    seen = compare(lesson, (judged.low, judged.high), limits, now)
    empty_since = situation.treatment(subject, now).empty_since
    if seen is Attendance.NOBODY and empty_since is not None and empty_since <= lesson.start:
        yield replace(found, value=0, limit_rule="nobody")
    elif seen is Attendance.CROWD:
        yield replace(found, value=judged.low, limit_rule="more")
