"""What the screen at a door shows: the board's spaces in, one face out. Pure.

The same state as the light beside it (`hub.allowance.LIGHTS`): go, wait, airing, closed, or unknown.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from msgspec import Struct

from dashboards.live.views import HubView, SpaceView, honest
from protocol.messages import SpaceCondition


class FaceKind(Enum):
    """The faces of a sign."""

    GO = "go"
    WAIT = "wait"
    AIRING = "airing"
    CLOSED = "closed"
    UNKNOWN = "unknown"


_FACES = {
    SpaceCondition.OPEN: FaceKind.GO,
    SpaceCondition.NEAR: FaceKind.GO,
    SpaceCondition.DUE: FaceKind.GO,
    SpaceCondition.TREATMENT: FaceKind.AIRING,
    SpaceCondition.FULL: FaceKind.WAIT,
    SpaceCondition.CLOSED: FaceKind.CLOSED,
    SpaceCondition.HOLD: FaceKind.CLOSED,
}


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A room of the same kind in the same building that has places."""

    code: str
    free: int


class Face(Struct, frozen=True, kw_only=True):
    """What a sign shows now."""

    kind: FaceKind
    code: str
    names: dict[str, str]
    #: Places left; null where they are not counted or nobody may go in.
    free: int | None
    capacity: int | None
    #: When the room is ready, `HH:MM` of the campus's clocks.
    until: str | None
    elsewhere: Elsewhere | None
    #: The hub's last pulse; null when it has said nothing yet.
    as_of: datetime | None
    now: datetime
    build: str


def face_of(
    space: str, spaces: Iterable[SpaceView], hub: HubView | None, now: datetime, build: str
) -> Face | None:
    """The face of a space's sign; None when there is no such space any more."""
    here = {one.space: honest(one, hub, now) for one in spaces}
    own = here.get(space)
    if own is None:
        return None
    kind = _FACES.get(own.state, FaceKind.UNKNOWN)
    if kind is FaceKind.GO and own.occupancy is None:
        kind = FaceKind.UNKNOWN
    is_go = kind is FaceKind.GO
    return Face(
        kind=kind,
        code=own.code,
        names=own.names,
        free=own.free if is_go else None,
        capacity=own.capacity,
        until=_clock_time(own.until, hub) if kind is FaceKind.AIRING else None,
        elsewhere=None if is_go else _elsewhere(own, here.values()),
        as_of=None if hub is None else hub.as_of,
        now=now,
        build=build,
    )


def _elsewhere(own: SpaceView, all_spaces: Iterable[SpaceView]) -> Elsewhere | None:
    """The nearest floor first, then the most places; a corridor or hall is nowhere to go."""
    rooms = [
        one
        for one in all_spaces
        if one.space != own.space
        and (one.building, one.kind) == (own.building, own.kind)
        and one.kind not in ("corridor", "hall")
        and _FACES.get(one.state) is FaceKind.GO
        and one.free
    ]
    if not rooms:
        return None
    best = min(rooms, key=lambda one: (abs(one.floor - own.floor), -(one.free or 0), one.code))
    return Elsewhere(code=best.code, free=best.free or 0)


def _clock_time(at: datetime | None, hub: HubView | None) -> str | None:
    if at is None or hub is None:
        return None
    minutes = (at.hour * 60 + at.minute + hub.utc_offset_min) % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
