"""What is drawn of a floor: is it sound, where words go, and a plain grid where nothing is drawn. Pure."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hub.store.plans import Drawing, Point, RoomShape

#: Corners of a room, rooms and doors of a floor: more is a mistake.
MOST_POINTS = 200
MOST_ROOMS = 300
MOST_DOORS = 600
#: Smaller shapes are slips of the hand, share of the picture.
LEAST_AREA = 0.00001
#: A drawing that is wider or higher than this is a mistake.
ASPECTS = (0.2, 5.0)
#: Of the generated grid: width over height, and the gap between its rooms, share of a room.
_GRID_ASPECT = 2.2
_GAP = 0.06
#: Words take a band of a room's height: so much of it up and down from their middle.
_BAND = 0.15
#: Cyrillic letters that look like Latin ones; the same as in static/js/fold.js.
_LOOK_ALIKES = str.maketrans("авсекмнортхуі", "abcekmhoptxyi")
_DIGITS = re.compile(r"(\d+)")


class Floor(NamedTuple):
    """A floor of a building."""

    building: str
    floor: int


class Fault(NamedTuple):
    """What is wrong with a drawing: a word, and the space or door it is about."""

    code: str
    subject: str


def fold(text: str) -> str:
    """A room's code as it is meant: `А 204` typed in Cyrillic is `a204`."""
    return re.sub(r"[\s_.-]", "", text.lower().translate(_LOOK_ALIKES))


def by_code(code: str) -> tuple[tuple[int, int, str], ...]:
    """The order of codes: 2 before 10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(code) if part
    )


def area(points: Sequence[Point]) -> float:
    """The area within a ring."""
    twice = sum(
        x * points[(place + 1) % len(points)][1] - points[(place + 1) % len(points)][0] * y
        for place, (x, y) in enumerate(points)
    )
    return abs(twice) / 2.0


def is_inside(point: Point, points: Sequence[Point]) -> bool:
    """Whether a point is within a ring: it crosses its sides an odd number of times."""
    x, y = point
    crossings = 0
    for place, (ax, ay) in enumerate(points):
        bx, by = points[(place + 1) % len(points)]
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            crossings += 1
    return crossings % 2 == 1


class Place(NamedTuple):
    """Where a room's words go, and how much room there is: shares of the picture."""

    at: Point
    wide: float
    high: float


def label_place(points: Sequence[Point]) -> Place:
    """Where a room is widest over a band of its height, near the middle: words are a block, not a line."""
    ys = [y for _, y in points]
    low, high = min(ys), max(ys)
    best, worth = Place((sum(x for x, _ in points) / len(points), (low + high) / 2.0), 0.0, 0.0), 0.0
    turned = [(y, x) for x, y in points]
    band = (high - low) * _BAND
    for step in range(1, 24):
        y = low + (high - low) * step / 24.0
        for left, right in _common(points, (y - band, y, y + band)):
            # Near the middle is worth more than a little wider at the edge.
            found = (right - left) * (1.0 - abs(step - 12) / 24.0)
            if found > worth + 1e-12:
                x = (left + right) / 2.0
                reach = min(_reach(turned, at, y) for at in (x, (left + x) / 2.0, (right + x) / 2.0))
                best, worth = (
                    Place((round(x, 5), round(y, 5)), round(right - left, 5), round(2 * reach, 5)),
                    found,
                )
    return best


def _common(points: Sequence[Point], levels: Sequence[float]) -> list[tuple[float, float]]:
    """The pieces that lie within a ring on each of the levels."""
    found = _within(points, levels[0])
    for y in levels[1:]:
        both = [(max(a, c), min(b, d)) for a, b in found for c, d in _within(points, y)]
        found = [(left, right) for left, right in both if right > left]
    return found


def _reach(turned: Sequence[Point], x: float, y: float) -> float:
    """How far it is from a point up and down to the nearer side; `turned` is the ring, (y, x) each."""
    return min((min(y - up, down - y) for up, down in _within(turned, x) if up < y < down), default=0.0)


def _within(points: Sequence[Point], y: float) -> list[tuple[float, float]]:
    """The pieces of a level line that lie within a ring."""
    crossed = []
    for place, (ax, ay) in enumerate(points):
        bx, by = points[(place + 1) % len(points)]
        if (ay > y) != (by > y):
            crossed.append((bx - ax) * (y - ay) / (by - ay) + ax)
    crossed.sort()
    return list(zip(crossed[::2], crossed[1::2], strict=False))


def faults_of(drawing: Drawing, spaces: Iterable[str], doors: Iterable[str]) -> list[Fault]:
    """What is wrong with a drawing of a floor that has these spaces and doors."""
    found: list[Fault] = []
    if not math.isfinite(drawing.aspect) or not ASPECTS[0] <= drawing.aspect <= ASPECTS[1]:
        found.append(Fault("aspect", ""))
    if len(drawing.rooms) > MOST_ROOMS or len(drawing.doors) > MOST_DOORS:
        return [*found, Fault("many", "")]
    known, there = set(spaces), set(doors)
    seen: set[str] = set()
    for room in drawing.rooms:
        if room.space not in known:
            found.append(Fault("space", room.space))
        if room.space in seen:
            found.append(Fault("twice", room.space))
        seen.add(room.space)
        found += [Fault(code, room.space) for code in _ring_faults(room)]
    seen.clear()
    for door in drawing.doors:
        if door.door not in there:
            found.append(Fault("door", door.door))
        if door.door in seen:
            found.append(Fault("twice", door.door))
        seen.add(door.door)
        if not _is_on(door.at):
            found.append(Fault("off", door.door))
    return found


def _ring_faults(room: RoomShape) -> list[str]:
    if not 3 <= len(room.points) <= MOST_POINTS:
        return ["corners"]
    if not all(_is_on(point) for point in room.points):
        return ["off"]
    return ["small"] if area(room.points) < LEAST_AREA else []


def _is_on(point: Point) -> bool:
    return all(math.isfinite(part) and 0.0 <= part <= 1.0 for part in point)


def kept(drawing: Drawing, spaces: Iterable[str], doors: Iterable[str]) -> Drawing:
    """The drawing without what the campus no longer has."""
    known, there = set(spaces), set(doors)
    return Drawing(
        aspect=drawing.aspect,
        rooms=tuple(one for one in drawing.rooms if one.space in known),
        doors=tuple(one for one in drawing.doors if one.door in there),
    )


def grid_of(spaces: Iterable[tuple[str, str]]) -> Drawing:
    """A plain grid of (space, code), in the order of the codes: a map for a floor without a plan."""
    ordered = sorted(spaces, key=lambda one: by_code(one[1]))
    if not ordered:
        return Drawing(aspect=_GRID_ASPECT)
    columns = min(len(ordered), max(1, math.ceil(math.sqrt(len(ordered) * _GRID_ASPECT))))
    rows = math.ceil(len(ordered) / columns)
    wide, high = 1.0 / columns, 1.0 / rows
    gap = min(wide, high) * _GAP
    rooms = []
    for place, (space, _) in enumerate(ordered):
        left, top = place % columns * wide + gap, place // columns * high + gap
        right, bottom = left + wide - 2 * gap, top + high - 2 * gap
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        rooms.append(RoomShape(space=space, points=tuple((round(x, 5), round(y, 5)) for x, y in corners)))
    return Drawing(aspect=_GRID_ASPECT, rooms=tuple(rooms))
