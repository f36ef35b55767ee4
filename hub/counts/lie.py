"""The ways in which a door lies, and one that does."""

from enum import Enum

from msgspec import Struct

from hub.counts.door_day import DoorDay

#: One way is missed when so few come that way of those who go the other, of at least so many.
DEAF_SHARE = 0.1
DEAF_PEOPLE = 40


class Lie(Enum):
    """What a door does wrong."""

    SWAPPED = "swapped"
    BLIND = "blind"
    DEAF_IN = "deaf-in"
    DEAF_OUT = "deaf-out"
    DRIFTING = "drifting"


class Suspicion(Struct, frozen=True):
    """A door that lies."""

    door: str
    lie: Lie
    #: People that it explains; for a blind door those who are missing; for a drifting one points of bias.
    score: float
    #: Since when it shows, minutes since 1970 UTC.
    since: int


def untold(page: DoorDay) -> Lie | None:
    """What a door does not tell, by its own sums of a day."""
    if page.ins + page.outs == 0:
        return Lie.BLIND
    if page.outs >= DEAF_PEOPLE and page.ins <= DEAF_SHARE * page.outs:
        return Lie.DEAF_IN
    if page.ins >= DEAF_PEOPLE and page.outs <= DEAF_SHARE * page.ins:
        return Lie.DEAF_OUT
    return None


def enough(page: DoorDay) -> bool:
    """Whether so many have passed a door that `untold` can tell."""
    return max(page.ins, page.outs) >= DEAF_PEOPLE
