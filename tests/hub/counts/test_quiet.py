from math import log

from hub.counts.door_day import HOURS, DoorDay
from hub.counts.quiet import expected, full_hours, silence, usual

BUSY = [0] * 8 + [100] * 8 + [0] * 8
LESSONS = [0] * 8 + [30, 0, 30, 30, 0, 0, 30, 0] + [0] * 8


def a_page(hours: list[int]) -> DoorDay:
    return DoorDay(ins=sum(hours), hours=list(hours), is_closed=True)


def test_door_that_never_rests_is_missed_within_a_few_hours() -> None:
    missing, chance = silence([BUSY] * 5, [8, 9, 10, 11], 1.0)
    assert missing == 400
    assert chance < log(1e-4)


def test_room_that_often_rests_is_not_missed() -> None:
    days = [[0] * 8 + LESSONS[8 + i : 16] + LESSONS[8 : 8 + i] + [0] * 8 for i in range(5)]
    _, chance = silence(days, [10, 11, 12], 1.0)
    assert chance > log(0.02)


def test_hours_that_were_empty_before_may_be_empty_again() -> None:
    _, chance = silence([BUSY] * 4 + [[0] * HOURS], list(range(8, 16)), 1.0)
    assert chance == log(0.2)


def test_campus_on_holiday_misses_nobody() -> None:
    assert silence([BUSY] * 5, [8, 9, 10, 11], 0.0) == (0.0, 0.0)


def test_too_few_days_say_nothing() -> None:
    assert silence([BUSY] * 3, [8, 9, 10, 11], 1.0) == (0.0, 0.0)


def test_usual_takes_days_of_the_same_sort_and_days_without_anybody() -> None:
    pages = {"2026-11-20": a_page(BUSY), "2026-11-21": a_page([0] * HOURS), "2026-11-24": a_page(BUSY)}
    days = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-23", "2026-11-24"]
    found = usual(pages, days, "2026-11-25")
    assert [sum(hours) for hours in found] == [800, 0, 800]
    assert expected(found)[8] == 200 / 3


def test_full_hours_leave_out_the_broken_ones() -> None:
    assert full_hours(8 * 60 + 1, 11 * 60 + 59) == [9, 10]
    assert full_hours(1440 + 23 * 60, 2 * 1440 + 60) == [23, 0]
