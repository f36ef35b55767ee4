"""The air of a room holds so much carbon dioxide that people should leave while it is aired. Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.air.view import AirLevel
from hub.rules.co2_high import by_level
from hub.rules.finding import Finding, Later
from hub.situation import Situation

RULE = "co2-too-high"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding by its sensor from the limit on at which people leave; it takes over from `co2-high`."""
    yield from by_level(situation, subject, now, RULE, AirLevel.LEAVE)
