"""A room was used and has to be treated before anybody goes in (§36.4). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.owed import due
from hub.situation import Situation

RULE = "treatment-due"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while a treatment is due, nobody is at it and it is not late yet."""
    yield from due(situation, subject, RULE, now)
