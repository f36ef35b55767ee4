"""One walker between two beams: where they are, what they may do next, how likely it takes so long. Pure.

A walker comes to one beam, then the other, leaves the first, then the second. Their delay from beam to beam
and the length of their body tell when the next is due; a walker may also stop, and may turn back.
"""

import math
from enum import IntEnum
from typing import NamedTuple

from edge.signals.walkers import LADEN, LADEN_VARIANCE, Walkers, below, log_bell

#: Variance of the natural logarithm of a walker's speed from the leading edges to the trailing ones, and of
#: how long they break a beam, at one speed. Source: the recorded walkers, lone, at both doors.
CHANGE, UNEVEN = 0.05, 0.001
#: Share of steps in which a walker lingers, for any time from the usual one to so many times as long.
LINGER, LONGEST_LINGER = 0.01, 150.0
#: Share of walkers who hurry or slow down roughly there, and the variance that adds.
ROUGH, ROUGH_CHANGE = 0.12, 0.15
#: Seconds by which a time stamp may be off.
STAMP_S = 0.0015
#: Of those who turn back: who does so at the first beam, at the second, and beyond the first.
TURNS_SHALLOW, TURNS_MIDWAY, TURNS_DEEP = 0.3, 0.4, 0.3
#: Seconds usual for one who turns back between coming and going; spread of their speed back (variance).
TURN_S, TURN_CHANGE = 0.8, 0.25


_LOG_ROUGH = math.log(ROUGH)
_LOG_LINGER = math.log(LINGER / math.log(LONGEST_LINGER))


class Stage(IntEnum):
    """Which beams a walker breaks."""

    FIRST = 0
    BOTH = 1
    SECOND = 2
    #: Both again, having come back from beyond the first.
    RETURNING = 3
    #: The first only, on the way back.
    BACK = 4
    #: Nobody: a thing holds one beam, as a door's leaf does.
    THING = 5


class Walker(NamedTuple):
    """One who is between the beams, in one story of an episode."""

    #: The beam they came to first: 0 the outer, 1 the inner.
    side: int
    stage: Stage
    #: Natural logarithm of their seconds from beam to beam, and its variance.
    delay: float
    doubt: float
    #: When they came to the first beam, to the second, and last left one; guessed where hidden by others.
    first_s: float
    second_s: float
    left_s: float
    #: Which of the three were seen.
    saw_first: bool
    saw_second: bool
    saw_left: bool

    def is_on(self, beam: int) -> bool:
        """Whether they break this beam."""
        if beam == self.side:
            return self.stage is not Stage.SECOND
        return self.stage in (Stage.BOTH, Stage.SECOND, Stage.RETURNING)


def newcomer(side: int, t_s: float, walkers: Walkers) -> Walker:
    """Somebody who has just broken their first beam."""
    return Walker(
        side, Stage.FIRST, walkers.log_delay, walkers.delay_variance, t_s, t_s, t_s, True, True, True
    )


def hidden_newcomer(side: int, t_s: float, since_s: float, walkers: Walkers) -> tuple[float, Walker]:
    """Somebody whose coming to the first beam was hidden, and who breaks the second, seen: log odds, who.

    They came to the first beam after others had broken it at `since_s`, so they are fast enough for that.
    """
    spread = math.sqrt(walkers.delay_variance)
    z = (math.log(max(t_s - since_s, STAMP_S)) - walkers.log_delay) / spread
    odds = max(below(z), 1e-9)
    ratio = math.exp(-0.5 * z * z) * 0.3989422804014327 / odds
    delay = walkers.log_delay - spread * ratio
    doubt = walkers.delay_variance * max(1.0 - ratio * (z + ratio), 0.05)
    first_s = max(t_s - math.exp(delay), since_s)
    walker = Walker(side, Stage.BOTH, delay, doubt, first_s, t_s, t_s, False, True, True)
    return math.log(odds), walker


def log_due(took_s: float, log_mean: float, variance: float, rough: float = ROUGH_CHANGE) -> float:
    """Natural logarithm of the density, per second, that a step due at a time takes `took_s`.

    `rough`: how much the variance grows where somebody hurries or slows down.
    """
    if took_s <= 0.0:
        return -math.inf
    log_s = math.log(took_s)
    variance += (STAMP_S / took_s) ** 2
    usual = log_bell(log_s - log_mean, variance) - log_s
    slow = _LOG_LINGER - log_s + math.log(max(below((log_s - log_mean) / math.sqrt(variance)), 1e-12))
    wide = _LOG_ROUGH + log_bell(log_s - log_mean, variance + rough) - log_s
    high = max(usual, slow, wide)
    return high + math.log(math.exp(usual - high) + math.exp(slow - high) + math.exp(wide - high))


def log_over(took_s: float, log_mean: float, variance: float) -> float:
    """Natural logarithm of the probability that such a step was over after `took_s`, unseen."""
    if took_s <= 0.0:
        return -math.inf
    return math.log(max(below((math.log(took_s) - log_mean) / math.sqrt(variance)), 1e-9))


def log_turn(took_s: float, share: float) -> float:
    """Natural logarithm of the density that one of a share of people turns back after `took_s`."""
    if took_s <= 0.0:
        return -math.inf
    return math.log(share * TURN_S) - 2.0 * math.log(TURN_S + took_s)


def log_turn_over(took_s: float, share: float) -> float:
    """Natural logarithm of the probability that one of a share of people has turned back by then."""
    return math.log(max(share * took_s / (TURN_S + took_s), 1e-9)) if took_s > 0.0 else -math.inf


def reach_second(walker: Walker, t_s: float) -> tuple[float, Walker]:
    """They break the second beam, seen: the log density, and what is known of them now."""
    took_s = t_s - walker.first_s
    odds = log_due(took_s, walker.delay, walker.doubt)
    if odds == -math.inf:
        return odds, walker
    log_s = math.log(took_s)
    if abs(log_s - walker.delay) > 3.0 * math.sqrt(walker.doubt):
        return odds, walker._replace(stage=Stage.BOTH, second_s=t_s)
    doubt = (STAMP_S / took_s) ** 2 + 0.0004
    return odds, walker._replace(stage=Stage.BOTH, second_s=t_s, delay=log_s, doubt=doubt)


def _lag(walkers: Walkers) -> float:
    """How much of a change of speed shows in the time a body breaks one beam after its leading edges."""
    return 0.5 * (1.0 - math.exp(-walkers.log_bodies))


def stay(walker: Walker, walkers: Walkers) -> tuple[float, float]:
    """How long they break one beam: mean and variance of its natural logarithm."""
    variance = walker.doubt + _lag(walkers) ** 2 * CHANGE + UNEVEN + walkers.body_variance
    if not walker.saw_first:
        variance += walker.doubt / 4
    return walker.delay + walkers.log_bodies, variance


def leave_first(walker: Walker, t_s: float, walkers: Walkers) -> tuple[float, Walker]:
    """They free the first beam, seen, and are on the second."""
    took_s = t_s - walker.first_s
    mean, variance = stay(walker, walkers)
    lag, change = _lag(walkers), CHANGE
    odds = log_due(took_s, mean, variance, lag**2 * ROUGH_CHANGE)
    if odds == -math.inf:
        return odds, walker
    off = math.log(took_s) - mean
    laden = math.log(walkers.laden) + log_bell(off - LADEN, variance + LADEN_VARIANCE) - math.log(took_s)
    if laden > odds:
        # Their length tells nothing of how fast they go on.
        odds, off = laden + math.log1p(math.exp(odds - laden)), 0.0
    else:
        odds += math.log1p(math.exp(laden - odds))
    if abs(off) > 2.5 * math.sqrt(variance):
        change += ROUGH_CHANGE
        variance += lag**2 * ROUGH_CHANGE
    gone = walker._replace(stage=Stage.SECOND, left_s=t_s, saw_left=True)
    if abs(off) > 3.0 * math.sqrt(variance):
        # They lingered, which tells nothing of how fast they go on.
        return odds, gone._replace(doubt=walker.doubt + CHANGE)
    shared = walker.doubt + lag * change
    gain = shared / variance
    doubt = max(walker.doubt + change - gain * shared, 0.01)
    return odds, gone._replace(delay=walker.delay + gain * off, doubt=doubt)


def leave_second(walker: Walker, walkers: Walkers) -> tuple[float, float, float]:
    """When they are due to free the second beam: since when, and the mean and variance of the logarithm."""
    if walker.stage is Stage.SECOND and walker.saw_left:
        return walker.left_s, walker.delay, walker.doubt
    mean, variance = stay(walker, walkers)
    if walker.saw_second:
        return walker.second_s, mean, variance
    return walker.first_s, mean + math.log1p(math.exp(-walkers.log_bodies)), variance
