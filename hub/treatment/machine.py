"""A room between two uses: what was seen and said, by time, in; what is owed, going on and done, out. Pure.

    free --people--> in use --the last leaves--> after use --all done, break over--> free
                        ^                            |
                        +------ too many enter ------+

A door misses some who pass. So a use is over, too, when no more are left of it than may treat the room
(`thin_since`) and none come back: those are `stayed`, people or a fault of the count, and the room may be
treated beside them. Nothing that needs an empty room is proven by that.

Instants are milliseconds since 1970 UTC. What changes by time alone happens at its own instant (`settle`), so
it does not matter when anybody looks.
"""

from typing import NamedTuple

from hub.treatment.limits import RoomLimits
from hub.treatment.record import CLOSED, CONFIRMED, HELD, OPENED, RELEASED, WORD, Mark
from hub.treatment.task_fold import CONTACT_BIT, FALL_BIT, PROOF_BITS, TaskFold
from protocol.events import Action, Proof

MINUTE_MS = 60_000
#: Later than any instant.
NEVER_MS = 2**62
#: A CO2 reading so far below outdoor air is of a wrong sensor, ppm.
_BELOW_OUTDOOR_PPM = 60


class Steady(NamedTuple):
    """While more than `over` people are inside, fewer than `ins` more from `since` on (ms) change nothing."""

    over: int
    since: int
    ins: int


NOT_STEADY = Steady(NEVER_MS, NEVER_MS, 0)


class RoomFold:
    """One room, folded up to some instant of its day."""

    def __init__(
        self,
        limits: RoomLimits,
        starts_ms: int,
        windows: frozenset[str] = frozenset(),
        holds_from: int = 0,
    ) -> None:
        """Nobody is inside at the start of the day, nothing is owed, and `windows` are open.

        The limits hold from `holds_from` on: before it nobody went in too early.
        """
        self.limits = limits
        self.holds_from = holds_from
        #: By the profile's order; what nobody asks for is followed once somebody does it.
        self.tasks = [TaskFold(rule) for rule in limits.asked]
        self.at = starts_ms
        self.inside = 0
        #: How many reasons there are not to know who is inside.
        self.doubts = 0
        self.empty_since: int | None = starts_ms
        self.in_use = False
        self.use_since = starts_ms
        #: When the newest use ended; None: none yet, or treated since.
        self.use_ended: int | None = None
        self.used_ms = 0
        #: The most people of this use.
        self.most = 0
        #: Since when no more are left of the use than may treat the room; how many; and what `used_ms` was.
        self.thin_since: int | None = None
        self.thin_inside = 0
        self.thin_used_ms = 0
        #: Inside, by the count, since an earlier use; and the most of them in the day.
        self.stayed = 0
        self.most_stayed = 0
        #: The use has lasted long enough to make treatments due.
        self.counts = False
        #: After use: not released yet.
        self.is_after = False
        self.pause_from = starts_ms
        #: When somebody last went into the empty room, since its use ended.
        self.entered_at: int | None = None
        self.entered_early_at: int | None = None
        self.is_held = False
        self.windows = windows
        self.windows_since = starts_ms
        #: ppm above outdoor air: the newest reading, and what an airing began with.
        self.excess_ppm = 0.0
        self.base_ppm = 0.0
        #: When something other than a passage changed it.
        self.turned_at = starts_ms
        self._next_at: int | None = None

    def clone(self) -> "RoomFold":
        """Another that goes its own way."""
        other = RoomFold.__new__(RoomFold)
        other.__dict__.update(self.__dict__)
        other.tasks = [task.clone() for task in self.tasks]
        return other

    # What comes in, by time.

    def step(self, minute: int, ins: int, outs: int, inside: int) -> None:
        """One minute of the counts; somebody who left did so by its end."""
        at = minute * MINUTE_MS
        self._arrive(at)
        before, self.inside = self.inside, inside
        if inside or ins or before:
            self.empty_since = at + MINUTE_MS if inside == 0 and not self.doubts else None
        if inside < self.stayed:
            self.stayed = inside
        if ins:
            self._note_entry(at, ins, before)
        if self.in_use:
            if inside == 0:
                self._end_use(at)
            else:
                self._thin_out(at, inside)
        elif inside > (self.most_who_treat() if self.is_after else self.stayed):
            self._begin_use(at)

    def mark(self, mark: Mark) -> None:
        """A treatment, a word, a hold or a contact."""
        at, what = mark.at_ms, mark.what
        self._arrive(at)
        self.turned_at = at
        if what in (HELD, RELEASED):
            self.is_held = what == HELD
        elif what in (OPENED, CLOSED):
            self._note_contact(at, mark)
        else:
            task = self._task(mark.about)
            if task is not None:
                self._note_treatment(at, task, what, mark.how)

    def air(self, minute: int, co2_ppm: float) -> None:
        """The air of one minute."""
        at, limits = minute * MINUTE_MS, self.limits.all
        excess = co2_ppm - limits.co2_outdoor_ppm
        if excess < -_BELOW_OUTDOOR_PPM:
            return
        self.settle(at)
        self.excess_ppm = excess
        if not self.is_after or self.in_use or self.doubts or self.inside > self.most_who_treat():
            self.base_ppm = 0.0
            return
        self.base_ppm = max(self.base_ppm, excess)
        if self.base_ppm >= limits.co2_least_excess_ppm and excess <= self.base_ppm * (1 - limits.co2_fall):
            for task in self.tasks:
                if task.rule.is_airing and task.due_at is not None:
                    self._prove(at, task, FALL_BIT)

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
                self._end_thin_use()
            self._fall_due(at)
            self._next_at = None
            self.turned_at = at
        self._pass(until)

    def changes_at(self) -> int:
        """When the next thing happens by time alone."""
        if self._next_at is None:
            self._next_at = self._find_next()
        return self._next_at

    def _find_next(self) -> int:
        soonest = self.thin_ends()
        if self.in_use and not self.counts:
            soonest = min(soonest, self.at + self.limits.counts_ms - self.used_ms)
        for task in self.tasks:
            every_ms = task.rule.every_ms
            if self.in_use and every_ms is not None and task.interval_at is None:
                soonest = min(soonest, self.at + every_ms - task.used_ms)
            if task.is_idle():
                continue
            soonest = min(soonest, self.run_ends(task), self._dwell_ends(task))
        if self.is_after and not self.in_use:
            soonest = min(soonest, self.released_at())
        return max(soonest, self.at)

    def thin_ends(self) -> int:
        """When the use ends although the count says that some are inside; NEVER_MS: it does not."""
        if self.thin_since is None or self.doubts:
            return NEVER_MS
        return self.thin_since + self.limits.apart_ms

    def most_who_treat(self) -> int:
        """More people inside than these are a new use."""
        return self.limits.all.staff + self.stayed

    def steady(self) -> Steady:
        """How long people who come and go change nothing that anybody sees of the room."""
        if not self.in_use or self.doubts or self.thin_since is not None or self.empty_since is not None:
            return NOT_STEADY
        since, ins = self.turned_at, NEVER_MS
        for task in self.tasks:
            rule = task.rule
            if rule.people is not None and task.interval_at is None:
                ins = min(ins, rule.people - task.people)
            if rule.nobody_inside and task.started_at is not None:
                return NOT_STEADY
            if task.done_at is not None:
                since = max(since, task.done_at + rule.reentry_ms)
        return Steady(self.most_stayed + 2 * self.limits.all.staff, since, ins)

    def run_starts(self, task: TaskFold) -> int | None:
        """Since when a treatment that proves its own length goes on; None: it does not."""
        rule = task.rule
        if rule.nobody_inside:
            if task.started_at is None or self.empty_since is None:
                return None
            return max(task.started_at, self.empty_since)
        if not (rule.is_airing and self.windows):
            return None
        if task.due_at is not None and not self.in_use:
            return max(self.windows_since, task.due_at)
        if task.interval_at is not None:
            return max(self.windows_since, task.done_at or 0)
        return None

    def run_ends(self, task: TaskFold) -> int:
        """When it will have lasted long enough; NEVER_MS: it has, or it does not go on."""
        rule = task.rule
        if rule.nobody_inside:
            # What was said to be over does not go on.
            if task.ran or task.said_at is not None:
                return NEVER_MS
        elif not rule.is_airing or task.proofs & CONTACT_BIT:
            return NEVER_MS
        starts = self.run_starts(task)
        return NEVER_MS if starts is None else starts + rule.minimum_ms

    def released_at(self) -> int:
        """When the room may be entered again; NEVER_MS while anything is owed."""
        at = self.pause_from + self.limits.pause_ms
        for task in self.tasks:
            if task.due_at is not None:
                return NEVER_MS
            if task.done_at is not None:
                at = max(at, task.done_at + task.rule.reentry_ms)
        return at

    def is_seen(self, task: TaskFold) -> bool:
        """Whether somebody went in for it, or said that they began."""
        return task.began_by_person or self.entered_at is not None

    def lacks(self, task: TaskFold, at: int) -> str:
        """What a treatment that was said to be done still lacks, one word; empty: nothing."""
        rule = task.rule
        if not task.ran:
            return "too-short"
        if task.weight(self.limits.weights) + 1e-9 < rule.limits.needed:
            return "weak-proof"
        if not rule.needs_empty:
            return ""
        if self.empty_since is None:
            return "not-empty"
        if not self.is_seen(task):
            return "nobody-entered"
        return "dwell" if at < self.empty_since + rule.dwell_ms else ""

    def _arrive(self, at: int) -> None:
        self.settle(at)
        self._next_at = None

    def _dwell_ends(self, task: TaskFold) -> int:
        if task.said_at is None or self.empty_since is None or not task.rule.needs_empty:
            return NEVER_MS
        ends = self.empty_since + task.rule.dwell_ms
        return NEVER_MS if self.lacks(task, ends) else ends

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
            if self.run_ends(task) <= at:
                if task.rule.nobody_inside:
                    task.ran = True
                    self._try(at, task)
                else:
                    self._prove(at, task, CONTACT_BIT)
            elif self._dwell_ends(task) <= at:
                self._try(at, task)
        if self.is_after and not self.in_use and self.released_at() <= at:
            self._release(at)

    # Use.

    def _note_entry(self, at: int, ins: int, before: int) -> None:
        if before <= (self.stayed if self.thin_since is None else self.thin_inside):
            self.entered_at = at
        are_many = self.inside > self.most_who_treat()
        for task in self.tasks:
            rule = task.rule
            if self.in_use or not self.is_after or are_many:
                task.people += ins
                if rule.people is not None and task.people >= rule.people and task.interval_at is None:
                    task.interval_at = at
            if not (rule.nobody_inside or are_many):
                continue
            if rule.nobody_inside and task.started_at is not None and not task.ran:
                self._note_early(at)
            if task.done_at is not None and at < task.done_at + rule.reentry_ms and task.due_at is None:
                task.clear()
                task.done_at, task.due_at, task.why = None, at, "entered-early"
                self._note_early(at)
                if not self.is_after:
                    self.is_after, self.pause_from = True, at - self.limits.pause_ms

    def _begin_use(self, at: int) -> None:
        if self.is_after:
            self._note_early(at)
        self.in_use = True
        self.most = self.inside
        if self.use_ended is None or at - self.use_ended >= self.limits.apart_ms:
            self.use_since = at
            self.used_ms = 0
            self.counts = False

    def _note_early(self, at: int) -> None:
        if at >= self.holds_from:
            self.entered_early_at = at

    def _thin_out(self, at: int, inside: int) -> None:
        self.most = max(self.most, inside)
        most_left = self.most_who_treat()
        if self.thin_since is None:
            if inside <= most_left < self.most:
                self.thin_since, self.thin_inside, self.thin_used_ms = at, inside, self.used_ms
        elif inside > self.thin_inside + self.limits.all.staff:
            self.thin_since = None
        elif inside < self.thin_inside:
            self.thin_since, self.thin_inside, self.thin_used_ms = at, inside, self.used_ms

    def _end_thin_use(self) -> None:
        """The use ended when the last of those left who did leave; what was done since then stands."""
        since = self.thin_since
        if since is None:
            return
        over_ms = self.used_ms - self.thin_used_ms
        self.used_ms = self.thin_used_ms
        self.counts = self.used_ms >= self.limits.counts_ms
        for task in self.tasks:
            task.used_ms = max(0, task.used_ms - over_ms)
        self.stayed = min(self.thin_inside, self.inside)
        self.most_stayed = max(self.most_stayed, self.stayed)
        self._end_use(since)

    def _end_use(self, at: int) -> None:
        self.in_use = False
        self.use_ended = at
        # Who was left of it, or came in as the last left, may have treated the room meanwhile.
        since = at if self.thin_since is None else min(at, self.thin_since)
        self.thin_since = None
        if not self.counts:
            return
        if self.entered_at is not None and self.entered_at <= since:
            self.entered_at = None
        left = at + MINUTE_MS
        for task in self.tasks:
            if task.rule.after_use:
                self.is_after = True
                if task.done_at is not None and task.done_at > since:
                    continue
                if not task.was_touched_since(since):
                    task.clear()
                    task.why = ""
                task.due_at = left
        self.pause_from = left
        self.base_ppm = max(0.0, self.excess_ppm)

    def _release(self, at: int) -> None:
        self.is_after = False
        self.use_ended = None
        if self.inside > self.stayed:
            self._begin_use(at)

    # Treatments.

    def _task(self, name: str) -> TaskFold | None:
        """The treatment of that name, followed from now on; None: the profile has no such."""
        for task in self.tasks:
            if task.rule.task.value == name:
                return task
        rule = next((one for one in self.limits.rules if one.task.value == name), None)
        if rule is None:
            return None
        task = TaskFold(rule)
        self.tasks.append(task)
        rules = self.limits.rules
        self.tasks.sort(key=lambda one: rules.index(one.rule))
        return task

    def _note_contact(self, at: int, mark: Mark) -> None:
        sensor, is_open = frozenset((mark.about,)), mark.what == OPENED
        if is_open and not self.windows:
            self.windows_since = at
        self.windows = self.windows | sensor if is_open else self.windows - sensor

    def _note_treatment(self, at: int, task: TaskFold, what: str, how: str) -> None:
        if what == Action.STARTED.value:
            task.clear()
            task.started_at, task.why = at, ""
            task.began_by_person = how != Proof.SENSOR.value
        elif what == Action.ABORTED.value:
            task.clear()
            task.why = "aborted"
        else:
            rule = task.rule
            started = self.run_starts(task) if rule.nobody_inside else task.started_at
            if started is None and not rule.nobody_inside and self.is_after and not self.in_use:
                started = self.entered_at
            if started is not None and at - started >= rule.minimum_ms:
                task.ran = True
            if how in (WORD, CONFIRMED):
                task.words += 2 if how == CONFIRMED else 1
            if rule.limits.short_counts or task.words >= 2:
                task.ran = True
            task.proofs |= PROOF_BITS[how]
            task.said_at = at
            self._try(at, task)

    def _prove(self, at: int, task: TaskFold, bit: int) -> None:
        """A proof that needs nobody to say so: it has lasted, or reached what it is for."""
        self._next_at = None
        task.proofs |= bit
        task.ran = True
        task.said_at = at
        self._try(at, task)

    def _try(self, at: int, task: TaskFold) -> None:
        if task.said_at is None:
            return
        task.why = self.lacks(task, at)
        if task.why:
            return
        task.clear()
        task.done_at = at
        task.interval_at = None
        task.used_ms = task.people = 0
        if not self.in_use:
            task.due_at = None
