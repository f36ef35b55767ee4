"""A room between two uses: what was seen and said, by time, in; what is owed, going on and done, out. Pure.

    free --people--> in use --the last leaves--> after use --all done, break over--> free
                        ^                            |
                        +------ too many enter ------+

Instants are milliseconds since 1970 UTC. What changes by time alone happens at its own instant (`settle`), so
it does not matter when anybody looks.
"""

from hub.treatment import proving, uses
from hub.treatment.limits import RoomLimits
from hub.treatment.record import CLOSED, HELD, OPENED, RELEASED, Mark
from hub.treatment.room_state import MINUTE_MS, RoomState


class RoomFold(RoomState):
    """One room, folded up to some instant of its day."""

    def __init__(
        self,
        limits: RoomLimits,
        starts_ms: int,
        windows: frozenset[str] = frozenset(),
        holds_from: int = 0,
    ) -> None:
        """The room at the start of its day."""
        super().__init__(limits, starts_ms, windows, holds_from)
        #: When the next thing happens by time alone; None: to be worked out.
        self._next_at: int | None = None

    # What comes in, by time.

    def step(self, minute: int, ins: int, inside: int) -> None:
        """One minute of the counts: so many came in, and so many were inside at its end."""
        at = minute * MINUTE_MS
        self._arrive(at)
        uses.follow(self, at, ins, inside)

    def mark(self, mark: Mark) -> None:
        """A treatment, a word, a hold or a contact."""
        at, what = mark.at_ms, mark.what
        self._arrive(at)
        self.turned_at = at
        if what in (HELD, RELEASED):
            self.is_held = what == HELD
        elif what in (OPENED, CLOSED):
            proving.note_contact(self, at, mark)
        else:
            task = self.task(mark.about)
            if task is not None:
                proving.note_treatment(self, at, task, what, mark.how)

    def air(self, minute: int, co2_ppm: float) -> None:
        """The air of one minute."""
        at = minute * MINUTE_MS
        self._arrive(at)
        proving.note_air(self, at, co2_ppm)

    def doubt(self, at: int, begins: bool) -> None:
        """From now on it is not known who is inside; or this one reason for that is over."""
        self._arrive(at)
        self.turned_at = at
        self.doubts += 1 if begins else -1
        if self.doubts:
            self.empty_since = None
        elif self.inside == 0:
            self.empty_since = at

    # What happens by time alone.

    def settle(self, until: int) -> None:
        """Let happen all that falls due up to `until`, each at its own instant."""
        while (at := self.changes_at()) <= until:
            self._pass(at)
            if self.thin_ends() <= at:
                uses.end_thin_use(self)
            self._fall_due(at)
            self._next_at = None
            self.turned_at = at
        self._pass(until)

    def changes_at(self) -> int:
        """When the next thing happens by time alone."""
        if self._next_at is None:
            self._next_at = self._find_next()
        return self._next_at

    def _arrive(self, at: int) -> None:
        self.settle(at)
        self._next_at = None

    def _find_next(self) -> int:
        soonest = self.thin_ends()
        if self.in_use and not self.counts:
            soonest = min(soonest, self.at + self.limits.counts_ms - self.used_ms)
        for task in self.tasks:
            every_ms = task.rule.every_ms
            if self.in_use and every_ms is not None and task.interval_at is None:
                soonest = min(soonest, self.at + every_ms - task.used_ms)
            if not task.is_idle():
                soonest = min(soonest, proving.turns_at(self, task))
        if self.is_after and not self.in_use:
            soonest = min(soonest, self.released_at())
        return max(soonest, self.at)

    def _pass(self, until: int) -> None:
        passed = until - self.at
        if passed <= 0:
            return
        self.at = until
        if self.in_use:
            self.used_ms += passed
            for task in self.tasks:
                task.used_ms += passed

    def _fall_due(self, at: int) -> None:
        if self.in_use and self.used_ms >= self.limits.counts_ms:
            self.counts = True
        for task in self.tasks:
            every_ms = task.rule.every_ms
            if self.in_use and every_ms is not None and task.interval_at is None and task.used_ms >= every_ms:
                task.interval_at = at
            proving.note_time(self, at, task)
        if self.is_after and not self.in_use and self.released_at() <= at:
            uses.release(self, at)
