"""Follows one room through its day: folds what is new, and the day again when something came late. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.counts.steps import Step
from hub.treatment.limits import RoomLimits
from hub.treatment.picture import picture
from hub.treatment.record import RoomDay
from hub.treatment.room_fold import RoomFold
from hub.treatment.room_state import MINUTE_MS, NEVER_MS
from hub.treatment.steadiness import NOT_STEADY, steady
from hub.treatment.view import RoomTreatment

#: What is older than the newest input by so many minutes is folded for good; what comes later than that costs
#: the day from the rung of the ladder before it.
SETTLED_MINUTES = 2
#: From one rung to the next.
RUNG_MS = 60 * 60_000
#: Looking minute by minute is quicker than sorting, up to here.
_FEW_MINUTES = 120
#: A room with an air sensor is looked at again at least so often.
_AHEAD_MINUTES = 10
#: Of one instant: a doubt ends, people pass, the air, who treats, a doubt begins.
_KNOWN, _STEP, _AIR, _MARK, _DOUBT = range(5)

#: From an instant (ms since 1970 UTC) to another, half open, nobody knows who is inside; None: it goes on.
Doubt = tuple[int, int | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Follower:
    """One room on one campus day. What it shows is a pure function of the records, the limits and `now`."""

    def __init__(
        self,
        limits: RoomLimits,
        starts_ms: int,
        windows: frozenset[str] = frozenset(),
        holds_from: int = 0,
    ) -> None:
        """The day begins at `starts_ms` with nobody inside, nothing owed and these windows left open."""
        self._limits = limits
        #: The limits came into force then, ms: nothing was late before it.
        self._holds_from = holds_from
        self._starts_ms = starts_ms
        self._windows = windows
        self._room = RoomFold(limits, starts_ms, windows, holds_from)
        #: Everything before this instant is folded for good; 0: nothing is.
        self._until_ms = 0
        #: The room as it was folded up to some earlier instants, oldest first: not to begin at the morning.
        self._ladder: list[tuple[int, RoomFold]] = []
        #: The steps from `_until_ms` on; None: to be asked for.
        self._tail: list[Step] | None = None
        #: The newest view, which holds until something new is told, in `[from, until)`.
        self._seen: RoomTreatment | None = None
        self._seen_ms = (0, 0)
        self._seen_doubts: tuple[Doubt, ...] = ()
        #: As long as this holds, who comes and goes leaves the view as it is; and how many came since.
        self._steady = NOT_STEADY
        self._ins = 0

    def relimit(self, limits: RoomLimits, holds_from: int = 0) -> None:
        """Other limits are in force, from that instant on: what happened before is judged by them, too.

        But nothing was late, nobody had to leave or came too early before it.
        """
        if limits is not self._limits or holds_from != self._holds_from:
            self._limits, self._holds_from = limits, holds_from
            self._ladder.clear()
            self._forget(0)

    def touch(self, at_ms: int | None) -> None:
        """A record of that instant came, went or changed; None: nothing did. Not for steps."""
        if at_ms is not None:
            self._seen = None
            if at_ms < self._until_ms:
                self._forget(at_ms)

    def restep(self, minute: int) -> None:
        """The steps from this minute on may be others: all are asked for again."""
        self.touch(minute * MINUTE_MS)
        self._tail = None

    def newest(self, step: Step) -> None:
        """The newest minute is now this step: cheaper than `restep`, for what comes in order."""
        tail = self._tail
        if tail is None:
            self._seen = None
            return
        if step.minute * MINUTE_MS < self._until_ms or (tail and step.minute < tail[-1].minute):
            self.restep(step.minute)
            return
        is_same_minute = bool(tail) and tail[-1].minute == step.minute
        kept = self._steady
        self._ins += step.ins - (tail[-1].ins if is_same_minute else 0)
        if step.inside <= kept.over or step.minute * MINUTE_MS < kept.since or self._ins >= kept.ins:
            self._seen = None
        if is_same_minute:
            tail[-1] = step
        else:
            tail.append(step)

    def view(
        self, day: RoomDay, steps: Callable[[int], Iterable[Step]], doubts: Sequence[Doubt], now: datetime
    ) -> RoomTreatment:
        """The room at `now`. `steps(minute)` are all steps of that minute and later, by time."""
        now_ms = (now - _EPOCH) // _MILLISECOND
        seen = self._seen
        first_ms, until_ms = self._seen_ms
        if seen is not None and first_ms <= now_ms < until_ms and tuple(doubts) == self._seen_doubts:
            return seen
        if now_ms < self._until_ms:
            self._forget(now_ms)
        tail = self._tail
        if tail is None:
            tail = self._tail = list(steps(-(-self._until_ms // MINUTE_MS) if self._until_ms else 0))
        inputs = self._inputs(day, tail, doubts, now_ms)
        newest_ms = inputs[-1][0] if inputs else 0
        until_ms = (newest_ms // MINUTE_MS - SETTLED_MINUTES) * MINUTE_MS
        first = self._fold_for_good(inputs, until_ms) if until_ms > self._until_ms else 0
        room = self._room.clone()
        _fold(room, inputs[first:])
        room.settle(now_ms)
        seen = picture(room, now_ms)
        self._keep(seen, room, day, doubts, now_ms)
        return seen

    def _fold_for_good(self, inputs: list[tuple[Any, ...]], until_ms: int) -> int:
        """Fold the inputs before that instant, and keep the room once an hour; how many inputs they were."""
        done, ladder = 0, self._ladder
        base_ms = ladder[-1][0] if ladder else self._starts_ms
        while True:
            upto_ms = min(until_ms, base_ms + RUNG_MS)
            last = bisect_left(inputs, (upto_ms,), done)
            _fold(self._room, inputs[done:last])
            done = last
            if upto_ms == base_ms + RUNG_MS:
                ladder.append((upto_ms, self._room.clone()))
                base_ms = upto_ms
            if upto_ms == until_ms:
                break
        self._until_ms = until_ms
        self._tail = [step for step in self._tail or () if step.minute * MINUTE_MS >= until_ms]
        return done

    def _forget(self, at_ms: int) -> None:
        """Back to the newest rung that knows nothing of what happened from that instant on."""
        while self._ladder and self._ladder[-1][0] > at_ms:
            self._ladder.pop()
        if self._ladder:
            self._until_ms, rung = self._ladder[-1]
            self._room = rung.clone()
        else:
            self._until_ms = 0
            self._room = RoomFold(self._limits, self._starts_ms, self._windows, self._holds_from)
        self._tail = None
        self._seen = None

    def _keep(
        self, seen: RoomTreatment, room: RoomFold, day: RoomDay, doubts: Sequence[Doubt], now_ms: int
    ) -> None:
        """Keep the view for as long as it holds by itself."""
        until_ms = NEVER_MS if seen.again_at is None else (seen.again_at - _EPOCH) // _MILLISECOND
        until_ms = min(until_ms, self._next_input(day, doubts, now_ms))
        self._seen, self._seen_ms, self._seen_doubts = seen, (now_ms, until_ms), tuple(doubts)
        self._steady, self._ins = steady(room), 0

    def _next_input(self, day: RoomDay, doubts: Sequence[Doubt], now_ms: int) -> int:
        """When something that is told already will have happened: a node's clock runs ahead."""
        soonest = NEVER_MS
        for step in reversed(self._tail or ()):
            if step.minute * MINUTE_MS <= now_ms:
                break
            soonest = step.minute * MINUTE_MS
        for marks in (day.marks, day.contacts):
            if marks and marks[-1].at_ms > now_ms:
                soonest = min(soonest, marks[bisect_left(marks, (now_ms + 1,))].at_ms)
        if day.co2_ppm:
            # Its minutes are in no order: look a little ahead, and no view is kept for longer.
            this = now_ms // MINUTE_MS
            ahead = (one for one in range(this + 1, this + _AHEAD_MINUTES) if one in day.co2_ppm)
            soonest = min(soonest, next(ahead, this + _AHEAD_MINUTES) * MINUTE_MS)
        for doubt in doubts:
            soonest = min(soonest, *(at for at in (*doubt, NEVER_MS) if at is not None and at > now_ms))
        return soonest

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
            room.step(step.minute, step.ins, step.inside)
        elif rank == _MARK:
            room.mark(one[2])
        elif rank == _AIR:
            room.air(one[2], one[3])
        else:
            room.doubt(at, begins=rank == _DOUBT)
