"""The handover's row as the page shows it: what the hub wrote in, times of the campus out. Pure."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct


class OpenAlarm(Struct, frozen=True, kw_only=True):
    """An alert that is not over."""

    alert: str = ""
    rule: str
    label: str
    priority: int
    state: str
    since: datetime
    owner: str | None = None
    muted: str | None = None
    muted_until: datetime | None = None
    is_drill: bool = False
    correction: str | None = None


class Ending(Struct, frozen=True, kw_only=True):
    """A silence or an alert put aside, about to be told again."""

    what: str
    owner: str
    reason: str
    ends: datetime


class DoorTrust(Struct, frozen=True, kw_only=True):
    """A door that is not believed."""

    label: str
    #: 0 to 1.
    trust: float
    why: str


class TaskDue(Struct, frozen=True, kw_only=True):
    """A treatment the next shift has to see done."""

    space: str = ""
    label: str
    task: str
    due_at: datetime


class Handover(Struct, frozen=True, kw_only=True):
    """What one shift leaves to the next; a list the hub does not write is empty."""

    shift: str
    starts: datetime
    ends: datetime
    open_alarms: tuple[OpenAlarm, ...] = ()
    endings: tuple[Ending, ...] = ()
    doors: tuple[DoorTrust, ...] = ()
    tasks: tuple[TaskDue, ...] = ()


def read_handover(row: dict[str, Any]) -> Handover:
    """The row as a struct; raises `msgspec.ValidationError` when it is another thing."""
    return msgspec.convert(row, Handover, strict=False)


def campus_time(at: datetime, offset_min: int) -> str:
    """`23.11 14:05` on the campus's own clocks."""
    return (at + timedelta(minutes=offset_min)).strftime("%d.%m %H:%M")


def campus_hour(text: str | None, offset_min: int) -> str:
    """An instant as the campus's clocks show it; what is no instant (hours, nothing) as it is."""
    try:
        return campus_time(datetime.fromisoformat(text or ""), offset_min)
    except ValueError:
        return text or "–"
