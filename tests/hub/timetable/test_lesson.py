from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.timetable.lesson import Lesson, Lessons, LessonsNow
from tests.hub.timetable.weeks import ALMATY, a_lesson, at

MORNING, MINUTE = at(), timedelta(minutes=1)


def test_lesson_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="not after it starts"):
        a_lesson(minutes=-5)


def test_lesson_in_local_time_is_refused() -> None:
    with pytest.raises(ValueError, match="must be in UTC"):
        Lesson(space="room", start=at().astimezone(ALMATY), end=at("10:00"))


@pytest.mark.parametrize(
    ("now", "names"),
    [
        ("08:59", (None, None, "first")),
        ("09:00", (None, "first", "second")),
        ("09:39", (None, "first", "second")),
        ("09:40", ("first", None, "second")),
        ("10:00", ("first", "second", None)),
        ("10:40", ("second", None, None)),
    ],
)
def test_lessons_around_an_instant_are_half_open(now: str, names: tuple[str | None, ...]) -> None:
    lessons = Lessons([a_lesson("10:00", code="second"), a_lesson("09:00", code="first")], ALMATY)
    around = lessons.around("room", at(now))
    found = (around.previous, around.current, around.next)
    assert tuple(one.code if one else None for one in found) == names


def test_lessons_around_finds_a_long_lesson_behind_a_short_one() -> None:
    lessons = Lessons([a_lesson("08:00", 300, code="long"), a_lesson("09:00", code="short")], ALMATY)
    around = lessons.around("room", at("11:00"))
    assert around.current is not None
    assert around.current.code == "long"
    assert around.previous is not None
    assert around.previous.code == "short"


def test_lessons_of_two_at_once_the_later_is_current() -> None:
    lessons = Lessons([a_lesson("09:00", code="one"), a_lesson("09:20", code="other")], ALMATY)
    around = lessons.around("room", at("09:30"))
    assert around.current is not None
    assert around.current.code == "other"


def test_lessons_of_an_unknown_space_are_none() -> None:
    assert Lessons([a_lesson()], ALMATY).around("elsewhere", at()) == LessonsNow()


def test_lessons_said_twice_count_once() -> None:
    assert len(Lessons([a_lesson(), a_lesson()], ALMATY)) == 1


def test_lessons_of_day_belong_to_the_campus_day() -> None:
    # 04:00 in Almaty is 23:00 UTC of the day before.
    late, early = a_lesson("22:00", code="late"), a_lesson("23:00", code="early")
    lessons = Lessons([late, early], ALMATY)
    assert lessons.of_day("room", date(2026, 11, 23)) == (late,)
    assert lessons.of_day("room", date(2026, 11, 24)) == (early,)
    assert lessons.of_day("elsewhere", date(2026, 11, 24)) == ()


def test_lesson_of_more_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no lesson"):
        a_lesson(minutes=timedelta(hours=25).total_seconds() / 60)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=12), st.integers(-5, 65))
def test_lessons_around_is_what_a_look_at_all_of_them_gives(spans: list[tuple[int, int]], now: int) -> None:
    lessons = [
        Lesson(space="room", start=MORNING + MINUTE * begins, end=MORNING + MINUTE * (begins + lasts))
        for begins, lasts in spans
    ]
    instant = MORNING + MINUTE * now
    around = Lessons(lessons, ALMATY).around("room", instant)
    assert (around.current is None) == (not any(one.start <= instant < one.end for one in lessons))
    starts = [one.start for one in lessons if one.start <= instant < one.end]
    assert (around.current.start if around.current else None) == max(starts, default=None)
    ends = [one.end for one in lessons if one.end <= instant]
    assert (around.previous.end if around.previous else None) == max(ends, default=None)
    later = [one.start for one in lessons if one.start > instant]
    assert (around.next.start if around.next else None) == min(later, default=None)
