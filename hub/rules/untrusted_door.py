"""A door whose counts cannot be believed: it lies, or it is broken (§2.6, §59). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space, inside, placing
from hub.situation import Situation

RULE = "untrusted-door"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while the door is trusted less than the profile asks, or a fault of it goes on.

    A door of a silent node is told of with its node.
    """
    door = placing(situation).doors[subject]
    space = situation.spaces[inside(door)]
    clause = situation.profile.alerts[RULE].source
    found = replace(about_space(RULE, space, clause), subject=subject, node=door.node)
    if not situation.presence.is_alive(door.node, now):
        yield replace(found, starts=False)
        return
    if situation.campus.is_faulty(door.node, door.channel) or situation.presence.holds_back(door.node):
        yield replace(found, limit_rule="faulty")
        return
    believed, least = situation.door_trust(subject), situation.limits(space.id).trust.unknown_under
    if believed.trust < least:
        yield replace(found, value=round(believed.trust, 2), limit=least, limit_rule=believed.verdict)
