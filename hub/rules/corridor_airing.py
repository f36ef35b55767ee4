"""A corridor or hall is to be aired in each lesson slot (§36.5). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.owed import due
from hub.situation import Situation

RULE = "corridor-airing"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while its airing is due, nobody is at it and it is not late yet."""
    yield from due(situation, subject, RULE, now)
