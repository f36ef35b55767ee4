"""Whether an open lamp or a fan may run, from the room's state and what proves it empty. Pure.

An open ultraviolet lamp harms people: it may run only over a room that is *proven* empty. A count at zero is
no proof, counters err by several; what is unknown counts as somebody. The node's own interlock asks for more,
and has the last word.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.treatment.limits import TreatmentLimits
from hub.treatment.view import Permission, Phase, RoomTreatment, TaskStatus
from protocol.events import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptiness:
    """What is known of who is in a room, now."""

    #: The high edge of the count's band; None: unknown.
    high: int | None
    #: Every door of the room is heard, sound and trusted.
    are_doors_sound: bool
    #: When anybody last passed any door of the room; None: nobody has in this campus day.
    passed_at: datetime | None
    #: When the room was last proven empty by something other than the count: somebody said so, or it was
    #: locked and still. The beginning of the day proves nothing.
    proven_at: datetime | None
    #: Whether every door is closed by its contact; None: a contact is not heard.
    is_closed: bool | None
    #: Whether every door of the room has a contact.
    has_contacts: bool


def may_irradiate(limits: TreatmentLimits, room: RoomTreatment, seen: Emptiness, now: datetime) -> Permission:
    """An open lamp: permitted only during air disinfection, over a room proven empty."""
    reason = _against(limits, room, seen, now)
    return Permission(allowed=not reason, reason=reason or "proven-empty", clause=limits.lamps.source)


def may_ventilate(limits: TreatmentLimits, room: RoomTreatment) -> Permission:
    """A fan: it harms nobody, so only the profile and a disinfection of the air that goes on forbid it."""
    going_on = room.task(Task.AIR_DISINFECTION)
    if not limits.lamps.fans:
        return Permission(allowed=False, reason="profile", clause=limits.lamps.source)
    if going_on is not None and going_on.state is TaskStatus.STARTED:
        return Permission(allowed=False, reason="air-disinfection", clause=going_on.clause)
    return Permission(allowed=True, reason="fan", clause=limits.lamps.source)


def _against(limits: TreatmentLimits, room: RoomTreatment, seen: Emptiness, now: datetime) -> str:
    """The first thing against it, one word; empty: nothing is."""
    task = room.task(Task.AIR_DISINFECTION)
    if not limits.lamps.open_lamps:
        return "profile"
    if room.is_held:
        return "held"
    if room.phase is Phase.UNKNOWN or not seen.are_doors_sound:
        return "unknown"
    is_wanted = task is not None and (task.due is not None or task.state is TaskStatus.STARTED)
    if room.phase not in (Phase.WAITING, Phase.TREATING) or not is_wanted:
        return "not-its-turn"
    if seen.has_contacts and seen.is_closed is not True:
        return "door-open" if seen.is_closed is False else "door-unknown"
    if room.empty_since is None or room.empty_since > now:
        return "not-empty"
    still_s = limits.lamps.still_for.seconds
    if seen.passed_at is not None and (now - seen.passed_at).total_seconds() < still_s:
        return "just-passed"
    is_proven = seen.proven_at is not None and (
        seen.proven_at <= now and (seen.passed_at is None or seen.proven_at > seen.passed_at)
    )
    if seen.high is None or (seen.high > 0 and not is_proven):
        return "not-empty"
    if seen.passed_at is None and not is_proven:
        # The day began with nobody counted: that is where counting starts, not what anybody saw.
        return "nobody-seen"
    # The count alone is never enough: a closed door or somebody's look is the second proof.
    if not is_proven and not (seen.has_contacts and seen.is_closed is True):
        return "count-alone"
    return ""
