"""Events that come late correct the campus, and no rule raises an alert about the past."""

import pytest

from tests.scenarios.language import a_day, a_room


@pytest.mark.parametrize("order", [("in", "out"), ("out", "in")], ids=["in order", "out of order"])
def test_crowd_of_an_hour_ago_raises_no_alert_now(order: tuple[str, str]) -> None:
    happened = {"in": "09:00", "out": "09:10"}
    day = a_day(a_room("A-204", area_m2=12.0))
    now = day.at("10:00")
    for direction in order:
        now.late("A-204", direction, 16, happened=happened[direction])
    day.want_no_alert("over-capacity", "A-204", until="12:00")


def test_crowd_that_came_an_hour_ago_and_is_still_there_is_an_alert_of_now() -> None:
    day = a_day(a_room("A-204", area_m2=12.0))
    day.at("10:00").late("A-204", "in", 16, happened="09:00")
    alert = day.want_alert("over-capacity", "A-204", between=("10:00", "10:01"))
    assert alert.since.minute == 0
