"""Truth: nobody appears or vanishes, and what it says is what happened."""

import msgspec
import pytest

from commandline.defaults import CAMPUS
from hub.layout import OUTSIDE, read_layout
from protocol.events import Direction
from simulator.faults import EVERYDAY, FaultKind, FaultSettings, Injection, deaths, draw_faults
from simulator.happenings import Crossing, Visit
from simulator.truth import Truth
from tests.simulator.days import a_day, a_small_layout, crossings


def through(
    t_s: float, door: str, direction: Direction = Direction.IN, *, turned_back: bool = False
) -> Crossing:
    return Crossing(t_s, door, direction, 1, "group", turned_back)


def a_truth(*happenings: Crossing | Visit | Injection) -> Truth:
    truth = Truth(a_small_layout())
    for happening in happenings:
        truth.observe(happening)
    return truth


def test_people_are_conserved_all_day() -> None:
    layout = read_layout(CAMPUS)
    truth = Truth(layout)
    spaces = [OUTSIDE, *(space.id for space in layout.spaces)]
    for number, happening in enumerate(a_day()):
        truth.observe(happening)
        assert number % 500 or sum(truth.occupancy(space) for space in spaces) == 0
    assert [truth.occupancy(space) for space in spaces] == [0] * 61


def test_door_totals_match_the_stream() -> None:
    day = a_day()
    truth = Truth(read_layout(CAMPUS))
    for happening in day:
        truth.observe(happening)
    mine = [each for each in crossings(day) if each.door == "entrance-a-main"]
    moved = [each for each in mine if not each.turned_back]
    totals = truth.doors["entrance-a-main"]
    assert totals.people_in == sum(each.direction is Direction.IN for each in moved) > 100
    assert totals.people_out == sum(each.direction is Direction.OUT for each in moved)
    assert totals.turned_back == len(mine) - len(moved)


def test_occupancy_at_a_past_time() -> None:
    truth = a_truth(
        through(1.0, "entrance"),
        through(2.0, "entrance"),
        through(3.0, "door-1"),
        through(9.0, "door-1", Direction.OUT),
    )
    assert [truth.occupancy_at("hall", t_s) for t_s in (0.5, 1.0, 2.5, 3.0, 9.0)] == [0, 1, 2, 1, 2]
    assert truth.occupancy("room-1") == 0
    assert truth.occupancy(OUTSIDE) == -2


def test_turning_back_moves_nobody() -> None:
    truth = a_truth(through(1.0, "entrance", turned_back=True))
    assert truth.occupancy("hall") == 0
    assert (truth.turned_back, truth.crossings) == (1, 0)


def test_over_gives_when_a_limit_was_broken() -> None:
    steps = [(1.0, Direction.IN), (2.0, Direction.IN), (3.0, Direction.IN), (7.0, Direction.OUT)]
    truth = a_truth(*(through(t_s, "entrance", way) for t_s, way in steps))
    assert truth.over("hall", 1, end_s=20.0) == [(2.0, 20.0)]
    assert truth.over("hall", 2, end_s=20.0) == [(3.0, 7.0)]


def test_leaving_an_empty_room_is_a_fault_of_the_simulation() -> None:
    with pytest.raises(ValueError, match="left `room-1`"):
        a_truth(through(1.0, "door-1", Direction.OUT))


def test_report_can_be_written_as_json() -> None:
    fever = Visit(5.0, "post", 3, 2.0, 37.0, fever_c=2.0)
    fault = Injection(kind=FaultKind.SILENT_NODE, target="front", from_s=6.0, until_s=9.0)
    report = a_truth(through(1.0, "entrance"), fever, fault).report()
    read = msgspec.json.decode(msgspec.json.encode(report))
    assert read["occupancy"] == {"hall": 1, "room-1": 0, "room-2": 0}
    assert read["doors"]["entrance"]["people_in"] == 1
    assert read["febrile"][0][5] == 2.0
    assert read["faults"][0]["kind"] == "silent-node"


def test_faults_of_the_same_seed_are_the_same() -> None:
    layout = read_layout(CAMPUS)
    assert draw_faults(layout, 10.0, 1, EVERYDAY) == draw_faults(layout, 10.0, 1, EVERYDAY)
    assert draw_faults(layout, 10.0, 1, EVERYDAY) != draw_faults(layout, 10.0, 2, EVERYDAY)


def test_faults_of_a_script_are_among_the_drawn() -> None:
    scripted = Injection(kind=FaultKind.STUCK_BEAM, target="entrance", from_s=5.0, until_s=6.0)
    assert draw_faults(a_small_layout(), 1.0, 1, FaultSettings(script=(scripted,))) == [scripted]


def test_flapping_node_dies_again_and_again() -> None:
    flapping = Injection(kind=FaultKind.FLAPPING_NODE, target="front", from_s=10.0, until_s=50.0)
    assert list(deaths(flapping)) == [(10.0, 18.0), (26.0, 34.0), (42.0, 50.0)]
