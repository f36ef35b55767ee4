"""Board rows as the API gives them: one flat record a thing. Pure."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import asdict, replace

from dashboards.settings import HUB_MAX_AGE_S
from hub.store.board import AlertRow, HubRow, LedgerRow, NodeRow, RestoredRow, SilenceRow, SpaceRow
from protocol.messages import AlertMessage, AlertState, SpaceCondition, SpaceState


class SpaceView(SpaceState, frozen=True, kw_only=True):
    """A space: the contract's state and what a tile needs beside it."""

    code: str
    building: str
    floor: int
    kind: str
    names: dict[str, str]
    #: Which cap binds: `area`, `desks`, `group-cap`, `fill`; null without capacity.
    limit: str | None


class AlertView(AlertMessage, frozen=True, kw_only=True):
    """An alert: the contract's message and what the rail needs beside it."""

    #: The code on the door of its space, or the node's id.
    label: str
    acked_at: datetime | None
    fired_at: datetime | None
    resolved_at: datetime | None
    #: Which cap binds, for an over-capacity alert.
    limit_rule: str | None
    building: str | None
    #: Why nobody is told, for example `silenced`, `shelved`, `chattering`, `silent-node`; null: they are.
    muted: str | None
    #: When that ends by itself; null: when its cause does.
    muted_until: datetime | None
    #: The duty of whoever has it.
    owner: str | None
    is_drill: bool
    #: What the record says now that late events have come; null: as it was.
    corrected: str | None
    #: Notifications it has caused, and whether one of them cannot be delivered.
    told: int
    undelivered: bool
    #: The value farthest beyond its limit so far, the limit then, and when that was; null: no value is known.
    worst: float | None
    worst_limit: float | None
    worst_at: datetime | None
    #: The key that takes it on every board, 1 to 9; null: nobody need take it, or all are in use.
    digit: int | None


class GapRow(Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """A step of an escalation with nobody to tell, as the hub writes it."""

    rule: str | None = None
    role: str | None = None
    building: str | None = None
    #: As the hub says it: an instant, or hours of the campus.
    starts: str | None = None
    ends: str | None = None
    why: str = ""


class GapView(GapRow, frozen=True, kw_only=True):
    """A gap with the key that tells it from others."""

    key: str


class HubView(Struct, frozen=True, kw_only=True):
    """The hub's pulse and the campus it watches."""

    as_of: datetime
    started: datetime
    version: str
    position: int
    broker_connected: bool
    site: str
    names: dict[str, str]
    timezone: str
    #: Minutes the campus's clocks are ahead of UTC now; browsers carry old time zone tables.
    utc_offset_min: int
    profile: str
    #: The profile's format in force: `in-person`, `remote`; null: the profile as it is.
    variant: str | None = None
    #: Stores that were put back from a copy, the newest first, until an administrator has read so.
    restored: tuple[RestoredRow, ...] = ()


class State(Struct, frozen=True, kw_only=True):
    """Everything the board shows; null where the hub has said nothing yet."""

    #: The hub's last pulse.
    as_of: datetime | None
    #: When this was put together.
    now: datetime
    build: str
    version: int
    hub: HubView | None
    ledger: LedgerRow | None
    spaces: list[SpaceView]
    alerts: list[AlertView]
    nodes: list[NodeRow]
    silences: list[SilenceRow]
    gaps: list[GapView]
    #: What the next shift must know, as the hub last put it together; null when it has not.
    handover: dict[str, Any] | None


def view_space(row: SpaceRow) -> SpaceView:
    """A tile's row, flat."""
    fields = asdict(row)
    state: SpaceState = fields.pop("state")
    return SpaceView(**asdict(state), **fields)


def view_alert(row: AlertRow, ack: tuple[str, datetime] | None = None) -> AlertView:
    """An alert's row, flat; `ack` is a decision the hub may not have carried out yet."""
    message, acked_at = row.alert, row.acked_at
    if ack is not None and message.acked_by is None:
        message, acked_at = replace(message, acked_by=ack[0]), ack[1]
    return AlertView(
        **asdict(message),
        label=row.label,
        acked_at=acked_at,
        fired_at=row.fired_at,
        resolved_at=row.resolved_at,
        limit_rule=row.limit_rule,
        building=row.building,
        muted=row.muted,
        muted_until=row.muted_until,
        owner=row.owner,
        is_drill=row.is_drill,
        corrected=row.corrected,
        told=row.told,
        undelivered=row.undelivered,
        worst=row.worst,
        worst_limit=row.worst_limit,
        worst_at=row.worst_at,
        digit=row.digit,
    )


def view_gap(key: str, row: GapRow) -> GapView:
    """A gap's row with its key."""
    return GapView(key=key, **asdict(row))


def view_hub(row: HubRow) -> HubView:
    """The hub's row as far as browsers need it, with the campus's distance from UTC."""
    fields = {name: value for name, value in asdict(row).items() if name in HubView.__struct_fields__}
    return HubView(**fields, utc_offset_min=_offset_min(row.timezone, row.as_of))


def honest(space: SpaceView, hub: HubView | None, now: datetime) -> SpaceView:
    """The space as it may be told at `now`: unknown when the hub that judged it is silent.

    The row's own `as_of` says since when the space has been so: a quiet room's is old and true.
    """
    if is_live(hub, now):
        return space
    nothing = {"occupancy": None, "low": None, "high": None, "free": None}
    return replace(space, state=SpaceCondition.UNKNOWN, reason="silent-hub", trust=0.0, **nothing)


def honest_node(node: NodeRow, hub: HubView | None, now: datetime) -> NodeRow:
    """The node as it may be told at `now`: a silent hub hears nobody."""
    return node if is_live(hub, now) else replace(node, state="unknown", outbox_depth=None)


def is_live(hub: HubView | None, now: datetime) -> bool:
    """Whether the hub's last pulse is young enough to believe anything it wrote."""
    return hub is not None and (now - hub.as_of).total_seconds() <= HUB_MAX_AGE_S


def is_worth_a_card(alert: AlertView) -> bool:
    """Whether people must see it: firing, or over before anybody took it."""
    return alert.state is AlertState.FIRING or (alert.state is AlertState.RESOLVED and alert.acked_by is None)


def _offset_min(timezone: str, at: datetime) -> int:
    try:
        offset = at.astimezone(ZoneInfo(timezone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return 0 if offset is None else int(offset.total_seconds() // 60)
