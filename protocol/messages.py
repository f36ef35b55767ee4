"""Every message that is not an event: what nodes say of themselves and what the hub says to all. Pure."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from protocol.quantities import Count, Epoch, Id, Share, Text, require_utc
from protocol.wire import UNSAID, Wire


class Light(Enum):
    """What the light at a door says."""

    GO = "go"
    WAIT = "wait"
    STOP = "stop"
    UNKNOWN = "unknown"


class SpaceCondition(Enum):
    """The one state of a space, the same on light, board, sign and API."""

    OPEN = "open"
    NEAR = "near"
    FULL = "full"
    TREATMENT = "treatment"
    DUE = "due"
    CLOSED = "closed"
    HOLD = "hold"
    UNKNOWN = "unknown"


class AlertState(Enum):
    """Where an alert stands; acknowledged and muted are facts beside it."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class NodeState(Enum):
    """What a node says of itself, or the broker after its death (`lost`)."""

    ONLINE = "online"
    OFFLINE = "offline"
    LOST = "lost"


class Channel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a node watches."""

    channel: Id
    #: `beam-pair`, `thermometer`, … : the driver's name.
    kind: Text
    #: The longest silence the node promises for it, seconds; None: it speaks only when something happens.
    period_s: Annotated[float, Meta(gt=0.0, le=86400.0)] | None = None


class Hello(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A node's description of itself, retained."""

    software: Text
    config_hash: Text
    epoch: Epoch
    #: The newest seq the outbox has given out; 0 before the first event.
    seq: Count
    #: How often the node sends its health, seconds.
    health_every_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 10.0
    channels: tuple[Channel, ...] = ()
    #: The versions of the wire that it speaks.
    wire: Wire = UNSAID


class Status(Struct, frozen=True, kw_only=True):
    """Whether the node is connected, retained; `lost` is its last will."""

    state: NodeState
    epoch: Epoch
    since: datetime


class PostLevel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people show at one post, and whether that has moved: a chart of it tells a sensor that drifts."""

    #: Running median of the newest people, °C at 24 °C of air.
    level_c: float
    #: Median of the newest people minus what mornings before taught, °C; None before enough people came.
    moved_c: float | None = None
    #: It has moved by more than chance: a morning's weather, or the sensor.
    is_shifted: bool = False


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the node is, at its promised period. The outbox figures feed the ledger."""

    at: datetime
    epoch: Epoch
    #: The newest seq given out: everything this epoch has produced.
    seq: Count
    #: Events not yet acknowledged by the hub.
    outbox_depth: Count
    #: Events that never had a number: there was no room for them at all.
    dropped: Count = 0
    #: Numbered events that the outbox's quota dropped, by kind; the hub is told which (`gone`).
    dropped_by_kind: dict[Text, Count] = {}
    #: Passages counted in a later one of the same minute; nobody is lost.
    folded: Count = 0
    #: Events sent more than once.
    resent: Count = 0
    cpu_c: float | None = None
    throttled: bool | None = None
    #: Supply and cooling in words: `under-voltage now`, `throttled has occurred`.
    power: tuple[Text, ...] = ()
    disk_free_mb: float | None = None
    rss_mb: float | None = None
    #: What the node writes to its disk, at the pace since the last health, MB a day.
    written_mb_per_day: float | None = None
    #: Looks at a sensor that gave nothing since the start, its own retries spent.
    bus_errors: Count = 0
    #: Edges of pins that nobody reported and reading the level again found, since the start.
    missed_edges: Count = 0
    #: What people show, by post; and the hours of lamps and fans, by channel.
    posts: dict[Id, PostLevel] = {}
    lamp_hours: dict[Id, float] = {}
    clock: str = "synced"
    #: Faults going on, as `component: code`.
    faults: tuple[Text, ...] = ()


class Ack(Struct, frozen=True, kw_only=True):
    """`1..seq` of `epoch` are durable at the hub but for the `missing` ranges (both ends inclusive)."""

    epoch: Epoch
    seq: Count
    missing: tuple[tuple[int, int], ...] = ()
    #: The versions of the wire that the hub reads; said here because a node hears nothing else of it.
    wire: Wire = UNSAID


class Allowance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one channel may show on its own: the light and the places left behind it."""

    light: Light
    #: Places left on the channel's inner side, below zero when too many are there; None when unknown or
    #: without limit.
    free: int | None = None
    reason: Text = ""
    clause: Text = ""
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC."""
        if self.until is not None:
            require_utc(self.until, "until")


class ScreeningLimits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Limits of the contactless stage, °C over the post's running median."""

    repeat_over_c: float
    elevated_over_c: float
    too_cold_under_c: float
    enabled: bool = True


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hub's allowance for a node, retained; stale after `valid_s`."""

    as_of: datetime
    valid_s: Annotated[float, Meta(gt=0.0, le=86400.0)]
    #: Events of `epoch` up to `seq` are already counted in `free`.
    epoch: Epoch | None = None
    seq: Count = 0
    channels: dict[Id, Allowance] = {}
    screening: ScreeningLimits | None = None

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC: nobody could say how old it is."""
        require_utc(self.as_of, "as_of")


class TaskState(Struct, frozen=True, kw_only=True):
    """A task of a space."""

    task: str
    due: datetime | None
    state: str
    #: When it was begun, by a sensor, a button or somebody's word; None: it was not, or not said.
    since: datetime | None = None


class SpaceState(Struct, frozen=True, kw_only=True):
    """What the hub believes of a space now, retained. Counts are None when unknown."""

    space: Id
    state: SpaceCondition
    reason: str
    clause: str | None
    occupancy: int | None
    low: int | None
    high: int | None
    capacity: int | None
    free: int | None
    until: datetime | None
    tasks: tuple[TaskState, ...]
    trust: Share
    as_of: datetime


class AlertMessage(Struct, frozen=True, kw_only=True):
    """An open alert, retained while open; the topic is emptied when it closes."""

    id: str
    rule: str
    priority: int
    space: str | None
    node: str | None
    state: AlertState
    since: datetime
    acked_by: str | None
    clause: str | None
    action: str
    value: float | None = None
    limit: float | None = None


class HubState(Enum):
    """Whether the hub is there."""

    ONLINE = "online"
    LOST = "lost"


class HubStatus(Struct, frozen=True, kw_only=True):
    """The hub's own status, retained; `lost` is its last will."""

    state: HubState
    version: str
    #: Newest journal position; 0 when empty.
    position: Count
    since: datetime
