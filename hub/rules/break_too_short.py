"""Two lessons in one room with less than the break between them (§36.4). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.rules.closed_space import why_closed
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation

RULE = "break-too-short"
MINUTE = timedelta(minutes=1)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding from the start of the first lesson until the second begins: there is time to hold it back.

    What people do besides the timetable is `early-entry`.
    """
    breaks, space = situation.limits(subject).breaks, situation.spaces[subject]
    # While a room is closed its lessons are held elsewhere, or by nobody.
    if breaks is None or space.kind.value not in breaks.kinds or why_closed(situation, subject) is not None:
        return
    lessons = situation.lessons(subject, now)
    before, after = lessons.current or lessons.previous, lessons.next
    if after is None:
        return
    yield Later(after.start)
    if before is None:
        return
    gap = after.start - before.end
    if gap >= timedelta(seconds=breaks.shortest.seconds):
        return
    found = about_space(RULE, space, breaks.source)
    yield replace(found, value=max(0, gap // MINUTE), limit=breaks.shortest.seconds / 60, limit_rule="break")
