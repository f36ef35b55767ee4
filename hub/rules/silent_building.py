"""A building that has lost 30 % of its nodes: one alert, not forty (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.placing import placing
from hub.rules.silence import is_dark, silent_in, waits
from hub.situation import Situation

RULE = "silent-building"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for a dark building; while nodes of it may still come, an alert from before goes on."""
    nodes = placing(situation).nodes_in.get(subject, set())
    yield from waits(situation, nodes, now)
    silent = silent_in(situation, subject, now)
    dark = is_dark(situation, subject, silent)
    if not dark and not any(situation.presence.may_still_come(node, now) for node in nodes):
        return
    yield Finding(
        rule=RULE,
        subject=f"building-{subject}",
        label=subject.upper(),
        building=subject,
        value=len(silent) if dark else None,
        limit=len(nodes),
        limit_rule="nodes",
        clause=situation.profile.alerts[RULE].source,
        starts=dark,
    )
