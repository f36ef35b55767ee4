"""What the doors of a space counted over a day in, people that cannot have been inside out. Pure.

The sum of a space, its chance and its spread are each a sum over doors. So a day is added up once, and to
ask what it would be if one door were read otherwise, only that door's steps are exchanged.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import sqrt
from typing import NamedTuple

from hub.counts.door_error import DoorError
from hub.counts.space_day import MISS_RATE

#: What is wrong by less than so many standard deviations, or people, is no fault.
BEYOND_SDS = 3.3
BEYOND_PEOPLE = 2.0
#: How far in from out may lie at an ordinary door, as a share; only for a first look.
BIAS_SD = 0.01
#: Later than any minute.
LAST = 1 << 40
#: Variance of an anchor that the sum goes on from, and of one that it is held against, in people.
_ANCHOR, _ANCHORED = 0.25, 1.0


class Wrong(NamedTuple):
    """People too few, too many or against an anchor, and the minute since 1970 UTC since which it shows."""

    people: float
    since: int


NOTHING = Wrong(0.0, LAST)


#: One minute of one door: the minute, what it adds to the sum of a space, and to its variance.
Step = tuple[int, float, float]


def steps_of(
    error: DoorError,
    minutes: Mapping[int, tuple[int, int]],
    *,
    is_inner: bool,
    anchors: Iterable[int] = (),
    swapped_since: int = LAST,
) -> Iterator[Step]:
    """One door's steps in the space that `in` leads into (`is_inner`) or out of, by time.

    `error` is seen from the space, `anchors` are its own, by time: the spread begins anew after each, as the
    sum does. `minutes` holds in and out, to be read the other way from a minute on.
    """
    to_in, to_out = 1 + error.miss_in, 1 + error.miss_out
    var_in, var_out, twice_cov = error.var_in, error.var_out, 2 * error.cov
    chance_in, chance_out = error.chance(1, 0), error.chance(0, 1)
    left = iter(anchors)
    anchor = next(left, LAST)
    came = went = 0
    spread = 0.0
    for minute, (ins, outs) in sorted(minutes.items()):
        while anchor < minute:
            came, went, spread = 0, 0, 0.0
            anchor = next(left, LAST)
        into, out = (ins, outs) if is_inner != (minute >= swapped_since) else (outs, ins)
        came += into
        went += out
        now = came * came * var_in + went * went * var_out - came * went * twice_cov
        yield (
            minute,
            into * to_in - out * to_out,
            now - spread + into * chance_in + out * chance_out,
        )
        spread = now


class Sums:
    """A space over a day, minute by minute, as its doors tell it."""

    def __init__(
        self,
        totals: Mapping[int, tuple[float, float]],
        anchors: Mapping[int, int],
        most: float,
    ) -> None:
        #: People who were inside at the end of a minute.
        self.anchors = anchors
        self.most = most
        self._at = sorted(totals)
        self._level = [totals[minute][0] for minute in self._at]
        self._variance = [totals[minute][1] for minute in self._at]
        self._index = {minute: i for i, minute in enumerate(self._at)}

    def totals(self) -> dict[int, tuple[float, float]]:
        """What all doors together add to the sum and to its variance, by minute."""
        return {
            minute: (level, variance)
            for minute, level, variance in zip(self._at, self._level, self._variance, strict=True)
        }

    def wrong(self) -> Wrong:
        """What cannot have been."""
        return self._judge(self._level, self._variance)

    def wrong_if(self, before: Iterable[Step], after: Iterable[Step]) -> Wrong:
        """The same if a door of the space had told other steps in the same minutes."""
        levels, variances, index = self._level.copy(), self._variance.copy(), self._index
        for (minute, level, variance), (_, other, unsure) in zip(before, after, strict=True):
            i = index[minute]
            levels[i] += other - level
            variances[i] += unsure - variance
        return self._judge(levels, variances)

    def _judge(self, levels: Iterable[float], variances: Iterable[float]) -> Wrong:
        anchors, most = self.anchors, self.most
        level = variance = low = wrong = worst = 0.0
        since = LAST
        for minute, more, unsure in zip(self._at, levels, variances, strict=True):
            level += more
            variance += unsure
            if level < low:
                low = level
                worst = max(worst, _beyond(-level, variance))
            elif level > most:
                worst = max(worst, _beyond(level - most, variance))
            if minute in anchors:
                people = anchors[minute]
                worst = max(worst, _beyond(abs(level - people), variance + _ANCHORED))
                level, variance, low = float(people), _ANCHOR, 0.0
            if worst > 0.0:
                since = min(since, minute)
                if minute in anchors:
                    wrong, worst = wrong + worst, 0.0
        return Wrong(wrong + worst, since)


def worth_a_look(people: int) -> float:
    """With so many through the doors of a space, more people off than this are worth adding up its day."""
    return BEYOND_PEOPLE + 2 * sqrt(MISS_RATE * people) + BIAS_SD * people / 2


def sums_of(steps: Iterable[Iterable[Step]], anchors: Mapping[int, int], most: float) -> Sums:
    """A space that holds `most` at most, of the steps of each of its doors."""
    totals = dict.fromkeys(anchors, (0.0, 0.0))
    for one in steps:
        _add(totals, one)
    return Sums(totals, anchors, most)


def joined(one: Sums, other: Sums, between: Iterable[Iterable[Step]]) -> Sums:
    """Two spaces without anchors as one: the doors between them, by their steps in each, change nothing."""
    totals = one.totals()
    for minute, (level, variance) in other.totals().items():
        had = totals.get(minute, (0.0, 0.0))
        totals[minute] = (had[0] + level, had[1] + variance)
    for steps in between:
        _add(totals, steps, -1.0)
    return Sums(totals, {}, one.most + other.most)


def _add(totals: dict[int, tuple[float, float]], steps: Iterable[Step], times: float = 1.0) -> None:
    nothing = (0.0, 0.0)
    for minute, level, variance in steps:
        had = totals.get(minute, nothing)
        totals[minute] = (had[0] + times * level, had[1] + times * variance)


def _beyond(people: float, variance: float) -> float:
    """People off that chance does not explain, above zero where there are any."""
    return people - BEYOND_SDS * sqrt(max(0.0, variance)) - BEYOND_PEOPLE
