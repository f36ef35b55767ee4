"""Which nodes of a building are silent, and when a building is dark. Pure."""

from datetime import datetime

from hub.presence import Liveness
from hub.rules.placing import placing
from hub.situation import Situation

#: So many nodes of a building silent at once, and at least three: one alert for the building.
BUILDING_SHARE = 0.3
BUILDING_NODES = 3


def is_silent(situation: Situation, node: str, now: datetime) -> bool:
    """Whether the node is not there and need not be waited for."""
    if situation.presence.may_still_come(node, now):
        return False
    return situation.presence.liveness(node, now) is not Liveness.ONLINE


def silent_in(situation: Situation, building: str, now: datetime) -> list[str]:
    """The silent nodes of a building."""
    nodes = placing(situation).nodes_in.get(building, ())
    return [node for node in nodes if is_silent(situation, node, now)]


def is_dark(situation: Situation, building: str, now: datetime) -> bool:
    """Whether so many of its nodes are silent that it is the building that is."""
    nodes = placing(situation).nodes_in.get(building, ())
    return len(silent_in(situation, building, now)) >= max(BUILDING_NODES, BUILDING_SHARE * len(nodes))
