"""People at a door and what a decoder told of them in, how much of it was wrong out. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.signals.crossing import Crossing, Outcome
from simulator.tracks import Body

#: Seconds by which a head may pass the door before or after its body breaks and frees the beams.
SLACK_S = 0.15
_COUNTED = (Outcome.IN, Outcome.OUT, Outcome.TURNED_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a decoder fared with some people."""

    #: Crossings that were told otherwise than they were, or not at all.
    wrong: int
    #: As many would be wrong if every confidence were true.
    expected_wrong: float


def score(bodies: Iterable[Body], crossings: Sequence[Crossing]) -> Score:
    """Match each crossing told with those who really crossed just then."""
    wrong = 0
    for outcome in _COUNTED:
        really_s = sorted(body.crossing_s for body in bodies if body.truth is outcome)
        told = [crossing for crossing in crossings if crossing.outcome is outcome]
        taken = [False] * len(really_s)
        missed = 0
        for crossing in sorted(told, key=lambda crossing: crossing.t_s):
            low = bisect_left(really_s, crossing.t_s - crossing.took_s - SLACK_S)
            high = bisect_right(really_s, crossing.t_s + SLACK_S)
            free = [k for k in range(low, high) if not taken[k]][: crossing.people]
            for k in free:
                taken[k] = True
            missed += len(free) < crossing.people
        # One told as two, and two told as one, are one mistake each; a turn told as a passage shows twice.
        wrong += max(missed, taken.count(False))
    return Score(
        wrong=wrong,
        expected_wrong=sum(
            1.0 - crossing.confidence for crossing in crossings if crossing.outcome in _COUNTED
        ),
    )
