"""A room at one instant of its day, as far as uses and treatments ask: what is known of it. Pure.

Instants are milliseconds since 1970 UTC.
"""

from typing import Self

from hub.treatment.limits import RoomLimits
from hub.treatment.task_fold import TaskFold

MINUTE_MS = 60_000
#: Later than any instant.
NEVER_MS = 2**62


class RoomState:
    """One room at the instant `at`."""

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

    def clone(self) -> Self:
        """Another that goes its own way."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other.tasks = [task.clone() for task in self.tasks]
        return other

    def most_who_treat(self) -> int:
        """More people inside than these are a new use."""
        return self.limits.all.staff + self.stayed

    def thin_ends(self) -> int:
        """When the use ends although the count says that some are inside; NEVER_MS: it does not."""
        if self.thin_since is None or self.doubts:
            return NEVER_MS
        return self.thin_since + self.limits.apart_ms

    def released_at(self) -> int:
        """When the room may be entered again; NEVER_MS while anything is owed."""
        at = self.pause_from + self.limits.pause_ms
        for task in self.tasks:
            if task.due_at is not None:
                return NEVER_MS
            if task.done_at is not None:
                at = max(at, task.done_at + task.rule.reentry_ms)
        return at

    def note_early(self, at: int) -> None:
        """Somebody went in before the room was ready."""
        if at >= self.holds_from:
            self.entered_early_at = at

    def task(self, name: str) -> TaskFold | None:
        """The treatment of that name, followed from now on; None: the profile has no such."""
        for task in self.tasks:
            if task.rule.task.value == name:
                return task
        rules = self.limits.rules
        rule = next((one for one in rules if one.task.value == name), None)
        if rule is None:
            return None
        task = TaskFold(rule)
        self.tasks.append(task)
        self.tasks.sort(key=lambda one: rules.index(one.rule))
        return task
