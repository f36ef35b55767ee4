"""How far a door is believed, by what it counted. Pure."""

from enum import Enum

from msgspec import Struct


class Verdict(Enum):
    """What is thought of a door."""

    SOUND = "sound"
    SWAPPED = "swapped"
    BLIND = "blind"
    DEAF_IN = "deaf-in"
    DEAF_OUT = "deaf-out"
    DRIFTING = "drifting"


class DoorTrust(Struct, frozen=True, kw_only=True):
    """One door."""

    #: 0–1.
    trust: float
    verdict: Verdict
    #: Since when it shows, minutes since 1970 UTC; None: it is sound.
    since: int | None = None


SOUND = DoorTrust(trust=1.0, verdict=Verdict.SOUND)
