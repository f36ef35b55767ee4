"""A room in use without a break for longer than a lesson may last (§36.3). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.treatment.view import Phase

RULE = "lesson-too-long"
MINUTE = timedelta(minutes=1)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding from the end of the longest lesson until the room is empty; minutes in use, whole ones."""
    space = situation.spaces[subject]
    kind = situation.limits(subject).treatment.kinds.get(space.kind.value)
    if kind is None or kind.leave_after is None:
        return
    longest = timedelta(seconds=kind.leave_after.seconds)
    found = about_space(RULE, space, kind.leave_source or kind.source)
    found = replace(found, limit=longest / MINUTE, limit_rule="lesson")
    room = situation.treatment(subject, now)
    if room.phase is Phase.UNKNOWN:
        yield replace(found, starts=False)
    elif room.in_use_since is not None:
        minutes = (now - room.in_use_since) // MINUTE
        if now - room.in_use_since < longest:
            yield Later(room.in_use_since + longest)
            return
        yield replace(found, value=minutes)
        yield Later(room.in_use_since + (minutes + 1) * MINUTE)
