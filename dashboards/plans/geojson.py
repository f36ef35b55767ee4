"""An indoor map as GeoJSON and the rooms of a floor in, their outlines in shares of a picture out. Pure."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from dashboards.plans.drawing import MOST_POINTS, area, fold
from hub.store.plans import Point, RoomShape

MOST_FEATURES = 5000
#: Properties that may name a room, the first that does wins.
_NAMING = ("space", "ref", "name", "code", "room")
#: Nothing wider than this many degrees is a building: such coordinates are metres of a local grid.
_WIDEST_DEG = 0.5
#: Room left around the outlines, share of the picture.
_MARGIN = 0.02


class UnreadableMapError(ValueError):
    """The file is no map of rooms; the word says why: `json`, `collection`, `many`, `none`, `flat`."""


class Known(NamedTuple):
    """A space a feature may be."""

    space: str
    code: str
    names: tuple[str, ...]
    #: Whether it is on the floor being drawn.
    is_here: bool


class Left(NamedTuple):
    """A feature that was not taken, and why: `unknown`, `elsewhere`, `twice`, `shape`, `nameless`."""

    name: str
    why: str


class Imported(NamedTuple):
    """What was found."""

    rooms: tuple[RoomShape, ...]
    #: Width over height of what the outlines lie in.
    aspect: float
    left: tuple[Left, ...]


class _Geometry(Struct):
    type: str = ""
    coordinates: Any = None


class _Feature(Struct):
    geometry: _Geometry | None = None
    properties: dict[str, Any] | None = None


class _Collection(Struct):
    type: str
    features: list[_Feature]


def read_map(body: bytes, known: Iterable[Known], aspect: float | None = None) -> Imported:
    """The rooms of the floor. With `aspect` they are laid into a picture of that shape, else into their own.

    Raises UnreadableMapError when there is no room in it.
    """
    collection = _read(body)
    by_name = _names(known)
    left: list[Left] = []
    found: dict[str, list[Point]] = {}
    for feature in collection.features:
        ring = _ring(feature.geometry)
        name, space = _matched(feature.properties or {}, by_name)
        if ring is None:
            # Points and lines are doors, stairs, beacons: no rooms, unless they say so.
            if space is not None and space.is_here:
                left.append(Left(name, "shape"))
        elif space is None:
            left.append(Left(name, "unknown" if name else "nameless"))
        elif not space.is_here:
            left.append(Left(name, "elsewhere"))
        elif space.space in found:
            left.append(Left(name, "twice"))
        else:
            found[space.space] = ring
    if not found:
        raise UnreadableMapError("none")
    laid, own = _lay(found, aspect)
    flat = [space for space, points in laid.items() if area(points) <= 0.0]
    left += [Left(space, "shape") for space in flat]
    rooms = tuple(
        RoomShape(space=space, points=points) for space, points in laid.items() if space not in flat
    )
    if not rooms:
        raise UnreadableMapError("flat")
    return Imported(rooms, own, tuple(left))


def _read(body: bytes) -> _Collection:
    try:
        collection = msgspec.json.decode(body, type=_Collection)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        is_json = isinstance(error, msgspec.ValidationError)
        raise UnreadableMapError("collection" if is_json else "json") from error
    if collection.type != "FeatureCollection":
        raise UnreadableMapError("collection")
    if len(collection.features) > MOST_FEATURES:
        raise UnreadableMapError("many")
    return collection


def _names(known: Iterable[Known]) -> dict[str, Known]:
    """What each space may be called, folded; one of the floor comes before one elsewhere."""
    found: dict[str, Known] = {}
    for one in sorted(known, key=lambda one: not one.is_here):
        for name in (one.code, one.space, *one.names):
            if fold(name):
                found.setdefault(fold(name), one)
    # A name several spaces of the floor share tells none of them.
    here = [one for one in found.values() if one.is_here]
    shared = _shared(here)
    return {name: one for name, one in found.items() if name not in shared}


def _shared(known: Sequence[Known]) -> set[str]:
    seen: dict[str, str] = {}
    shared = set()
    for one in known:
        for name in {fold(name) for name in one.names}:
            if seen.setdefault(name, one.space) != one.space:
                shared.add(name)
    codes = {fold(one.code) for one in known} | {fold(one.space) for one in known}
    return shared - codes


def _matched(properties: dict[str, Any], by_name: dict[str, Known]) -> tuple[str, Known | None]:
    """What the feature calls itself, and the space that is."""
    said = [str(properties[one])[:80] for one in _NAMING if isinstance(properties.get(one), str | int)]
    for name in said:
        found = by_name.get(fold(name))
        if found is not None:
            return name, found
    return (said[0] if said else ""), None


def _ring(geometry: _Geometry | None) -> list[Point] | None:
    """The outer ring of a polygon, of the largest one where there are several; None: there is none."""
    if geometry is None or geometry.type not in ("Polygon", "MultiPolygon"):
        return None
    parts = [geometry.coordinates] if geometry.type == "Polygon" else geometry.coordinates
    try:
        rings = [[(float(place[0]), float(place[1])) for place in part[0]] for part in parts]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        return None
    rings = [
        ring for ring in rings if all(math.isfinite(x) and abs(x) < 1e9 for place in ring for x in place)
    ]
    cleaned = [ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring for ring in rings]
    fit = [ring for ring in cleaned if len(ring) >= 3]
    return max(fit, key=area) if fit else None


def _lay(found: dict[str, list[Point]], aspect: float | None) -> tuple[dict[str, tuple[Point, ...]], float]:
    """The rings upon a picture, north up, their shape kept; and the picture's aspect."""
    flat = _flatten(found)
    xs = [x for ring in flat.values() for x, _ in ring]
    ys = [y for ring in flat.values() for _, y in ring]
    left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    if width <= 0.0 or height <= 0.0:
        raise UnreadableMapError("flat")
    own = min(5.0, max(0.2, width / height)) if aspect is None else aspect
    # The picture is `own` wide and 1 high; the rings get the largest scale at which they fit in it.
    scale = min(own / width, 1.0 / height) * (1.0 - 2.0 * _MARGIN)
    shift_x, shift_y = (own - width * scale) / 2.0, (1.0 - height * scale) / 2.0

    def place(x: float, y: float) -> Point:
        across, down = (shift_x + (x - left) * scale) / own, shift_y + (y - top) * scale
        return round(min(1.0, max(0.0, across)), 5), round(min(1.0, max(0.0, down)), 5)

    return {space: _thin([place(x, y) for x, y in ring]) for space, ring in flat.items()}, own


def _flatten(found: dict[str, list[Point]]) -> dict[str, list[Point]]:
    """Degrees as lengths, south down."""
    xs = [x for ring in found.values() for x, _ in ring]
    ys = [y for ring in found.values() for _, y in ring]
    are_degrees = (
        max(xs) - min(xs) < _WIDEST_DEG and max(ys) - min(ys) < _WIDEST_DEG and max(map(abs, ys)) < 89
    )
    across = math.cos(math.radians((max(ys) + min(ys)) / 2.0)) if are_degrees else 1.0
    # From the middle: a building is small beside its distance from the equator.
    return {space: [((x - xs[0]) * across, ys[0] - y) for x, y in ring] for space, ring in found.items()}


def _thin(points: list[Point]) -> tuple[Point, ...]:
    """No corner twice in a row, and no more corners than a plan may have."""
    apart = [point for place, point in enumerate(points) if point != points[place - 1]]
    step = math.ceil(len(apart) / MOST_POINTS)
    return tuple(apart[:: max(1, step)])
