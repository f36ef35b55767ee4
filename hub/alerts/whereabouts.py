"""Where an alert is: its building, the rooms that a node watches, what people call the place. Pure."""

from collections import defaultdict

from hub.alerts.alert import Alert
from hub.layout import OUTSIDE, Layout, Names


class Whereabouts:
    """The campus file, turned round once: from a node to the rooms it watches."""

    def __init__(self, layout: Layout) -> None:
        self._names: dict[str, Names] = {one.id: one.names for one in layout.spaces}
        self._building_names: dict[str, Names] = {one.id: one.names for one in layout.buildings}
        self._building_of: dict[str, str] = {one.id: one.building for one in layout.spaces}
        doors = {door.id: door for door in layout.doors}
        self._rooms: dict[str, set[str]] = defaultdict(set)
        for node, door in [
            *((door.node, door) for door in layout.doors),
            *((post.node, doors[post.door]) for post in layout.posts if post.door in doors),
        ]:
            self._rooms[node].update({door.inner, door.outer} - {OUTSIDE})
        for sensor in layout.sensors:
            if sensor.space is not None:
                self._rooms[sensor.node].add(sensor.space)
        #: Rooms on the inner side of a node's doors: those whose count is unknown without it.
        self._inner: dict[str, set[str]] = defaultdict(set)
        for door in layout.doors:
            self._inner[door.node].add(door.outer if door.inner == OUTSIDE else door.inner)

    def rooms_of(self, node: str) -> set[str]:
        """The rooms whose alerts a silent node makes unknown: behind its doors, and where its sensors are."""
        behind = self._inner.get(node)
        return behind if behind else self._rooms.get(node, set())

    def building_of(self, alert: Alert) -> str | None:
        """The building of an alert, from its room or its node where it names none; None: the campus."""
        if alert.building is not None:
            return alert.building
        if alert.space is not None:
            return self._building_of.get(alert.space)
        rooms = sorted(self._rooms.get(alert.node or "", ()))
        return self._building_of.get(rooms[0]) if rooms else None

    def only_building_of(self, alert: Alert) -> str | None:
        """The building it names or is in; of a node that watches rooms of several buildings none is."""
        if alert.building is not None or alert.space is not None:
            return self.building_of(alert)
        found = {self._building_of.get(room) for room in self._rooms.get(alert.node or "", ())}
        return found.pop() if len(found) == 1 else None

    def names_of(self, alert: Alert) -> Names | None:
        """The place's full name in the three languages; None: none is known."""
        found = self._names.get(alert.space or "")
        return found or self._building_names.get(self.building_of(alert) or "")
