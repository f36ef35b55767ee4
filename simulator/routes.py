"""A campus in, the fewest doors from one of its spaces to another out. Pure."""

from collections import deque

from msgspec import structs

from hub.layout import OUTSIDE, Door, Layout

#: The doors of each space, with the space behind each.
Doors = dict[str, list[tuple[Door, str]]]
#: Doors in the order in which they are gone through, each with the space behind it.
Way = list[tuple[Door, str]]


class Routes:
    """The shortest ways of a campus, each worked out once."""

    def __init__(self, layout: Layout) -> None:
        self._doors = doors_of(layout)
        #: The entrances, each with the space behind it.
        self._entrances = self._doors.get(OUTSIDE, [])
        self._found: dict[tuple[str, str], list[Way]] = {}

    def between(self, origin: str, target: str) -> list[Way]:
        """The shortest ways; entrances side by side share their people."""
        if (origin, target) not in self._found:
            doors, ways = self._doors, [route(self._doors, origin, target)]
            if origin == OUTSIDE != target:
                ways = [[(door, hall), *route(doors, hall, target)] for door, hall in self._entrances]
            elif target == OUTSIDE != origin:
                ways = [[*route(doors, origin, hall), (door, OUTSIDE)] for door, hall in self._entrances]
            elif any(there == OUTSIDE for _, there in ways[0][:-1]):
                out, back = self.between(origin, OUTSIDE), self.between(OUTSIDE, target)
                ways = [[*first, *second] for first in out for second in back]
            least = min(len(way) for way in ways)
            self._found[origin, target] = [way for way in ways if len(way) == least]
        return self._found[origin, target]


def route(doors: Doors, origin: str, target: str) -> Way:
    """The fewest doors from one space to another, each with the space behind it.

    `doors` holds the doors of each space. Raises ValueError when there is no way.
    """
    came: dict[str, tuple[Door, str] | None] = {origin: None}
    queue = deque([origin])
    while queue and target not in came:
        here = queue.popleft()
        for door, there in doors.get(here, ()):
            if there not in came:
                came[there] = (door, here)
                queue.append(there)
    if target not in came:
        raise ValueError(f"no doors lead from `{origin}` to `{target}`; check `doors` of the campus file")
    path: Way = []
    here = target
    while (step := came[here]) is not None:
        path.append((step[0], here))
        here = step[1]
    return path[::-1]


def doors_of(layout: Layout) -> Doors:
    """The doors of each space, with the space behind each."""
    found: Doors = {}
    for door in layout.doors:
        found.setdefault(door.outer, []).append((door, door.inner))
        found.setdefault(door.inner, []).append((door, door.outer))
    return found


def reachable(layout: Layout) -> Layout:
    """The campus without the spaces to which no counted doors lead from outside."""
    doors = doors_of(layout)
    found, queue = {OUTSIDE}, deque([OUTSIDE])
    while queue:
        for _, there in doors.get(queue.popleft(), ()):
            if there not in found:
                found.add(there)
                queue.append(there)
    return structs.replace(layout, spaces=tuple(space for space in layout.spaces if space.id in found))
