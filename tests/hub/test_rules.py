from datetime import timedelta

import pytest

from hub.campus import Campus
from hub.layout import Layout
from hub.presence import Presence
from hub.rules import elevated_screening, over_capacity, silent_node, unscreened_entrance
from hub.situation import Situation
from protocol.events import AnyEvent, Verdict
from protocol.messages import Health, Hello, NodeState, SpaceCondition, Status
from tests.builders import EPOCH, a_fault, a_layout, a_passage, a_profile, a_screening, at, observed


class Day:
    """A campus that has just begun to be heard."""

    def __init__(self, layout: Layout | None = None) -> None:
        self.campus = Campus(layout or a_layout())
        self.presence = Presence(at(0))
        self.situation = Situation(self.campus, self.presence, a_profile())
        self._position = 0

    def see(self, node: str, *events: AnyEvent, seconds: float = 0) -> "Day":
        self.presence.hear(node, at(seconds))
        for event in events:
            self._position += 1
            self.campus.observe(observed(event, node=node, position=self._position, received=at(seconds)))
        return self

    def promise(self, node: str, every_s: float, seconds: float = 0) -> "Day":
        hello = Hello(software="1", config_hash="x", epoch=EPOCH, seq=0, health_every_s=every_s)
        self.presence.hear_hello(node, hello, at(seconds), retained=False)
        return self


def test_room_over_its_limit_is_found_with_value_limit_and_clause() -> None:
    day = Day().see("room-node", a_passage(people=16))
    (finding,) = [one for one in over_capacity.check(day.situation, at(1)) if one.subject == "room"]
    assert (finding.value, finding.limit, finding.limit_rule, finding.clause) == (
        16,
        15,
        "group-cap",
        "§71, §69.3",
    )
    assert finding.starts


def test_full_room_may_keep_an_alert_but_starts_none() -> None:
    day = Day().see("room-node", a_passage(people=15))
    (finding,) = [one for one in over_capacity.check(day.situation, at(1)) if one.subject == "room"]
    assert not finding.starts


def test_room_with_a_place_left_is_not_found() -> None:
    day = Day().see("room-node", a_passage(people=14))
    assert "room" not in [one.subject for one in over_capacity.check(day.situation, at(1))]


def test_unknown_room_starts_no_alert() -> None:
    assert not any(one.starts for one in over_capacity.check(Day().situation, at(1)))


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
    day = Day().see("room-node", *[a_passage(people=people)][: min(people, 1)])
    state = day.situation.state("room", at(1))
    assert (state.state, state.reason, state.occupancy) == (condition, reason, people)
    assert state.free == max(0, 15 - people)


def test_room_nobody_has_spoken_of_is_unknown_and_not_free() -> None:
    state = Day().situation.state("room", at(1))
    assert (state.state, state.occupancy, state.free) == (SpaceCondition.UNKNOWN, None, None)


def test_hall_is_unknown_while_one_of_its_doors_is_silent() -> None:
    day = Day().see("entrance", a_passage(channel="main"))
    state = day.situation.state("hall", at(1))
    assert (state.state, state.reason, state.trust) == (SpaceCondition.UNKNOWN, "never-heard", 0.5)


def test_stuck_beam_makes_its_rooms_unknown() -> None:
    day = Day().see("room-node", a_passage(), a_fault())
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
    day = Day().see("room-node", a_passage())
    health = Health(at=at(1), epoch=EPOCH, seq=1, outbox_depth=0, faults=(fault,))
    day.presence.hear_health("room-node", health, at(1))
    assert day.situation.state("room", at(1)).reason == reason


def test_node_is_silent_after_two_and_a_half_missed_reports() -> None:
    day = Day().see("entrance").promise("room-node", 10).promise("entrance", 600)
    assert [one.subject for one in silent_node.check(day.situation, at(25)) if one.starts] == []
    assert [one.subject for one in silent_node.check(day.situation, at(25.1))] == ["room-node"]
    assert day.situation.state("room", at(25.1)).state is SpaceCondition.UNKNOWN


def test_node_whose_last_will_was_said_is_silent_at_once() -> None:
    day = Day().see("entrance").see("room-node")
    lost = Status(state=NodeState.LOST, epoch=EPOCH, since=at(1))
    day.presence.hear_status("room-node", lost, at(1), retained=False)
    assert [one.subject for one in silent_node.check(day.situation, at(1))] == ["room-node"]


def test_retained_online_is_no_proof_of_life() -> None:
    day = Day()
    online = Status(state=NodeState.ONLINE, epoch=EPOCH, since=at(-9999))
    day.presence.hear_status("room-node", online, at(0), retained=True)
    assert day.situation.state("room", at(1)).state is SpaceCondition.UNKNOWN


def test_dead_switch_is_one_alert_for_the_building() -> None:
    doors = tuple(
        a_layout().doors[1].__class__(id=f"d{i}", node=f"n{i}", channel="door", inner="room", outer="hall")
        for i in range(10)
    )
    day = Day(a_layout(doors=doors, posts=()))
    for i in range(10):
        day.promise(f"n{i}", 10, seconds=0 if i < 4 else 30)
    findings = list(silent_node.check(day.situation, at(31)))
    (building,) = [one for one in findings if one.starts]
    assert (building.subject, building.value, building.limit) == ("building-a", 4, 10)
    assert [one.subject for one in findings if not one.starts] == ["n0", "n1", "n2", "n3"]


def test_nobody_is_called_silent_before_the_hub_has_listened_long_enough() -> None:
    day = Day()
    assert not any(one.starts for one in silent_node.check(day.situation, at(90)))
    assert any(one.starts for one in silent_node.check(day.situation, at(90.1)))


def test_alert_about_a_dead_node_goes_on_while_the_hub_has_just_started() -> None:
    found = {one.subject: one.starts for one in silent_node.check(Day().situation, at(1))}
    assert found["room-node"] is False
    (entrance,) = unscreened_entrance.check(Day().situation, at(1))
    assert not entrance.starts


def test_no_node_may_promise_to_be_silent_for_an_hour() -> None:
    day = Day().promise("room-node", 3600)
    assert day.situation.state("room", at(89)).state is SpaceCondition.OPEN
    assert day.situation.state("room", at(91)).state is SpaceCondition.UNKNOWN


def test_elevated_screening_is_found_for_a_minute() -> None:
    day = Day().see("entrance", a_screening(verdict=Verdict.ELEVATED))
    (finding,) = elevated_screening.check(day.situation, at(59))
    assert (finding.subject, finding.space, finding.clause) == ("post", "hall", "§35")
    assert list(elevated_screening.check(day.situation, at(60))) == []


def test_late_elevated_screening_sounds_no_siren_about_the_past() -> None:
    old = a_screening(verdict=Verdict.ELEVATED, at=at(0) - timedelta(hours=3))
    assert list(elevated_screening.check(Day().see("entrance", old).situation, at(0))) == []


def test_clock_of_a_node_that_is_a_minute_off_does_not_silence_a_fever() -> None:
    slow = a_screening(verdict=Verdict.ELEVATED, at=at(-61))
    assert len(list(elevated_screening.check(Day().see("entrance", slow).situation, at(0)))) == 1
    fast = a_screening(verdict=Verdict.ELEVATED, at=at(7200))
    assert list(elevated_screening.check(Day().see("entrance", fast).situation, at(7200))) == []


def test_living_thermometer_screens_its_entrance() -> None:
    day = Day().see("entrance").promise("entrance", 10)
    assert list(unscreened_entrance.check(day.situation, at(1))) == []
    (finding,) = [one for one in unscreened_entrance.check(day.situation, at(26)) if one.starts]
    assert (finding.subject, finding.clause) == ("entrance", "§35")


def test_faulty_thermometer_leaves_its_entrance_unscreened() -> None:
    day = Day().see("entrance", a_fault(channel="thermometer"))
    assert [one.subject for one in unscreened_entrance.check(day.situation, at(1))] == ["entrance"]


def test_entrance_without_a_post_is_unscreened() -> None:
    day = Day(a_layout(posts=())).see("entrance")
    assert [one.subject for one in unscreened_entrance.check(day.situation, at(1))] == ["entrance"]
