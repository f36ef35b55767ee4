"""A space's view, its row and its history in, what its page shows out. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct

from dashboards.live.views import AlertView, SpaceView
from dashboards.room.series import Series, Stretch
from hub.store.board import NodeRow
from hub.store.room_row import RoomRow, ThingRow
from protocol.messages import SpaceCondition, TaskState

#: The width of a ribbon and a bar, in units of their own.
WIDE = 1000
#: A sensor is heard of when its node is.
_HEARD = "online"
#: What a task may be told next.
_NEXT = {"due": ("start",), "late": ("start",), "started": ("done", "abort"), "unproven": ("done", "abort")}
#: Rows of the table behind the ribbon, the newest.
MOST_ROWS = 200


class Look(NamedTuple):
    """How a state is shown: never by colour alone."""

    #: `p1`, `p2`, `p3`, `unknown` or empty: grey.
    style: str
    #: A symbol of the page.
    shape: str
    #: Last part of the key of its word.
    word: str


class Bar(NamedTuple):
    """A count against its capacity, in units of `WIDE`."""

    inside: int
    low: int
    high: int
    capacity: int


class Thing(NamedTuple):
    """A door, post or sensor and whether it may be believed now."""

    row: ThingRow
    is_heard: bool
    heard_s: float | None
    said_s: float | None


class Piece(Struct, frozen=True):
    """A stretch of the ribbon, in units of `WIDE`."""

    x: float
    width: float
    state: str


def look_of(space: SpaceView) -> Look:
    """The look of a space; unknown is never a number in normal ink."""
    state = space.state
    if state is SpaceCondition.UNKNOWN or space.occupancy is None:
        is_shut = state in (SpaceCondition.HOLD, SpaceCondition.CLOSED)
        return Look("unknown", state.value if is_shut else "unknown", state.value if is_shut else "unknown")
    if space.reason == "over-capacity":
        return Look("p1", "p1", "over")
    if state is SpaceCondition.FULL:
        return Look("p2", "p2", "full")
    if state is SpaceCondition.DUE:
        return Look("p3", "p3", "due")
    shape = {"hold": "hold", "closed": "closed", "treatment": "treatment"}.get(state.value, "on")
    return Look("", shape, state.value)


def bar_of(space: SpaceView) -> Bar | None:
    """The bar of a count; None when the count or the capacity is not known."""
    count, capacity = space.occupancy, space.capacity
    if count is None or not capacity:
        return None
    low, high = space.low if space.low is not None else count, space.high if space.high is not None else count
    # The line of the capacity stands at four fifths, unless there are more people still.
    whole = max(capacity * 1.25, high * 1.05)
    return Bar(*(round(one / whole * WIDE) for one in (count, low, high, capacity)))


def open_tasks(space: SpaceView) -> list[tuple[TaskState, tuple[str, ...]]]:
    """The tasks that somebody was asked for, each with what may be said of it next."""
    return [(one, _NEXT.get(one.state, ())) for one in space.tasks if one.state != "none"]


def things_of(row: RoomRow | None, nodes: Iterable[NodeRow], now: datetime, *, is_live: bool) -> list[Thing]:
    """What is in the space, worst first: a silent hub hears nothing."""
    known = {one.node: one for one in nodes}
    found = []
    for thing in row.things if row is not None else ():
        node = known.get(thing.node)
        is_heard = is_live and node is not None and node.state == _HEARD
        heard = node.last_heard if node is not None else None
        found.append(
            Thing(
                row=thing,
                is_heard=is_heard,
                heard_s=None if heard is None else max(0.0, (now - heard).total_seconds()),
                said_s=None if thing.said_at is None else max(0.0, (now - thing.said_at).total_seconds()),
            )
        )
    return sorted(found, key=lambda one: (one.is_heard and not one.row.is_faulty, one.row.kind != "door"))


def ribbon_of(history: Series) -> list[Piece]:
    """The states of a stretch of time, one beside the other."""
    length = max(1, history.ends - history.starts)
    return [
        Piece(
            round((one.starts - history.starts) / length * WIDE, 2),
            round((one.ends - one.starts) / length * WIDE, 2),
            word_of(one),
        )
        for one in history.states
    ]


def word_of(one: Stretch) -> str:
    """The last part of the key of a stretch's word."""
    return "over" if one.reason == "over-capacity" else one.state


def table_of(history: Series) -> list[tuple[datetime, datetime, Stretch]]:
    """The newest stretches first, with their instants."""
    newest = history.states[-MOST_ROWS:]
    return [(_instant(one.starts), _instant(one.ends), one) for one in reversed(newest)]


def alerts_of(
    space: str, open_alerts: Iterable[AlertView], past: Iterable[AlertView], since: datetime
) -> list[AlertView]:
    """The alerts of a space that went on after an instant, the newest first."""
    found = {one.id: one for one in past if one.space == space and (one.resolved_at or one.since) >= since}
    found |= {one.id: one for one in open_alerts if one.space == space and one.state.value != "pending"}
    return sorted(found.values(), key=lambda one: (one.since, one.id), reverse=True)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
