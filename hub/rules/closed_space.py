"""People in a space that the profile or a person has closed (§4, §5, §70). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.regime.closed import closed_by
from hub.rules.finding import Finding, Later
from hub.rules.over_capacity import count_at
from hub.rules.placing import about_space
from hub.situation import Situation

RULE = "closed-space"
HELD = "a person closed it"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while more people are inside than those who treat it; while unknown, one goes on."""
    limits, space = situation.limits(subject), situation.spaces[subject]
    clause = why_closed(situation, subject)
    if clause is None:
        return
    staff = limits.treatment.staff
    count = count_at(situation.judge(subject, now), limits.trust.capacity)
    if count is not None and count <= staff:
        return
    found = about_space(RULE, space, clause, starts=count is not None)
    yield replace(found, value=count, limit=staff, limit_rule="held" if clause == HELD else "closed")


def why_closed(situation: Situation, subject: str) -> str | None:
    """The clause that closes a space, or that a person did; None: it is open."""
    if situation.is_held(subject):
        return HELD
    return closed_by(situation.spaces[subject], situation.limits(subject))
