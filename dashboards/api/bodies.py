"""What callers of the API send with a change, one struct a call, and what they get back. Pure."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from hub.store.names import printable
from protocol.quantities import Id

Reason = Annotated[str, Meta(max_length=200)]
Instant = Annotated[datetime, Meta(tz=True)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every body has: an example for those who sent something else."""

    EXAMPLE: ClassVar[str] = "{}"

    def __post_init__(self) -> None:
        """Take letters that control a screen or turn the text around out of a reason."""
        reason = getattr(self, "reason", None)
        if isinstance(reason, str):
            force_setattr(self, "reason", printable(reason))


class ShelveBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert is put aside for a while, with a reason; 0 minutes takes it down again."""

    EXAMPLE: ClassVar[str] = '{"minutes": 15, "reason": "the filter is being changed"}'
    minutes: Literal[0, 15, 30, 60]
    #: Needed unless `minutes` is 0.
    reason: Reason = ""

    def __post_init__(self) -> None:
        """Refuse putting aside without a reason."""
        super().__post_init__()
        if self.minutes and not self.reason.strip():
            raise ValueError("`reason` is empty: say why it is put aside")


class TaskBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on a treatment; the body may be left out."""

    EXAMPLE: ClassVar[str] = '{"reason": "no water", "at": "2026-11-23T09:00:00Z"}'
    reason: Reason = ""
    #: When the button was pressed on a phone that was offline: at most 12 h ago; null: now.
    at: Instant | None = None
    #: Of this tap alone: sent again with the same one it changes nothing more.
    key: Annotated[str, Meta(pattern="^[A-Za-z0-9-]{8,40}$")] | None = None


class GiveBody(TaskBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task is handed on to whoever has this role."""

    EXAMPLE: ClassVar[str] = '{"to": "guard", "reason": "I am needed in B-107"}'
    to: Literal["guard", "manager", "admin"]


class RecountBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody counted the people in a space; 0 is "empty: yes"."""

    EXAMPLE: ClassVar[str] = '{"count": 12, "reason": "counted at the door"}'
    count: Annotated[int, Meta(ge=0, le=100_000)]
    reason: Reason = ""


class HoldBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person closes a space, or opens it again."""

    EXAMPLE: ClassVar[str] = '{"on": true, "reason": "a broken window"}'
    on: bool
    reason: Reason = ""


class SilenceBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell nobody about what matches all that is named, until then or until the shift ends."""

    EXAMPLE: ClassVar[str] = '{"space": "a-204", "until": "2026-11-23T12:00:00Z", "reason": "repair"}'
    until: Instant
    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    rule: str | None = None
    space: Id | None = None
    building: Id | None = None
    node: Id | None = None

    def __post_init__(self) -> None:
        """Refuse a silence of everything, and one without a reason."""
        super().__post_init__()
        if not any((self.rule, self.space, self.building, self.node)):
            raise ValueError("name a `rule`, `space`, `building` or `node`: nobody may silence everything")
        if not self.reason.strip():
            raise ValueError("`reason` is empty: say why nobody need be told")


class DrillBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A labelled alarm, end to end: a fever at a post or room, an overload of a room, a node that dies."""

    EXAMPLE: ClassVar[str] = '{"what": "overload", "subject": "a-204"}'
    what: Literal["fever", "overload", "dead-door"]
    subject: Id


class Decided(Struct, frozen=True, kw_only=True):
    """A decision that is stored; the hub carries it out within a second or two."""

    decision: int
    #: `shelve`, `task`, `recount`, `hold`, `silence`, `unsilence`, `drill` or `shift`.
    kind: str
    #: The alert, space, silence, post, node or shift it is about.
    subject: str
    by: str
    at: datetime


class TaskSaid(Struct, frozen=True, kw_only=True):
    """Somebody goes to a task, or has handed it on; everybody sees it at once."""

    space: str
    task: str
    #: `take` or `give`.
    verb: str
    by: str
    at: datetime


class SilenceMade(Decided, frozen=True, kw_only=True):
    """A silence that was asked for, under the name that ends it."""

    id: str
