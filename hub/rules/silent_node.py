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
#: Rooms named beside a silent node.
MOST_ROOMS = 3


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each silent node, or one for a building that has lost 30 % of its nodes.

    A node never heard is silent once the hub has listened as long as it would wait for any node;
    until then an alert from before goes on.
    """
    clause = situation.profile.alerts[RULE].source
    for building, nodes in _nodes_by_building(situation).items():
        silent = [node for node in sorted(nodes) if _is_silent(situation, node, now)]
        is_dark = len(silent) >= max(BUILDING_NODES, BUILDING_SHARE * len(nodes))
        waited_for = [node for node in nodes if situation.presence.may_still_come(node, now)]
        if is_dark or waited_for:
            yield Finding(
                rule=RULE,
                subject=f"building-{building}",
                label=building.upper(),
                value=len(silent) if is_dark else None,
                limit=len(nodes),
                clause=clause,
                starts=is_dark,
            )
        for node in silent:
            # Part of a dark building: its own alert, if it was there before, goes on.
            yield _about(situation, node, clause, starts=not is_dark)
        for node in waited_for:
            yield _about(situation, node, clause, starts=False)


def _about(situation: Situation, node: str, clause: str, *, starts: bool) -> Finding:
    """A silent node is named by what nobody knows any more: the rooms behind its doors."""
    rooms = [door.inner for door in situation.doors_of.get(node, ()) if door.inner in situation.spaces]
    codes = ", ".join(situation.spaces[room].code for room in rooms[:MOST_ROOMS])
    more = " …" if len(rooms) > MOST_ROOMS else ""
    label = f"{codes}{more}" or node
    return Finding(rule=RULE, subject=node, label=label, node=node, clause=clause, starts=starts)


def _nodes_by_building(situation: Situation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    doors = {door.id: door for door in situation.layout.doors}
    watched = [(door.node, door) for door in doors.values()]
    watched += [(post.node, doors[post.door]) for post in situation.layout.posts]
    for node, door in watched:
        space = door.outer if door.inner == OUTSIDE else door.inner
        found[situation.spaces[space].building].add(node)
    return found


def _is_silent(situation: Situation, node: str, now: datetime) -> bool:
    if situation.presence.may_still_come(node, now):
        return False
    return situation.presence.liveness(node, now) is not Liveness.ONLINE
