"""A room's day, closed, in; what its empty stretches teach of its air changes out. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub.air.decay import Learned, fit_fall
from hub.air.limits import AirLimits
from hub.counts.steps import Step


def learn_day(
    learned: Learned,
    co2_ppm: Mapping[int, float],
    steps: Iterable[Step],
    limits: AirLimits,
    *,
    starts: int,
    until: int,
    doubts: Sequence[tuple[int, int]] = (),
    windows: Sequence[tuple[int, bool]] = (),
) -> int:
    """Learn from the minutes [starts, until) of one day; returns how many falls there were.

    To be called once the day cannot change any more, so that it does not matter when what came.
    `doubts`: stretches of minutes, half open, in which nobody knows who was inside. `windows`: by time, from
    which minute on any window was open, or none; without contacts it is empty, and all counts as shut.
    """
    fits = 0
    for begins, ends in empty_stretches(steps, starts, until, doubts):
        for first, last, is_open in _by_window(begins, ends, windows):
            fit = fit_fall(co2_ppm, first, last, limits)
            if fit is not None:
                learned.add(fit, is_open=is_open)
                fits += 1
    return fits


def empty_stretches(
    steps: Iterable[Step], starts: int, until: int, doubts: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[int, int]]:
    """The stretches of minutes, half open, in which nobody was inside, for certain, and after some use."""
    begins: int | None = None
    was_used = False
    stretches: list[tuple[int, int]] = []
    for step in steps:
        if begins is not None and was_used and step.minute > begins:
            stretches.append((begins, step.minute))
        was_used = was_used or step.inside > 0 or step.ins > 0
        begins = step.minute + 1 if step.inside == 0 else None
    if begins is not None and was_used and until > begins:
        stretches.append((begins, until))
    for first, last in stretches:
        cut = max(first, starts)
        for doubt_begins, doubt_ends in sorted(doubts):
            if doubt_begins < last and doubt_ends > cut:
                if doubt_begins > cut:
                    yield cut, doubt_begins
                cut = max(cut, doubt_ends)
        if cut < last:
            yield cut, last


def _by_window(
    begins: int, ends: int, windows: Sequence[tuple[int, bool]]
) -> Iterator[tuple[int, int, bool]]:
    """One stretch, cut where the windows changed."""
    is_open = False
    for minute, becomes_open in windows:
        if minute >= ends:
            break
        if minute > begins and becomes_open != is_open:
            yield begins, minute, is_open
            # The minute of the change is of neither.
            begins = minute + 1
        is_open = becomes_open
    if begins < ends:
        yield begins, ends, is_open
