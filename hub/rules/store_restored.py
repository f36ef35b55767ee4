"""A store was put back from a copy, and nobody who answers for it has read so (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.situation import Situation

RULE = "store-restored"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each store that was put back, until that is read."""
    for one in situation.itself.restored:
        yield Finding(
            rule=RULE,
            subject=one.store,
            label=one.store,
            limit_rule=one.store,
            clause=situation.profile.alerts[RULE].source,
            newest_at=one.at,
        )
