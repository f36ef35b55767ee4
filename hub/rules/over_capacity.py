"""More people in a space than its binding limit allows: rooms, corridors, halls alike (§36, §71). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.regime.limits import Edge
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.space_state import Judged

RULE = "over-capacity"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while the edge of the band that the profile names is over the limit.

    At the limit, or when the count is unknown, an alert goes on but none starts: a dead sensor
    clears no alarm, and one place free ends it.
    """
    limit = situation.capacity[subject]
    count = count_at(situation.judge(subject, now), situation.limits(subject).trust.capacity)
    if count is not None and count < limit.value:
        return
    is_over = count is not None and count > limit.value
    found = about_space(RULE, situation.spaces[subject], limit.clause, starts=is_over)
    yield replace(found, value=count, limit=limit.value, limit_rule=limit.limit)


def count_at(judged: Judged, edge: Edge) -> int | None:
    """The count by one edge of its band; None: not known."""
    if judged.occupancy is None:
        return None
    return {Edge.LOW: judged.low, Edge.MIDDLE: judged.occupancy, Edge.HIGH: judged.high}[edge]
