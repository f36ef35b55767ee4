"""The newest people's air-compensated foreheads in, whether they are of one kind and their level out. Pure.

An instrument, a hall or the weather moves everybody alike: the crowd is as narrow as ever, elsewhere.
Frost or an outbreak moves some, each by another amount: the crowd is wide, and its median means nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdSettings:
    """When a crowd is of two kinds: it is wider than people at this post usually are.

    All temperatures as at 24 °C of air.
    """

    #: °C·√people: three standard errors of the distance between quartiles (1.57·0.42/√n each).
    spread_error_c: float = 2.0
    #: People before the quartiles can say anything.
    least: int = 8
    #: Between the outer tenths of people of one kind, over that between their quartiles: 2.56 / 1.35 of a
    #: normal distribution; 1.9-2.0 on the open data.
    tenths_over_quartiles: float = 1.9
    #: Three standard errors of the distance between the outer tenths, as a share of it, times √people.
    tenths_error: float = 2.7
    #: °C under the median at which a value is left out: 0.9 is the afebrile 5th percentile (science.md §1.5),
    #: and its error. Who is high stays in: a median feels only *that* somebody is above it.
    tail_c: float = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What the newest people show together."""

    people: int
    #: Their median without the low tail, °C.
    level_c: float
    #: Between their quartiles, °C.
    spread_c: float
    #: They are of two kinds: cold and warm, or well and ill.
    is_mixed: bool
    #: Their outer tenths are further apart than chance: it takes fewer of the other kind, who need not have
    #: moved the median.
    is_wide: bool


def crowd_of(values: Sequence[float], usual_spread_c: float, settings: CrowdSettings) -> Crowd:
    """The crowd of exactly these values, at least one, whoever is cold or high among them.

    `usual_spread_c`: between the quartiles of people of one kind at this post, °C.
    """
    ordered = sorted(values)
    count = len(ordered)
    floor = median(ordered) - settings.tail_c
    level = median([value for value in ordered if value >= floor])
    spread = ordered[3 * count // 4] - ordered[count // 4]
    limit = usual_spread_c + settings.spread_error_c / math.sqrt(count)
    widest = (
        usual_spread_c * settings.tenths_over_quartiles * (1.0 + settings.tenths_error / math.sqrt(count))
    )
    return Crowd(
        people=count,
        level_c=level,
        spread_c=spread,
        is_mixed=count >= settings.least and spread > limit,
        is_wide=count >= settings.least and ordered[-1 - count // 10] - ordered[count // 10] > widest,
    )
