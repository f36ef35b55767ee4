"""The air of a room holds so much carbon dioxide that it must be aired. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.air.view import AirLevel
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation

RULE = "co2-high"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding by its sensor from the airing limit on, up to the one at which people leave."""
    yield from by_level(situation, subject, now, RULE, AirLevel.AIR)


def by_level(
    situation: Situation, subject: str, now: datetime, rule: str, level: AirLevel
) -> Iterator[Finding | Later]:
    """A finding while a fresh reading is at this level; a reading grown old keeps an alert going."""
    limits, air = situation.limits(subject).air, situation.air(subject, now)
    if limits is None or air is None or air.co2_ppm is None:
        return
    if air.again_at is not None:
        yield Later(air.again_at)
    is_leave = level is AirLevel.LEAVE
    limit = limits.leave_ppm if is_leave else limits.air_ppm
    source = limits.leave_source if is_leave else limits.air_source
    found = replace(about_space(rule, situation.spaces[subject], source), limit=limit, limit_rule="co2")
    if not air.is_fresh or air.is_faulty:
        yield replace(found, starts=False)
    elif air.level is level and not air.is_estimated:
        yield replace(found, value=air.co2_ppm)
