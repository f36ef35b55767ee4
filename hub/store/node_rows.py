"""Rows that only the pages of nodes and doors read: how a node is, how far a door is believed."""

from datetime import datetime

from msgspec import Struct

from protocol.quantities import Id
from protocol.wire import Wire


class ChannelView(Struct, frozen=True, kw_only=True):
    """One thing a node watches."""

    channel: str
    kind: str


class HealthRow(Struct, frozen=True, kw_only=True):
    """What a node last said of itself; null where it has not said."""

    node: Id
    software: str | None
    config_hash: str | None
    channels: tuple[ChannelView, ...]
    #: Since when it is heard without a silence between.
    heard_since: datetime | None
    #: When it said the rest.
    at: datetime | None
    clock: str | None
    dropped: int | None
    folded: int | None
    resent: int | None
    cpu_c: float | None
    throttled: bool | None
    power: tuple[str, ...]
    disk_free_mb: float | None
    written_mb_per_day: float | None
    bus_errors: int | None
    missed_edges: int | None
    #: Hours of lamps and fans, by channel.
    lamp_hours: dict[str, float]
    #: The versions of the wire that it speaks, and that the hub reads.
    wire: Wire | None = None
    hub_wire: Wire | None = None


class DoorRow(Struct, frozen=True, kw_only=True):
    """How far a door is believed, and why."""

    door: Id
    node: Id
    channel: Id
    #: Codes of the two sides.
    inner: str
    outer: str
    #: 0 to 1; below 0.5 the rooms it joins are unknown.
    trust: float
    #: `tuned`, `untuned`, or what it does wrong: `swapped`, `blind`, `deaf-in`, `deaf-out`, `drifting`.
    verdict: str
    since: datetime | None
    #: Missed in more than out, as a share, and how sure that is.
    bias: float
    bias_sd: float
    miss_in: float
    miss_out: float
    #: Days that taught it.
    days: int
    #: Counted today.
    counted_in: int
    counted_out: int
    #: Whether its channel tells a fault now.
    is_faulty: bool
