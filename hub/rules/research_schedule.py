"""People in a research space outside its schedule (§71). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.regime.windows import is_open, next_edge
from hub.rules.finding import Finding, Later
from hub.rules.over_capacity import count_at
from hub.rules.placing import about_space
from hub.situation import Situation

RULE = "research-schedule"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while anybody is inside and neither the hours nor the timetable allow it."""
    limits, space = situation.limits(subject), situation.spaces[subject]
    if limits.research is None or space.kind.value not in limits.research.kinds:
        return
    zone = ZoneInfo(situation.layout.timezone)
    edge = next_edge(limits.research.windows, now, zone)
    if edge is not None:
        yield Later(edge)
    lessons = situation.lessons(subject, now)
    if lessons.current is not None:
        yield Later(lessons.current.end)
        return
    if lessons.next is not None:
        yield Later(lessons.next.start)
    if is_open(limits.research.windows, now, zone):
        return
    count = count_at(situation.judge(subject, now), limits.trust.capacity)
    if count == 0:
        return
    found = about_space(RULE, space, limits.research.source, starts=count is not None)
    yield replace(found, value=count, limit=0, limit_rule="hours")
