"""The rules, listed by hand: each is `check(situation, now)` and yields findings."""

from collections.abc import Callable, Iterator
from datetime import datetime

from hub.rules import elevated_screening, over_capacity, silent_node, unscreened_entrance
from hub.rules.finding import Finding
from hub.situation import Situation

Check = Callable[[Situation, datetime], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    over_capacity.RULE: over_capacity.check,
    elevated_screening.RULE: elevated_screening.check,
    silent_node.RULE: silent_node.check,
    unscreened_entrance.RULE: unscreened_entrance.check,
}


def find_all(situation: Situation, now: datetime) -> list[Finding]:
    """What every rule finds at `now`."""
    return [finding for check in CHECKS.values() for finding in check(situation, now)]
