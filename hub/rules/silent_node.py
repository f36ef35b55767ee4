"""A node that is not heard: what it watches is unknown (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.placing import placing
from hub.rules.silence import is_dark, silent_in, waits
from hub.situation import Situation

RULE = "silent-node"
#: Rooms named beside a silent node.
MOST_ROOMS = 3


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each silent node of a building; in a dark one an alert from before goes on, none starts.

    A node never heard is silent once the hub has listened as long as it would wait for any node;
    until then an alert from before goes on.
    """
    mine = sorted(placing(situation).homes.get(subject, ()))
    silent = silent_in(situation, subject, now)
    dark = is_dark(situation, subject, silent)
    for node in mine:
        if node in silent:
            yield _about(situation, node, subject, starts=not dark)
        elif situation.presence.may_still_come(node, now):
            yield _about(situation, node, subject, starts=False)
    yield from waits(situation, mine, now)


def _about(situation: Situation, node: str, building: str, *, starts: bool) -> Finding:
    """A silent node is named by what nobody knows any more: the rooms behind its doors."""
    rooms = placing(situation).rooms_of[node]
    codes = ", ".join(room.code for room in rooms[:MOST_ROOMS])
    more = " …" if len(rooms) > MOST_ROOMS else ""
    return Finding(
        rule=RULE,
        subject=node,
        label=f"{codes}{more}" or node,
        node=node,
        building=building,
        clause=situation.profile.alerts[RULE].source,
        starts=starts,
    )
