"""When a use of a room begins and ends, and what it leaves to be done: counts in, the room changed. Pure.

A door misses some who pass. So a use is over, too, when no more are left of it than may treat the room
(`thin_since`) and none come back: those are `stayed`, people or a fault of the count, and the room may be
treated beside them. Nothing that needs an empty room is proven by that.
"""

from hub.treatment.room_state import MINUTE_MS, RoomState


def follow(room: RoomState, at: int, ins: int, inside: int) -> None:
    """One minute of the counts; somebody who left did so by its end."""
    before, room.inside = room.inside, inside
    if inside or ins or before:
        room.empty_since = at + MINUTE_MS if inside == 0 and not room.doubts else None
    if inside < room.stayed:
        room.stayed = inside
    if ins:
        _note_entry(room, at, ins, before)
    if room.in_use:
        if inside == 0:
            _end_use(room, at)
        else:
            _thin_out(room, at, inside)
    elif inside > (room.most_who_treat() if room.is_after else room.stayed):
        _begin_use(room, at)


def end_thin_use(room: RoomState) -> None:
    """The use ended when the last of those left who did leave; what was done since then stands."""
    since = room.thin_since
    if since is None:
        return
    if room.limits.kind.after_use:
        _take_back(room)
    room.stayed = min(room.thin_inside, room.inside)
    room.most_stayed = max(room.most_stayed, room.stayed)
    _end_use(room, since)


def release(room: RoomState, at: int) -> None:
    """All is done and the break is over; who is inside uses the room from now on."""
    room.is_after = False
    room.use_ended = None
    if room.inside > room.stayed:
        _begin_use(room, at)


def _note_entry(room: RoomState, at: int, ins: int, before: int) -> None:
    if before <= (room.stayed if room.thin_since is None else room.thin_inside):
        room.entered_at = at
    are_many = room.inside > room.most_who_treat()
    for task in room.tasks:
        rule = task.rule
        if room.in_use or not room.is_after or are_many:
            task.people += ins
            if rule.people is not None and task.people >= rule.people and task.interval_at is None:
                task.interval_at = at
        if not (rule.nobody_inside or are_many):
            continue
        if rule.nobody_inside and task.started_at is not None and not task.ran:
            room.note_early(at)
        if task.done_at is not None and at < task.done_at + rule.reentry_ms and task.due_at is None:
            task.clear()
            task.done_at, task.due_at, task.why = None, at, "entered-early"
            room.note_early(at)
            if not room.is_after:
                room.is_after, room.pause_from = True, at - room.limits.pause_ms


def _begin_use(room: RoomState, at: int) -> None:
    if room.is_after:
        room.note_early(at)
    room.in_use = True
    room.most = room.inside
    if room.use_ended is None or at - room.use_ended >= room.limits.apart_ms:
        room.use_since = at
        room.used_ms = 0
        room.counts = False


def _thin_out(room: RoomState, at: int, inside: int) -> None:
    room.most = max(room.most, inside)
    most_left = room.most_who_treat()
    if room.thin_since is None:
        if inside <= most_left < room.most:
            room.thin_since, room.thin_inside, room.thin_used_ms = at, inside, room.used_ms
    elif inside > room.thin_inside + room.limits.all.staff:
        room.thin_since = None
    elif inside < room.thin_inside:
        room.thin_since, room.thin_inside, room.thin_used_ms = at, inside, room.used_ms


def _take_back(room: RoomState) -> None:
    """Who was left did not use the room, but may have treated it.

    Not in halls and the like: nothing is treated after a use there, so one who is left uses them, too.
    """
    over_ms = room.used_ms - room.thin_used_ms
    room.used_ms = room.thin_used_ms
    room.counts = room.used_ms >= room.limits.counts_ms
    for task in room.tasks:
        task.used_ms = max(0, task.used_ms - over_ms)


def _end_use(room: RoomState, at: int) -> None:
    room.in_use = False
    room.use_ended = at
    # Who was left of it, or came in as the last left, may have treated the room meanwhile.
    since = at if room.thin_since is None else min(at, room.thin_since)
    room.thin_since = None
    if not room.counts:
        return
    if room.entered_at is not None and room.entered_at <= since:
        room.entered_at = None
    left = at + MINUTE_MS
    for task in room.tasks:
        if task.rule.after_use:
            room.is_after = True
            if task.done_at is not None and task.done_at > since:
                continue
            if not task.was_touched_since(since):
                task.clear()
                task.why = ""
            task.due_at = left
    room.pause_from = left
    room.base_ppm = max(0.0, room.excess_ppm)
