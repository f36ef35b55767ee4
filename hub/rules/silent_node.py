"""A node that is not heard: what it watches is unknown (§2.6, §59). Pure."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from hub.layout import OUTSIDE
from hub.presence import Liveness
from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "silent-node"
#: So many nodes of a building silent at once, and at least three: one alert for the building.
BUILDING_SHARE = 0.3
BUILDING_NODES = 3


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each silent node, or one for a building that has lost 30 % of its nodes.

    A node never heard is silent once the hub has listened as long as it would wait for any node.
    """
    clause = situation.profile.alerts[RULE].source
    for building, nodes in _nodes_by_building(situation).items():
        silent = [node for node in sorted(nodes) if _is_silent(situation, node, now)]
        if len(silent) >= max(BUILDING_NODES, BUILDING_SHARE * len(nodes)):
            yield Finding(
                rule=RULE,
                subject=f"building-{building}",
                label=building.upper(),
                value=len(silent),
                limit=len(nodes),
                clause=clause,
            )
            continue
        for node in silent:
            yield Finding(rule=RULE, subject=node, label=node, node=node, clause=clause)


def _nodes_by_building(situation: Situation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for door in situation.layout.doors:
        space = door.outer if door.inner == OUTSIDE else door.inner
        found[situation.spaces[space].building].add(door.node)
    return found


def _is_silent(situation: Situation, node: str, now: datetime) -> bool:
    presence = situation.presence
    liveness = presence.liveness(node, now)
    if liveness is Liveness.NEVER_HEARD:
        return now - presence.since > presence.patience(node) / 3
    return liveness is not Liveness.ONLINE
