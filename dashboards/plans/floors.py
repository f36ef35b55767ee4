"""The board's rows, the campus and the plans in, what a map of each floor draws out. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from dashboards.live.views import HubView, SpaceView, is_live
from dashboards.plans.drawing import Floor, by_code, grid_of, kept, label_place
from hub.store.board import Change, NodeRow
from hub.store.campus_rows import LayoutRow
from hub.store.plans import Drawing, Plan, Point
from hub.store.room_row import RoomRow

_read_room = msgspec.json.Decoder(RoomRow)


class RoomPlace(Struct, frozen=True, kw_only=True):
    """A room on a map."""

    space: str
    points: tuple[Point, ...]
    #: Where its words go, and how wide and high they may be, shares of the picture.
    at: Point
    wide: float
    high: float


class DoorPlace(Struct, frozen=True, kw_only=True):
    """A door on a map."""

    door: str
    at: Point


class FloorView(Struct, frozen=True, kw_only=True):
    """A floor as its map is drawn."""

    building: str
    floor: int
    #: The building's name, by language; empty before the hub has said it.
    names: dict[str, str]
    aspect: float
    #: SHA-256 of its picture.
    picture: str | None
    #: Nobody has drawn it: the rooms stand in a plain grid.
    is_plain: bool
    rooms: tuple[RoomPlace, ...]
    doors: tuple[DoorPlace, ...]


class DoorNow(Struct, frozen=True, kw_only=True):
    """A door of the campus as it is now."""

    door: str
    node: str
    #: Ids of the spaces it joins; `outside` is one.
    joins: tuple[str, str]
    #: `ok`, `off`, or `unknown`: the hub is silent.
    state: str
    #: Who passed in the last minutes; None: not known.
    ins: int | None = None
    outs: int | None = None


def floors_of(spaces: Iterable[SpaceView]) -> dict[Floor, list[SpaceView]]:
    """The rooms of each floor, by code."""
    found: dict[Floor, list[SpaceView]] = {}
    for one in sorted(spaces, key=lambda one: (one.building, one.floor, by_code(one.code))):
        found.setdefault(Floor(one.building, one.floor), []).append(one)
    return found


def doors_on(rooms: Iterable[str], campus: LayoutRow | None) -> list[str]:
    """The doors that lead into or out of these rooms."""
    there = set(rooms)
    doors = () if campus is None else campus.doors
    return [one.id for one in doors if one.inner in there or one.outer in there]


def floor_views(
    spaces: Iterable[SpaceView], plans: Iterable[Plan], campus: LayoutRow | None
) -> list[FloorView]:
    """Every floor that has rooms; one nobody has drawn is a plain grid, and rooms not drawn yet are below."""
    drawn = {Floor(one.building, one.floor): one for one in plans if not one.is_removed}
    names = {} if campus is None else {one.id: one.names for one in campus.buildings}
    views = []
    for floor, rooms in floors_of(spaces).items():
        plan = drawn.get(floor)
        ids = [one.space for one in rooms]
        drawing = Drawing() if plan is None else kept(plan.drawing, ids, doors_on(ids, campus))
        is_plain = not drawing.rooms
        shown = grid_of((one.space, one.code) for one in rooms) if is_plain else drawing
        views.append(
            FloorView(
                building=floor.building,
                floor=floor.floor,
                names=names.get(floor.building, {}),
                aspect=shown.aspect,
                # Rooms in a grid stand nowhere on a picture.
                picture=None if plan is None or is_plain else plan.picture,
                is_plain=is_plain,
                rooms=tuple(_place(one.space, one.points) for one in shown.rooms),
                doors=tuple(DoorPlace(door=one.door, at=one.at) for one in shown.doors),
            )
        )
    return views


def mark_of(floors: Iterable[FloorView]) -> str:
    """A short mark of how the floors are drawn."""
    return hashlib.sha256(msgspec.json.encode(list(floors))).hexdigest()[:12]


def doors_now(
    campus: LayoutRow | None,
    rows: Iterable[Change],
    nodes: Iterable[NodeRow],
    hub: HubView | None,
    now: datetime,
) -> list[DoorNow]:
    """Every door: whether it is heard, and who passed lately where the hub has said so."""
    states = {one.node: one.state for one in nodes}
    things = {
        thing.id: thing
        for row in rows
        if row.kind == "room" and row.body is not None
        for thing in _read_room.decode(row.body).things
        if thing.kind == "door"
    }
    is_known = is_live(hub, now)
    found = []
    for one in () if campus is None else campus.doors:
        thing = things.get(one.id)
        is_off = states.get(one.node) != "online" or (thing is not None and thing.is_faulty)
        state = "unknown" if not is_known else "off" if is_off else "ok"
        joins = (one.inner, one.outer)
        # What a sensor that is silent last counted says nothing of the last minutes.
        passed = (thing.ins, thing.outs) if thing is not None and state == "ok" else (None, None)
        found.append(
            DoorNow(door=one.id, node=one.node, joins=joins, state=state, ins=passed[0], outs=passed[1])
        )
    return found


def _place(space: str, points: tuple[Point, ...]) -> RoomPlace:
    place = label_place(points)
    return RoomPlace(space=space, points=points, at=place.at, wide=place.wide, high=place.high)
