from datetime import datetime

import pytest
from msgspec.structs import replace as changed

from hub.layout import SpaceKind
from hub.regime.limits import ClosedLimits
from hub.regime.profile import Profile
from hub.timetable.week_report import WeekRule
from tests.hub.timetable.weeks import ORDER, a_lesson, a_room, always, at, checked, found


def test_lesson_within_its_cap_is_not_found() -> None:
    assert checked(a_lesson(enrolled=15)).findings == ()


def test_lesson_over_its_cap_is_found_by_clause() -> None:
    (finding,) = found(checked(a_lesson(enrolled=16)), WeekRule.OVER_CAPACITY)
    assert (finding.value, finding.limit, finding.unit) == (16, 15, "people")
    assert (finding.binds, finding.clause) == ("group-cap", "§71, §69.3")
    assert (finding.room, finding.start, finding.code) == ("room", at(), "CS-101")


def test_lesson_of_unknown_enrolment_is_neither_fine_nor_wrong() -> None:
    report = checked(a_lesson(enrolled=None))
    assert report.findings == ()
    assert (report.totals.checked, report.totals.unknown) == (0, 1)
    assert report.totals.fits is None


def test_lesson_in_a_closed_room_is_found() -> None:
    remote = changed(ORDER, closed=ClosedLimits(source="§70", kinds=("classroom",)))
    report = checked(a_lesson(enrolled=3), limits=always(remote))
    (finding,) = found(report, WeekRule.CLOSED)
    assert finding.clause == "§70"
    assert report.totals.impossible == 1
    assert found(report, WeekRule.OVER_CAPACITY) == []


def test_lesson_is_held_to_the_limits_of_its_own_time() -> None:
    larger = changed(ORDER.capacity["classroom"], group_cap=25)
    later = changed(ORDER, capacity={**ORDER.capacity, "classroom": larger})

    def limits(room: str, when: datetime) -> Profile:
        return {True: later, False: ORDER}[when >= at("12:00")]

    report = checked(a_lesson(enrolled=20), a_lesson("12:00", enrolled=20), limits=limits)
    assert [one.start for one in found(report, WeekRule.OVER_CAPACITY)] == [at("09:00")]


def test_lesson_of_forty_minutes_is_not_long() -> None:
    assert found(checked(a_lesson(minutes=40)), WeekRule.LONG_LESSON) == []


def test_lesson_longer_than_the_limit_is_found() -> None:
    (finding,) = found(checked(a_lesson(minutes=90)), WeekRule.LONG_LESSON)
    assert (finding.value, finding.limit, finding.unit, finding.clause) == (90, 40, "min", "§36.3")


def test_lesson_in_a_kind_that_is_not_asked_may_be_long() -> None:
    gym = a_room("gym", kind=SpaceKind.GYM)
    assert found(checked(a_lesson(minutes=90, space="gym"), rooms=(gym,)), WeekRule.LONG_LESSON) == []


def test_break_of_twenty_minutes_is_enough() -> None:
    assert found(checked(a_lesson("09:00"), a_lesson("10:00")), WeekRule.SHORT_BREAK) == []


def test_break_that_is_too_short_is_found_at_the_later_lesson() -> None:
    report = checked(a_lesson("09:00", code="CS-1"), a_lesson("09:55", code="CS-2"))
    (finding,) = found(report, WeekRule.SHORT_BREAK)
    assert (finding.value, finding.limit, finding.clause) == (15, 20, "§36.4")
    assert (finding.code, finding.others, finding.start) == ("CS-2", ("CS-1",), at("09:55"))


def test_break_after_a_long_lesson_behind_a_short_one_is_seen() -> None:
    report = checked(a_lesson("09:00", 120), a_lesson("09:30", 30), a_lesson("11:10"))
    (finding,) = found(report, WeekRule.SHORT_BREAK)
    assert finding.value == 10


def test_lessons_at_once_are_a_double_booking_and_no_short_break() -> None:
    report = checked(a_lesson("09:00", code="CS-1"), a_lesson("09:30", code="CS-2"))
    (finding,) = found(report, WeekRule.DOUBLE_BOOKING)
    assert (finding.value, finding.people, finding.others) == (2, 20, ("CS-1",))
    assert found(report, WeekRule.SHORT_BREAK) == []


def test_lessons_in_two_rooms_are_no_double_booking() -> None:
    report = checked(a_lesson(), a_lesson(space="b"), rooms=(a_room("b"),))
    assert found(report, WeekRule.DOUBLE_BOOKING) == []


def test_starts_on_one_corridor_that_are_too_close_are_found() -> None:
    report = checked(a_lesson("09:00"), a_lesson("09:10", space="b"), rooms=(a_room("b"),))
    (finding,) = found(report, WeekRule.BREAKS_COINCIDE)
    assert (finding.value, finding.limit, finding.clause) == (10, 15, "§36.4")
    assert (finding.place, finding.others, finding.people) == ("corridor", ("b", "room"), 20)


def test_starts_fifteen_minutes_apart_do_not_coincide() -> None:
    report = checked(a_lesson("09:00"), a_lesson("09:15", space="b"), rooms=(a_room("b"),))
    assert found(report, WeekRule.BREAKS_COINCIDE) == []


def test_starts_on_two_corridors_do_not_coincide() -> None:
    report = checked(a_lesson(), a_lesson(space="b"), rooms=(a_room("b", place="other"),))
    assert found(report, WeekRule.BREAKS_COINCIDE) == []


def test_tables_the_profile_leaves_out_are_not_checked() -> None:
    season = changed(ORDER, lesson=None, breaks=None, stagger=None)
    lessons = (a_lesson(minutes=90), a_lesson("10:31"), a_lesson(space="b"))
    assert checked(*lessons, rooms=(a_room("b"),), limits=always(season)).findings == ()


def test_findings_come_worst_first() -> None:
    report = checked(a_lesson(enrolled=16), a_lesson("12:00", enrolled=60), a_lesson("14:00", enrolled=20))
    assert [one.value for one in found(report, WeekRule.OVER_CAPACITY)] == [60, 20, 16]


def test_totals_are_what_a_full_week_would_give() -> None:
    report = checked(a_lesson(enrolled=60), a_lesson("12:00", enrolled=10), a_lesson("14:00", enrolled=0))
    sums = report.totals
    assert (sums.lessons, sums.rooms, sums.checked, sums.over_capacity) == (3, 1, 3, 1)
    assert (sums.enrolled, sums.seats, sums.allowed) == (70, 90, 45)
    assert (sums.affected, sums.without_place) == (60, 45)
    assert sums.fits == 25 / 70
    # 60 in a room for 15 are 4 sittings, and two lessons stay one each.
    assert sums.sittings == 6
    assert sums.findings["over-capacity"] == 1


def test_suggestion_is_a_free_room_that_holds_them() -> None:
    hall = a_room("hall", kind=SpaceKind.LECTURE_HALL, area_m2=300.0, desks=None, design_capacity=200)
    (finding,) = found(checked(a_lesson(enrolled=60), rooms=(hall,)), WeekRule.OVER_CAPACITY)
    assert finding.suggestion is not None
    assert (finding.suggestion.room, finding.suggestion.sittings) == ("hall", 4)


@pytest.mark.parametrize(
    ("other", "room"), [("08:00", "hall"), ("08:01", None), ("10:00", "hall"), ("09:59", None)]
)
def test_suggestion_leaves_the_other_room_its_breaks(other: str, room: str | None) -> None:
    hall = a_room("hall", kind=SpaceKind.LECTURE_HALL, area_m2=300.0, desks=None, design_capacity=200)
    there = a_lesson(other, space="hall")
    (finding,) = found(checked(a_lesson(enrolled=60), there, rooms=(hall,)), WeekRule.OVER_CAPACITY)
    assert finding.suggestion is not None
    assert finding.suggestion.room == room


def test_suggestion_gives_a_room_once() -> None:
    hall = a_room("hall", kind=SpaceKind.LECTURE_HALL, area_m2=300.0, desks=None, design_capacity=200)
    report = checked(a_lesson(enrolled=60), a_lesson(enrolled=50, space="b"), rooms=(hall, a_room("b")))
    rooms = [one.suggestion.room for one in found(report, WeekRule.OVER_CAPACITY) if one.suggestion]
    assert rooms == ["hall", None]


def test_suggestion_does_not_send_a_laboratory_to_a_hall() -> None:
    hall = a_room("hall", kind=SpaceKind.LECTURE_HALL, area_m2=300.0, desks=None, design_capacity=200)
    lab = a_room("lab", kind=SpaceKind.LABORATORY)
    (finding,) = found(checked(a_lesson(enrolled=60, space="lab"), rooms=(hall, lab)), WeekRule.OVER_CAPACITY)
    assert finding.suggestion is not None
    assert finding.suggestion.room is None
