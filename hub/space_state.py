"""The one state of a space, the same for light, board, sign and API: belief in, state out. Pure."""

from dataclasses import dataclass
from datetime import datetime

from hub.air.view import AirLevel, RoomAir
from hub.regime.capacity import Capacity
from hub.treatment.view import Phase, RoomTreatment, TaskStatus, TaskView
from protocol.messages import SpaceCondition, SpaceState, TaskState

#: Phases in which nobody but who treats the room may go in.
_TREATED = (Phase.WAITING, Phase.TREATING, Phase.RESTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A count that may be believed, or why it may not."""

    occupancy: int | None
    low: int | None
    high: int | None
    #: `silent-node`, `never-heard`, `unread-node`, `faulty-door`, `untrusted-door`, `no-door`;
    #: None when believed.
    doubt: str | None
    #: How far the space's doors may be believed, 0–1.
    trust: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """Why nobody may go in at all."""

    condition: SpaceCondition
    reason: str
    clause: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """All that is believed of one space at one instant."""

    space: str
    judged: Judged
    limit: Capacity
    #: `near` begins when no more than this share of the capacity is free.
    near_share: float
    treatment: RoomTreatment | None
    air: RoomAir | None
    shut: Shut | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class _Told:
    """What the state says, before the counts are put beside it."""

    condition: SpaceCondition
    reason: str
    clause: str
    until: datetime | None = None


def state_of(belief: Belief) -> SpaceState:
    """The state of a space: what a person decided, then what is not known, then the limits in their order."""
    judged, limit = belief.judged, belief.limit
    told = _tell(belief)
    free = None if judged.occupancy is None else max(0, limit.value - judged.occupancy)
    if belief.shut is not None:
        # Nobody may go in: no place is free, whatever is known of who is inside.
        free = 0
    return SpaceState(
        space=belief.space,
        state=told.condition,
        reason=told.reason,
        clause=told.clause,
        occupancy=judged.occupancy,
        low=judged.low,
        high=judged.high,
        capacity=limit.value,
        free=free,
        until=told.until,
        tasks=_tasks(belief.treatment),
        trust=judged.trust,
        as_of=belief.as_of,
    )


def _tell(belief: Belief) -> _Told:
    judged, limit, treatment = belief.judged, belief.limit, belief.treatment
    if belief.shut is not None:
        shut = belief.shut
        return _Told(shut.condition, shut.reason, shut.clause, shut.until)
    if judged.occupancy is None:
        return _Told(SpaceCondition.UNKNOWN, judged.doubt or "", limit.clause)
    if judged.occupancy >= limit.value:
        reason = "over-capacity" if judged.occupancy > limit.value else "full"
        return _Told(SpaceCondition.FULL, reason, limit.clause)
    if treatment is not None:
        if treatment.phase is Phase.UNKNOWN:
            return _Told(SpaceCondition.UNKNOWN, treatment.reason, treatment.clause)
        if treatment.phase in _TREATED:
            missing = next((one for one in treatment.tasks if _is_missing(one)), None)
            word = missing.task.value if missing else treatment.reason
            clause = missing.clause if missing else treatment.clause
            return _Told(SpaceCondition.TREATMENT, word, clause, treatment.ready_at)
        if treatment.phase is Phase.MUST_LEAVE:
            return _Told(SpaceCondition.DUE, "must-leave", treatment.clause)
        due = next((one for one in treatment.tasks if one.state is TaskStatus.DUE), None)
        if due is not None:
            return _Told(SpaceCondition.DUE, due.task.value, due.clause, due.due)
    air = belief.air
    if air is not None and air.level in (AirLevel.AIR, AirLevel.LEAVE):
        return _Told(SpaceCondition.DUE, "air", air.clause)
    if limit.value - judged.occupancy <= max(1, int(limit.value * belief.near_share)):
        return _Told(SpaceCondition.NEAR, "few-places", limit.clause)
    return _Told(SpaceCondition.OPEN, "free", limit.clause)


def _is_missing(one: TaskView) -> bool:
    return one.state in (TaskStatus.DUE, TaskStatus.STARTED, TaskStatus.UNPROVEN)


def _tasks(treatment: RoomTreatment | None) -> tuple[TaskState, ...]:
    if treatment is None:
        return ()
    return tuple(
        TaskState(
            task=one.task.value,
            due=one.due,
            state="late" if one.is_late else one.state.value,
            since=one.started_at,
        )
        for one in treatment.tasks
        if one.state is not TaskStatus.NONE
    )
