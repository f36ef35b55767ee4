"""What people may order the hub, as the detail of a decision: one struct a kind. Pure.

The dashboards and the command line write them, the hub carries them out. None names a person: who
decided is the decision's own `who`.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.store.campus_edits import Edits
from hub.store.decisions import Decision
from protocol.events import Action, Task
from protocol.quantities import Id, require_utc

Reason = Annotated[str, Meta(min_length=1, max_length=200)]


class Acknowledge(Struct, frozen=True, kw_only=True, tag="ack"):
    """Somebody has it in hand. The subject is an alert."""


class Shelve(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="shelve"):
    """Put an alert aside for a while; 0 minutes takes it down again. The subject is an alert."""

    minutes: Annotated[int, Meta(ge=0, le=60)]
    reason: Reason


class Silence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="silence"):
    """Tell nobody about what matches, until the shift ends at the latest. The subject names the silence."""

    reason: Reason
    until: datetime
    rule: str | None = None
    space: Id | None = None
    building: Id | None = None
    node: Id | None = None

    def __post_init__(self) -> None:
        """Refuse a silence of everything, and an instant outside UTC."""
        require_utc(self.until, "until")
        if not any((self.rule, self.space, self.building, self.node)):
            raise ValueError("name a rule, a space, a building or a node: everything cannot be silenced")


class EndSilence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="unsilence"):
    """The silence ends now. The subject names it."""


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recount"):
    """Somebody counted the people in a space; 0 is "empty: yes". The subject is a space."""

    count: Annotated[int, Meta(ge=0, le=100_000)]
    reason: Annotated[str, Meta(max_length=200)] = ""


class Close(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold"):
    """A person closes a space, or opens it again. The subject is a space."""

    on: bool
    reason: Annotated[str, Meta(max_length=200)] = ""


class Treat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="task"):
    """A person's word on a treatment. The subject is a space."""

    task: Task
    action: Action
    reason: Annotated[str, Meta(max_length=200)] = ""


class StartDrill(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="drill"):
    """A labelled alarm, end to end. The subject is a space, a post or a node."""

    #: `fever`, `overload` or `dead-door`.
    what: Annotated[str, Meta(pattern="^(fever|overload|dead-door)$")]


class SignShift(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="shift"):
    """A shift was handed over and its list read. The subject is a shift."""

    note: Annotated[str, Meta(max_length=500)] = ""


class Restored(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="restored"):
    """The file of decisions was put back from a copy, says whoever did it. The subject is the file."""

    #: The instant of the copy; None: written before that was noted.
    since: datetime | None = None


class ReadRestored(Struct, frozen=True, kw_only=True, tag="restored-read"):
    """Somebody who answers for it has read which stores were put back, up to the instant in the subject."""


class EditCampus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="campus"):
    """Change the campus file, all of it or nothing. The subject is always `campus`: edits have one order."""

    edits: Edits


class Listen(Struct, frozen=True, kw_only=True, tag="listen"):
    """Somebody is about to walk through a door: tell what it sees. The subject is a door."""


Order = (
    Acknowledge
    | Shelve
    | Silence
    | EndSilence
    | Count
    | Close
    | Treat
    | StartDrill
    | SignShift
    | Restored
    | ReadRestored
    | EditCampus
    | Listen
)
_orders: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
#: The kinds of decisions, by the order they carry.
KINDS: dict[type[Struct], str] = {
    Acknowledge: "ack",
    Shelve: "shelve",
    Silence: "silence",
    EndSilence: "unsilence",
    Count: "recount",
    Close: "hold",
    Treat: "task",
    StartDrill: "drill",
    SignShift: "shift",
    Restored: "restored",
    ReadRestored: "restored-read",
    EditCampus: "campus",
    Listen: "listen",
}


def encode_order(order: Order) -> tuple[str, bytes]:
    """The kind and detail of the decision that carries this order."""
    return KINDS[type(order)], msgspec.json.encode(order)


def read_order(decision: Decision) -> Order:
    """The order of a decision. Raises `msgspec.MsgspecError` when it is not legible."""
    if not decision.detail and decision.kind == "ack":
        return Acknowledge()
    if not decision.detail and decision.kind == "restored":
        return Restored()
    return _orders.decode(decision.detail)
