"""What dashboards and certificates read of the book."""

from datetime import timedelta
from pathlib import Path

from hub.alerts.notification import Reason
from hub.courier.outcomes import open_outcomes
from tests.hub.courier.desk import Desk, failed


def test_drill_has_the_times_of_each_delivery(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 50)
    desk.tell(reason=Reason.DRILL, is_drill=True)
    desk.run_for(70)
    told = desk.of()[0]
    assert (told.reason, told.state, told.receiver) == ("drill", "delivered", "second")
    assert told.told_after_s is not None
    assert 60.0 <= told.told_after_s <= 64.0
    first, second = told.deliveries
    assert first.first_tried_at is not None
    assert (first.first_tried_at - told.at).total_seconds() <= 1.0
    assert (first.state, first.delivered_at, first.tries) == ("spared", None, 5)
    assert (second.state, second.delivered_at, second.tries) == ("delivered", told.ended_at, 1)


def test_waiting_and_health_show_a_provider_that_is_away(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 50)
    desk.tell("a1", receivers=("first",))
    desk.tell("a2", receivers=("first",))
    desk.step()
    assert [(one.alert, one.state) for one in desk.outcomes.waiting()] == [
        ("a1", "waiting"),
        ("a2", "waiting"),
    ]
    health = desk.outcomes.health()[0]
    assert (health.receiver, health.state, health.waiting, health.failures) == ("first", "failing", 2, 1)
    assert health.paused_until == desk.clock.now() + timedelta(seconds=2)


def test_undelivered_is_shown_for_the_time_asked_for(desk: Desk) -> None:
    desk.tell("a1", receivers=())
    desk.step()
    now = desk.clock.now()
    assert [one.alert for one in desk.outcomes.undelivered(now - timedelta(hours=1))] == ["a1"]
    assert desk.outcomes.undelivered(now + timedelta(hours=1)) == []


def test_without_a_courier_there_are_no_outcomes(tmp_path: Path) -> None:
    assert open_outcomes(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
