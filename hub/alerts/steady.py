"""Instants that were noted while the wall clock was set, told on the clock as it is now. Pure.

Whoever sets the clock moves every later instant; what was noted before stays as it was written. The clock's
own transitions say when it was set, by how much, and how much had been told by then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.alerts.alert import Change, Transition


class ClockStep(NamedTuple):
    """The clock was set once: the last instant before, by how much, and how many had been told by then."""

    before: datetime
    by: timedelta
    told: int


class Steady:
    """Knows each time that the clock was set while an alert was open, from its transitions in order."""

    def __init__(self, transitions: Iterable[Transition]) -> None:
        steps: list[ClockStep] = []
        seen: list[tuple[int, Transition]] = []
        for one in transitions:
            if one.change is Change.CLOCK_SET:
                by = timedelta(seconds=one.value or 0.0)
                steps.append(ClockStep(one.at - by, by, int(one.note or 0)))
            else:
                seen.append((len(steps), one))
        self._steps: Sequence[ClockStep] = steps
        #: The others, with the instants of the clock as it is now.
        self.transitions = [_at(one, self._moved(one.at, frame)) for frame, one in seen]

    def told(self, number: int, at: datetime) -> datetime:
        """When the notification of this number, from 0, was written at `at`."""
        return self._moved(at, self._frame_of(number))

    def delivered(self, number: int, told: datetime, at: datetime) -> datetime:
        """When a receiver accepted that notification, written at `told`: not before it was told."""
        frame, earliest = self._frame_of(number), told
        for step in self._steps[frame:]:
            if earliest <= at <= step.before:
                break
            frame, earliest = frame + 1, step.before + step.by
        return self._moved(at, frame)

    def _frame_of(self, number: int) -> int:
        """Before how many of the steps it was not: those that were over when it was told."""
        return sum(1 for step in self._steps if step.told <= number)

    def _moved(self, at: datetime, frame: int) -> datetime:
        return at + sum((step.by for step in self._steps[frame:]), timedelta())


def _at(one: Transition, at: datetime) -> Transition:
    return Transition(alert=one.alert, at=at, change=one.change, by=one.by, value=one.value, note=one.note)
