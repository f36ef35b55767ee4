"""What the next shift has to know, put together from all that is believed now. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from hub.alerts.handover import DoorTrust, Handover, TaskDue, handover
from hub.duty_officer import DutyOfficer
from hub.layout import OUTSIDE
from hub.situation import Situation
from protocol.messages import SpaceState


def handed_over(officer: DutyOfficer, states: Mapping[str, SpaceState], now: datetime) -> Handover:
    """The list of the shift that runs at `now`; of several, of the one that ends first."""
    desk, situation = officer.desk, officer.situation
    running = [(span[1], shift) for shift in desk.roster.shifts if (span := desk.roster.running(shift, now))]
    shift = min(running)[1] if running else ""
    return handover(
        desk.alerts.values(),
        desk.silences.values(),
        desk.shelves.values(),
        _doors(situation),
        _tasks(situation, states),
        shift,
        desk.roster,
        now,
    )


def _doors(situation: Situation) -> Iterator[DoorTrust]:
    doors = {door.id: door for door in situation.layout.doors}
    for trust in situation.trusts.suspected():
        door = doors[trust.door]
        side = door.outer if door.inner == OUTSIDE else door.inner
        label = situation.spaces[side].code
        yield DoorTrust(door=door.id, label=label, trust=trust.trust, why=trust.verdict)


def _tasks(situation: Situation, states: Mapping[str, SpaceState]) -> Iterator[TaskDue]:
    for space, state in states.items():
        for one in state.tasks:
            if one.due is not None:
                yield TaskDue(space=space, label=situation.spaces[space].code, task=one.task, due_at=one.due)
