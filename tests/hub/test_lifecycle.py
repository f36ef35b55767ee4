"""Alerts as a timeline: what is found when, and what must follow."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hub.alerts.alert import Alert, Change
from hub.alerts.lifecycle import Key, acknowledge, advance, shifted
from hub.rules.finding import Finding
from protocol.messages import AlertState
from tests.builders import a_profile, at

OVER = Finding(
    rule="over-capacity", subject="room", label="ROOM", space="room", value=18, limit=15, clause="§71"
)
AT_LIMIT = replace(OVER, value=15, starts=False)
UNKNOWN = replace(OVER, value=None, starts=False)
FEVER = Finding(rule="elevated-screening", subject="post", label="HALL", space="hall", value=1, clause="§35")
PATIENCE = a_profile().alerts  # over-capacity: fires after 20 s, clears after 30 s


class Timeline:
    """Findings at instants, and the alerts that follow."""

    def __init__(self) -> None:
        self.alerts: dict[Key, Alert] = {}
        self.happened: list[Change] = []
        self._ids = count(1)

    def find(self, seconds: float, *findings: Finding) -> None:
        step = advance(self.alerts, findings, at(seconds), PATIENCE, lambda: f"alert-{next(self._ids)}")
        self.alerts = step.open
        self.happened += [transition.change for transition in step.transitions]

    def acknowledge(self, seconds: float, by: str = "Aset") -> None:
        after, transitions = acknowledge(self.only, by, at(seconds))
        self.alerts = {after.key: after} if after.closed_at is None else {}
        self.happened += [transition.change for transition in transitions]

    @property
    def only(self) -> Alert:
        (alert,) = self.alerts.values()
        return alert

    def state(self) -> AlertState:
        return self.only.state


def fired_at_twenty() -> Timeline:
    timeline = Timeline()
    timeline.find(0, OVER)
    timeline.find(20, OVER)
    return timeline


def test_alert_is_pending_until_its_patience_is_over() -> None:
    timeline = Timeline()
    timeline.find(0, OVER)
    timeline.find(19.9, OVER)
    assert timeline.state() is AlertState.PENDING
    timeline.find(20, OVER)
    assert timeline.state() is AlertState.FIRING
    assert (timeline.only.since, timeline.only.fired_at) == (at(0), at(20))


def test_short_crowd_fires_nothing() -> None:
    timeline = Timeline()
    timeline.find(0, OVER)
    timeline.find(10)
    assert timeline.alerts == {}
    assert timeline.happened == [Change.BEGAN, Change.DROPPED]


def test_room_at_its_limit_starts_no_alert_but_keeps_one_going() -> None:
    timeline = Timeline()
    timeline.find(0, AT_LIMIT)
    assert timeline.alerts == {}
    timeline = fired_at_twenty()
    timeline.find(60, AT_LIMIT)
    timeline.find(600, AT_LIMIT)
    assert timeline.state() is AlertState.FIRING


def test_dead_sensor_clears_no_alarm() -> None:
    timeline = fired_at_twenty()
    timeline.find(900, UNKNOWN)
    assert timeline.state() is AlertState.FIRING
    assert timeline.only.value == 18


def test_alert_resolves_after_thirty_quiet_seconds() -> None:
    timeline = fired_at_twenty()
    timeline.find(30)
    timeline.find(49)
    assert timeline.state() is AlertState.FIRING
    timeline.find(50)
    assert timeline.state() is AlertState.RESOLVED


def test_resolved_alert_stays_until_somebody_has_acknowledged_it() -> None:
    timeline = fired_at_twenty()
    timeline.find(50)
    timeline.find(5000)
    assert timeline.state() is AlertState.RESOLVED
    timeline.acknowledge(5001)
    assert timeline.alerts == {}
    assert timeline.happened[-2:] == [Change.ACKED, Change.CLOSED]


def test_acknowledged_alert_closes_when_it_resolves() -> None:
    timeline = fired_at_twenty()
    timeline.acknowledge(25)
    timeline.find(26, OVER)
    assert timeline.only.acked_by == "Aset"
    timeline.find(60)
    assert timeline.alerts == {}
    assert timeline.happened[-2:] == [Change.RESOLVED, Change.CLOSED]


def test_first_acknowledgement_stands() -> None:
    timeline = fired_at_twenty()
    timeline.acknowledge(25, "Aset")
    timeline.acknowledge(26, "Dana")
    assert timeline.only.acked_by == "Aset"
    assert timeline.happened.count(Change.ACKED) == 1


def test_crowd_that_returns_before_anybody_acknowledged_is_the_same_alert() -> None:
    timeline = fired_at_twenty()
    first = timeline.only.id
    timeline.find(60)
    timeline.find(61, OVER)
    assert timeline.only.id == first
    assert timeline.state() is AlertState.FIRING
    assert timeline.happened[-1] is Change.RETURNED


def test_unknown_room_does_not_bring_a_resolved_alert_back() -> None:
    timeline = fired_at_twenty()
    timeline.find(60)
    timeline.find(61, UNKNOWN)
    assert timeline.state() is AlertState.RESOLVED


def test_fever_needs_somebody_however_quiet_the_post_is_afterwards() -> None:
    timeline = Timeline()
    timeline.find(0, FEVER)
    timeline.find(3600)
    assert timeline.state() is AlertState.FIRING
    timeline.acknowledge(3601)
    timeline.find(3602)
    assert timeline.alerts == {}
    assert timeline.happened[-3:] == [Change.ACKED, Change.RESOLVED, Change.CLOSED]


def test_second_fever_after_an_acknowledgement_is_another_alert() -> None:
    timeline = Timeline()
    timeline.find(0, replace(FEVER, newest_at=at(0)))
    first = timeline.only.id
    timeline.acknowledge(5)
    timeline.find(10, replace(FEVER, newest_at=at(0)))
    assert timeline.only.id == first
    timeline.find(40, replace(FEVER, newest_at=at(40)))
    assert timeline.only.id != first
    assert timeline.only.acked_by is None
    assert timeline.state() is AlertState.FIRING


def test_clock_that_is_set_moves_no_patience() -> None:
    timeline = Timeline()
    timeline.find(0, OVER)
    hours = timedelta(hours=3)
    timeline.alerts = {key: shifted(alert, -hours) for key, alert in timeline.alerts.items()}
    timeline.find(20 - hours.total_seconds(), OVER)
    assert timeline.state() is AlertState.FIRING


def test_value_of_a_firing_alert_follows_the_room() -> None:
    timeline = fired_at_twenty()
    timeline.find(21, replace(OVER, value=23))
    assert timeline.only.value == 23
