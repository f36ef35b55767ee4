"""Shared equipment is to be disinfected: by time, by people, or after each session (§36.3, §36.6). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.owed import due
from hub.situation import Situation

RULE = "equipment-due"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while its disinfection is due, nobody is at it and it is not late yet."""
    yield from due(situation, subject, RULE, now)
