from datetime import timedelta

import msgspec
import pytest

from hub.regime.capacity import Capacity
from hub.space_state import Belief, Judged, Shut, state_of
from hub.treatment.view import Phase, RoomTreatment, TaskStatus, TaskView
from protocol.events import Task
from protocol.messages import SpaceCondition, TaskState
from tests.builders import MORNING

KNOWN = Judged(occupancy=3, low=2, high=4, doubt=None, trust=1.0)
SILENT = Judged(occupancy=None, low=None, high=None, doubt="silent-node", trust=0.0)
HELD = Shut(condition=SpaceCondition.HOLD, reason="closed-by-person", clause="a person closed it")


def a_treatment(phase: Phase, reason: str = "airing") -> RoomTreatment:
    return RoomTreatment(
        phase=phase,
        tasks=(),
        ready_at=MORNING + timedelta(minutes=20),
        in_use_since=None,
        empty_since=None,
        entered_early_at=None,
        is_held=False,
        again_at=None,
        reason=reason,
        clause="§36.4",
    )


def a_belief(
    judged: Judged = KNOWN, treatment: RoomTreatment | None = None, shut: Shut | None = None
) -> Belief:
    return Belief(
        space="room",
        judged=judged,
        limit=Capacity(value=15, limit="group-cap", clause="§71, §69.3"),
        near_share=0.1,
        treatment=treatment,
        air=None,
        shut=shut,
        as_of=MORNING,
    )


def test_room_that_a_person_closed_has_no_free_place() -> None:
    state = state_of(a_belief(shut=HELD))
    assert (state.state, state.free, state.occupancy) == (SpaceCondition.HOLD, 0, 3)


def test_room_that_a_person_closed_stays_so_when_its_door_falls_silent() -> None:
    state = state_of(a_belief(SILENT, shut=HELD))
    assert (state.state, state.occupancy) == (SpaceCondition.HOLD, None)


def test_silent_door_is_unknown_whatever_the_treatment() -> None:
    state = state_of(a_belief(SILENT, a_treatment(Phase.READY)))
    assert (state.state, state.free) == (SpaceCondition.UNKNOWN, None)


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.TREATING, Phase.RESTING])
def test_room_after_use_is_in_treatment_until_it_is_ready(phase: Phase) -> None:
    state = state_of(a_belief(treatment=a_treatment(phase)))
    assert (state.state, state.clause) == (SpaceCondition.TREATMENT, "§36.4")
    assert state.until == MORNING + timedelta(minutes=20)


def test_room_used_for_too_long_must_be_left() -> None:
    state = state_of(a_belief(treatment=a_treatment(Phase.MUST_LEAVE, "too-long")))
    assert (state.state, state.reason) == (SpaceCondition.DUE, "must-leave")


def test_room_nobody_can_say_who_is_in_is_unknown() -> None:
    state = state_of(a_belief(treatment=a_treatment(Phase.UNKNOWN, "silent-door")))
    assert state.state is SpaceCondition.UNKNOWN


def test_task_says_since_when_it_goes_on() -> None:
    began = MORNING - timedelta(minutes=4)
    airing = TaskView(
        task=Task.AIRING,
        state=TaskStatus.STARTED,
        due=MORNING - timedelta(minutes=5),
        is_late=False,
        is_expected=False,
        quiet_until=None,
        started_at=began,
        done_at=None,
        weight=0.0,
        needed=0.5,
        reason="",
        clause="§36.4",
    )
    treating = msgspec.structs.replace(a_treatment(Phase.TREATING), tasks=(airing,))
    told = state_of(a_belief(treatment=treating)).tasks
    assert [(one.task, one.state, one.since) for one in told] == [("airing", "started", began)]


def test_task_of_an_older_hub_is_read() -> None:
    told = msgspec.json.decode(b'{"task":"airing","due":null,"state":"started"}', type=TaskState)
    assert told.since is None
