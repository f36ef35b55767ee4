"""A certificate ends within 30 days (§2.6, §59). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.rules.certificates import told
from hub.rules.finding import Finding, Later
from hub.situation import Situation
from protocol.expiry import Nearness

RULE = "certificate-ending"
STEPS = (Nearness.SOON, Nearness.SOONER)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each certificate that ends within 30 days and in more than 7."""
    yield from told(situation, RULE, STEPS, now)
