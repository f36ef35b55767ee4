"""The treatments a room owes, as the rules about them share them out. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hub.layout import SpaceKind
from hub.rules.finding import Finding
from hub.rules.placing import about_space
from hub.situation import Situation
from hub.treatment.view import Phase, TaskStatus, TaskView
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


def due(situation: Situation, subject: str, rule: str, now: datetime) -> Finding | None:
    """What of this rule's treatments is due and not yet late; while unknown, an alert goes on."""
    room, kind = situation.treatment(subject, now), situation.spaces[subject].kind
    mine = [one for one in room.tasks if rule_of(kind, one.task) == rule]
    waiting = [one for one in mine if one.state in _WAITING and one.due is not None and not one.is_late]
    return _finding(situation, subject, rule, waiting, is_unknown=room.phase is Phase.UNKNOWN and bool(mine))


def late(situation: Situation, subject: str, rule: str, now: datetime) -> Finding | None:
    """What is late, whichever rule called for it."""
    room = situation.treatment(subject, now)
    overdue = [one for one in room.tasks if one.is_late]
    return _finding(
        situation, subject, rule, overdue, is_unknown=room.phase is Phase.UNKNOWN and bool(room.tasks)
    )


def _finding(
    situation: Situation, subject: str, rule: str, tasks: Iterable[TaskView], *, is_unknown: bool
) -> Finding | None:
    owed = list(tasks)
    space, limits = situation.spaces[subject], situation.limits(subject).treatment
    if not owed:
        return about_space(rule, space, limits.source, starts=False) if is_unknown else None
    names = ", ".join(one.task.value for one in owed)
    return replace(about_space(rule, space, owed[0].clause), value=len(owed), limit_rule=names)
