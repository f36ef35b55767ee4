"""A folded room at one instant in, what rules and boards read of it out. Pure."""

from datetime import UTC, datetime
from functools import lru_cache

from hub.treatment.proving import lacks, run_starts
from hub.treatment.room_fold import RoomFold
from hub.treatment.room_state import NEVER_MS
from hub.treatment.task_fold import TaskFold
from hub.treatment.view import Phase, RoomTreatment, TaskStatus, TaskView


def picture(room: RoomFold, now_ms: int) -> RoomTreatment:
    """The view; `room` must be settled up to `now_ms`."""
    tasks: list[TaskView] = []
    changes = room.changes_at()
    for task in room.tasks:
        starts = task.started_at if task.started_at is not None else run_starts(room, task)
        due = task.due_at if task.due_at is not None else task.interval_at
        is_late = False
        if due is not None:
            late_at = max(due, room.holds_from)
            if starts is not None:
                late_at = max(late_at, starts + task.rule.minimum_ms)
            late_at += room.limits.late_ms
            is_late = late_at <= now_ms
            if not is_late and late_at < changes:
                changes = late_at
        quiet_until = _quiet_until(room, task)
        if quiet_until is not None and now_ms < quiet_until < changes:
            changes = quiet_until
        missing = lacks(room, task, now_ms) if task.said_at is not None else ""
        state = _status(task, starts, due, missing, is_late)
        if state is not TaskStatus.NONE or task.rule.is_asked:
            tasks.append(_task(room, task, starts, state, due, quiet_until, missing, is_late))
    phase, reason, clause = _phase(room, tasks, now_ms)
    must_leave_at, ready_at = _must_leave_at(room), _ready_at(room, phase, now_ms)
    if now_ms < must_leave_at < changes:
        changes = must_leave_at
    if ready_at is not None and ready_at < changes:
        changes = ready_at
    return RoomTreatment(
        phase=phase,
        tasks=tuple(tasks),
        ready_at=_instant(ready_at),
        in_use_since=_instant(_use_since(room)),
        empty_since=_instant(room.empty_since),
        entered_early_at=_instant(room.entered_early_at),
        is_held=room.is_held,
        again_at=_instant(changes) if changes < NEVER_MS else None,
        reason=reason,
        clause=clause,
    )


def _task(
    room: RoomFold,
    task: TaskFold,
    starts: int | None,
    state: TaskStatus,
    due: int | None,
    quiet_until: int | None,
    missing: str,
    is_late: bool,
) -> TaskView:
    rule = task.rule
    by_interval = task.due_at is None and task.interval_at is not None
    reason = missing if task.said_at is not None else task.why
    if not reason and due is not None:
        reason = "interval" if by_interval else "after-use"
    return TaskView(
        task=rule.task,
        state=state,
        due=_instant(due),
        is_late=is_late,
        is_expected=_is_expected(room, task),
        quiet_until=_instant(quiet_until),
        started_at=_instant(starts),
        done_at=_instant(task.done_at),
        weight=task.weight(room.limits.weights),
        needed=rule.limits.needed,
        reason=reason,
        clause=rule.every_source if by_interval else rule.limits.source,
    )


def _status(task: TaskFold, starts: int | None, due: int | None, missing: str, is_late: bool) -> TaskStatus:
    if task.said_at is not None:
        # Whoever did it has yet to go out, and what was wiped on to act: nobody is to be called for that.
        is_acting = missing in ("not-empty", "dwell") and not is_late
        return TaskStatus.STARTED if is_acting else TaskStatus.UNPROVEN
    if starts is not None:
        return TaskStatus.STARTED
    if due is not None:
        return TaskStatus.DUE
    return TaskStatus.NONE if task.done_at is None else TaskStatus.DONE


def _is_expected(room: RoomFold, task: TaskFold) -> bool:
    since = room.thin_since
    return since is not None and room.thin_used_ms >= room.limits.counts_ms and task.is_left_by(since)


def _quiet_until(room: RoomFold, task: TaskFold) -> int | None:
    left_at = task.left_at if task.said_at is None else task.said_at
    return None if left_at is None else left_at + room.limits.again_ms


def _use_since(room: RoomFold) -> int | None:
    """Since when the use goes on under these limits; None: it does not, or only who may treat is left."""
    if not room.in_use or room.thin_since is not None:
        return None
    return max(room.use_since, room.holds_from)


def _must_leave_at(room: RoomFold) -> int:
    leave_ms, since = room.limits.leave_ms, _use_since(room)
    return NEVER_MS if leave_ms is None or since is None else since + leave_ms


def _phase(room: RoomFold, tasks: list[TaskView], now_ms: int) -> tuple[Phase, str, str]:
    limits = room.limits
    kind = limits.kind
    if room.doubts:
        return Phase.UNKNOWN, "silent-door", limits.all.source
    forbidding = None
    for task in room.tasks:
        if task.started_at is not None and task.rule.nobody_inside:
            forbidding = task.rule
            break
    if room.in_use:
        if forbidding is not None:
            return Phase.MUST_LEAVE, forbidding.task.value, forbidding.limits.source
        if _must_leave_at(room) <= now_ms:
            return Phase.MUST_LEAVE, "too-long", kind.leave_source or kind.source
        if room.is_held:
            return Phase.MUST_LEAVE, "held", kind.source
        return Phase.IN_USE, "in-use", kind.source
    if forbidding is not None:
        return Phase.TREATING, forbidding.task.value, forbidding.limits.source
    if not room.is_after:
        return Phase.READY, "free", kind.source
    owed = [one for one in room.tasks if one.due_at is not None]
    if not owed:
        reason = "break" if room.pause_from + limits.pause_ms > now_ms else "re-entry"
        return Phase.RESTING, reason, kind.source
    going_on = [one for one in tasks if one.state is TaskStatus.STARTED]
    if going_on or room.inside > room.stayed:
        first = going_on[0] if going_on else next(one for one in tasks if one.due is not None)
        return Phase.TREATING, first.task.value, first.clause
    return Phase.WAITING, owed[0].rule.task.value, owed[0].rule.limits.source


def _ready_at(room: RoomFold, phase: Phase, now_ms: int) -> int | None:
    """When the room may be entered if what has begun goes on; None: something has not begun, or not known."""
    if phase not in (Phase.WAITING, Phase.TREATING, Phase.RESTING) or not room.is_after:
        return None
    at = room.pause_from + room.limits.pause_ms
    for task in room.tasks:
        reentry_ms = task.rule.reentry_ms
        if task.due_at is not None:
            ends = _ends(room, task, now_ms)
            if ends is None:
                return None
            at = max(at, ends + reentry_ms)
        elif task.done_at is not None:
            at = max(at, task.done_at + reentry_ms)
    return at if at > now_ms else None


def _ends(room: RoomFold, task: TaskFold, now_ms: int) -> int | None:
    rule = task.rule
    if task.said_at is not None:
        if lacks(room, task, now_ms) != "dwell" or room.empty_since is None:
            return None
        return room.empty_since + rule.dwell_ms
    starts = run_starts(room, task)
    if starts is None:
        starts = None if rule.nobody_inside else task.started_at
    if starts is None:
        return None
    ends = starts + rule.minimum_ms
    if rule.nobody_inside:
        ends = max(ends, starts + rule.dwell_ms)
    else:
        ends += rule.dwell_ms
    # What should have ended, and nobody has said so: nobody knows when it will.
    return ends if ends > now_ms else None


def _instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else _at(at_ms)


@lru_cache(maxsize=8192)
def _at(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
