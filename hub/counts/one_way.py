"""A door that lies and the room behind it a week before in, swapped or deaf one way, out. Pure.

A door that tells nobody in has only people coming out, and so has a swapped one as a lesson begins. But where
the room was full by then a week before, they had come in unseen; where it was filling, they are going in.
"""

from collections.abc import Mapping, Sequence
from math import log

from hub.counts.door_day import DoorDay
from hub.counts.excess import likely
from hub.counts.levels import HALF_HOUR_MIN, levels_of
from hub.counts.lie import Lie

#: People more or fewer than a week before, in the last half hours before it showed together, since the door
#: last told somebody that way: for somebody to have gone through unseen.
BEFORE = 3
LEAST_BEFORE = 5
#: A door is swapped if the room is likelier by so much; deaf if of those whom it told one way only since it
#: last told somebody the other way, such a share went that other way unseen.
SWAPPED_ODDS = 20.0
LEAST_UNSEEN, MOST_UNSEEN = 0.45, 1.4


def unseen_before(page: DoorDay, sign: int, more: Sequence[int], begins: int, since: int) -> Lie | None:
    """The way that a door is deaf whose spaces showed at minute `since` that it lies; None: it need not be.

    `sign` is 1 where `in` leads into the room behind it, `more` how many more than a week before that holds,
    by half hours from `begins` on.
    """
    lie, began, _ = _run(page)
    first, end = _half_hour(began, begins), _half_hour(since, begins)
    off = sign * sum(one - more[first] for one in more[max(first + 1, end - BEFORE) : end])
    return lie if (-off if lie is Lie.DEAF_IN else off) >= LEAST_BEFORE else None


def kind_by_night(page: DoorDay, sign: int, more: Sequence[int] | None, begins: int, unseen: float) -> Lie:
    """What a door does that let `unseen` more in than it told by the end of a day; below zero: more out."""
    if more is not None and _swapped_odds(page, sign, more, begins) > log(SWAPPED_ODDS):
        return Lie.SWAPPED
    lie, began, people = _run(page)
    before = -sign * more[_half_hour(began, begins)] if more is not None else 0
    in_run = unseen - before
    is_deaf = LEAST_UNSEEN * people <= (in_run if lie is Lie.DEAF_IN else -in_run) <= MOST_UNSEEN * people
    return lie if people and is_deaf else Lie.DRIFTING


def _run(page: DoorDay) -> tuple[Lie, int, int]:
    """Which way a door is deaf if it is, when it last told somebody that way, and how many it told since."""
    last_in = max((minute for minute, (ins, _) in page.minutes.items() if ins), default=0)
    last_out = max((minute for minute, (_, outs) in page.minutes.items() if outs), default=0)
    last = min(last_in, last_out)
    people = sum(ins + outs for minute, (ins, outs) in page.minutes.items() if minute > last)
    return (Lie.DEAF_IN if last_in < last_out else Lie.DEAF_OUT), last, people


def _half_hour(minute: int, begins: int) -> int:
    return max(0, minute - begins) // HALF_HOUR_MIN


def _swapped_odds(page: DoorDay, sign: int, more: Sequence[int], begins: int) -> float:
    """Logarithm of how much likelier a room is with its door swapped from some half hour on."""
    first, as_told = begins // HALF_HOUR_MIN, likely(more)
    best = 0.0
    for number in range(len(more)):
        if any(more[number:]):
            since = begins + number * HALF_HOUR_MIN
            best = max(best, likely(_swapped(page.minutes, since, sign, more, first)) - as_told)
    return best


def _swapped(
    minutes: Mapping[int, tuple[int, int]], since: int, sign: int, more: Sequence[int], first: int
) -> list[int]:
    told = {minute: some for minute, some in minutes.items() if minute >= since}
    if not told:
        return list(more)
    levels = levels_of(told).between(first, first + len(more))
    return [one - 2 * sign * level for one, level in zip(more, levels, strict=True)]
