"""More people in a space than its binding limit allows (§36.2, §71). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "over-capacity"


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each space over its limit.

    At the limit, or when the count is unknown, an alert goes on but none starts: a dead sensor
    clears no alarm, and one place free ends it.
    """
    for space in situation.layout.spaces:
        limit = situation.capacity[space.id]
        count = situation.judge(space.id, now).occupancy
        if count is not None and count < limit.value:
            continue
        yield Finding(
            rule=RULE,
            subject=space.id,
            label=space.code,
            space=space.id,
            value=count,
            limit=limit.value,
            limit_rule=limit.limit,
            clause=limit.clause,
            starts=count is not None and count > limit.value,
        )
