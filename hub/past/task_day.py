"""A space's treatments as they are looked at in, how often each was due, done and late out. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from hub.store.history_rows import TaskDay
from protocol.messages import SpaceState, TaskState

_LATE, _DONE = "late", "done"


def follow(tasks: Mapping[str, TaskDay], state: SpaceState, now_ms: int) -> dict[str, TaskDay]:
    """The day's treatments, now that the space is so."""
    seen = {one.task: one for one in state.tasks}
    found = dict(tasks)
    for task in sorted(tasks.keys() | seen.keys()):
        found[task] = _follow(tasks.get(task, TaskDay()), seen.get(task), now_ms)
    return found


def end(tasks: Mapping[str, TaskDay], end_ms: int) -> dict[str, TaskDay]:
    """The treatments of a day that is over: what is still owed stays undone."""
    return {
        task: replace(one, minutes_late=late_until(one, end_ms), late_ms=None, due_ms=None)
        for task, one in tasks.items()
    }


def late_until(one: TaskDay, at_ms: int) -> float:
    """Minutes the treatment has been late by that instant."""
    return one.minutes_late + (0.0 if one.late_ms is None else max(0, at_ms - one.late_ms) / 60_000)


def _follow(day: TaskDay, seen: TaskState | None, now_ms: int) -> TaskDay:
    is_done = seen is not None and seen.state == _DONE
    if seen is not None and seen.due is not None and not is_done:
        if day.due_ms is None:
            day = replace(day, due=day.due + 1, done_ms=None)
        day = replace(day, due_ms=round(seen.due.timestamp() * 1000))
        if seen.state == _LATE and day.late_ms is None:
            return replace(day, late=day.late + 1, late_ms=now_ms)
        if seen.state != _LATE and day.late_ms is not None:
            return replace(day, minutes_late=late_until(day, now_ms), late_ms=None)
        return day
    if day.due_ms is not None:
        day = replace(
            day,
            done=day.done + is_done,
            lapsed=day.lapsed + (not is_done),
            minutes_late=late_until(day, now_ms),
            due_ms=None,
            late_ms=None,
        )
    elif is_done and day.done_ms is None:
        day = replace(day, extra=day.extra + 1)
    return replace(day, done_ms=(day.done_ms or now_ms) if is_done else None)
