"""Within the next day there are hours in which an alert would reach nobody at all (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hub.reach import unreachable
from hub.roster import Roster
from hub.rules.finding import Finding, Later
from hub.situation import Situation

RULE = "nobody-reachable"
#: Seen so long before: somebody can still change the duties.
AHEAD = timedelta(hours=24)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each role and building that leaves some rule with nobody to tell; in good time.

    Without a file of receivers everybody is told on the board only, and only an empty duty is a gap.
    """
    layout, rules = situation.layout, situation.profile.alerts
    if not layout.duties:
        return
    yield Later(Roster.of(layout).next_boundary(now))
    found: dict[str, Finding] = {}
    for gap in unreachable(layout, rules, situation.reachable, now, AHEAD):
        if not gap.unheard:
            continue
        place = gap.building or "campus"
        key = f"{gap.role.value}-{place}"
        found.setdefault(
            key,
            Finding(
                rule=RULE,
                subject=key,
                label=f"{gap.role.value} {place.upper()}",
                building=gap.building,
                value=round((gap.starts - now) / timedelta(hours=1), 1),
                limit_rule=gap.why.value,
                clause=rules[RULE].source,
            ),
        )
    yield from found.values()
