"""Weeks: names that are one, names that are none, and where a campus day begins."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dashboards.report.week import Week, WeekFault, campus_day, read_week
from tests.dashboards.report.weeks import W47, ZONE

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_week_runs_from_monday_four_to_monday_four() -> None:
    assert W47.starts(ZONE) == datetime(2026, 11, 16, 4, tzinfo=ZONE)
    assert W47.ends(ZONE) - W47.starts(ZONE) == timedelta(days=7)


def test_week_is_final_72_hours_after_its_end() -> None:
    final = W47.ends(ZONE) + timedelta(hours=72)
    assert not W47.is_final(ZONE, final - timedelta(seconds=1))
    assert W47.is_final(ZONE, final)


def test_night_before_four_belongs_to_the_day_before() -> None:
    assert campus_day(datetime(2026, 11, 23, 3, 59, tzinfo=ZONE), ZONE) == date(2026, 11, 22)
    assert campus_day(datetime(2026, 11, 23, 4, 0, tzinfo=ZONE), ZONE) == date(2026, 11, 23)


def test_week_before_the_first_is_the_last_of_the_year() -> None:
    assert Week(2027, 1).before() == Week(2026, 53)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-W54", "has no week 54: its weeks are W01 to W53"),
        ("2025-W53", "has no week 53: its weeks are W01 to W52"),
        ("2026-W00", "has no week 0"),
        ("0001-W01", "has no week 1"),
        ("0000-W10", "has no week 10"),
        ("9999-W53", "has no week 53"),
        ("2026-47", "like 2026-W47"),
        ("2026-W4७", "like 2026-W47"),
        ("", "like 2026-W47"),
        ("2026-W49", "2026-W49 has not begun: the newest week is 2026-W48"),
    ],
)
def test_bad_week_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(WeekFault, match=says):
        read_week(text, ZONE, NOW)


def test_running_week_has_a_report() -> None:
    assert read_week("2026-W48", ZONE, NOW) == Week(2026, 48)
