"""A node that is not heard: what it watches is unknown (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.placing import placing
from hub.rules.silence import is_dark, is_silent
from hub.situation import Situation

RULE = "silent-node"
#: Rooms named beside a silent node.
MOST_ROOMS = 3


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for a silent node; in a dark building an alert from before goes on, and none starts.

    A node never heard is silent once the hub has listened as long as it would wait for any node;
    until then an alert from before goes on.
    """
    changes = situation.presence.changes_at(subject)
    if changes is not None:
        yield Later(changes)
    may_come = situation.presence.may_still_come(subject, now)
    if not (may_come or is_silent(situation, subject, now)):
        return
    building = placing(situation).building_of.get(subject)
    yield Finding(
        rule=RULE,
        subject=subject,
        label=_label(situation, subject),
        node=subject,
        building=building,
        clause=situation.profile.alerts[RULE].source,
        starts=not may_come and not (building is not None and is_dark(situation, building, now)),
    )


def _label(situation: Situation, node: str) -> str:
    """A silent node is named by what nobody knows any more: the rooms behind its doors."""
    rooms = placing(situation).rooms_of[node]
    codes = ", ".join(room.code for room in rooms[:MOST_ROOMS])
    more = " …" if len(rooms) > MOST_ROOMS else ""
    return f"{codes}{more}" or node
