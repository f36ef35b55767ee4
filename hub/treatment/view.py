"""What is believed of a room's treatment at one instant, as rules, boards and lights read it. Pure."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from protocol.events import Task


class Phase(Enum):
    """Where a room stands between two uses."""

    #: Nothing is missing: people may go in.
    READY = "ready"
    IN_USE = "in-use"
    #: In use for longer than it may be, or closed by somebody while people are inside.
    MUST_LEAVE = "must-leave"
    #: Use is over, treatments are due, and none is going on.
    WAITING = "waiting"
    #: A treatment is going on.
    TREATING = "treating"
    #: All is done, but the break or the time before re-entry is not over.
    RESTING = "resting"
    #: A door is silent: nobody knows who is inside.
    UNKNOWN = "unknown"


class TaskStatus(Enum):
    """Where one treatment stands."""

    #: Not asked for now, and not done today.
    NONE = "none"
    DUE = "due"
    #: It goes on; or somebody said that it is done, and the room has yet to be left and to stand empty.
    STARTED = "started"
    #: Somebody said that it is done, and something is missing: proof, time, or the empty room.
    UNPROVEN = "unproven"
    DONE = "done"


class TaskView(Struct, frozen=True, kw_only=True):
    """One treatment of a room."""

    task: Task
    state: TaskStatus
    #: Since when it is due; None: it is not. After use, the end of the minute in which the last one left.
    due: datetime | None
    #: Due for longer than the profile's patience.
    is_late: bool
    #: A use seems to be over that leaves it to be done: no more are left of it than may treat the room.
    is_expected: bool
    #: It was begun and left, or said to be done and is not: nobody is called for it anew before then, but who
    #: has been called stays called. None: neither.
    quiet_until: datetime | None
    started_at: datetime | None
    #: The newest time it was done, in this campus day.
    done_at: datetime | None
    #: Proofs so far, 0 to 1, and how much is enough.
    weight: float
    needed: float
    #: What is missing, one word: `after-use`, `interval`, `too-short`, `weak-proof`, `not-empty`,
    #: `nobody-entered`, `entered-early`, `aborted`, `dwell`; empty: nothing.
    reason: str
    clause: str


class RoomTreatment(Struct, frozen=True, kw_only=True):
    """A room at one instant."""

    phase: Phase
    #: In the order of the profile; those that are asked for or were done today.
    tasks: tuple[TaskView, ...]
    #: When the room may be entered if all that has begun goes on; None: not known, or it may be now.
    ready_at: datetime | None
    #: Since when it is in use without a break, not before the limits came into force; None: it is not, or no
    #: more are left of the use than may treat the room.
    in_use_since: datetime | None
    #: Since when nobody is inside, at the end of the minute in which the last one left; None: not empty, or
    #: not known.
    empty_since: datetime | None
    #: When people last went in before the room was ready, in this campus day.
    entered_early_at: datetime | None
    is_held: bool
    #: The next instant at which this changes by time alone.
    again_at: datetime | None
    #: One word, and the clause or stated reason.
    reason: str
    clause: str

    def task(self, task: Task) -> TaskView | None:
        """One treatment; None: nobody asked for it."""
        return next((one for one in self.tasks if one.task is task), None)

    @property
    def is_late(self) -> bool:
        """Whether any treatment is late."""
        return any(one.is_late for one in self.tasks)


class Permission(Struct, frozen=True, kw_only=True):
    """Whether a lamp or fan may run, and why."""

    allowed: bool
    reason: str
    clause: str
