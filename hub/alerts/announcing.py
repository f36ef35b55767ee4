"""Whether somebody is to be told of an alert now, or when, and why: one table. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from hub.alerts.alert import Alert
from hub.alerts.notification import Reason
from hub.regime.alert_rule import AlertRule
from protocol.messages import AlertState
from protocol.quantities import Duration


class Due(NamedTuple):
    """Somebody is to be told for this reason, not before this instant."""

    at: datetime
    reason: Reason


def reason_to_tell(alert: Alert, rule: AlertRule, now: datetime) -> Reason | None:
    """Why somebody is to be told of the alert at `now`; None: nobody is."""
    due = next_telling(alert, rule)
    return due.reason if due is not None and due.at <= now else None


def next_telling(alert: Alert, rule: AlertRule) -> Due | None:
    """What is told next if nobody acts and nothing else happens."""
    telling = alert.telling
    if alert.closed_at is not None:
        # Over: whoever was called knows it from the acknowledgement.
        return None
    if telling.since is None:
        # Not patient enough yet: most of these go by themselves.
        return None
    if alert.muted is not None:
        # Silenced, shelved or inhibited: the board shows it, nobody is called.
        return None
    if alert.acked_at is not None:
        # Somebody has taken it. Nobody else is called; the owner is reminded if it goes on for long.
        if alert.state is not AlertState.FIRING or rule.remind_after is None:
            return None
        return Due(_after(telling.reminded_at or alert.acked_at, rule.remind_after), Reason.REMINDER)
    if alert.state is AlertState.RESOLVED:
        # Gone before anybody took it: those who were called need not go. Once, and nobody new.
        return Due(alert.resolved_at, Reason.RESOLVED) if telling.duties and alert.resolved_at else None
    again = None
    if telling.at is not None and rule.repeat_after is not None:
        again = Due(_after(telling.at, rule.repeat_after), Reason.REPEATED)
    if telling.retry_at is not None:
        # Nobody was on duty at what is left of the steps: called when that may have changed. Whoever
        # was called before is called again meanwhile.
        retry = Due(telling.retry_at, Reason.ESCALATED if telling.duties else _first(alert))
        return retry if again is None else min(again, retry, key=lambda due: due.at)
    if telling.steps == 0 and rule.escalate:
        # The first who is called; usually at once.
        return Due(_after(telling.since, rule.escalate[0].after), _first(alert))
    if telling.steps < len(rule.escalate):
        # Nobody has acted so far: the next duty is called.
        return Due(_after(telling.since, rule.escalate[telling.steps].after), Reason.ESCALATED)
    # Everybody was called and nobody acted: the last is called again, until somebody does. Without
    # `repeat_after`, or without steps, the board alone says it.
    return again


def _first(alert: Alert) -> Reason:
    return Reason.DRILL if alert.is_drill else Reason.FIRED


def _after(at: datetime, wait: Duration) -> datetime:
    return at + timedelta(seconds=wait.seconds)
