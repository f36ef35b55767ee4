"""How a room is treated after use and while in use, by kind of room; a table of every profile. Pure."""

from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct

from hub.layout import SpaceKind
from protocol.config import did_you_mean
from protocol.events import Task
from protocol.quantities import Duration, Share

Clause = Annotated[str, Meta(min_length=1, max_length=200)]
_ZERO = Duration("0s")


class ProofWeights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far each proof is believed, 0 to 1; different proofs add up to at most 1."""

    source: Clause
    #: The lamp or machine itself said that it ran.
    sensor: Share = 1.0
    #: A window was open for the whole airing.
    contact: Share = 1.0
    #: The share `co2_fall` of what people breathed out was gone from the empty room.
    co2_fall: Share = 1.0
    #: A tag in the room was read.
    tag: Share = 0.8
    button: Share = 0.6
    #: Somebody said so on the hub's page.
    word: Share = 0.5


class TaskLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes one treatment done."""

    source: Clause
    #: The shortest that counts, from its start to its end.
    minimum: Duration
    #: After use it counts only when the room has then been empty for so long, and somebody was seen to go in.
    dwell: Duration = _ZERO
    #: Nobody may be inside while it goes on.
    nobody_inside: bool = False
    #: Whoever enters so soon after its end undoes it; the one who treats may, unless `nobody_inside`.
    reentry: Duration = _ZERO
    #: Weight of proofs that is enough.
    needed: Share = 0.5
    #: A completion shorter than `minimum` counts.
    short_counts: bool = False


class Interval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A treatment while the room is in use: whichever comes first."""

    task: Task
    source: Clause
    #: So long in use since the last one.
    every: Duration | None = None
    #: So many people have come in since the last one.
    people: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Refuse an interval that never ends."""
        if self.every is None and self.people is None:
            raise ValueError("`every` or `people` is missing: when does it fall due?")
        if self.every is not None and self.every.seconds < 60:
            raise ValueError(f'every must be "60s" or longer, got "{self.every.text}"')


class KindLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of room needs."""

    source: Clause
    #: Each use makes these due, in the order in which they are best done. Empty: no break either.
    after_use: tuple[Task, ...] = ()
    #: Nobody but who treats it is in the room so long after each use.
    pause: Duration = _ZERO
    #: People who have been in for so long must leave; None: no limit.
    leave_after: Duration | None = None
    #: Where `leave_after` comes from.
    leave_source: Clause | None = None
    while_used: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        """Refuse doubles and a limit without its clause."""
        if self.leave_after is not None and self.leave_source is None:
            raise ValueError("`leave_after` needs a `leave_source`: the clause it comes from")
        intervals = [one.task for one in self.while_used]
        for name, tasks in (("after_use", list(self.after_use)), ("while_used", intervals)):
            if len(set(tasks)) < len(tasks):
                raise ValueError(f"{name}: a treatment is named twice")


class LampLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether open ultraviolet lamps and fans may be switched by the hub's leave."""

    source: Clause
    #: Open lamps at all; what the node itself asks for (motion, key, contacts) is besides.
    open_lamps: bool = True
    fans: bool = True
    #: Nobody may have passed a door of the room for so long, "60s" or longer.
    still_for: Duration = Duration("60s")

    def __post_init__(self) -> None:
        """It may be stricter than the design, never looser."""
        if self.still_for.seconds < 60:
            raise ValueError(f'still_for must be "60s" or longer, got "{self.still_for.text}"')


class TreatmentLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[treatment]` of a profile."""

    source: Clause
    weights: ProofWeights
    tasks: dict[str, TaskLimits]
    #: By kind of room; a kind that is not named needs nothing.
    kinds: dict[str, KindLimits]
    lamps: LampLimits
    #: A room used for less makes no treatment due: a bag was fetched.
    use_counts_after: Duration = Duration("10min")
    #: Uses with less between them are one use; and a use of which no more than `staff` are left for so long,
    #: by the count, is over.
    apart: Duration = Duration("5min")
    #: So many people inside after use are who treats it, not a new use.
    staff: Annotated[int, Meta(ge=0, le=20)] = 1
    #: A treatment not begun so long after it fell due, or not done so long after its minimum, is late.
    late_after: Duration = Duration("15min")
    #: For a treatment that was begun and left, or said to be done and is not, nobody is called anew sooner.
    again_after: Duration = Duration("5min")
    #: Share of the CO2 above outdoor air that an airing must remove to be its own proof: 0.63 is one
    #: air change. Source: science §3.2, t = -ln(1 - r) / A.
    co2_fall: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.63
    #: Less above outdoor air at the start proves nothing when it falls, ppm. Source: science §3.2.
    co2_least_excess_ppm: Annotated[float, Meta(gt=0.0, le=5000.0)] = 150.0
    #: ppm.
    co2_outdoor_ppm: Annotated[float, Meta(ge=350.0, le=600.0)] = 420.0

    def __post_init__(self) -> None:
        """Refuse kinds and treatments that do not exist, and treatments without a table."""
        kinds, tasks = [kind.value for kind in SpaceKind], [task.value for task in Task]
        faults = [
            f"{table}.{name}: there is no such {what}{did_you_mean(name, known)}"
            for table, names, known, what in (
                ("kinds", self.kinds, kinds, "kind of space"),
                ("tasks", self.tasks, tasks, "treatment"),
            )
            for name in names
            if name not in known
        ]
        faults += [
            f"kinds.{kind}: treatment `{task.value}` is named, but there is no table `tasks.{task.value}`"
            for kind, limits in self.kinds.items()
            for task in (*limits.after_use, *(one.task for one in limits.while_used))
            if task.value not in self.tasks
        ]
        if faults:
            raise ValueError("; ".join(faults))

    def of(self, kind: SpaceKind) -> "RoomLimits":
        """What holds for a room of this kind. To be made once for all rooms of the kind, not at each look."""
        return RoomLimits(self, self.kinds.get(kind.value, _NOTHING))


class TaskRule:
    """One treatment of one kind of room, in milliseconds; read only."""

    __slots__ = (
        "after_use",
        "dwell_ms",
        "every_ms",
        "every_source",
        "is_airing",
        "is_asked",
        "is_repeated",
        "limits",
        "minimum_ms",
        "needs_empty",
        "nobody_inside",
        "people",
        "reentry_ms",
        "task",
    )

    def __init__(self, task: Task, limits: TaskLimits, kind: KindLimits) -> None:
        interval = next((one for one in kind.while_used if one.task is task), None)
        every = interval.every if interval is not None else None
        self.task = task
        self.is_airing = task is Task.AIRING
        self.nobody_inside = limits.nobody_inside
        self.limits = limits
        self.after_use = task in kind.after_use
        self.minimum_ms = _ms(limits.minimum)
        waits_empty = self.after_use or limits.nobody_inside
        self.dwell_ms = _ms(limits.dwell) if waits_empty else 0
        self.needs_empty = limits.nobody_inside or self.dwell_ms > 0
        self.reentry_ms = _ms(limits.reentry)
        self.every_ms = _ms(every) if every is not None else None
        self.people = interval.people if interval is not None else None
        self.is_asked = self.after_use or interval is not None
        self.is_repeated = interval is not None
        self.every_source = interval.source if interval is not None else limits.source


class RoomLimits:
    """The limits of one kind of room, ready for the fold; read only."""

    __slots__ = (
        "again_ms",
        "all",
        "apart_ms",
        "asked",
        "counts_ms",
        "kind",
        "late_ms",
        "leave_ms",
        "pause_ms",
        "rules",
        "weights",
    )

    def __init__(self, limits: TreatmentLimits, kind: KindLimits) -> None:
        wanted = [*kind.after_use, *(one.task for one in kind.while_used)]
        # Treatments the kind does not ask for may be done and are followed all the same.
        extra = [task for task in Task if task.value in limits.tasks and task not in wanted]
        ordered = list(dict.fromkeys([*wanted, *extra]))
        self.all = limits
        self.kind = kind
        self.rules = tuple(TaskRule(task, limits.tasks[task.value], kind) for task in ordered)
        #: Those of the rules that the kind of room asks for.
        self.asked = tuple(rule for rule in self.rules if rule.is_asked)
        self.counts_ms = _ms(limits.use_counts_after)
        self.apart_ms = _ms(limits.apart)
        self.late_ms = _ms(limits.late_after)
        self.again_ms = _ms(limits.again_after)
        self.pause_ms = _ms(kind.pause) if kind.after_use else 0
        self.leave_ms = _ms(kind.leave_after) if kind.leave_after is not None else None
        weights = limits.weights
        #: Sensor, contact, fall of CO2, tag, button, word: the bits of a proof, lowest first.
        self.weights = (
            weights.sensor,
            weights.contact,
            weights.co2_fall,
            weights.tag,
            weights.button,
            weights.word,
        )


_NOTHING = KindLimits(source="the profile asks nothing of this kind of room")


@lru_cache(maxsize=64)
def _ms(length: Duration) -> int:
    return round(length.seconds * 1000)
