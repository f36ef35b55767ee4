"""The board's rows about the campus file: what stands, what became of an edit, who speaks from nowhere."""

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct

from hub.store.board import Change
from protocol.quantities import Id


class BuildingView(Struct, frozen=True, kw_only=True):
    """A building."""

    id: Id
    names: dict[str, str]
    mark: str


class SpaceView(Struct, frozen=True, kw_only=True):
    """A room, corridor or hall as the file has it."""

    id: Id
    building: Id
    kind: str
    code: str
    floor: int
    area_m2: float
    names: dict[str, str]
    desks: int | None
    design_capacity: int | None
    height_m: float
    mark: str


class DoorView(Struct, frozen=True, kw_only=True):
    """A door: `in` is towards `inner`."""

    id: Id
    node: Id
    channel: Id
    inner: Id
    outer: Id
    mark: str


class PostView(Struct, frozen=True, kw_only=True):
    """A screening post."""

    id: Id
    node: Id
    channel: Id
    door: Id


class SensorView(Struct, frozen=True, kw_only=True):
    """A sensor or switch."""

    id: Id
    node: Id
    channel: Id
    kind: str
    space: Id | None
    door: Id | None


class ShiftView(Struct, frozen=True, kw_only=True):
    """Hours of a week."""

    id: Id
    days: tuple[str, ...]
    start: str
    end: str


class DutyView(Struct, frozen=True, kw_only=True):
    """Somebody on duty."""

    id: Id
    role: str
    buildings: tuple[str, ...]
    shifts: tuple[str, ...]
    receivers: tuple[str, ...]
    language: str


class OverrideView(Struct, frozen=True, kw_only=True):
    """A value of the profile, tightened for a building or a space."""

    limit: str
    value: bool | int | float | str
    source: str
    building: str | None
    space: str | None
    #: From when until when; None: always.
    starts: datetime | None = None
    ends: datetime | None = None


class SwitchView(Struct, frozen=True, kw_only=True):
    """From then on another profile or variant is in force."""

    #: With an offset, or without one in the campus's own time.
    starts: datetime
    profile: Id
    variant: Id | None = None


class LayoutRow(Struct, frozen=True, kw_only=True):
    """The campus that is in force. One row, kind and key `layout`."""

    site: Id
    names: dict[str, str]
    timezone: str
    profile: Id
    variant: str | None
    #: Up to which decision of people it has everything.
    decision: int
    #: Whether it is the shipped demonstration, never changed; None: nobody here can change it.
    is_demonstration: bool | None
    buildings: tuple[BuildingView, ...]
    spaces: tuple[SpaceView, ...]
    doors: tuple[DoorView, ...]
    posts: tuple[PostView, ...]
    sensors: tuple[SensorView, ...]
    shifts: tuple[ShiftView, ...]
    duties: tuple[DutyView, ...]
    overrides: tuple[OverrideView, ...]
    #: Receivers that can be reached; None: no file of them.
    receivers: tuple[str, ...] | None = None
    switches: tuple[SwitchView, ...] = ()


class EditFault(Struct, frozen=True, kw_only=True):
    """Why an edit was refused."""

    #: `taken`, `missing`, `in-use`, `changed`, `file`, or `check`: a fault of the file as it would be.
    code: str
    #: Which edit of the batch, from 0, and which of its fields; empty: the whole.
    edit: int = 0
    field: str = ""
    #: In English words, with what to do.
    text: str = ""


class EditRow(Struct, frozen=True, kw_only=True):
    """What became of an edit. Kind `edit`, key the decision's id."""

    decision: int
    at: datetime
    by: str
    accepted: bool
    #: `add-door door-a-101`, one a change; at most ten.
    what: tuple[str, ...]
    faults: tuple[EditFault, ...] = ()


class HeardChannel(Struct, frozen=True, kw_only=True):
    """A channel that speaks and stands nowhere in the campus, or is being tried."""

    node: Id
    channel: Id
    #: The driver's name, from the node's hello; else the kind of its last event; empty: not said.
    kind: str = ""
    #: Since when its node speaks without a silence.
    since: datetime
    #: Its last event, live: when it came, of which kind, `in` or `out` for a passage.
    at: datetime | None = None
    event: str = ""
    direction: str = ""
    #: Passages heard in and out since it is listened to.
    ins: int = 0
    outs: int = 0
    #: `in` or `out`: its first passage since then.
    first: str = ""
    #: The door it is, when it is one that is being tried; None: it stands nowhere.
    door: str | None = None


class HeardRow(Struct, frozen=True, kw_only=True):
    """Who speaks from nowhere, newest first. One row, kind and key `heard`."""

    channels: tuple[HeardChannel, ...]


def mark_of(row: Struct) -> str:
    """A short mark of a row of the file: another one, when it was changed."""
    return hashlib.sha256(msgspec.json.encode(row)).hexdigest()[:12]


def read_layout_row(changes: list[Change]) -> LayoutRow | None:
    """The campus in force; None before a hub has written one."""
    body = _body(changes, "layout", "layout")
    return None if body is None else msgspec.json.decode(body, type=LayoutRow)


def read_heard_row(changes: list[Change]) -> HeardRow:
    """Who speaks from nowhere."""
    body = _body(changes, "heard", "heard")
    return HeardRow(channels=()) if body is None else msgspec.json.decode(body, type=HeardRow)


def read_edit_row(changes: list[Change], decision: int) -> EditRow | None:
    """What became of a decision's edit; None: nothing yet."""
    body = _body(changes, "edit", str(decision))
    return None if body is None else msgspec.json.decode(body, type=EditRow)


def read_edit_rows(changes: list[Change]) -> list[EditRow]:
    """What became of the last edits, newest first."""
    rows = [msgspec.json.decode(one.body, type=EditRow) for one in changes if one.kind == "edit" and one.body]
    return sorted(rows, key=lambda row: -row.decision)


def _body(changes: list[Change], kind: str, key: str) -> bytes | None:
    return next((one.body for one in changes if (one.kind, one.key) == (kind, key)), None)
