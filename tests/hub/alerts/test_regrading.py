"""Another profile comes into force while alerts are open: their priority, steps and words become its own."""

from dataclasses import replace

import msgspec
import pytest

from hub.alerts.alert import Change
from hub.alerts.notification import Reason
from hub.duties import Role
from hub.regime.alert_rule import AlertRule
from protocol.messages import AlertState
from protocol.quantities import Duration
from tests.hub.alerts.stories import FEVER, OVER, RULES, Story, steps

OVER_RULE = RULES["over-capacity"]
UNDER_ANOTHER = replace(OVER, limit=12, clause="§4.1")


def another(rule: str = "over-capacity", **changes: object) -> dict[str, AlertRule]:
    """The rules of another profile, in which one is another."""
    return {**RULES, rule: msgspec.structs.replace(RULES[rule], **changes)}


def fired(priority: int = 2) -> Story:
    """Told to the guard at 20 s, for a room that has been over since 0 s."""
    story = Story(rules=another(priority=priority))
    story.find(0, OVER)
    story.later(20)
    return story


def test_less_urgent_alert_is_regraded_and_nobody_is_called_anew() -> None:
    story = fired(priority=1)
    told = story.told()
    story.switch(60, another(priority=2), UNDER_ANOTHER)
    alert = story.alert("over-capacity")
    assert (alert.priority, alert.clause, alert.limit, alert.state) == (2, "§4.1", 12, AlertState.FIRING)
    assert story.told() == told == [(20, "guard-day", Reason.FIRED)]
    assert (story.transitions[-1].change, story.transitions[-1].note) == (Change.REGRADED, "P1 to P2")
    assert alert.message().priority == 2


def test_more_urgent_alert_rings_and_escalates_afresh() -> None:
    story = fired()
    story.switch(60, another(priority=1), UNDER_ANOTHER)
    assert (story.alert("over-capacity").priority, story.changes()[-1]) == (1, Change.RAISED)
    story.later(60 + 181)
    assert story.told() == [
        (20, "guard-day", Reason.FIRED),
        (60, "guard-day", Reason.FIRED),
        (60 + 180, "manager", Reason.ESCALATED),
    ]


def test_alert_somebody_took_is_succeeded_by_a_more_urgent_one() -> None:
    story = fired()
    story.acknowledge(30, "over-capacity")
    taken = story.alert("over-capacity").id
    story.switch(60, another(priority=1), UNDER_ANOTHER)
    successor = story.alert("over-capacity")
    assert story.book[taken].closed_at == story.at(60)
    assert (successor.priority, successor.state, successor.acked_by) == (1, AlertState.FIRING, None)
    assert (successor.since, successor.fired_at) == (story.at(0), story.at(60))
    assert story.told()[-1] == (60, "guard-day", Reason.FIRED)
    assert successor.id != taken
    assert len({one.id for one in story.notifications}) == len(story.notifications)


def test_alert_somebody_took_stays_taken_when_it_is_less_urgent() -> None:
    story = fired(priority=1)
    story.acknowledge(30, "over-capacity")
    story.switch(60, another(priority=3), UNDER_ANOTHER)
    alert = story.alert("over-capacity")
    assert (alert.priority, alert.acked_by, alert.closed_at) == (3, "Aset", None)


def test_pending_alert_waits_as_long_as_the_new_rule_asks() -> None:
    story = Story(rules=another(priority=2))
    story.find(0, OVER)
    story.switch(10, another(priority=1, fire_after=Duration("60s")), UNDER_ANOTHER)
    story.later(59)
    assert story.told() == []
    story.later(61)
    assert (story.told(), story.alert("over-capacity").priority) == ([(60, "guard-day", Reason.FIRED)], 1)


def test_new_steps_go_on_behind_those_who_were_called() -> None:
    story = fired(priority=1)
    guard_then_admin = steps(("0s", Role.GUARD), ("5min", Role.ADMIN))
    story.switch(60, another(priority=1, escalate=guard_then_admin), OVER)
    assert story.changes()[-1] is Change.REGRADED
    story.later(400)
    assert story.told() == [(20, "guard-day", Reason.FIRED), (20 + 300, "admin", Reason.ESCALATED)]


def test_other_first_step_is_not_called_when_somebody_was() -> None:
    story = fired(priority=1)
    story.switch(60, another(priority=3, escalate=steps(("0s", Role.MANAGER))), OVER)
    story.later(300)
    assert story.told() == [(20, "guard-day", Reason.FIRED)]


def test_other_clause_alone_is_a_line_of_the_record() -> None:
    story = fired(priority=1)
    story.switch(60, another(priority=1), UNDER_ANOTHER)
    assert (story.alert("over-capacity").clause, story.alert("over-capacity").limit) == ("§4.1", 12)
    assert (story.transitions[-1].change, story.transitions[-1].note) == (Change.REGRADED, "other limits")


def test_same_rule_and_same_finding_leave_no_line() -> None:
    story = fired(priority=1)
    before = list(story.transitions)
    story.switch(60, another(priority=1), OVER)
    assert story.transitions == before


def test_alert_that_is_not_found_any_more_ends_with_the_patience_of_the_new_rule() -> None:
    story = fired()
    story.switch(60, another(priority=1, clear_after=Duration("5s")))
    story.later(65)
    alert = story.alert("over-capacity")
    assert (alert.state, alert.resolved_at, alert.priority) == (AlertState.RESOLVED, story.at(65), 2)
    assert story.told()[-1] == (65, "guard-day", Reason.RESOLVED)


def test_alert_whose_rule_is_gone_is_closed() -> None:
    story = fired()
    rules = {name: rule for name, rule in RULES.items() if name != "over-capacity"}
    story.switch(60, rules, OVER)
    assert (story.transitions[-1].change, story.transitions[-1].note) == (Change.CLOSED, "no-rule")


def test_shelf_of_a_less_urgent_alert_does_not_hold_back_the_more_urgent_one() -> None:
    story = fired()
    story.shelve(30, "over-capacity", 60)
    story.switch(60, another(priority=1), OVER)
    assert (story.muted("over-capacity"), story.told()[-1]) == (None, (60, "guard-day", Reason.FIRED))
    assert story.desk.shelves == {}


def test_switch_while_the_hub_was_away_is_made_up_for() -> None:
    story = fired()
    story.rules = another(priority=1)
    story.restart(60)
    assert (story.alert("over-capacity").priority, story.changes()[-1]) == (1, Change.RAISED)
    assert story.told()[-1] == (60, "guard-day", Reason.FIRED)


@pytest.mark.parametrize("priority", [1, 3])
def test_turn_after_the_switch_changes_nothing_more(priority: int) -> None:
    story = fired()
    story.switch(60, another(priority=priority), UNDER_ANOTHER)
    before = (list(story.transitions), list(story.notifications))
    story.later(61)
    assert (story.transitions, story.notifications) == before


def test_resolved_alert_is_graded_when_it_returns() -> None:
    story = fired()
    story.find(30)
    story.later(61)
    story.switch(70, another(priority=1))
    assert story.alert("over-capacity").priority == 2
    story.find(80, UNDER_ANOTHER)
    assert (story.alert("over-capacity").priority, story.changes()[-1]) == (1, Change.RETURNED)
    assert story.told()[-1] == (80, "guard-day", Reason.FIRED)


def test_fever_that_waits_for_somebody_is_regraded_too() -> None:
    story = Story()
    story.find(0, FEVER)
    story.switch(30, another("elevated-screening", priority=1), FEVER)
    assert (story.alert("elevated-screening").priority, story.told()[-1][0]) == (1, 30)
