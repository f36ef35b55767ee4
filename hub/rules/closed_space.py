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
    is_held = situation.is_held(subject)
    clause = HELD if is_held else closed_by(space, limits)
    if clause is None:
        return
    staff = limits.treatment.staff
    count = count_at(situation.judge(subject, now), limits.trust.capacity)
    if count is not None and count <= staff:
        return
    found = about_space(RULE, space, clause, starts=count is not None)
    yield replace(found, value=count, limit=staff, limit_rule="held" if is_held else "closed")
