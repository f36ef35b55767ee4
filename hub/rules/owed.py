"""The treatments a room owes, as the rules about them share them out. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.layout import SpaceKind
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.treatment.view import Phase, RoomTreatment, TaskStatus, TaskView
from protocol.events import Task

#: The ways through and the places to rest: aired while lessons go on.
CORRIDORS = (SpaceKind.CORRIDOR, SpaceKind.HALL)
#: Nobody is at it: to be called for.
_WAITING = (TaskStatus.DUE, TaskStatus.UNPROVEN)


def rule_of(kind: SpaceKind, task: Task) -> str:
    """Which rule calls for a treatment that is due."""
    if task is Task.EQUIPMENT:
        return "equipment-due"
    return "corridor-airing" if task is Task.AIRING and kind in CORRIDORS else "treatment-due"


def due(situation: Situation, subject: str, rule: str, now: datetime) -> Iterator[Finding | Later]:
    """What of this rule's treatments is due and not yet late.

    An alert goes on, and none starts, while who is inside is unknown, while the use that left it seems to be
    over, and for a while after somebody began it and left.
    """
    room, kind = situation.treatment(subject, now), situation.spaces[subject].kind
    mine = [one for one in room.tasks if rule_of(kind, one.task) == rule]
    waiting = [one for one in mine if _is_waiting(one) or one.is_expected]
    starts = any(_is_waiting(one) and (one.quiet_until is None or one.quiet_until <= now) for one in waiting)
    yield from _told(situation, subject, rule, room, waiting, is_asked=bool(mine), starts=starts)


def late(situation: Situation, subject: str, rule: str, now: datetime) -> Iterator[Finding | Later]:
    """What is late, whichever rule called for it."""
    room = situation.treatment(subject, now)
    overdue = [one for one in room.tasks if one.is_late]
    yield from _told(situation, subject, rule, room, overdue, is_asked=bool(room.tasks))


def _is_waiting(one: TaskView) -> bool:
    """Whether it is due, nobody is at it, and it is not late yet."""
    return one.state in _WAITING and one.due is not None and not one.is_late


def _told(
    situation: Situation,
    subject: str,
    rule: str,
    room: RoomTreatment,
    owed: list[TaskView],
    *,
    is_asked: bool,
    starts: bool = True,
) -> Iterator[Finding | Later]:
    if room.again_at is not None:
        yield Later(room.again_at)
    space = situation.spaces[subject]
    if owed:
        names = ", ".join(one.task.value for one in owed)
        found = about_space(rule, space, owed[0].clause, starts=starts)
        yield replace(found, value=len(owed), limit_rule=names)
    elif is_asked and room.phase is Phase.UNKNOWN:
        yield about_space(rule, space, situation.limits(subject).treatment.source, starts=False)
