"""What hangs on what in a campus file, turned round once for the rules that need it. Pure."""

from collections import defaultdict
from functools import lru_cache

from hub.layout import OUTSIDE, Door, Post, Sensor, SensorKind, Space
from hub.rules.finding import Finding
from hub.situation import Situation


class Placing:
    """Doors, posts, dispensers and nodes of one campus, by where they are."""

    def __init__(self, situation: Situation) -> None:
        layout = situation.layout
        self.doors: dict[str, Door] = {door.id: door for door in layout.doors}
        self.posts: dict[str, Post] = {post.id: post for post in layout.posts}
        self.posts_at: dict[str, list[Post]] = defaultdict(list)
        for post in layout.posts:
            self.posts_at[post.door].append(post)
        self.dispensers_at: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in layout.sensors:
            if sensor.kind is SensorKind.DISPENSER and sensor.door is not None:
                self.dispensers_at[sensor.door].append(sensor)
        #: Nodes by the building they are in.
        self.nodes_in: dict[str, set[str]] = defaultdict(set)
        #: The rooms behind a node's doors, in the order of the campus file.
        self.rooms_of: dict[str, list[Space]] = defaultdict(list)
        #: Entrances by the space behind them; what happens at one is looked at with that space.
        self.entrances_of: dict[str, list[Door]] = defaultdict(list)
        for door in layout.doors:
            self._place(situation, door.node, inside(door))
            if OUTSIDE in (door.inner, door.outer):
                self.entrances_of[inside(door)].append(door)
            if door.inner in situation.spaces:
                self.rooms_of[door.node].append(situation.spaces[door.inner])
        for post in layout.posts:
            self._place(situation, post.node, inside(self.doors[post.door]))
        for sensor in layout.sensors:
            self._place(situation, sensor.node, self.space_of(sensor))
        #: Each node in one building alone, where it is in several.
        self.homes: dict[str, set[str]] = defaultdict(set)
        for node in set().union(*self.nodes_in.values()):
            self.homes[min(one for one, nodes in self.nodes_in.items() if node in nodes)].add(node)

    def space_of(self, sensor: Sensor) -> str:
        """The space a sensor watches, or the one behind the entrance where it stands."""
        if sensor.space is not None:
            return sensor.space
        return inside(self.doors[sensor.door]) if sensor.door is not None else OUTSIDE

    def _place(self, situation: Situation, node: str, space: str) -> None:
        if space in situation.spaces:
            self.nodes_in[situation.spaces[space].building].add(node)


@lru_cache(maxsize=4)
def placing(situation: Situation) -> Placing:
    """The placing of a situation's campus; made once, its campus file never changes."""
    return Placing(situation)


def inside(door: Door) -> str:
    """The space a door leads to from outside, or its inner one."""
    return door.outer if door.inner == OUTSIDE else door.inner


def about_space(rule: str, space: Space, clause: str, *, starts: bool = True) -> Finding:
    """A finding about a space as a whole."""
    return Finding(
        rule=rule,
        subject=space.id,
        label=space.code,
        space=space.id,
        building=space.building,
        clause=clause,
        starts=starts,
    )
