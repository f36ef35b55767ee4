"""Ways to tell what happened, each with its share, in; the one to tell out, so that totals stay right. Pure.

The likeliest way hides people: who followed closely is each time less likely than nobody, and yet one in so
many times was there. Told alone it counts too few, however right its shares are. So what the shares expect
and was not told is owed, and of ways nearly as likely the one is told that is nearer to what is owed.
"""

import math
from collections.abc import Mapping, Sequence

from edge.signals.crossing import Outcome
from edge.signals.story import Told

#: A way may be told if its share is at least this much of the likeliest one's.
NEARLY = 0.1
#: How much more of a share (natural logarithm) a way is worth that is one person nearer to what is owed.
NEARER = 0.25
#: More than this is never owed: one bad hour must not be made good by counting people who are not there.
#: A way of one person more that is barely likely enough takes log(1 / NEARLY) / (2 · NEARER) + 1/2 = 5.1.
MOST_OWED = 6.0
#: Followed by what the shares expect. Who turns back is followed by what was likeliest: a share of many small
#: doubts says little of them (tests/simulator/test_crowds.py).
_EXPECTED = (Outcome.IN, Outcome.OUT)
_COUNTED = (*_EXPECTED, Outcome.TURNED_BACK)

Way = tuple[Told, ...]
Count = Mapping[Outcome, float]


class Tally:
    """What one door owes."""

    def __init__(self) -> None:
        self._owed = dict.fromkeys(_COUNTED, 0.0)

    def choose(self, ways: Sequence[tuple[Way, float]]) -> Way:
        """One of the ways, each given with its share, the likeliest first. Raises ValueError without any."""
        if not ways:
            raise ValueError("there must be a way to choose")
        likeliest, most = _count(ways[0][0]), ways[0][1]
        wanted = {outcome: self._owed[outcome] + likeliest[outcome] for outcome in _COUNTED}
        if not _is_unclear(ways[0][0]):
            # Of those whose way is not known nothing is owed.
            clear = [(_count(way), share) for way, share in ways if not _is_unclear(way)]
            for outcome in _EXPECTED:
                wanted[outcome] += sum(
                    share * (count[outcome] - likeliest[outcome]) for count, share in clear
                )
        nearly = [(way, share) for way, share in ways if share >= NEARLY * most]
        chosen, _ = max(nearly, key=lambda each: math.log(each[1]) - NEARER * _off(_count(each[0]), wanted))
        told = _count(chosen)
        for outcome in _COUNTED:
            self._owed[outcome] = min(max(wanted[outcome] - told[outcome], -MOST_OWED), MOST_OWED)
        return chosen


def _count(way: Way) -> Count:
    return {outcome: sum(one.people for one in way if one.outcome is outcome) for outcome in _COUNTED}


def _is_unclear(way: Way) -> bool:
    """Whether it tells of people who went one way or the other."""
    return any(one.outcome is Outcome.AMBIGUOUS and one.people for one in way)


def _off(count: Count, wanted: Count) -> float:
    """The sum of squares, so that two people off weigh more than twice one."""
    return sum((wanted[outcome] - count[outcome]) ** 2 for outcome in _COUNTED)
