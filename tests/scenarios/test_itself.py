"""What the system knows of itself, told to whoever looks after it."""

from datetime import timedelta

import pytest

from hub.alerts.grouping import group_key
from hub.itself import Ending, Itself, Restoration
from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.playing import clock

SINCE, AT = clock("08:30"), clock("09:00")


def ending(name: str, left: timedelta, role: str = "node") -> Ending:
    """A certificate that has so much left at 09:00."""
    return Ending(name=name, role=role, starts=AT - timedelta(days=150), ends=AT + left)


def day_of(*certificates: Ending) -> DayOfScenario:
    day = a_day()
    day.at("09:00").learn(Itself(certificates=certificates))
    return day


def test_59_store_put_back_is_told_until_somebody_has_read_it() -> None:
    day = a_day()
    restored = Restoration(store="people.db", since=SINCE, at=AT)
    day.at("09:00").learn(Itself(restored=(restored,)))
    day.at("09:30").learn(Itself())
    day.want_alert("store-restored", "people.db", between=("09:00", "09:01"), priority=2)
    # Over when it was read, and open until somebody takes the alert too.
    (alert,) = day.alerts("store-restored", until="09:40")
    assert alert.resolved_at == clock("09:30")
    assert alert.closed_at is None


def test_59_certificate_that_ends_is_told_in_good_time_and_louder_when_it_is_near() -> None:
    day = day_of(ending("door-a-101", timedelta(days=7, hours=1)))
    day.want_alert("certificate-ending", "door-a-101", between=("09:00", "09:01"), priority=3)
    day.want_alert("certificate-urgent", "door-a-101", between=("10:00", "10:01"), priority=2)
    (early,) = day.alerts("certificate-ending", until="10:05")
    assert early.resolved_at is not None


def test_59_certificate_that_has_ended_is_an_alert_of_its_own() -> None:
    day = day_of(ending("door-a-101", timedelta(hours=1)))
    day.want_alert("certificate-urgent", "door-a-101", between=("09:00", "09:01"))
    day.want_alert("certificate-expired", "door-a-101", between=("10:00", "10:01"), priority=2)


@pytest.mark.parametrize("role", ["broker", "hub", "authority"])
def test_broker_hub_and_authority_are_told_by_their_names(role: str) -> None:
    (alert,) = day_of(ending(role, timedelta(days=3), role)).alerts("certificate-urgent", until="09:05")
    assert (alert.label, alert.node) == (role, None)


def test_ten_that_end_together_are_ten_alerts_and_one_message() -> None:
    names = [f"door-a-{number}" for number in range(101, 111)]
    alerts = day_of(*(ending(name, timedelta(days=20)) for name in names)).alerts(
        "certificate-ending", until="09:05"
    )
    assert sorted(one.label for one in alerts) == names
    assert {group_key(one) for one in alerts} == {"certificate-ending/campus"}
