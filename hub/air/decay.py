"""Air changes an hour, learned from how CO2 falls in an empty room. Pure."""

from collections.abc import Mapping
from math import log
from statistics import median, quantiles
from typing import NamedTuple

from msgspec import Struct

from hub.air.limits import AirLimits

#: Falls kept per room and state of its windows, the newest.
KEEP_FITS = 30
#: Readings that a straight line needs to mean anything.
FEWEST_READINGS = 4
#: Readings of one day below outdoor air that tell a wrong sensor; fewer are a passing error.
FAULTY_READINGS = 3


class Fit(NamedTuple):
    """One fall."""

    #: The minute since 1970 UTC in which it began: its identity.
    minute: int
    #: Air changes an hour.
    ach: float
    r2: float
    readings: int


class Learned(Struct):
    """What the falls of one room have taught; any order and any repetition give the same."""

    shut: list[Fit] = []
    #: With a window open; a room without contacts has none.
    open: list[Fit] = []

    def add(self, fit: Fit, *, is_open: bool) -> None:
        """Learn from a fall; the same one with more of its readings replaces what it taught."""
        fits = self.open if is_open else self.shut
        other = next((one for one in fits if one.minute == fit.minute), None)
        if other is not None:
            if (fit.readings, fit) <= (other.readings, other):
                return
            fits.remove(other)
        fits.append(fit)
        fits.sort()
        del fits[:-KEEP_FITS]

    def ach(self, *, is_open: bool) -> tuple[float, float] | None:
        """Median, and half the width of the middle half; None: nothing learned."""
        some = [one.ach for one in (self.open if is_open else self.shut)]
        if not some:
            return None
        if len(some) == 1:
            return some[0], 0.0
        low, _, high = quantiles(some, n=4, method="inclusive")
        return median(some), (high - low) / 2


def fit_fall(co2_ppm: Mapping[int, float], begins: int, ends: int, limits: AirLimits) -> Fit | None:
    """The fall in the minutes [begins, ends) of an empty room without sources; None: none to learn from.

    A straight line through the logarithm of the excess over outdoor air, while that is large enough.
    """
    times: list[float] = []
    logs: list[float] = []
    for minute in sorted(one for one in co2_ppm if begins <= one < ends):
        excess = co2_ppm[minute] - limits.outdoor_ppm
        if excess <= limits.fit_least_excess_ppm:
            break
        times.append((minute - begins) / 60)
        logs.append(log(excess))
    if len(times) < FEWEST_READINGS or (times[-1] - times[0]) * 3600 < limits.fit_for.seconds:
        return None
    slope, r2 = _line(times, logs)
    if slope >= 0 or r2 <= limits.fit_r2:
        return None
    return Fit(begins, -slope, r2, len(times))


def reads_below_outdoor(co2_ppm: Mapping[int, float], limits: AirLimits) -> bool:
    """Whether a day's readings are of a sensor that reads below outdoor air, so that none of them counts."""
    floor = limits.outdoor_ppm - limits.faulty_under_ppm
    return sum(ppm < floor for ppm in co2_ppm.values()) >= FAULTY_READINGS


def _line(x: list[float], y: list[float]) -> tuple[float, float]:
    """Slope and R² of the least squares line; R² is 0 where nothing varies."""
    count = len(x)
    mean_x, mean_y = sum(x) / count, sum(y) / count
    xx = sum((one - mean_x) ** 2 for one in x)
    yy = sum((one - mean_y) ** 2 for one in y)
    xy = sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True))
    return (xy / xx, xy * xy / (xx * yy)) if xx > 0 and yy > 0 else (0.0, 0.0)
