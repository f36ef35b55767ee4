import random
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from commandline.defaults import CAMPUS
from hub.layout import SpaceKind, read_layout
from simulator.timetable import DaySettings, draw_lessons, lessons_of, timetable_csv


def test_lessons_never_share_a_room_or_a_group() -> None:
    lessons = draw_lessons(read_layout(CAMPUS), DaySettings(), random.Random(1))
    assert len(lessons) > 150
    ends: dict[object, float] = {}
    for lesson in lessons:
        # A break of 40 minutes: 20 to 25 are asked for, and a disinfected room is not entered at once.
        assert lesson.start_s >= ends.get(lesson.space, -2400.0) + 2400.0
        assert lesson.start_s >= ends.get(lesson.group, -2400.0) + 2400.0
        ends[lesson.space] = ends[lesson.group] = lesson.end_s


@pytest.mark.parametrize("weekday", range(5))
def test_timetable_keeps_the_order_but_for_the_joint_lessons(weekday: int) -> None:
    layout = read_layout(CAMPUS)
    lessons = lessons_of(layout, DaySettings(), weekday)
    assert max(lesson.end_s - lesson.start_s for lesson in lessons) <= 2400.0
    outer = {door.inner: door.outer for door in layout.doors}
    starts = defaultdict(set)
    for lesson in lessons:
        starts[outer[lesson.space]].add((lesson.start_s, lesson.space))
    for each in starts.values():
        assert min(b - a for (a, _), (b, _) in pairwise(sorted(each))) >= 900.0
    small = {space.id for space in layout.spaces if space.kind is not SpaceKind.LECTURE_HALL}
    enrolled: Counter[tuple[float, str]] = Counter()
    for lesson in lessons:
        enrolled[lesson.start_s, lesson.space] += lesson.group.size
    over = [space for (_, space), people in enrolled.items() if space in small and people > 15]
    assert over == {0: ["a-202"], 2: ["b-109"]}.get(weekday, [])


def test_timetable_of_the_demonstration_is_the_one_that_people_keep() -> None:
    layout = read_layout(CAMPUS)
    assert layout.timetables == ("timetable-demo.csv",)
    written = CAMPUS.with_name("timetable-demo.csv").read_text(encoding="utf-8")
    assert written == timetable_csv(layout)
