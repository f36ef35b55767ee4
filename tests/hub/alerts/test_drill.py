"""A drill goes the way of a real alarm, is labelled everywhere, and ends by itself."""

from datetime import datetime, timedelta

import pytest

from hub.alerts.alert import Change, Mute
from hub.alerts.drill import Certificate, Drill, DrillKind, certificate
from hub.alerts.notification import Reason
from protocol.messages import AlertState
from tests.builders import at
from tests.hub.alerts.stories import OVER, RULES, SILENT, Story

MIN = 60.0


def a_drill(kind: DrillKind = DrillKind.OVERLOAD) -> Drill:
    return Drill(id="drill-1", kind=kind, space="room", building="a", label="ROOM", started_at=at(0))


def certified(story: Story, drill: Drill, deliveries: dict[str, datetime]) -> Certificate:
    return certificate(drill, RULES[drill.rule], story.transitions, story.notifications, deliveries)


@pytest.mark.parametrize("kind", list(DrillKind))
def test_drill_is_told_and_labelled_like_a_real_alarm(kind: DrillKind) -> None:
    story = Story()
    story.drill(0, a_drill(kind))
    story.later(30)
    (told,) = story.notifications
    assert (told.is_drill, told.reason, told.rule) == (True, Reason.DRILL, a_drill(kind).rule)
    assert story.alert(a_drill(kind).rule).is_drill
    assert told.group.startswith("drill/")


@pytest.mark.parametrize("kind", list(DrillKind))
def test_drill_fires_at_the_turn_it_is_begun_whatever_the_patience_of_its_rule(kind: DrillKind) -> None:
    story = Story()
    story.find(0, OVER)
    story.drill(1, a_drill(kind))
    drill = story.alert(a_drill(kind).rule)
    assert (drill.is_drill, drill.state, drill.fired_at) == (True, AlertState.FIRING, at(1))
    assert [one.state for one in story.book.values() if not one.is_drill] == [AlertState.PENDING]


@pytest.mark.parametrize("kind", list(DrillKind))
def test_drill_nobody_acknowledges_ends_after_fifteen_minutes(kind: DrillKind) -> None:
    story = Story()
    story.drill(0, a_drill(kind))
    story.later(15 * MIN - 1)
    assert story.desk.alerts != {}
    story.later(60 * MIN)
    assert (story.desk.alerts, story.desk.drills) == ({}, {})
    assert story.transitions[-1].note == "drill-over"
    assert max(seconds for seconds, _, _ in story.told()) < 15 * MIN


@pytest.mark.parametrize("by", [timedelta(hours=-2), timedelta(hours=2)], ids=["back", "forward"])
def test_drill_lasts_as_long_when_the_clock_is_set(by: timedelta) -> None:
    story = Story()
    story.drill(0, a_drill())
    story.later(5 * MIN)
    story.shift(5 * MIN, by)
    assert story.state.drills == (a_drill().shifted(by),)
    story.later(by.total_seconds() + 15 * MIN - 1)
    assert story.desk.alerts != {}
    story.later(by.total_seconds() + 15 * MIN)
    assert (story.desk.alerts, story.transitions[-1].note) == ({}, "drill-over")


@pytest.mark.parametrize("kind", list(DrillKind))
def test_acknowledged_drill_has_done_its_work(kind: DrillKind) -> None:
    story = Story()
    story.drill(0, a_drill(kind))
    story.later(30)
    story.acknowledge(60, a_drill(kind).rule)
    story.later(2 * MIN)
    assert (story.desk.alerts, story.desk.drills) == ({}, {})
    assert story.changes()[-1] is Change.CLOSED


def test_drill_is_not_the_real_alert_of_its_room() -> None:
    story = Story()
    story.find(0, OVER)
    story.drill(1, a_drill())
    story.later(60)
    assert [alert.is_drill for alert in story.book.values()] == [False, True]
    assert [alert.state for alert in story.book.values()] == [AlertState.FIRING] * 2


def test_dead_door_of_a_drill_mutes_nothing_and_is_muted_by_no_silent_node() -> None:
    story = Story()
    story.find(0, OVER, SILENT)
    story.acknowledge(1, "silent-node")
    story.find(2, OVER)
    story.drill(3, a_drill(DrillKind.DEAD_DOOR))
    story.later(60)
    assert {alert.muted for alert in story.book.values() if alert.closed_at is None} == {None}


def test_drill_in_a_room_whose_node_is_silent_is_told() -> None:
    story = Story()
    story.find(0, SILENT)
    story.drill(1, a_drill())
    story.later(30)
    assert [one.is_drill for one in story.notifications] == [False, True]


def test_drill_under_way_survives_a_restart() -> None:
    story = Story()
    story.drill(0, a_drill())
    story.later(30)
    story.restart(60)
    story.later(14 * MIN)
    assert story.alert("over-capacity").state is AlertState.FIRING
    story.later(16 * MIN)
    assert story.desk.alerts == {}


def test_certificate_of_a_drill_that_was_answered() -> None:
    story, drill = Story(), a_drill()
    story.drill(0, drill)
    story.later(30)
    story.acknowledge(90, "over-capacity")
    found = certified(story, drill, {"alert-1-1": at(2)})
    assert (found.fired_s, found.told_s, found.delivered_s, found.acked_s) == (0, 0, 2, 90)
    assert found.steps_s == {1: 0}
    assert found.is_passed


def test_certificate_of_a_drill_that_nobody_answered_says_what_failed() -> None:
    story, drill = Story(), a_drill()
    story.drill(0, drill)
    story.later(16 * MIN)
    found = certified(story, drill, {"alert-1-2": at(210)})
    assert found.steps_s == {1: 0, 2: 180, 3: 600}
    assert not found.is_passed
    assert found.faults == (
        "delivered a message after 210 s, expected within 5 s",
        "never was acknowledged, expected within 180 s",
    )


@pytest.mark.parametrize("by", [-7200, -60, -20, 5, 90, 7200])
def test_certificate_does_not_count_the_seconds_by_which_the_clock_was_set(by: float) -> None:
    story, drill = Story(), a_drill()
    story.drill(0, drill)
    story.later(200)
    story.shift(210, timedelta(seconds=by))
    story.acknowledge(by + 230, "over-capacity")
    story.later(by + 300)
    (now,) = (one for one in story.book.values() if one.is_drill)
    assert story.told()[:2] == [(0, "guard-day", Reason.DRILL), (180, "manager", Reason.ESCALATED)]
    deliveries = {"alert-1-1": at(2), "alert-1-2": at(by + 212)}
    found = certified(story, drill.shifted(now.since - at(0)), deliveries)
    assert (found.fired_s, found.told_s, found.delivered_s, found.acked_s) == (0, 0, 2, 230)
    assert found.steps_s == {1: 0, 2: 180}


def test_clock_set_twice_is_counted_twice_and_steps_told_between_are_placed() -> None:
    story, drill = Story(), a_drill()
    story.drill(0, drill)
    story.shift(100, timedelta(seconds=-80))
    story.later(20 + 90)
    story.shift(20 + 95, timedelta(hours=1))
    story.later(3600 + 115 + 5)
    story.acknowledge(3600 + 115 + 10, "over-capacity")
    # Set back by 80 s: the second step, 180 s on, was told at 100 s of that clock.
    deliveries = {"alert-1-2": at(101)}
    found = certified(story, drill.shifted(timedelta(seconds=3600 - 80)), deliveries)
    assert (found.fired_s, found.delivered_s, found.acked_s) == (0, 181, 205)
    assert found.steps_s == {1: 0, 2: 180}


def test_certificate_of_a_silenced_drill_does_not_pass() -> None:
    story, drill = Story(), a_drill()
    story.drill(0, drill)
    story.later(30)
    story.shelve(31, "over-capacity", 60)
    story.later(16 * MIN)
    assert story.book["alert-1"].muted is Mute.SHELVED
    assert not certified(story, drill, {}).is_passed
