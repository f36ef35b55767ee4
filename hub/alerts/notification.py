"""What is to be told to whom: a row written with the transition that caused it, sent by the courier. Pure."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from hub.layout import Names


class Reason(Enum):
    """Why somebody is told."""

    FIRED = "fired"
    #: Nobody has acted so far; the next duty is told.
    ESCALATED = "escalated"
    #: The last step was told, and still nobody has acted.
    REPEATED = "repeated"
    #: Acknowledged, and still going on.
    REMINDER = "reminder"
    RESOLVED = "resolved"
    #: It came and went so often that it was put aside; the administrator is told.
    CHATTERING = "chattering"
    #: A drill has fired: labelled as one everywhere.
    DRILL = "drill"


class Notification(Struct, frozen=True, kw_only=True):
    """One thing to tell one duty. Carries no name of a person and no temperature."""

    #: Unique and stable, `<alert>-<number>`: a repeat after a crash carries the same one.
    id: str
    alert: str
    at: datetime
    reason: Reason
    priority: int
    rule: str
    #: The duty told, and its receivers in the order in which they are tried.
    duty: str
    receivers: tuple[str, ...]
    #: `kk`, `ru` or `en`.
    language: str
    #: The code on the door or the node's id, and the place's full name.
    label: str
    place: Names | None
    clause: str
    #: People counted and allowed, minutes late, ppm: whatever the rule measures; never a temperature.
    value: float | None = None
    limit: float | None = None
    since: datetime
    is_drill: bool = False
    #: Rows of one duty and one group that wait together may be sent as one message.
    group: str = ""
    #: Which step of the escalation, from 1; 0 where it is none.
    step: int = 0
