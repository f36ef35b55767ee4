import pytest

from simulator.people_settings import PeopleSettings
from tests.simulator.days import a_day, crossings


def test_people_keep_their_distance_in_a_door() -> None:
    last: dict[str, float] = {}
    least = 10.0
    for crossing in crossings(a_day()):
        least = min(least, crossing.t_s - last.get(crossing.door, -100.0))
        last[crossing.door] = crossing.t_s
    assert least >= PeopleSettings().least_headway_s - 1e-9


def test_turning_back_is_as_frequent_as_asked() -> None:
    day = crossings(a_day(settings=PeopleSettings(turn_back_share=0.10)))
    assert sum(each.turned_back for each in day) / len(day) == pytest.approx(0.10, abs=0.01)


def test_tailgating_happens_only_when_asked_for() -> None:
    day = crossings(a_day(settings=PeopleSettings(tailgate_share=0.3)))
    assert not any(each.tailgating for each in crossings(a_day()))
    assert sum(each.tailgating for each in day) > 100
