"""How long people may come and go in a room without anything seen of it changing. Pure."""

from typing import NamedTuple

from hub.treatment.room_state import NEVER_MS, RoomState


class Steady(NamedTuple):
    """While more than `over` people are inside, fewer than `ins` more from `since` on (ms) change nothing."""

    over: int
    since: int
    ins: int


NOT_STEADY = Steady(NEVER_MS, NEVER_MS, 0)


def steady(room: RoomState) -> Steady:
    """How long people who come and go change nothing that anybody sees of the room."""
    if not room.in_use or room.doubts or room.thin_since is not None or room.empty_since is not None:
        return NOT_STEADY
    since, ins = room.turned_at, NEVER_MS
    for task in room.tasks:
        rule = task.rule
        if rule.people is not None and task.interval_at is None:
            ins = min(ins, rule.people - task.people)
        if rule.nobody_inside and task.started_at is not None:
            return NOT_STEADY
        if task.done_at is not None:
            since = max(since, task.done_at + rule.reentry_ms)
    return Steady(room.most_stayed + 2 * room.limits.all.staff, since, ins)
