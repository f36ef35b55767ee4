"""People and minutes say that a room without a sensor must be aired. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.air.view import AirLevel
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation

RULE = "ventilation-need"
#: An estimate grows and falls by itself: while it may, it is looked at so often.
LOOK = timedelta(seconds=60)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while the air that people have breathed is estimated at the airing limit or over it.

    Where a fresh reading says how the air is, nobody estimates.
    """
    air = situation.air(subject, now)
    limits = situation.limits(subject).air
    if air is None or limits is None:
        return
    if air.again_at is not None:
        yield Later(air.again_at)
    if air.is_estimated and (air.need_ls or air.level is not AirLevel.FINE):
        yield Later(now + LOOK)
    space = situation.spaces[subject]
    if air.level is AirLevel.UNKNOWN:
        yield about_space(RULE, space, limits.need_source, starts=False)
    elif air.is_estimated and air.level in (AirLevel.AIR, AirLevel.LEAVE):
        found = about_space(RULE, space, limits.need_source)
        yield replace(found, limit=limits.air_ppm, limit_rule="estimate")
