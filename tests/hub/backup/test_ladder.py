from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.backup.ladder import Ladder, kept

#: A Monday.
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hourly(count: int) -> list[datetime]:
    return [NOON - number * HOUR for number in range(count)]


def test_ladder_keeps_a_day_of_hours_two_weeks_of_days_and_eight_of_weeks() -> None:
    found = sorted(kept(hourly(24 * 100), Ladder()), reverse=True)
    assert found[:24] == hourly(24)
    days = [at for at in found if at.hour == 23]
    assert days[:13] == [NOON.replace(hour=23) - number * DAY for number in range(1, 14)]
    sunday = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert found[-5:] == [sunday - number * 7 * DAY for number in range(2, 7)]
    # The newest of yesterday is one of the hours, that of a week that has just gone one of the days.
    assert len(found) == 24 + 12 + 5


def test_week_over_new_year_is_one_week() -> None:
    friday = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
    week_before = friday - 6 * DAY
    assert kept([friday, friday - 2 * DAY, week_before], Ladder(0, 0, 2)) == {friday, week_before}


def test_ladder_keeps_the_newest_even_of_nothing() -> None:
    assert kept(hourly(5), Ladder(0, 0, 0)) == {NOON}
    assert kept([], Ladder()) == set()


def test_machine_that_was_off_for_months_keeps_what_it_has() -> None:
    old = [NOON - 200 * DAY - number * DAY for number in range(5)]
    assert kept([NOON, *old], Ladder()) == {NOON, *old}


@given(
    st.lists(st.integers(0, 5000), max_size=200), st.integers(1, 30), st.integers(0, 20), st.integers(0, 9)
)
def test_thinning_twice_is_thinning_once(hours: list[int], most: int, days: int, weeks: int) -> None:
    ladder = Ladder(most, days, weeks)
    once = kept((NOON - number * HOUR for number in hours), ladder)
    assert kept(once, ladder) == once
    assert len(once) <= most + days + weeks
