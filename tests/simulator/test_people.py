"""People: the same seed gives the same day, nobody walks through a wall, and everyone keeps to the plan."""

from collections import defaultdict

from commandline.defaults import CAMPUS
from hub.layout import OUTSIDE, read_layout
from protocol.events import Direction
from simulator.people import generate
from simulator.people_settings import PeopleSettings
from simulator.timetable import Crowd, DaySettings
from tests.simulator.days import MORNING, a_day, a_small_layout, crossings


def test_day_of_the_same_seed_is_the_same() -> None:
    assert a_day(seed=7) == a_day(seed=7)


def test_day_of_another_seed_differs() -> None:
    assert a_day(seed=7) != a_day(seed=8)


def test_day_comes_in_order_of_time() -> None:
    times = [each.t_s for each in a_day()]
    assert len(times) > 10_000
    assert times == sorted(times)


def test_nobody_passes_through_a_wall() -> None:
    doors = {door.id: door for door in read_layout(CAMPUS).doors}
    where: dict[int, str] = defaultdict(lambda: OUTSIDE)
    for crossing in crossings(a_day()):
        door = doors[crossing.door]
        origin, target = (
            (door.outer, door.inner) if crossing.direction is Direction.IN else (door.inner, door.outer)
        )
        assert where[crossing.person] == origin
        where[crossing.person] = origin if crossing.turned_back else target
    assert set(where.values()) == {OUTSIDE}


def test_people_come_before_their_lesson_and_leave_after_it() -> None:
    settings = PeopleSettings(turn_back_share=0.0, day=DaySettings(visitors_per_h=0.0))
    day = crossings(list(generate(a_small_layout(), MORNING, 1.3, 3, settings)))
    entering = [each.t_s for each in day if each.door == "door-1" and each.direction is Direction.IN]
    leaving = [each.t_s for each in day if each.door == "door-1" and each.direction is Direction.OUT]
    # The first lesson is from 1800 to 3900 s; people come in from 135 s before it on and linger 60 s.
    assert min(entering) > 1665.0
    assert min(leaving) >= 3900.0
    assert max(leaving) < 3900.0 + 60.0 + 60.0
    assert 9 <= len(entering) <= 14


def test_lessons_of_the_day_do_not_depend_on_the_seed() -> None:
    settings = PeopleSettings(turn_back_share=0.0)
    groups = [
        {each.group for each in crossings(a_day(seed, settings)) if each.door == "door-a-101"}
        for seed in (1, 2)
    ]
    assert groups[0] == groups[1]


def test_people_who_join_a_day_under_way_come_by_and_by() -> None:
    settings = PeopleSettings(day=DaySettings(opens_s=None, opened_before_s=7200.0))
    day = crossings(list(generate(read_layout(CAMPUS), MORNING, 0.2, 1, settings)))
    first: dict[int, float] = {}
    for each in day:
        first.setdefault(each.person, each.t_s)
    early = [t_s for t_s in first.values() if t_s < 250.0]
    assert len(early) > 150
    assert max(sum(a <= t_s < a + 20.0 for t_s in early) for a in range(0, 250, 10)) < len(early) / 3


def test_crowd_is_in_its_room_within_forty_seconds() -> None:
    settings = PeopleSettings(
        walk_s=2.0,
        headway_s=0.95,
        screened_share=0.0,
        turn_back_share=0.0,
        day=DaySettings(opens_s=None, crowd=Crowd(space="a-201", size=19)),
    )
    day = crossings(list(generate(read_layout(CAMPUS), MORNING, 40.0 / 3600.0, 1, settings)))
    assert sum(each.door == "door-a-201" for each in day) == 19
