"""Rules about what is not heard, or not to be believed."""

import pytest

from hub.layout import Sensor, SensorKind
from protocol.events import Air
from protocol.messages import NodeState, SpaceCondition, Status
from tests.builders import EPOCH, a_fault, a_layout, a_passage, a_recovery, at
from tests.hub.rules.day import Day

AIR = Sensor(id="air", node="room-node", channel="air", kind=SensorKind.AIR, space="room")


def test_node_is_silent_after_two_and_a_half_missed_reports() -> None:
    day = Day().see("entrance").promise("room-node", 10).promise("entrance", 600)
    assert [one.subject for one in day.find("silent-node", 25) if one.starts] == []
    (finding,) = day.find("silent-node", 25.1)
    assert (finding.subject, finding.label, finding.building) == ("room-node", "ROOM", "a")
    assert day.situation.state("room", at(25.1)).state is SpaceCondition.UNKNOWN


def test_node_whose_last_will_was_said_is_silent_at_once() -> None:
    day = Day().see("entrance").see("room-node")
    lost = Status(state=NodeState.LOST, epoch=EPOCH, since=at(1))
    day.presence.hear_status("room-node", lost, at(1), retained=False)
    assert [one.subject for one in day.find("silent-node")] == ["room-node"]


def test_nobody_is_called_silent_before_the_hub_has_listened_long_enough() -> None:
    day = Day()
    assert [one.starts for one in day.find("silent-node", 90)] == [False, False]
    assert [one.starts for one in day.find("silent-node", 90.1)] == [True, True]


def test_dead_switch_is_one_alert_for_the_building() -> None:
    door = a_layout().doors[1]
    doors = tuple(
        type(door)(id=f"d{i}", node=f"n{i}", channel="door", inner="room", outer="hall") for i in range(10)
    )
    day = Day(a_layout(doors=doors, posts=()))
    for i in range(10):
        day.promise(f"n{i}", 10, seconds=0 if i < 4 else 30)
    (building,) = day.find("silent-building", 31)
    assert (building.subject, building.building, building.value, building.limit) == ("building-a", "a", 4, 10)
    assert building.starts
    nodes = day.find("silent-node", 31)
    assert [(one.subject, one.starts) for one in nodes] == [(f"n{i}", False) for i in range(4)]


@pytest.mark.parametrize("rule", ["silent-node", "silent-building", "unscreened-entrance"])
def test_node_that_may_still_come_is_waited_for(rule: str) -> None:
    assert Day().laters(rule, 1) == [90.001]
    assert Day().hear(seconds=0).laters(rule, 1) == []


def test_two_silent_nodes_are_no_dark_building() -> None:
    assert Day().find("silent-building", 91) == []


def test_alert_about_a_building_goes_on_while_the_hub_has_just_started() -> None:
    assert [one.starts for one in Day().find("silent-building")] == [False]


def test_sensor_with_a_fault_is_found_until_it_recovers() -> None:
    day = Day(a_layout(sensors=(AIR,))).see("room-node", a_fault(channel="air", component="scd41"))
    (finding,) = day.find("faulty-sensor")
    assert (finding.subject, finding.space, finding.limit_rule) == ("air", "room", "faulty")
    day.see("room-node", a_recovery(2, channel="air", component="scd41"), seconds=1)
    assert day.find("faulty-sensor", 2) == []


def test_sensor_of_a_silent_node_is_left_to_its_node() -> None:
    day = Day(a_layout(sensors=(AIR,))).see("room-node", a_fault(channel="air", component="scd41"))
    assert [one.starts for one in day.find("faulty-sensor", 91)] == [False]


@pytest.mark.parametrize(("co2_ppm", "found"), [(700.0, []), (300.0, ["below-outdoor"])])
def test_sensor_that_reads_below_outdoor_air_is_faulty(co2_ppm: float, found: list[str]) -> None:
    readings = [Air(seq=i, at=at(60 * i), channel="air", co2_ppm=co2_ppm) for i in range(1, 6)]
    day = Day(a_layout(sensors=(AIR,))).see("room-node", *readings, seconds=301)
    assert [one.limit_rule for one in day.find("faulty-sensor", 361)] == found


def test_air_sensor_that_says_nothing_is_found_when_its_reading_is_old() -> None:
    day = Day(a_layout(sensors=(AIR,))).see("room-node", Air(seq=1, at=at(0), channel="air", co2_ppm=700.0))
    day.hear(seconds=1200)
    assert day.find("faulty-sensor", 1200) == []
    day.hear(seconds=1300)
    assert [one.limit_rule for one in day.find("faulty-sensor", 1300)] == ["silent"]


def test_broken_door_is_not_trusted() -> None:
    day = Day().see("room-node", a_passage(), a_fault(2))
    (finding,) = [one for one in day.find("untrusted-door") if one.starts]
    assert (finding.subject, finding.label, finding.limit_rule) == ("room-door", "ROOM", "faulty")


def test_door_of_a_silent_node_is_left_to_its_node() -> None:
    day = Day().see("room-node", a_fault(1))
    assert [one.starts for one in day.find("untrusted-door", 91)] == [False, False]


def test_sound_door_is_trusted() -> None:
    assert Day().hear(seconds=1).find("untrusted-door", 1) == []
