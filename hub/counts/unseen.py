"""The doors of a building that tell nobody in, those that people go through all the same out. Pure.

Two things speak against such a door: how rarely it is so quiet (`silent.py`), and that the space which it
leads from holds those who are missing behind it (`excess.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from math import log

from hub.counts.book import Counts
from hub.counts.excess import Weeks, through_unseen
from hub.counts.levels import HALF_HOUR_MIN
from hub.counts.lie import Lie, Suspicion
from hub.counts.silent import Pause

#: So many people are missing behind the door, for half an hour each, before the other space is looked at.
LEAST_GONE = 10
#: The space beside it alone makes it likelier by so much, both together by so much, and by so much more than
#: any other quiet door of that space.
BESIDE_ODDS = 20.0
BLIND_ODDS = 1e4
LEAD_ODDS = 20.0


def unseen_odds(counts: Counts, weeks: Weeks, quiet: Iterable[Pause]) -> dict[str, float]:
    """How much likelier it is, as a logarithm, that people go through a quiet door than that nobody comes.

    Below zero where the space beside it is as it was a week before; no door of which nothing is known.
    """
    found: dict[str, float] = {}
    for pause in quiet:
        space = counts.beside.get(pause.door)
        if space is None:
            continue
        less, more = weeks.more(counts.behind[pause.door][0]), weeks.more(space)
        first = _first(weeks, pause)
        if less is not None and more is not None and -sum(less[first:]) >= LEAST_GONE:
            found[pause.door] = through_unseen(more, less, first)
    return found


def blind_doors(
    counts: Counts, weeks: Weeks, quiet: Iterable[Pause], odds: Mapping[str, float]
) -> Iterator[Suspicion]:
    """The doors that people go through unseen, of those of a building that tell nobody."""
    #: By space: how much speaks against each quiet door that leads from it.
    beside: dict[str, list[tuple[float, Pause]]] = {}
    for pause in quiet:
        if pause.door in odds:
            against = odds[pause.door] - pause.chance
            beside.setdefault(counts.beside[pause.door], []).append((against, pause))
    for found in beside.values():
        (most, pause), *others = sorted(found, key=lambda one: (-one[0], one[1].door))
        leads = not others or most - others[0][0] > log(LEAD_ODDS)
        if leads and most > log(BLIND_ODDS) and odds[pause.door] > log(BESIDE_ODDS):
            less = weeks.more(counts.behind[pause.door][0]) or [0]
            yield Suspicion(pause.door, Lie.BLIND, float(-min(less[_first(weeks, pause) :])), pause.since)


def _first(weeks: Weeks, pause: Pause) -> int:
    """The first full half hour of the day in which the door told nobody."""
    return max(0, -(-(pause.since - weeks.begins) // HALF_HOUR_MIN))
