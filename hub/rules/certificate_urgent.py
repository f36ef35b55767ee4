"""A certificate ends within 7 days (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.certificates import told
from hub.rules.finding import Finding, Later
from hub.situation import Situation
from protocol.expiry import Nearness

RULE = "certificate-urgent"
STEPS = (Nearness.NOW,)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each certificate that ends within 7 days."""
    yield from told(situation, RULE, STEPS, now)
