"""An open alert and the rule of another profile in, the alert as that profile grades it out. Pure.

Whoever was called is not called again, unless it is more urgent than it was: then all are, as of a new one.
"""

from collections.abc import Callable, Set
from datetime import datetime

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Telling, Transition
from hub.alerts.escalation import started
from hub.alerts.lifecycle import close
from hub.duties import Role
from hub.regime.alert_rule import AlertRule
from hub.rules.finding import Finding
from protocol.messages import AlertState

#: An alert as it is now, and what happened to it.
Graded = tuple[Alert, list[Transition]]


def is_graded_otherwise(alert: Alert, finding: Finding, rule: AlertRule, *, is_other: bool) -> bool:
    """Whether the alert, still found, is not yet what the rule says of it.

    `is_other`: its rule or its clause is another than before.
    """
    if alert.state is AlertState.RESOLVED and not finding.starts:
        # Over: what only keeps an alert going does not bring it back.
        return False
    return is_other or alert.priority != rule.priority


def regraded(
    alert: Alert,
    finding: Finding,
    rule: AlertRule,
    was: AlertRule | None,
    called: Set[Role],
    now: datetime,
    new_id: Callable[[], str],
) -> list[Graded]:
    """The alert under `rule`: one, or the old one closed and its successor.

    `was` is the rule so far, None where it is not known (a restart); `called` are the roles told so far.
    What somebody took when it was less urgent is closed: that word was about something else.
    """
    note = f"P{alert.priority} to P{rule.priority}" if alert.priority != rule.priority else "other limits"
    after = replace(alert, priority=rule.priority, clause=finding.clause)
    is_raised = rule.priority < alert.priority and alert.state is AlertState.FIRING
    if is_raised and alert.acked_at is not None:
        return [close(alert, now, note), _succeeding(after, new_id(), note, now)]
    if is_raised:
        return [(started(after, now), [_line(alert, Change.RAISED, note, now)])]
    if was is None or was.escalate != rule.escalate:
        after = _with_steps(after, rule, called, now)
    return [(after, [_line(alert, Change.REGRADED, note, now)])]


def _line(alert: Alert, change: Change, note: str, now: datetime) -> Transition:
    return Transition(alert=alert.id, at=now, change=change, value=alert.value, note=note)


def _succeeding(alert: Alert, id: str, note: str, now: datetime) -> Graded:
    """The same thing as an alert that nobody has taken; it has been patient already, so it fires at once."""
    fresh = replace(
        alert,
        id=id,
        fired_at=now,
        acked_by=None,
        acked_at=None,
        owner_duty=None,
        muted=None,
        muted_since=None,
        muted_until=None,
        digit=None,
        correction=None,
        corrected_at=None,
        telling=Telling(since=now),
    )
    return fresh, [_line(fresh, change, note, now) for change in (Change.BEGAN, Change.FIRED)]


def _with_steps(alert: Alert, rule: AlertRule, called: Set[Role], now: datetime) -> Alert:
    """Where the calling stands on the steps of the new rule: behind those whose role was called.

    Somebody was called, so the first step is done; of the others each is called when its time has come.
    """
    telling = alert.telling
    if telling.since is None:
        return alert
    done = 0
    while done < len(rule.escalate) and rule.escalate[done].role in called:
        done += 1
    steps = min(len(rule.escalate), max(done, 1)) if called else 0
    # Nobody was there for what was left of the old steps: the new ones begin now.
    since = telling.since if telling.retry_at is None else now
    return replace(alert, telling=replace(telling, steps=steps, since=since, retry_at=None))
