"""The one state of a space, as the rules and every screen see it."""

import pytest
from msgspec.structs import replace

from hub.regime.profile import NO_TREATMENT
from protocol.messages import Health, NodeState, SpaceCondition, Status
from tests.builders import EPOCH, a_fault, a_passage, at
from tests.hub.regime.regimes import shipped
from tests.hub.rules.day import Day


def a_day() -> Day:
    """A day on which rooms owe no treatment: only people count."""
    return Day(None, replace(shipped(), treatment=NO_TREATMENT, lesson=None, breaks=None))


@pytest.mark.parametrize(
    ("people", "condition", "reason"),
    [
        (0, SpaceCondition.OPEN, "free"),
        (13, SpaceCondition.OPEN, "free"),
        (14, SpaceCondition.NEAR, "few-places"),
        (15, SpaceCondition.FULL, "full"),
        (16, SpaceCondition.FULL, "over-capacity"),
    ],
)
def test_state_follows_the_places_left(people: int, condition: SpaceCondition, reason: str) -> None:
    day = a_day().see("room-node", *[a_passage(people=people)][: min(people, 1)])
    state = day.situation.state("room", at(1))
    assert (state.state, state.reason, state.occupancy) == (condition, reason, people)
    assert state.free == max(0, 15 - people)


def test_room_nobody_has_spoken_of_is_unknown_and_not_free() -> None:
    state = a_day().situation.state("room", at(1))
    assert (state.state, state.occupancy, state.free) == (SpaceCondition.UNKNOWN, None, None)


def test_hall_is_unknown_while_one_of_its_doors_is_silent() -> None:
    day = a_day().see("entrance", a_passage(channel="main"))
    state = day.situation.state("hall", at(1))
    assert (state.state, state.reason, state.trust) == (SpaceCondition.UNKNOWN, "never-heard", 0.5)


def test_stuck_beam_makes_its_rooms_unknown() -> None:
    day = a_day().see("room-node", a_passage(), a_fault(2))
    assert day.situation.state("room", at(1)).reason == "faulty-door"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("outbox: unwritable", "faulty-door"),
        ("outbox: full", "faulty-door"),
        ("outbox-copy: restored", "faulty-door"),
        ("outbox-quota: filling", "free"),
    ],
)
def test_rooms_of_a_node_that_cannot_keep_what_it_sees_are_unknown(fault: str, reason: str) -> None:
    day = a_day().see("room-node", a_passage())
    health = Health(at=at(1), epoch=EPOCH, seq=1, outbox_depth=0, faults=(fault,))
    day.presence.hear_health("room-node", health, at(1))
    assert day.situation.state("room", at(1)).reason == reason


def test_retained_online_is_no_proof_of_life() -> None:
    day = a_day()
    online = Status(state=NodeState.ONLINE, epoch=EPOCH, since=at(-9999))
    day.presence.hear_status("room-node", online, at(0), retained=True)
    assert day.situation.state("room", at(1)).state is SpaceCondition.UNKNOWN


def test_no_node_may_promise_to_be_silent_for_an_hour() -> None:
    day = a_day().promise("room-node", 3600)
    assert day.situation.state("room", at(89)).state is SpaceCondition.OPEN
    assert day.situation.state("room", at(91)).state is SpaceCondition.UNKNOWN
