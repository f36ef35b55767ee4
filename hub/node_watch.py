"""What the pages of nodes and doors show beside the board: presence and trust in, rows and beats out. Pure.

Looked at once a minute: none of it is urgent, and a board that wrote each health would write nothing else.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from hub.campus import Campus
from hub.layout import OUTSIDE, Layout
from hub.presence import Liveness, NodePresence, Presence
from hub.store.board import Row
from hub.store.heartbeats import SLOT_MIN, Beat
from hub.store.node_rows import ChannelView, DoorRow, HealthRow
from hub.trusts import Trusts
from protocol.messages import Hello

#: Nodes of which a heartbeat is kept; any number may call.
MOST_NODES = 2000


class Watched(NamedTuple):
    """What one look gives."""

    rows: list[Row]
    beats: list[Beat]


class NodeWatch:
    """Looks once a minute; remembers which minutes of the present slot each node was heard in."""

    def __init__(self, kept: Iterable[Beat] = ()) -> None:
        """`kept`: what a hub that was restarted had written, so that its minutes stay."""
        self._minute = -1
        self._slot = -1
        self._masks: dict[str, int] = {}
        #: The hello that was last written of each node.
        self._hellos: dict[str, Hello | None] = {}
        for beat in kept:
            self._enter(beat.slot)
            self._masks[beat.node] = beat.mask

    def look(self, campus: Campus, presence: Presence, trusts: Trusts, now: datetime) -> Watched:
        """The rows and heartbeats of the minute; nothing when it was looked at already."""
        minute = int(now.timestamp()) // 60
        if minute == self._minute:
            # Which software a node runs is written at once: whoever updates it waits for that.
            return Watched(list(self._health_rows(campus.layout, presence, new=True)), [])
        self._minute = minute
        slot = minute // SLOT_MIN
        self._enter(slot)
        layout = campus.layout
        named = layout.nodes()
        for node in named[:MOST_NODES]:
            is_there = presence.liveness(node, now) is Liveness.ONLINE
            self._masks[node] = self._masks.get(node, 0) | (1 << minute % SLOT_MIN if is_there else 0)
        beats = [Beat(node, slot, mask) for node, mask in self._masks.items()]
        rows = [*self._health_rows(layout, presence, new=False), *_door_rows(campus, trusts, now)]
        return Watched(rows, beats)

    def _health_rows(self, layout: Layout, presence: Presence, *, new: bool) -> Iterator[Row]:
        for node in layout.nodes():
            one = presence.nodes.get(node)
            if one is None or (new and one.hello is self._hellos.get(node)):
                continue
            self._hellos[node] = one.hello
            yield _health_row(node, one, presence)

    def _enter(self, slot: int) -> None:
        if slot != self._slot:
            self._slot, self._masks = slot, {}


def _health_row(node: str, one: NodePresence, presence: Presence) -> Row:
    hello, health = one.hello, one.health
    row = HealthRow(
        node=node,
        software=hello.software if hello else None,
        config_hash=hello.config_hash if hello else None,
        channels=tuple(ChannelView(channel=c.channel, kind=c.kind) for c in hello.channels) if hello else (),
        heard_since=one.heard_since,
        at=health.at if health else None,
        clock=health.clock if health else None,
        dropped=health.dropped if health else None,
        folded=health.folded if health else None,
        resent=health.resent if health else None,
        cpu_c=health.cpu_c if health else None,
        throttled=health.throttled if health else None,
        power=health.power if health else (),
        disk_free_mb=health.disk_free_mb if health else None,
        written_mb_per_day=health.written_mb_per_day if health else None,
        bus_errors=health.bus_errors if health else None,
        missed_edges=health.missed_edges if health else None,
        lamp_hours=health.lamp_hours if health else {},
        wire=one.wire,
        hub_wire=presence.wire,
    )
    return "health", node, msgspec.json.encode(row)


def _door_rows(campus: Campus, trusts: Trusts, now: datetime) -> Iterator[Row]:
    layout, today = campus.layout, campus.day_of(now)
    codes = {space.id: space.code for space in layout.spaces}
    for door in layout.doors:
        trust = trusts.of(door.id)
        side = door.outer if door.inner == OUTSIDE else door.inner
        error = campus.counts.error(side, door.id)
        day = campus.state.doors.get(door.id, {}).get(today)
        row = DoorRow(
            door=door.id,
            node=door.node,
            channel=door.channel,
            inner=codes.get(door.inner, door.inner),
            outer=codes.get(door.outer, door.outer),
            trust=trust.trust,
            verdict=trust.verdict,
            since=None if trust.since is None else datetime.fromtimestamp(trust.since * 60, now.tzinfo),
            bias=error.bias,
            bias_sd=error.bias_sd,
            miss_in=error.miss_in,
            miss_out=error.miss_out,
            days=error.days,
            counted_in=0 if day is None else day.ins,
            counted_out=0 if day is None else day.outs,
            is_faulty=campus.is_faulty(door.node, door.channel),
        )
        yield "door", door.id, msgspec.json.encode(row)
