"""What a story of a door's edges holds: who is inside, what is told, how likely it is. Pure."""

import math
from typing import NamedTuple

from edge.signals.crossing import Outcome
from edge.signals.gaits import Walker


class Told(NamedTuple):
    """Something a story says happened."""

    outcome: Outcome
    people: int
    start_s: float
    end_s: float


class Story(NamedTuple):
    """Who made the edges so far."""

    #: Natural logarithm.
    odds: float
    inside: tuple[Walker, ...]
    told: tuple[Told, ...]
    #: Until when those who have left a beam, hidden, still covered it: outer, inner.
    covered_s: tuple[float, float]
    #: When somebody came last, since both beams were free: to the outer first, to the inner.
    came_s: tuple[float, float]
    #: No walker explains this episode.
    is_odd: bool
    #: How many followed closely.
    followers: int
    #: How many things held a beam, by kind (`Walkers.learn_things`).
    things: tuple[int, ...]


NOBODY = (-math.inf, -math.inf)
NOTHING = (0, 0, 0, 0, 0, 0)
