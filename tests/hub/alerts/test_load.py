"""How many alarms a guard gets, worked by hand."""

import pytest

from hub.alerts.alert import Change, Transition
from hub.alerts.load import load
from tests.builders import at

HOUR = 3600.0
MIN = 60.0


def fired(*seconds: float) -> list[Transition]:
    return [Transition(alert=f"{one}", at=at(one), change=Change.FIRED) for one in seconds]


def test_load_of_a_quiet_day() -> None:
    found = load(fired(0, 10 * MIN, 5 * HOUR), at(0), at(10 * HOUR))
    assert (found.alarms, found.per_hour_max) == (3, 2)
    assert found.per_hour_mean == pytest.approx(0.3)
    assert found.flood_share == 0.0


def test_busiest_hour_is_any_hour_not_that_of_the_clock() -> None:
    found = load(fired(50 * MIN, 55 * MIN, 65 * MIN, 70 * MIN), at(0), at(3 * HOUR))
    assert found.per_hour_max == 4


def test_ten_alarms_in_ten_minutes_are_no_flood() -> None:
    assert load(fired(*range(0, 600, 60)), at(0), at(HOUR)).flood_share == 0.0


def test_eleven_alarms_are_a_flood_until_fewer_than_five_are_left_of_ten_minutes() -> None:
    # One each 30 s from 0 to 300: the eleventh at 300. Four are left when that of 180 s goes, at 780 s.
    found = load(fired(*range(0, 301, 30)), at(0), at(HOUR))
    assert found.flood_share == pytest.approx((780 - 300) / HOUR)


def test_flood_that_goes_on_is_counted_to_the_end() -> None:
    found = load(fired(*range(0, 301, 30)), at(0), at(600))
    assert found.flood_share == pytest.approx(300 / 600)


def test_only_what_asks_for_eyes_is_counted() -> None:
    others = [Transition(alert="x", at=at(1), change=one) for one in Change if one is not Change.FIRED]
    assert load(others, at(0), at(HOUR)).alarms == 2  # returned, and raised by another profile


def test_what_is_outside_the_time_is_not_counted() -> None:
    assert load(fired(-1, 0, HOUR), at(0), at(HOUR)).alarms == 1


def test_load_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="ends must be after starts"):
        load([], at(0), at(0))
