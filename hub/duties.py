"""Who is on duty when, as the campus file says it: roles and hours, never names. Pure."""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from protocol.quantities import Id


class Role(Enum):
    """Who is called; what each may do is the dashboards'."""

    GUARD = "guard"
    MANAGER = "manager"
    ADMIN = "admin"


class Day(Enum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


ClockTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Shift(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of a week, local time; a shift whose end is not after its start ends on the next day."""

    id: Id
    days: tuple[Day, ...]
    start: ClockTime
    end: ClockTime


class Duty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody on duty: a role at some buildings during some shifts, never a person's name."""

    id: Id
    role: Role
    #: None: every building.
    buildings: tuple[Id, ...] = ()
    #: Empty: at all hours.
    shifts: tuple[Id, ...] = ()
    #: Receivers of the hub's file, in the order in which they are tried.
    receivers: tuple[Id, ...] = ()
    language: Annotated[str, Meta(pattern=r"^(kk|ru|en)$")] = "kk"
