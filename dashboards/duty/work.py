"""What the pages of tasks and alerts read beside the board: errands, limits in force, what was delivered."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.courier.outcomes import Outcomes
from hub.store.errands import Errands
from hub.store.limits_in_force import LimitsInForce


def no_outcomes() -> Outcomes | None:
    """There has never been a courier."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The stores of those pages."""

    errands: Errands
    limits: LimitsInForce
    #: Opens the courier's book; None while there has never been a courier.
    outcomes: Callable[[], Outcomes | None] = no_outcomes
