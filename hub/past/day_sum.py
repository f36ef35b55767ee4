"""The minutes of a space on a campus day in, their sums out. Pure."""

from collections.abc import Mapping

from hub.layout import Space
from hub.past.task_day import late_until
from hub.store.history_pieces import Piece, pieces
from hub.store.history_rows import History, SpaceDayRow, TaskDay


def sum_day(
    space: Space,
    day: str,
    history: History,
    *,
    passed: tuple[int, int],
    tasks: Mapping[str, TaskDay],
    is_final: bool,
) -> SpaceDayRow:
    """The sums of [history.starts_ms, history.ends_ms); `passed` are people counted in and out."""
    watched = _minutes(sum(one.until_ms - one.from_ms for one in history.awake))
    found = list(pieces(history.minutes, history.awake, history.ends_ms))
    known = [one for one in found if one.most is not None]
    over = [one for one in known if _excess(one) > 0]
    worst = max(over, key=_excess, default=None)
    top = max(known, key=lambda one: one.most or 0, default=None)
    told = {
        task: TaskDay(
            due=one.due,
            done=one.done,
            late=one.late,
            extra=one.extra,
            lapsed=one.lapsed,
            minutes_late=round(late_until(one, history.ends_ms), 2),
            due_ms=one.due_ms,
            late_ms=one.late_ms,
            done_ms=one.done_ms,
        )
        for task, one in tasks.items()
    }
    return SpaceDayRow(
        day=day,
        space=space.id,
        code=space.code,
        building=space.building,
        kind=space.kind.value,
        starts_ms=history.starts_ms,
        ends_ms=history.ends_ms,
        minutes=_minutes(history.ends_ms - history.starts_ms),
        minutes_watched=watched,
        minutes_unknown=max(0.0, round(watched - _length(known), 2)),
        minutes_over=_length(over),
        times_over=_times(found),
        worst_excess=_excess(worst) if worst else 0,
        worst_at_ms=worst.from_ms if worst else None,
        people_minutes=round(
            sum((one.most or 0) * (one.until_ms - one.from_ms) for one in known) / 60_000, 1
        ),
        peak=top.most if top else None,
        peak_at_ms=top.from_ms if top else None,
        capacity=history.minutes[-1].capacity if history.minutes else None,
        minutes_corrected=_length([one for one in known if one.row.is_corrected]),
        entered=passed[0],
        left=passed[1],
        tasks=told,
        is_final=is_final,
    )


def _excess(piece: Piece) -> int:
    if piece.most is None or piece.row.capacity is None:
        return 0
    return max(0, piece.most - piece.row.capacity)


def _times(found: list[Piece]) -> int:
    """How many times the room came over its capacity; a gap in between does not end it."""
    times, is_over = 0, False
    for one in found:
        if one.most is None:
            continue
        times += _excess(one) > 0 and not is_over
        is_over = _excess(one) > 0
    return times


def _length(some: list[Piece]) -> float:
    return _minutes(sum(one.until_ms - one.from_ms for one in some))


def _minutes(ms: int) -> float:
    return round(ms / 60_000, 2)
