"""The pages of two spaces and a door that tells nothing in, what they say of it out. Pure.

Who goes through a blind door stays, by the counts, in the space that it leads from, until they come back:
that space holds as many more than a week before as the room behind the door holds fewer. A lesson that does
not take place leaves the room as empty, and the space next to it as it was.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import log

from hub.counts.levels import HALF_HOUR_MIN, Levels, levels_of
from hub.counts.space_day import SpaceDay

#: Weeks back to look for a day like this one.
MOST_WEEKS = 3
#: What a level may differ by from one week to the next, as variance in people, worth so many half hours; the
#: rest of what is known of it is today's.
USUAL_VARIANCE = 36.0
USUAL_WEIGHT = 4.0
#: By how much more of that variance the difference of two weeks wanders in each half hour, for people who
#: were missed stay missed.
WANDERS = 0.1

Spaces = Mapping[str, Mapping[str, SpaceDay]]


class Weeks:
    """The spaces of a campus on a day, each against itself a week before. Sums up a space once."""

    def __init__(self, spaces: Spaces, day: str, begins: int, minute: int) -> None:
        self._spaces, self._day, self.begins = spaces, day, begins
        self._first, self._last = begins // HALF_HOUR_MIN, minute // HALF_HOUR_MIN
        self._known: dict[str, list[int] | None] = {}

    def more(self, space: str) -> list[int] | None:
        """People more than a week before, by half hours of the day; None where that is not known."""
        if space not in self._known:
            self._known[space] = self._more(space)
        return self._known[space]

    def _more(self, space: str) -> list[int] | None:
        pages = self._spaces.get(space, {})
        for weeks in range(1, MOST_WEEKS + 1):
            then = (date.fromisoformat(self._day) - timedelta(weeks=weeks)).isoformat()
            before = _levels(pages.get(then))
            if before is not None:
                break
        else:
            return None
        ago = weeks * 7 * 1440 // HALF_HOUR_MIN
        today = _levels(pages.get(self._day))
        was = before.between(self._first - ago, self._last - ago)
        now = today.between(self._first, self._last) if today is not None else [0] * len(was)
        return [one - other for one, other in zip(now, was, strict=True)]


def through_unseen(beside: Sequence[int], behind: Sequence[int], since: int) -> float:
    """Logarithm of how much likelier it is that people go through a door unseen than that they do not come.

    `beside` and `behind` are how many more than a week before the spaces on both sides of the door hold, by
    half hours, of which the door tells nothing from number `since` on.
    """
    together = [
        one + other if number >= since else one
        for number, (one, other) in enumerate(zip(beside, behind, strict=True))
    ]
    return likely(together) - likely(beside)


def likely(more: Sequence[int]) -> float:
    """Logarithm of how likely these differences are: they wander, and are off by a variance nobody knows."""
    wandered, unsure = 0.0, 0.0
    squares, logs = USUAL_VARIANCE * USUAL_WEIGHT, 0.0
    for one in more:
        unsure += WANDERS
        variance = unsure + 1.0
        off = one - wandered
        squares += off * off / variance
        logs += log(variance)
        wandered += unsure / variance * off
        unsure /= variance
    return -(logs + (len(more) + USUAL_WEIGHT) * log(squares)) / 2


def _levels(page: SpaceDay | None) -> Levels | None:
    if page is None or not page.minutes:
        return page.levels if page is not None else None
    return levels_of(page.minutes)
