"""Nodes and doors as their pages show them: board rows and heartbeats in, the worst first out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from dashboards.live.views import HubView, honest_node, is_live
from hub.store.board import Change, NodeRow
from hub.store.heartbeats import SLOT_MIN, Beat
from hub.store.node_rows import DoorRow, HealthRow

#: Hours of a strip.
STRIP_HOURS = 48
STRIP_SLOTS = STRIP_HOURS * 60 // SLOT_MIN
#: Below this trust the rooms behind a door are unknown.
BELIEVED_FROM = 0.5
#: What is wrong with a node comes before what is well.
_ORDER = ("lost", "silent", "too-new", "too-old", "never-heard", "unknown", "offline", "online")
_Row = TypeVar("_Row", HealthRow, DoorRow)


class Run(Struct, frozen=True):
    """A stretch of a strip that looks the same: from which slot, how many, how much of it was heard."""

    start: int
    slots: int
    #: 0 to 1; None: the hub itself was away, so nobody knows.
    heard: float | None


class NodeView(Struct, frozen=True, kw_only=True):
    """A node's line and what opens below it."""

    node: str
    state: str
    last_heard: datetime | None
    age_s: float | None
    outbox_depth: int | None
    #: `component: code`, as the node says them.
    faults: tuple[str, ...]
    health: HealthRow | None
    strip: tuple[Run, ...]
    #: Holes of the strip: slots in which a node that had been heard was not.
    holes: int
    is_well: bool


class DoorView(Struct, frozen=True, kw_only=True):
    """A door's line."""

    row: DoorRow
    #: `lying`, `unsure` or `sound`.
    standing: str


def node_views(
    nodes: Sequence[NodeRow],
    health: Mapping[str, HealthRow],
    beats: Iterable[Beat],
    hub: HubView | None,
    now: datetime,
) -> list[NodeView]:
    """Every node, what needs somebody first."""
    masks: dict[str, dict[int, int]] = {}
    for beat in beats:
        masks.setdefault(beat.node, {})[beat.slot] = beat.mask
    awake = {slot for own in masks.values() for slot in own}
    newest = int(now.timestamp()) // 60 // SLOT_MIN
    views = [
        _node_view(honest_node(row, hub, now), health.get(row.node), own, awake, newest, now)
        for row in nodes
        for own in (masks.get(row.node, {}),)
    ]
    return sorted(views, key=lambda one: (one.is_well, _place(one.state), one.node))


def door_views(rows: Iterable[DoorRow], hub: HubView | None, now: datetime) -> list[DoorView]:
    """Every door, the least believed first; nothing is said of any while the hub is silent."""
    if not is_live(hub, now):
        return []
    views = [DoorView(row=row, standing=_standing(row)) for row in rows]
    order = ("lying", "unsure", "sound")
    return sorted(views, key=lambda one: (order.index(one.standing), one.row.trust, one.row.door))


def read_rows(changes: Iterable[Change], kind: str, shape: type[_Row]) -> dict[str, _Row]:
    """The rows of one kind, by key. Raises msgspec.ValidationError when one cannot be read."""
    decoder = msgspec.json.Decoder(shape)
    return {one.key: decoder.decode(one.body) for one in changes if one.kind == kind and one.body is not None}


def strip_of(masks: Mapping[int, int], awake: set[int], newest: int) -> tuple[Run, ...]:
    """The last 48 hours as runs, oldest first; the slot under way counts its minutes that are over."""
    runs: list[Run] = []
    for at in range(STRIP_SLOTS):
        slot = newest - STRIP_SLOTS + 1 + at
        heard = masks.get(slot, 0).bit_count() / SLOT_MIN if slot in awake else None
        if heard and slot == newest:
            heard = 1.0
        if runs and runs[-1].heard == heard:
            runs[-1] = Run(runs[-1].start, runs[-1].slots + 1, heard)
        else:
            runs.append(Run(at, 1, heard))
    return tuple(runs)


def _node_view(
    row: NodeRow,
    health: HealthRow | None,
    masks: Mapping[int, int],
    awake: set[int],
    newest: int,
    now: datetime,
) -> NodeView:
    strip = strip_of(masks, awake, newest)
    known = [run for run in strip if run.heard is not None]
    first = next((run.start for run in known if run.heard), STRIP_SLOTS)
    return NodeView(
        node=row.node,
        state=row.state,
        last_heard=row.last_heard,
        age_s=None if row.last_heard is None else max(0.0, (now - row.last_heard).total_seconds()),
        outbox_depth=row.outbox_depth,
        faults=row.faults,
        health=health,
        strip=strip,
        holes=sum(run.slots for run in known if not run.heard and run.start > first),
        is_well=row.state == "online" and not row.faults,
    )


def _standing(row: DoorRow) -> str:
    if row.is_faulty or row.trust < BELIEVED_FROM or row.since is not None:
        return "lying"
    return "sound" if row.verdict == "tuned" else "unsure"


def _place(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else 0
