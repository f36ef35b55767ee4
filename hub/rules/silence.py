"""Which nodes of a building are silent, when a building is dark, and when a wait for a node is over. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from hub.presence import Liveness
from hub.rules.finding import Later
from hub.rules.placing import placing
from hub.situation import Situation

#: So many nodes of a building silent at once, and at least three: one alert for the building.
BUILDING_SHARE = 0.3
BUILDING_NODES = 3


def silent_in(situation: Situation, building: str, now: datetime) -> set[str]:
    """The silent nodes of a building; one that may still come after a start of ours is none."""
    presence = situation.presence
    return {
        node
        for node in placing(situation).nodes_in.get(building, ())
        if presence.liveness(node, now) is not Liveness.ONLINE and not presence.may_still_come(node, now)
    }


def is_dark(situation: Situation, building: str, silent: set[str]) -> bool:
    """Whether so many of its nodes are silent that it is the building that is."""
    nodes = placing(situation).nodes_in.get(building, ())
    return len(silent) >= max(BUILDING_NODES, BUILDING_SHARE * len(nodes))


def waits(situation: Situation, nodes: Iterable[str], now: datetime) -> Iterator[Later]:
    """When each node that may still come has been waited for; the hub itself follows those it has heard."""
    for node in nodes:
        if situation.presence.may_still_come(node, now):
            over = situation.presence.changes_at(node)
            if over is not None:
                yield Later(over)
