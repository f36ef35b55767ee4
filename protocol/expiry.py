"""How near the end of a certificate is, and the word for it. Pure."""

from datetime import datetime, timedelta
from enum import Enum

#: The campus is warned three times before a certificate ends, days.
WARNINGS_D = (30, 14, 7)


class Nearness(Enum):
    """The code of the fault that a node tells, and of the list."""

    FAR = "good"
    #: The first three by the days of `WARNINGS_D`, the widest first.
    SOON = "ends-in-30-days"
    SOONER = "ends-in-14-days"
    NOW = "ends-in-7-days"
    ENDED = "expired"
    #: The clock is before its beginning.
    NOT_YET = "not-yet-valid"


def nearness(starts: datetime, ends: datetime, now: datetime) -> Nearness:
    """How near `ends` is; a certificate is good in [starts, ends)."""
    if now < starts:
        return Nearness.NOT_YET
    if now >= ends:
        return Nearness.ENDED
    steps = (Nearness.SOON, Nearness.SOONER, Nearness.NOW)
    found = Nearness.FAR
    for days, step in zip(WARNINGS_D, steps, strict=True):
        if ends - now <= timedelta(days=days):
            found = step
    return found
