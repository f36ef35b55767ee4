"""Follows one room through its day: folds what is new, and the day again when something came late. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.counts.steps import Step
from hub.treatment.limits import RoomLimits
from hub.treatment.machine import MINUTE_MS, RoomFold
from hub.treatment.picture import picture
from hub.treatment.record import RoomDay
from hub.treatment.view import RoomTreatment

#: What is older than the newest input by so many minutes is folded for good; what comes later than that costs
#: the whole day.
SETTLED_MINUTES = 2
#: Looking minute by minute is quicker than sorting, up to here.
_FEW_MINUTES = 120
#: Of one instant: a doubt ends, people pass, the air, who treats, a doubt begins.
_KNOWN, _STEP, _AIR, _MARK, _DOUBT = range(5)

#: From an instant (ms since 1970 UTC) to another, half open, nobody knows who is inside; None: it goes on.
Doubt = tuple[int, int | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Follower:
    """One room on one campus day. What it shows is a pure function of the records, the limits and `now`."""

    def __init__(self, limits: RoomLimits, starts_ms: int, windows: frozenset[str] = frozenset()) -> None:
        """The day begins at `starts_ms` with nobody inside, nothing owed and these windows left open."""
        self._limits = limits
        self._starts_ms = starts_ms
        self._windows = windows
        self._room = RoomFold(limits, starts_ms, windows)
        #: Everything before this instant is folded for good; 0: nothing is.
        self._until_ms = 0
        #: The steps from then on; None: to be asked for.
        self._tail: list[Step] | None = None

    def relimit(self, limits: RoomLimits) -> None:
        """Other limits are in force: they hold for the whole day, as if they always had."""
        if limits is not self._limits:
            self._limits = limits
            self._forget()

    def touch(self, at_ms: int | None) -> None:
        """A record of that instant came, went or changed; None: nothing did. Not for steps."""
        if at_ms is not None and at_ms < self._until_ms:
            self._forget()

    def restep(self, minute: int) -> None:
        """The steps from this minute on may be others: all are asked for again."""
        self.touch(minute * MINUTE_MS)
        self._tail = None

    def newest(self, step: Step) -> None:
        """The newest minute is now this step: cheaper than `restep`, for what comes in order."""
        tail = self._tail
        if tail is None:
            return
        if step.minute * MINUTE_MS < self._until_ms or (tail and step.minute < tail[-1].minute):
            self.restep(step.minute)
        elif tail and tail[-1].minute == step.minute:
            tail[-1] = step
        else:
            tail.append(step)

    def view(
        self, day: RoomDay, steps: Callable[[int], Iterable[Step]], doubts: Sequence[Doubt], now: datetime
    ) -> RoomTreatment:
        """The room at `now`. `steps(minute)` are all steps of that minute and later, by time."""
        now_ms = (now - _EPOCH) // _MILLISECOND
        if now_ms < self._until_ms:
            self._forget()
        tail = self._tail
        if tail is None:
            tail = self._tail = list(steps(-(-self._until_ms // MINUTE_MS) if self._until_ms else 0))
        inputs = self._inputs(day, tail, doubts, now_ms)
        newest_ms = inputs[-1][0] if inputs else 0
        until_ms = (newest_ms // MINUTE_MS - SETTLED_MINUTES) * MINUTE_MS
        first = 0
        if until_ms > self._until_ms:
            first = bisect_left(inputs, (until_ms,))
            _fold(self._room, inputs[:first])
            self._until_ms = until_ms
            self._tail = [step for step in tail if step.minute * MINUTE_MS >= until_ms]
        room = self._room.clone()
        _fold(room, inputs[first:])
        room.settle(now_ms)
        return picture(room, now_ms)

    def _forget(self) -> None:
        self._room = RoomFold(self._limits, self._starts_ms, self._windows)
        self._until_ms = 0
        self._tail = None

    def _inputs(
        self, day: RoomDay, tail: list[Step], doubts: Sequence[Doubt], now_ms: int
    ) -> list[tuple[Any, ...]]:
        """All that is not folded for good and not of the future, by time."""
        since = self._until_ms
        inputs: list[tuple[Any, ...]] = [
            (step.minute * MINUTE_MS, _STEP, step) for step in tail if step.minute * MINUTE_MS <= now_ms
        ]
        for marks in (day.marks, day.contacts):
            if marks and marks[-1].at_ms >= since:
                at = bisect_left(marks, (since,))
                inputs += [(one.at_ms, _MARK, one) for one in marks[at:] if one.at_ms <= now_ms]
        if day.co2_ppm:
            inputs += [
                (minute * MINUTE_MS, _AIR, minute, day.co2_ppm[minute])
                for minute in _minutes(day.co2_ppm, since // MINUTE_MS, now_ms // MINUTE_MS)
            ]
        for begins, ends in doubts:
            if since <= begins <= now_ms:
                inputs.append((begins, _DOUBT))
            if ends is not None and since <= ends <= now_ms:
                inputs.append((ends, _KNOWN))
        inputs.sort()
        return inputs


def _minutes(of: dict[int, int], since: int, until: int) -> Iterable[int]:
    if until - since <= _FEW_MINUTES:
        return [minute for minute in range(since, until + 1) if minute in of]
    return [minute for minute in of if since <= minute <= until]


def _fold(room: RoomFold, inputs: Iterable[tuple[Any, ...]]) -> None:
    for one in inputs:
        at, rank = one[0], one[1]
        if rank == _STEP:
            step = one[2]
            room.step(step.minute, step.ins, step.outs, step.inside)
        elif rank == _MARK:
            room.mark(one[2])
        elif rank == _AIR:
            room.air(one[2], one[3])
        else:
            room.doubt(at, begins=rank == _DOUBT)
