"""Staff: a used room is treated in its break, but for the exceptions that the truth names."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from msgspec import structs

from commandline.defaults import CAMPUS
from hub.layout import SpaceKind, read_layout
from protocol.events import Task
from simulator.happenings import Deed, Happening
from simulator.people import generate
from simulator.people_settings import PeopleSettings
from simulator.staff import CLEANER, StaffSettings, task_of
from simulator.timetable import Act, DaySettings, lessons_of
from simulator.truth import ChoreTruth, Truth
from tests.simulator.days import MORNING, a_small_layout, crossings

HOURS = 10.0
END_S = HOURS * 3600.0
#: Days with different timetables and people.
DAYS = [(0, 1), (1, 2), (2, 3), (4, 4)]
ROOMS = (SpaceKind.CLASSROOM, SpaceKind.LECTURE_HALL, SpaceKind.LABORATORY, SpaceKind.COMPUTER_ROOM)
FAULTLESS = StaffSettings(late_share=0.0, forgotten_share=0.0)


@cache
def a_day(weekday: int, seed: int, staff: StaffSettings = FAULTLESS) -> tuple[list[Happening], Truth]:
    layout = read_layout(CAMPUS)
    truth = Truth(layout)
    start = MORNING + timedelta(days=weekday)
    day = list(generate(layout, start, HOURS, seed, PeopleSettings(staff=staff)))
    for happening in day:
        truth.observe(happening)
    return day, truth


def of_task(truth: Truth, task: Task) -> list[ChoreTruth]:
    return [chore for chore in truth.chores if chore.task is task and chore.due_s < END_S - 2400.0]


@pytest.mark.parametrize(("weekday", "seed"), DAYS)
def test_every_used_room_is_treated_in_its_break(weekday: int, seed: int) -> None:
    _, truth = a_day(weekday, seed)
    layout = read_layout(CAMPUS)
    treated = [space.id for space in layout.spaces if space.kind in ROOMS]
    ends = {
        (lesson.space, lesson.end_s)
        for lesson in lessons_of(layout, DaySettings(), weekday)
        if lesson.space in treated and lesson.end_s < END_S - 2460.0
    }
    done = of_task(truth, Task.AIR_DISINFECTION)
    assert {(chore.space, chore.due_s - 60.0) for chore in done} == ends
    assert truth.late(900.0, END_S) == []
    assert [chore for chore in truth.chores if chore.due_s < END_S - 2400.0 and chore.done_s is None] == []


@pytest.mark.parametrize(("weekday", "seed"), DAYS)
def test_tasks_take_as_long_as_the_order_needs(weekday: int, seed: int) -> None:
    _, truth = a_day(weekday, seed)
    least = {Task.SURFACES: 186.0, Task.EQUIPMENT: 306.0, Task.AIRING: 626.0, Task.AIR_DISINFECTION: 966.0}
    for task, least_s in least.items():
        took = [
            chore.done_s - chore.started_s
            for chore in of_task(truth, task)
            if chore.done_s is not None and chore.started_s is not None
        ]
        assert len(took) > 20
        assert min(took) >= least_s


@pytest.mark.parametrize(("weekday", "seed"), DAYS)
def test_nobody_is_in_a_room_while_its_air_is_disinfected_and_soon_after(weekday: int, seed: int) -> None:
    _, truth = a_day(weekday, seed)
    for chore in of_task(truth, Task.AIR_DISINFECTION):
        assert chore.started_s is not None
        assert chore.done_s is not None
        assert truth.over_within(chore.space, 0, chore.started_s, chore.done_s + 300.0) == []


@pytest.mark.parametrize(("weekday", "seed"), DAYS)
def test_rooms_are_used_for_forty_minutes_at_most_and_rest_for_twenty(weekday: int, seed: int) -> None:
    _, truth = a_day(weekday, seed)
    for space in (space for space in read_layout(CAMPUS).spaces if space.kind in ROOMS):
        uses = truth.over(space.id, 1, END_S)
        groups = uses[:1]
        for use in uses[1:]:
            near = use[0] - groups[-1][1] < 300.0
            groups = [*groups[:-1], (groups[-1][0], use[1])] if near else [*groups, use]
        assert max((until_s - from_s for from_s, until_s in groups), default=0.0) < 2400.0
        assert min((b[0] - a[1] for a, b in pairwise(groups)), default=1200.0) >= 1200.0


@pytest.mark.parametrize(("weekday", "seed"), DAYS)
def test_staff_who_come_also_go(weekday: int, seed: int) -> None:
    layout = read_layout(CAMPUS)
    start = MORNING + timedelta(days=weekday)
    day = crossings(list(generate(layout, start, 12.0, seed, PeopleSettings(staff=FAULTLESS))))
    mine = [each for each in day if each.group.startswith(CLEANER) and not each.turned_back]
    by_door = Counter((each.person, each.door, each.direction.value) for each in mine)
    assert len({each.group for each in mine}) == 6
    doors = {(person, door) for person, door, _ in by_door if not door.startswith("entrance")}
    assert all(by_door[person, door, "in"] == by_door[person, door, "out"] for person, door in doors)


def test_corridors_are_aired_in_every_hour() -> None:
    _, truth = a_day(0, 1)
    for corridor in ("corridor-a2", "corridor-b3", "hall-a"):
        done = [each.done_s for each in of_task(truth, Task.AIRING) if each.space == corridor and each.done_s]
        assert len(done) >= 8
        assert max(b - a for a, b in pairwise(done)) < 3600.0


def test_exceptions_are_late_or_left_out_and_told() -> None:
    _, truth = a_day(0, 1, StaffSettings(late_share=0.1, forgotten_share=0.1))
    late = truth.late(900.0, END_S)
    assert len(late) > 20
    assert len(truth.skipped(END_S)) > 10
    # Who is kept by one room may come late to the next; most of it was meant.
    assert sum(chore.is_exception for chore in late) > 0.8 * len(late)


def test_people_have_the_same_plans_whatever_staff_forget() -> None:
    others = [
        {each.person for each in crossings(a_day(0, 1, staff)[0]) if each.group == "visitors"}
        for staff in (FAULTLESS, StaffSettings(late_share=0.5))
    ]
    assert others[0] == others[1]
    assert len(others[0]) > 100


def test_same_seed_gives_the_same_deeds() -> None:
    days = [
        [each for each in generate(read_layout(CAMPUS), MORNING, 2.0, 5, PeopleSettings())] for _ in range(2)
    ]
    deeds = [[each for each in day if isinstance(each, Deed)] for day in days]
    assert deeds[0] == deeds[1] != []


def test_windows_that_are_opened_are_shut_again() -> None:
    day, _ = a_day(0, 1)
    acts = [(each.sensor, each.act) for each in day if isinstance(each, Deed)]
    opened = Counter(sensor for sensor, act in acts if act is Act.OPEN)
    shut = Counter(sensor for sensor, act in acts if act is Act.SHUT)
    assert len(opened) >= 6
    assert opened.total() - shut.total() <= 2


def test_nobody_cleans_where_there_is_no_panel_or_no_time() -> None:
    quick = PeopleSettings(day=DaySettings(lesson_s=600.0, break_s=600.0, stagger_s=240.0))
    for layout, settings in ((a_small_layout(), PeopleSettings()), (read_layout(CAMPUS), quick)):
        day = list(generate(layout, MORNING, 2.0, 1, settings))
        assert not any(each.group.startswith(CLEANER) for each in crossings(day))


def test_staff_who_come_in_the_middle_of_a_day_leave_the_morning_alone() -> None:
    layout, noon = read_layout(CAMPUS), datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    truth = Truth(layout)
    for happening in generate(layout, noon, 2.0, 1, PeopleSettings(staff=FAULTLESS)):
        truth.observe(happening)
    assert len(truth.chores) > 50
    assert min(chore.due_s for chore in truth.chores) > 0.0
    assert truth.late(900.0, 7200.0) == []


@pytest.mark.parametrize(
    ("channel", "task"),
    [
        ("a-204-airing", Task.AIRING),
        ("a-204-air-disinfection", Task.AIR_DISINFECTION),
        ("hall-a-surfaces", Task.SURFACES),
        ("a-105-equipment", Task.EQUIPMENT),
        ("doorbell", None),
    ],
)
def test_task_of_a_button_is_what_its_channel_ends_with(channel: str, task: Task | None) -> None:
    assert task_of(channel) is task


def test_layout_has_a_button_for_every_task_of_a_room() -> None:
    layout = read_layout(CAMPUS)
    without = structs.replace(layout, sensors=())
    assert len(layout.nodes()) == len(without.nodes())
    buttons = Counter(sensor.space for sensor in layout.sensors if task_of(sensor.channel))
    assert buttons["a-105"] == buttons["a-205"] == 4
    assert buttons["a-103"] == 3
    assert set(buttons) == {space.id for space in layout.spaces}
