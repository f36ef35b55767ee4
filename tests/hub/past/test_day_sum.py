"""The sums of a day, worked by hand."""

from hub.past.day_sum import sum_day
from hub.store.history_rows import History, SpaceDayRow, TaskDay
from tests.builders import a_space
from tests.hub.past.minutes import a_history, a_minute


def summed(history: History, **tasks: TaskDay) -> SpaceDayRow:
    return sum_day(a_space(), "2026-11-23", history, passed=(7, 3), tasks=tasks, is_final=False)


def test_people_minutes_and_peak_are_those_of_the_rows() -> None:
    row = summed(a_history(a_minute(0, 0), a_minute(10, 6), a_minute(40, 2)))
    assert row.people_minutes == 30 * 6 + 20 * 2
    assert (row.peak, row.peak_at_ms) == (6, 600_000)
    assert (row.minutes, row.minutes_watched, row.minutes_unknown) == (60.0, 60.0, 0.0)
    assert (row.entered, row.left, row.completeness) == (7, 3, 1.0)


def test_minute_in_which_it_was_over_at_any_time_is_over() -> None:
    row = summed(
        a_history(a_minute(0, 15), a_minute(20, 14, most=17), a_minute(30, 16), a_minute(35, 15, most=16))
    )
    assert row.minutes_over == 1 + 5 + 1
    assert (row.times_over, row.worst_excess, row.worst_at_ms) == (2, 2, 20 * 60_000)


def test_silence_of_the_hub_is_not_watched_and_of_a_node_not_known() -> None:
    history = a_history(a_minute(0, 3), a_minute(30, None), a_minute(50, 4), awake=((0, 20), (25, 60)))
    row = summed(history)
    assert (row.minutes_watched, row.minutes_unknown, row.minutes_known) == (55.0, 20.0, 35.0)
    assert row.completeness == 35 / 60
    assert row.people_minutes == 25 * 3 + 10 * 4


def test_time_before_the_first_row_is_unknown() -> None:
    row = summed(a_history(a_minute(45, 1)))
    assert (row.minutes_watched, row.minutes_unknown) == (60.0, 45.0)


def test_gap_does_not_make_one_excess_two() -> None:
    row = summed(a_history(a_minute(0, 18), awake=((0, 10), (20, 60))))
    assert (row.times_over, row.minutes_over) == (1, 50.0)


def test_lateness_that_goes_on_is_counted_as_far_as_it_has_come() -> None:
    late = TaskDay(due=2, done=1, late=1, minutes_late=5.0, due_ms=0, late_ms=30 * 60_000)
    assert summed(a_history(a_minute(0, 0)), airing=late).tasks["airing"].minutes_late == 35.0
