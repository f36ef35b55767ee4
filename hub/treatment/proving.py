"""What proves a treatment done: words, contacts, the air or time in, the treatment changed. Pure."""

from hub.treatment.record import CONFIRMED, OPENED, WORD, Mark
from hub.treatment.room_state import NEVER_MS, RoomState
from hub.treatment.task_fold import CONTACT_BIT, FALL_BIT, PROOF_BITS, TaskFold
from protocol.events import Action, Proof

#: A CO2 reading so far below outdoor air is of a wrong sensor, ppm.
_BELOW_OUTDOOR_PPM = 60


# What comes in.


def note_treatment(room: RoomState, at: int, task: TaskFold, what: str, how: str) -> None:
    """Somebody or a machine says that it was started, done or aborted."""
    if what == Action.STARTED.value:
        task.clear()
        task.started_at, task.why = at, ""
        task.began_by_person = how != Proof.SENSOR.value
    elif what == Action.ABORTED.value:
        task.clear()
        task.why = "aborted"
        if task.is_owed():
            task.left_at = at
    else:
        rule = task.rule
        started = run_starts(room, task) if rule.nobody_inside else task.started_at
        if started is None and not rule.nobody_inside and room.is_after and not room.in_use:
            started = room.entered_at
        if started is not None and at - started >= rule.minimum_ms:
            task.ran = True
        if how in (WORD, CONFIRMED):
            task.words += 2 if how == CONFIRMED else 1
        if rule.limits.short_counts or task.words >= 2:
            task.ran = True
        task.proofs |= PROOF_BITS[how]
        task.said_at = at
        _try(room, at, task)


def note_contact(room: RoomState, at: int, mark: Mark) -> None:
    """A window was opened or closed."""
    sensor, is_open = frozenset((mark.about,)), mark.what == OPENED
    if is_open and not room.windows:
        room.windows_since = at
    if room.windows and room.windows <= sensor and not is_open:
        for task in room.tasks:
            if task.rule.is_airing and run_starts(room, task) is not None:
                task.left_at = at
    room.windows = room.windows | sensor if is_open else room.windows - sensor


def note_air(room: RoomState, at: int, co2_ppm: float) -> None:
    """The air of one minute: a fall of CO2 after use is an airing of its own."""
    limits = room.limits.all
    excess = co2_ppm - limits.co2_outdoor_ppm
    if excess < -_BELOW_OUTDOOR_PPM:
        return
    room.excess_ppm = excess
    if not room.is_after or room.in_use or room.doubts or room.inside > room.most_who_treat():
        room.base_ppm = 0.0
        return
    room.base_ppm = max(room.base_ppm, excess)
    if room.base_ppm >= limits.co2_least_excess_ppm and excess <= room.base_ppm * (1 - limits.co2_fall):
        for task in room.tasks:
            if task.rule.is_airing and task.due_at is not None:
                _prove(room, at, task, FALL_BIT)


def note_time(room: RoomState, at: int, task: TaskFold) -> None:
    """It has lasted long enough by now, or what was wiped on has acted; or neither."""
    if run_ends(room, task) <= at:
        if task.rule.nobody_inside:
            task.ran = True
            _try(room, at, task)
        else:
            _prove(room, at, task, CONTACT_BIT)
    elif _dwell_ends(room, task) <= at:
        _try(room, at, task)


# Where it stands.


def turns_at(room: RoomState, task: TaskFold) -> int:
    """When `note_time` next has something to note; NEVER_MS: it has not."""
    return min(run_ends(room, task), _dwell_ends(room, task))


def run_starts(room: RoomState, task: TaskFold) -> int | None:
    """Since when a treatment that proves its own length goes on; None: it does not."""
    rule = task.rule
    if rule.nobody_inside:
        if task.started_at is None or room.empty_since is None:
            return None
        return max(task.started_at, room.empty_since)
    if not (rule.is_airing and room.windows):
        return None
    if task.due_at is not None and not room.in_use:
        return max(room.windows_since, task.due_at)
    if task.interval_at is not None:
        return max(room.windows_since, task.done_at or 0)
    return None


def run_ends(room: RoomState, task: TaskFold) -> int:
    """When it will have lasted long enough; NEVER_MS: it has, or it does not go on."""
    rule = task.rule
    if rule.nobody_inside:
        # What was said to be over does not go on.
        if task.ran or task.said_at is not None:
            return NEVER_MS
    elif not rule.is_airing or task.proofs & CONTACT_BIT:
        return NEVER_MS
    starts = run_starts(room, task)
    return NEVER_MS if starts is None else starts + rule.minimum_ms


def lacks(room: RoomState, task: TaskFold, at: int) -> str:
    """What a treatment that was said to be done still lacks, one word; empty: nothing."""
    rule = task.rule
    if not task.ran:
        return "too-short"
    if task.weight(room.limits.weights) + 1e-9 < rule.limits.needed:
        return "weak-proof"
    if not rule.needs_empty:
        return ""
    if room.empty_since is None:
        return "not-empty"
    # Somebody went in for it, or said that they began.
    if not task.began_by_person and room.entered_at is None:
        return "nobody-entered"
    return "dwell" if at < room.empty_since + rule.dwell_ms else ""


def _dwell_ends(room: RoomState, task: TaskFold) -> int:
    if task.said_at is None or room.empty_since is None or not task.rule.needs_empty:
        return NEVER_MS
    ends = room.empty_since + task.rule.dwell_ms
    return NEVER_MS if lacks(room, task, ends) else ends


def _prove(room: RoomState, at: int, task: TaskFold, bit: int) -> None:
    """A proof that needs nobody to say so: it has lasted, or reached what it is for."""
    task.proofs |= bit
    task.ran = True
    task.said_at = at
    _try(room, at, task)


def _try(room: RoomState, at: int, task: TaskFold) -> None:
    if task.said_at is None:
        return
    task.why = lacks(room, task, at)
    if task.why:
        return
    task.clear()
    task.done_at = at
    task.interval_at = None
    task.used_ms = task.people = 0
    if not room.in_use:
        task.due_at = None
