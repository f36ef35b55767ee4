"""A stretch of history in, columns for a chart and the stretches of each state out. Pure.

Gaps are nulls and are never bridged. Where there are more points than a screen has room for, each step keeps
its lowest and its highest, in their order, and its gaps.
"""

from collections.abc import Iterator
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from hub.store.history_pieces import Piece, pieces
from hub.store.history_rows import MINUTE_MS, History, Minute

#: Points of an answer at most; a step gives no more than four.
MOST_POINTS = 2000
_PER_STEP = 4
#: Of several states in one step the first here is shown: what must not be overlooked.
_WORST = ("gap", "unknown", "full", "hold", "due", "treatment", "closed", "near", "open")
_RANK = {state: rank for rank, state in enumerate(_WORST)}


class Stretch(Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """A state that lasted; seconds since 1970 UTC."""

    starts: int
    ends: int
    #: A word of the contract, or `gap`: the hub was not awake.
    state: str
    reason: str
    clause: str | None
    #: Late events have changed it.
    corrected: bool


class Series(Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """A space over time: columns of equal length, and its states."""

    space: str
    #: [from, to), seconds since 1970 UTC, and the step asked for or chosen, seconds.
    starts: int
    ends: int
    step_s: int
    #: Seconds since 1970 UTC; a value holds until the next. Null: nobody knows.
    times: list[int]
    count: list[int | None]
    low: list[int | None]
    high: list[int | None]
    capacity: list[int | None]
    states: list[Stretch]


class _Point(Struct, frozen=True):
    at_ms: int
    count: int | None
    low: int | None
    high: int | None
    capacity: int | None


def series(history: History, step_s: int | None = None) -> Series:
    """The history as columns; `step_s` asks for fewer points than fit."""
    found = list(pieces(history.minutes, history.awake, history.ends_ms))
    points = list(_points(found, history.starts_ms, history.ends_ms))
    length_s = (history.ends_ms - history.starts_ms) / 1000
    if step_s is None and len(points) <= MOST_POINTS:
        step_s = MINUTE_MS // 1000
    else:
        # A step begins and ends where it likes; one more for the part of it at the end.
        least = ceil(length_s / (MOST_POINTS // _PER_STEP - 2))
        step_s = max(step_s or 0, least if len(points) > MOST_POINTS else 1)
        points = _thinned(points, history.starts_ms, step_s * 1000)
    return Series(
        space=history.space,
        starts=history.starts_ms // 1000,
        ends=history.ends_ms // 1000,
        step_s=step_s,
        times=[one.at_ms // 1000 for one in points],
        count=[one.count for one in points],
        low=[one.low for one in points],
        high=[one.high for one in points],
        capacity=[one.capacity for one in points],
        states=_states(found, history),
    )


def _points(found: list[Piece], starts_ms: int, ends_ms: int) -> Iterator[_Point]:
    """Where a value begins, and where it ends in nothing."""
    over = starts_ms
    last: _Point | None = None
    for piece in found:
        at = max(piece.from_ms, starts_ms)
        if at > over:
            yield from _ended(last, over)
            yield _Point(over, None, None, None, None)
            last = None
        row = piece.row
        is_known = piece.most is not None
        # The highest count of a minute may lie above the band of its end.
        high = max(row.high or 0, piece.most or 0) if is_known else None
        here = _Point(at, piece.most, row.low if is_known else None, high, row.capacity)
        if last is None or replace(here, at_ms=0) != replace(last, at_ms=0):
            if here.count is None:
                yield from _ended(last, at)
            yield here
            last = here
        over = piece.until_ms
    yield from _ended(last, over)
    if over < ends_ms:
        yield _Point(over, None, None, None, None)


def _ended(last: _Point | None, at_ms: int) -> Iterator[_Point]:
    """The value again where it ends in nothing: a chart draws a value as far as the next one it is told."""
    if last is not None and last.count is not None:
        yield replace(last, at_ms=at_ms)


def _thinned(points: list[_Point], starts_ms: int, step_ms: int) -> list[_Point]:
    """Of each step the value it begins with, its lowest, its highest and its first gap, by time."""
    steps: dict[int, list[_Point]] = {}
    for point in points:
        steps.setdefault((point.at_ms - starts_ms) // step_ms, []).append(point)
    found: list[_Point] = []
    for some in steps.values():
        known = [one for one in some if one.count is not None]
        kept = {id(some[-1]): some[-1]}
        for one in (
            min(known, key=lambda one: one.count or 0, default=None),
            max(known, key=lambda one: one.count or 0, default=None),
            next((one for one in some if one.count is None), None),
        ):
            if one is not None:
                kept[id(one)] = one
        found += [one for one in some if id(one) in kept]
    return found


def _states(found: list[Piece], history: History) -> list[Stretch]:
    """Each state from when to when, gaps among them."""
    told: list[Stretch] = []
    over = history.starts_ms
    for piece in found:
        if piece.from_ms > over:
            told.append(_stretch(over, piece.from_ms, None))
        here = _stretch(max(piece.from_ms, over), piece.until_ms, piece.row)
        if told and replace(told[-1], starts=here.starts, ends=here.ends) == here:
            here = replace(here, starts=told.pop().starts)
        told.append(here)
        over = piece.until_ms
    if over < history.ends_ms:
        told.append(_stretch(over, history.ends_ms, None))
    return told if len(told) <= MOST_POINTS else _worst(told, history)


def _stretch(starts_ms: int, ends_ms: int, row: Minute | None) -> Stretch:
    return Stretch(
        starts=starts_ms // 1000,
        ends=ends_ms // 1000,
        state="gap" if row is None else row.state,
        reason="" if row is None else row.reason,
        clause=None if row is None else row.clause,
        corrected=row is not None and row.is_corrected,
    )


def _worst(told: list[Stretch], history: History) -> list[Stretch]:
    """Of each of as many steps as there is room for the state that must not be overlooked."""
    step_s = ceil((history.ends_ms - history.starts_ms) / 1000 / MOST_POINTS) + 1
    starts, ends = history.starts_ms // 1000, history.ends_ms // 1000
    found: list[Stretch] = []
    at = 0
    for begins in range(starts, ends, step_s):
        while told[at].ends <= begins:
            at += 1
        over = min(begins + step_s, ends)
        some = []
        for one in told[at:]:
            if one.starts >= over:
                break
            some.append(one)
        worst = min(some, key=lambda one: _RANK.get(one.state, 0))
        here = replace(worst, starts=begins, ends=over)
        if found and replace(found[-1], starts=begins, ends=over) == here:
            here = replace(here, starts=found.pop().starts)
        found.append(here)
    return found
