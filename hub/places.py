"""What rules look at, and which of it an event of a channel may change. Pure."""

from collections import defaultdict
from enum import Enum
from typing import NamedTuple

from hub.layout import OUTSIDE, Door, Layout


class Subject(Enum):
    """The kinds of things that rules look at."""

    SPACE = "space"
    DOOR = "door"
    POST = "post"
    SENSOR = "sensor"
    NODE = "node"
    BUILDING = "building"
    CAMPUS = "campus"


class Place(NamedTuple):
    """One thing that rules look at."""

    subject: Subject
    id: str


#: The order in which everything is looked at.
_FIRST = (
    Subject.CAMPUS,
    Subject.BUILDING,
    Subject.NODE,
    Subject.POST,
    Subject.SPACE,
    Subject.DOOR,
    Subject.SENSOR,
)
#: The campus as a whole has one id.
CAMPUS = Place(Subject.CAMPUS, "campus")


class Places:
    """The campus file turned round: from a channel, a node or a space to all that hangs on it."""

    def __init__(self, layout: Layout) -> None:
        doors = {door.id: door for door in layout.doors}
        building_of = {space.id: space.building for space in layout.spaces}
        channels: dict[tuple[str, str], set[Place]] = defaultdict(set)
        self._doors: dict[str, frozenset[Place]] = {}
        for door in layout.doors:
            self._doors[door.id] = frozenset({Place(Subject.DOOR, door.id), *_spaces_at(door)})
            channels[door.node, door.channel] |= self._doors[door.id]
        for post in layout.posts:
            at = doors[post.door]
            places = {Place(Subject.POST, post.id), Place(Subject.DOOR, at.id), *_spaces_at(at)}
            channels[post.node, post.channel] |= places
        for sensor in layout.sensors:
            channels[sensor.node, sensor.channel].add(Place(Subject.SENSOR, sensor.id))
            if sensor.space is not None:
                channels[sensor.node, sensor.channel].add(Place(Subject.SPACE, sensor.space))
            if sensor.door is not None:
                channels[sensor.node, sensor.channel] |= _spaces_at(doors[sensor.door])
        self._channels = {key: frozenset(places) for key, places in channels.items()}
        nodes: dict[str, set[Place]] = defaultdict(set)
        for (node, _), places in channels.items():
            nodes[node] |= places
        for node, at_node in nodes.items():
            at_buildings = {building_of[one.id] for one in at_node if one.subject is Subject.SPACE}
            at_node |= {Place(Subject.BUILDING, building) for building in at_buildings}
            at_node.add(Place(Subject.NODE, node))
        self._nodes = {node: frozenset(places) for node, places in nodes.items()}
        self._nodes_at: dict[str, set[str]] = defaultdict(set)
        for node, frozen in self._nodes.items():
            for one in frozen:
                if one.subject is Subject.SPACE:
                    self._nodes_at[one.id].add(node)
        of_building: dict[str, set[Place]] = defaultdict(set)
        for space, building in building_of.items():
            of_building[building].add(Place(Subject.SPACE, space))
        shared = {building: frozenset(places) for building, places in of_building.items()}
        self._around = {space: shared[building] for space, building in building_of.items()}
        everything = set().union(*self._nodes.values()) if self._nodes else set()
        everything |= {Place(Subject.SPACE, space.id) for space in layout.spaces}
        everything |= {Place(Subject.BUILDING, building.id) for building in layout.buildings}
        self.all: frozenset[Place] = frozenset(everything | {CAMPUS})
        #: The same, always in one order: the campus, nodes and buildings before their spaces.
        self.in_order: tuple[Place, ...] = tuple(sorted(self.all, key=_weight))

    def of_channel(self, node: str, channel: str) -> frozenset[Place]:
        """What an event of this channel may change; nothing where the campus file does not name it."""
        return self._channels.get((node, channel), frozenset())

    def only(self, space: str) -> frozenset[Place]:
        """The space alone."""
        return frozenset({Place(Subject.SPACE, space)})

    def around(self, space: str) -> frozenset[Place]:
        """The spaces of its building, and itself."""
        return self._around.get(space, self.only(space))

    def at_door(self, door: str) -> frozenset[Place]:
        """What the trust in a door may change."""
        return self._doors[door]

    def of_node(self, node: str) -> frozenset[Place]:
        """What the node's coming and going may change."""
        return self._nodes.get(node, frozenset())

    def nodes_at(self, space: str) -> set[str]:
        """The nodes whose allowance depends on the space."""
        return self._nodes_at.get(space, set())


def _weight(place: Place) -> tuple[int, str]:
    return _FIRST.index(place.subject), place.id


def _spaces_at(door: Door) -> set[Place]:
    return {Place(Subject.SPACE, space) for space in (door.inner, door.outer) if space != OUTSIDE}
