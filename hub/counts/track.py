"""A space's passages by minute and door in, its likeliest count and band out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, erfc, exp, floor, pi, sqrt
from typing import NamedTuple

from msgspec import Struct

from hub.counts.door_error import UNTUNED, DoorError
from hub.counts.space_day import BAND_SDS, MISS_RATE


class Estimate(Struct, frozen=True):
    """How many are in a space, with the band that holds the truth 90 % of the time."""

    count: int
    low: int
    high: int
    #: The likeliest number and its variance, for whatever is computed further.
    mean: float
    variance: float
    #: False for a space that is not empty at night and of which nobody ever said how many are inside.
    is_anchored: bool = True


class Crossed(NamedTuple):
    """People through one door of the space in one minute; `into` and `out` are seen from the space."""

    door: int
    into: int
    out: int


@dataclass(slots=True)
class Track:
    """The sum since the last anchor, what it may be wrong by, and the lowest point it has come to."""

    #: The errors of the space's doors, so that `in` leads into the space.
    errors: tuple[DoorError, ...]
    #: People at the last anchor, with what has been counted since and what was missed on the way.
    level: float = 0.0
    #: The same without what an untuned door misses: the count that is shown.
    shown: float = 0.0
    #: Variance of the anchor and of chance misses since.
    chance: float = 0.0
    #: Variance from not knowing the doors.
    spread: float = 0.0
    #: Counted by door since the anchor.
    ins: list[int] = field(default_factory=list)
    outs: list[int] = field(default_factory=list)
    #: Lowest `level` and `shown` at the end of a minute since the anchor, never above zero; the variance of
    #: the first.
    low: float = 0.0
    low_shown: float = 0.0
    low_variance: float = 0.0

    def anchor(self, people: float, variance: float) -> None:
        """Begin again with what is known."""
        self.level = self.shown = people
        self.chance, self.spread = variance, 0.0
        self.ins = [0] * len(self.errors)
        self.outs = [0] * len(self.errors)
        self.low = self.low_shown = self.low_variance = 0.0

    def pass_minute(self, crossed: Iterable[Crossed]) -> None:
        """One minute's passages; minutes come by time."""
        for door, into, out in crossed:
            error = self.errors[door]
            ins, outs = self.ins[door], self.outs[door]
            self.spread += error.spread(ins + into, outs + out) - error.spread(ins, outs)
            self.chance += error.chance(into, out)
            self.ins[door], self.outs[door] = ins + into, outs + out
            unseen = error.unseen(into, out)
            self.level += into - out + unseen
            self.shown += into - out + unseen - (into - out) * MISS_RATE
        if self.level < self.low:
            self.low, self.low_variance = self.level, self.variance
        self.low_shown = min(self.low_shown, self.shown)

    @property
    def variance(self) -> float:
        """Of `level`."""
        return self.chance + max(0.0, self.spread)

    def estimate(self) -> Estimate:
        """Now, given that there never were fewer than nobody."""
        mean, variance = self.level, self.variance
        if self.low < 0.0:
            shift, narrowed = _above(-self.low, self.low_variance)
            mean += shift
            variance = max(0.0, variance - self.low_variance) + narrowed
        mean = max(0.0, mean)
        spread = BAND_SDS * sqrt(variance)
        low = max(0, ceil(mean - spread - 0.5))
        high = max(low, floor(mean + spread + 0.5))
        count = min(high, max(low, round(self.shown - self.low_shown)))
        return Estimate(count, low, high, mean, variance)

    def copy(self) -> "Track":
        """One to go on with."""
        return Track(
            errors=self.errors,
            level=self.level,
            shown=self.shown,
            chance=self.chance,
            spread=self.spread,
            ins=list(self.ins),
            outs=list(self.outs),
            low=self.low,
            low_shown=self.low_shown,
            low_variance=self.low_variance,
        )


def seen_from(space_is_inner: bool, error: DoorError) -> DoorError:
    """The door's error with `in` leading into the space."""
    if space_is_inner:
        return error
    return DoorError(
        miss_in=error.miss_out,
        miss_out=error.miss_in,
        var_in=error.var_out,
        var_out=error.var_in,
        cov=error.cov,
        days=error.days,
    )


def track_of(doors: Sequence[tuple[str, int]], errors: Mapping[str, DoorError]) -> Track:
    """A track of a space with these doors (1: `in` leads into it, -1: out of it), at nobody."""
    track = Track(errors=tuple(seen_from(sign > 0, errors.get(door, UNTUNED)) for door, sign in doors))
    track.anchor(0.0, 0.0)
    return track


def _above(least: float, variance: float) -> tuple[float, float]:
    """Mean and variance of a normal number about 0, given that it is at least `least`."""
    if variance <= 0.0:
        return least, 0.0
    sd = sqrt(variance)
    z = least / sd
    if z > 6.0:
        return least + sd / z, variance / (z * z)
    ratio = exp(-z * z / 2) / sqrt(2 * pi) / (0.5 * erfc(z / sqrt(2)))
    return sd * ratio, variance * max(0.0, 1 + z * ratio - ratio * ratio)
