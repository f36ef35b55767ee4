"""What is believed of a room's air at one instant. Pure."""

from datetime import datetime
from enum import Enum

from msgspec import Struct


class AirLevel(Enum):
    """How good the air is; `unknown` where there is no fresh reading and no count to estimate it from."""

    FINE = "fine"
    NEAR = "near"
    #: It must be aired.
    AIR = "air"
    #: People should leave while it is aired.
    LEAVE = "leave"
    UNKNOWN = "unknown"


class RoomAir(Struct, frozen=True, kw_only=True):
    """A room's air."""

    #: The newest reading, a minute's mean, ppm, and when; None: no sensor has read today.
    co2_ppm: float | None
    at: datetime | None
    is_fresh: bool
    #: The sensor reads below outdoor air: it is wrong, and not used.
    is_faulty: bool
    #: By the reading where there is a fresh one, else by the estimate.
    level: AirLevel
    #: Whether `level` is of an estimate, not of a reading.
    is_estimated: bool
    #: Air changes an hour and the half width of the middle half of what was learned; None: none learned.
    ach: float | None
    ach_spread: float | None
    #: Minutes of the present air changes that remove 90 % of what is in the air; None: no air changes known.
    purge_min_90: float | None
    #: CO2 from people and minutes, ppm; None: people unknown.
    estimated_ppm: float | None
    #: Outdoor air that the people inside need, L/s, and what they have of it; None: not known.
    need_ls: float | None
    has_ls: float | None
    #: The limit that `level` has reached, ppm, and the clause it comes from.
    limit_ppm: float | None
    clause: str
    #: The next instant at which this changes by time alone: the reading grows old.
    again_at: datetime | None
