"""Alerts as a timeline: what is found when, and what must follow."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import msgspec

from hub.alerts.alert import Alert, Change
from hub.alerts.late_truth import mark_late
from hub.alerts.lifecycle import Key, acknowledge, advance, due_at, shifted
from hub.rules.finding import Finding
from protocol.messages import AlertState
from tests.builders import a_profile, at

OVER = Finding(
    rule="over-capacity", subject="room", label="ROOM", space="room", value=18, limit=15, clause="§71"
)
AT_LIMIT = replace(OVER, value=15, starts=False)
UNKNOWN = replace(OVER, value=None, starts=False)
FEVER = Finding(rule="elevated-screening", subject="post", label="HALL", space="hall", value=1, clause="§35")
RULES = a_profile().alerts  # over-capacity: fires after 20 s, clears after 30 s


def is_due(alert: Alert, seconds: float) -> bool:
    due = due_at(alert, RULES[alert.rule])
    return due is not None and due <= at(seconds)


class Timeline:
    """Findings at instants, and the alerts that follow; only what changed or has come due is looked at."""

    def __init__(self) -> None:
        self.alerts: dict[Key, Alert] = {}
        self.happened: list[Change] = []
        self._found: dict[Key, Finding] = {}
        self._ids = count(1)

    def find(self, seconds: float, *findings: Finding) -> None:
        found = {(one.rule, one.subject): one for one in findings}
        touched = {key for key in {*found, *self._found} if found.get(key) != self._found.get(key)}
        touched |= {key for key, alert in self.alerts.items() if is_due(alert, seconds)}
        self._found = found
        step = advance(self.alerts, found, at(seconds), RULES, lambda: f"alert-{next(self._ids)}", touched)
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


def resolved_at_eighty() -> Timeline:
    timeline = fired_at_twenty()
    timeline.find(50)
    timeline.find(80)
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
    timeline.find(59.9)
    assert timeline.state() is AlertState.FIRING
    timeline.find(60)
    assert timeline.state() is AlertState.RESOLVED


def test_resolved_alert_stays_until_somebody_has_acknowledged_it() -> None:
    timeline = resolved_at_eighty()
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
    timeline.find(50)
    timeline.find(80)
    assert timeline.alerts == {}
    assert timeline.happened[-2:] == [Change.RESOLVED, Change.CLOSED]


def test_first_acknowledgement_stands() -> None:
    timeline = fired_at_twenty()
    timeline.acknowledge(25, "Aset")
    timeline.acknowledge(26, "Dana")
    assert timeline.only.acked_by == "Aset"
    assert timeline.happened.count(Change.ACKED) == 1


def test_crowd_that_returns_before_anybody_acknowledged_is_the_same_alert() -> None:
    timeline = resolved_at_eighty()
    first = timeline.only.id
    timeline.find(81, OVER)
    assert timeline.only.id == first
    assert timeline.state() is AlertState.FIRING
    assert timeline.happened[-1] is Change.RETURNED


def test_unknown_room_does_not_bring_a_resolved_alert_back() -> None:
    timeline = resolved_at_eighty()
    timeline.find(81, UNKNOWN)
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


def test_alert_that_is_found_again_while_it_clears_clears_from_the_beginning() -> None:
    timeline = fired_at_twenty()
    timeline.find(30)
    timeline.find(50, OVER)
    timeline.find(55)
    timeline.find(84.9)
    assert timeline.state() is AlertState.FIRING
    timeline.find(85)
    assert timeline.state() is AlertState.RESOLVED


def test_pending_alert_cannot_be_acknowledged() -> None:
    timeline = Timeline()
    timeline.find(0, OVER)
    timeline.acknowledge(5)
    assert timeline.only.acked_by is None


def test_same_call_again_changes_nothing() -> None:
    timeline = fired_at_twenty()
    again = advance(timeline.alerts, {timeline.only.key: OVER}, at(20), RULES, str, [timeline.only.key])
    assert (again.changed, again.transitions) == ([], [])


def test_transitions_come_in_the_order_of_the_keys() -> None:
    rooms = [replace(FEVER, subject=name) for name in ("c", "a", "b")]
    found = {(one.rule, one.subject): one for one in rooms}
    ids = iter(["1", "2", "3"])
    step = advance({}, found, at(0), RULES, lambda: next(ids), list(found))
    assert [alert.subject for alert in step.changed] == ["a", "b", "c"]
    assert [one.alert for one in step.transitions] == ["1", "1", "2", "2", "3", "3"]


def test_untouched_alert_is_left_alone_however_many_there_are() -> None:
    timeline = fired_at_twenty()
    step = advance(timeline.alerts, {}, at(9999), RULES, str, [])
    assert (step.changed, step.transitions) == ([], [])


def test_rule_that_the_profile_no_longer_has_closes_its_alert_and_says_so() -> None:
    timeline = fired_at_twenty()
    step = advance(timeline.alerts, {}, at(30), {}, str, [timeline.only.key])
    assert step.open == {}
    assert [(one.change, one.note) for one in step.transitions] == [(Change.CLOSED, "no-rule")]


def test_stored_alert_of_an_older_version_is_read() -> None:
    old = (
        b'{"id":"1","rule":"over-capacity","subject":"room","label":"ROOM","priority":1,"space":"room",'
        b'"node":null,"state":"firing","since":"2026-11-23T04:00:00Z","found_at":"2026-11-23T04:00:20Z",'
        b'"fired_at":"2026-11-23T04:00:20Z"}'
    )
    assert msgspec.json.decode(old, type=Alert).muted is None


def test_worst_value_stays_with_the_alert_until_it_is_over() -> None:
    timeline = Timeline()
    timeline.find(0, OVER)
    timeline.find(25, replace(OVER, value=19))
    timeline.find(40, replace(OVER, value=16))
    timeline.find(50, AT_LIMIT)
    timeline.find(60, UNKNOWN)
    alert = timeline.only
    assert (alert.value, alert.worst, alert.worst_limit, alert.worst_at) == (15, 19, 15, at(25))


def test_worst_value_of_a_limit_from_below_is_the_lowest() -> None:
    timeline = Timeline()
    low = replace(OVER, value=4, limit=10)
    timeline.find(0, low)
    timeline.find(10, replace(low, value=2))
    timeline.find(20, replace(low, value=9))
    assert (timeline.only.worst, timeline.only.worst_at) == (2, at(10))


def test_worst_is_measured_against_the_limit_of_its_time() -> None:
    timeline = fired_at_twenty()
    timeline.find(30, replace(OVER, value=20, limit=19))
    assert (timeline.only.worst, timeline.only.worst_limit) == (18, 15)


def test_finding_without_a_limit_has_no_worst() -> None:
    timeline = Timeline()
    timeline.find(0, FEVER)
    assert (timeline.only.worst, timeline.only.worst_at) == (None, None)


def test_worst_moves_with_the_clock_and_is_not_corrected_afterwards() -> None:
    alert = shifted(fired_at_twenty().only, timedelta(hours=1))
    assert alert.worst_at == at(3600)
    corrected, _ = mark_late(alert, is_held=True, value=25, now=at(4000))
    again, _ = mark_late(alert, is_held=False, value=14, now=at(4000))
    assert (corrected.worst, again.worst, again.correction) == (18, 18, "late truth: was 14, not 18")
