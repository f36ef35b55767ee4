"""The lessons of one place in, the starts that are too close together out (§36.4). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from hub.timetable.lesson import Lesson


def close_starts(lessons: Iterable[Lesson], apart: timedelta) -> Iterator[tuple[Lesson, ...]]:
    """Runs of lessons in different rooms, each of which starts less than `apart` after the one before."""
    run: list[Lesson] = []
    for lesson in sorted(lessons, key=lambda one: (one.start, one.space)):
        if run and lesson.start - run[-1].start >= apart:
            yield from _several(run)
            run = []
        run.append(lesson)
    yield from _several(run)


def smallest_gap(run: Sequence[Lesson]) -> timedelta:
    """The least time between the starts of two different rooms of a run."""
    return min(after.start - before.start for before, after in pairwise(run) if after.space != before.space)


def _several(run: list[Lesson]) -> Iterator[tuple[Lesson, ...]]:
    if len({lesson.space for lesson in run}) > 1:
        yield tuple(run)
