"""A treatment is late: not begun, or not done, within the profile's patience (§36.4, §36.6). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.owed import late
from hub.situation import Situation

RULE = "treatment-late"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while any treatment of the room is late; it takes over from the one that called for it."""
    yield from late(situation, subject, RULE, now)
