"""What is known of a simulated day when it is over, as values: the truth, the timetable, the air. Pure.

Seconds since the simulation's start.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from hub.layout import Layout
from hub.regime.profile import Profile
from simulator.truth import Level, Truth

#: The steps of a series: a value from that time on.
Series = Sequence[tuple[float, float]]


class Span(NamedTuple):
    """From then until then something is not as the regime asks."""

    subject: str
    from_s: float
    until_s: float


class Sitting(NamedTuple):
    """A lesson of the timetable."""

    space: str
    start_s: float
    end_s: float
    enrolled: int


class DayTruth(NamedTuple):
    """All that is known of a day when it is over."""

    layout: Layout
    profile: Profile
    #: What each space may hold.
    capacity: Mapping[str, int]
    truth: Truth
    #: Of the week ahead.
    sittings: Sequence[Sitting]
    #: CO2 of the rooms with a sensor, ppm, and how full each dispenser was, 0 to 1.
    air: Mapping[str, Series]
    dispensers: Mapping[str, Series]
    ends_s: float


def uses(levels: Sequence[Level], apart_s: float, ends_s: float) -> list[tuple[float, float]]:
    """When people were inside, as intervals; those with less than `apart_s` between them are one."""
    found: list[tuple[float, float]] = []
    for level, after in pairwise([*levels, Level(ends_s, 0)]):
        if level.people <= 0 or after.t_s <= level.t_s:
            continue
        if found and level.t_s - found[-1][1] < apart_s:
            found[-1] = (found[-1][0], after.t_s)
        else:
            found.append((level.t_s, after.t_s))
    return found
