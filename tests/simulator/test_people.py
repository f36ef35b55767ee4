"""People: the same seed gives the same day, nobody walks through a wall, queues keep their distance."""

import random
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from msgspec import structs

from commandline.defaults import CAMPUS
from hub.layout import OUTSIDE, Building, Door, Layout, Names, Post, Space, SpaceKind, read_layout
from protocol.events import Direction
from simulator.people import Crossing, PeopleSettings, Visit, doors_of, generate, reachable, route
from simulator.timetable import Crowd, DaySettings, draw_lessons

#: 08:00 in Almaty.
MORNING = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NAMES = Names(kk="орын", ru="место", en="place")


def a_space(space: str, kind: SpaceKind = SpaceKind.CLASSROOM) -> Space:
    return Space(id=space, building="a", kind=kind, code=space, floor=1, area_m2=48.0, names=NAMES)


def a_small_layout() -> Layout:
    """One building: an entrance with a thermometer, a hall, two classrooms; two nodes."""
    return Layout(
        site="small",
        names=NAMES,
        buildings=(Building(id="a", names=NAMES),),
        spaces=(a_space("hall", SpaceKind.HALL), a_space("room-1"), a_space("room-2")),
        doors=(
            Door(id="entrance", node="front", channel="main", inner="hall"),
            Door(id="door-1", node="floor", channel="door-1", inner="room-1", outer="hall"),
            Door(id="door-2", node="floor", channel="door-2", inner="room-2", outer="hall"),
        ),
        posts=(Post(id="post", node="front", channel="thermometer", door="entrance"),),
    )


def a_day(seed: int = 1, settings: PeopleSettings | None = None) -> list[Crossing | Visit]:
    return list(generate(read_layout(CAMPUS), MORNING, 11.0, seed, settings or PeopleSettings()))


def crossings(happenings: list[Crossing | Visit]) -> list[Crossing]:
    return [each for each in happenings if isinstance(each, Crossing)]


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


def test_foreheads_at_a_post_never_overlap() -> None:
    by_post: dict[str, list[Visit]] = defaultdict(list)
    for each in (each for each in a_day() if isinstance(each, Visit)):
        by_post[each.post].append(each)
    gaps = [b.t_s - a.t_s - a.show_s for visits in by_post.values() for a, b in pairwise(visits)]
    assert set(by_post) == {"post-a-main", "post-a-yard", "post-b-main"}
    assert min(gaps) >= PeopleSettings().post_gap_s - 1e-6


def test_visit_of_somebody_with_a_fever_is_repeated_and_warm() -> None:
    day = a_day(settings=PeopleSettings(febrile_share=0.2))
    febrile = [each for each in day if isinstance(each, Visit) and each.fever_c]
    first = [each for each in febrile if each.attempt == 1]
    assert len(first) > 50
    assert len(febrile) == 2 * len(first)
    assert min(each.fever_c for each in febrile) >= 1.5


def test_people_come_before_their_lesson_and_leave_after_it() -> None:
    settings = PeopleSettings(turn_back_share=0.0, day=DaySettings(visitors_per_h=0.0))
    day = crossings(list(generate(a_small_layout(), MORNING, 1.3, 3, settings)))
    entering = [each.t_s for each in day if each.door == "door-1" and each.direction is Direction.IN]
    leaving = [each.t_s for each in day if each.door == "door-1" and each.direction is Direction.OUT]
    # The first lesson is from 1800 to 4200 s; people come up to 450 s before it and linger 90 s.
    assert min(entering) > 1350.0
    assert min(leaving) >= 4200.0
    assert max(leaving) < 4200.0 + 90.0 + 60.0
    assert 8 <= len(entering) <= 14


def test_lessons_never_share_a_room_or_a_group() -> None:
    lessons = draw_lessons(read_layout(CAMPUS), DaySettings(), random.Random(1))
    assert len(lessons) > 200
    ends: dict[object, float] = {}
    for lesson in lessons:
        # A break of 22.5 minutes, as the order asks for at least 20 to 25.
        assert lesson.start_s >= ends.get(lesson.space, -1350.0) + 1350.0
        assert lesson.start_s >= ends.get(lesson.group, -1350.0) + 1350.0
        ends[lesson.space] = ends[lesson.group] = lesson.end_s


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


def test_route_takes_the_fewest_doors() -> None:
    doors = doors_of(read_layout(CAMPUS))
    path = route(doors, "a-301", "b-101")
    assert [there for _, there in path] == [
        "corridor-a3",
        "corridor-a2",
        "hall-a",
        OUTSIDE,
        "hall-b",
        "b-101",
    ]


def test_people_leave_alone_what_no_door_leads_to() -> None:
    layout = a_small_layout()
    with_island = structs.replace(layout, spaces=(*layout.spaces, a_space("island")))
    assert reachable(with_island) == layout
    day = [list(generate(one, MORNING, 2.0, 1, PeopleSettings())) for one in (layout, with_island)]
    assert day[0] == day[1] != []


def test_route_to_an_island_says_which() -> None:
    with pytest.raises(ValueError, match="no doors lead from `hall` to `island`"):
        route(doors_of(a_small_layout()), "hall", "island")
