"""pending → firing → resolved, with patience as data; the same for every rule. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Transition, begin
from hub.regime.alert_rule import AlertRule
from hub.rules.finding import Finding
from protocol.messages import AlertState

Key = tuple[str, str]


class Advance(NamedTuple):
    """The alerts still open, those changed (closed ones included), and what happened, in order."""

    open: dict[Key, Alert]
    changed: list[Alert]
    transitions: list[Transition]


def advance(
    alerts: Mapping[Key, Alert],
    findings: Iterable[Finding],
    now: datetime,
    patience: Mapping[str, AlertRule],
    new_id: Callable[[], str],
) -> Advance:
    """Every open alert one step on, and a new one for each new finding that may start one.

    A finding that only keeps an alert going starts none. An alert that fired stays open until it is
    resolved *and* acknowledged; found again before that, it is the same alert.
    """
    found = {(finding.rule, finding.subject): finding for finding in findings}
    result = Advance({}, [], [])
    for key, alert in alerts.items():
        if _is_another(alert, found.get(key)):
            closed = replace(alert, closed_at=now)
            _note(result, alert, closed, [Transition(alert=alert.id, at=now, change=Change.CLOSED)])
        else:
            _note(result, alert, *_step(alert, found.get(key), now, patience[alert.rule]))
    for key, finding in found.items():
        if key in result.open or not finding.starts or _is_over(alerts.get(key), finding):
            continue
        rule = patience[finding.rule]
        alert = begin(new_id(), finding, rule.priority, now)
        began = Transition(alert=alert.id, at=now, change=Change.BEGAN, value=finding.value)
        after, then = _step(alert, finding, now, rule)
        _note(result, None, after, [began, *then])
    return result


def acknowledge(alert: Alert, by: str, at: datetime) -> tuple[Alert, list[Transition]]:
    """The alert with its owner; the first one stands. A resolved alert is closed by it."""
    if alert.acked_by is not None:
        return alert, []
    acked = replace(alert, acked_by=by, acked_at=at)
    transitions = [Transition(alert=alert.id, at=at, change=Change.ACKED, by=by)]
    if acked.state is AlertState.RESOLVED:
        acked = replace(acked, closed_at=at)
        transitions.append(Transition(alert=alert.id, at=at, change=Change.CLOSED))
    return acked, transitions


def shifted(alert: Alert, by: timedelta) -> Alert:
    """The alert after the wall clock was set by so much: how long it has lasted stays what it was."""
    return replace(alert, since=alert.since + by, found_at=alert.found_at + by)


def _is_another(alert: Alert, finding: Finding | None) -> bool:
    """Whether it has happened again since somebody took the alert: that needs somebody anew."""
    if finding is None or finding.newest_at is None or alert.acked_at is None:
        return False
    return finding.newest_at > alert.acked_at


def _is_over(before: Alert | None, finding: Finding) -> bool:
    """Whether the alert of this finding was there and has just ended."""
    return before is not None and not _is_another(before, finding)


def _step(
    alert: Alert, finding: Finding | None, now: datetime, rule: AlertRule
) -> tuple[Alert, list[Transition]]:
    if finding is None or (alert.state is AlertState.RESOLVED and not finding.starts):
        return _step_without(alert, now, rule)
    alert = replace(
        alert,
        found_at=now,
        value=finding.value if finding.value is not None else alert.value,
        limit=finding.limit if finding.limit is not None else alert.limit,
        limit_rule=finding.limit_rule if finding.limit_rule is not None else alert.limit_rule,
        clause=finding.clause,
    )
    if alert.state is AlertState.RESOLVED:
        back = replace(alert, state=AlertState.FIRING, resolved_at=None)
        return back, [Transition(alert=alert.id, at=now, change=Change.RETURNED, value=finding.value)]
    waited = now - alert.since >= timedelta(seconds=rule.fire_after.seconds)
    if alert.state is AlertState.PENDING and finding.starts and waited:
        fired = replace(alert, state=AlertState.FIRING, fired_at=now)
        return fired, [Transition(alert=alert.id, at=now, change=Change.FIRED, value=finding.value)]
    return alert, []


def _step_without(alert: Alert, now: datetime, rule: AlertRule) -> tuple[Alert, list[Transition]]:
    if alert.state is AlertState.PENDING:
        dropped = replace(alert, closed_at=now)
        return dropped, [Transition(alert=alert.id, at=now, change=Change.DROPPED)]
    if alert.state is AlertState.RESOLVED:
        return alert, []
    if now - alert.found_at < timedelta(seconds=rule.clear_after.seconds):
        return alert, []
    if rule.until_acknowledged and alert.acked_by is None:
        return alert, []
    resolved = replace(alert, state=AlertState.RESOLVED, resolved_at=now)
    transitions = [Transition(alert=alert.id, at=now, change=Change.RESOLVED)]
    if resolved.acked_by is not None:
        resolved = replace(resolved, closed_at=now)
        transitions.append(Transition(alert=alert.id, at=now, change=Change.CLOSED))
    return resolved, transitions


def _note(result: Advance, before: Alert | None, after: Alert, transitions: list[Transition]) -> None:
    if after.closed_at is None:
        result.open[after.key] = after
    if transitions or before is None or _differs(before, after):
        result.changed.append(after)
    result.transitions.extend(transitions)


def _differs(before: Alert, after: Alert) -> bool:
    return replace(before, found_at=after.found_at) != after
