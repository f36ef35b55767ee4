"""pending → firing → resolved, with patience as data; the same for every rule. Pure.

Only what was touched is looked at: a finding that came, went or changed, and an alert whose time has come.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Key, Telling, Transition, begin
from hub.regime.alert_rule import AlertRule
from hub.rules.finding import Finding
from protocol.messages import AlertState

__all__ = ["Advance", "Key", "acknowledge", "advance", "close", "due_at", "shifted"]


class Advance(NamedTuple):
    """The alerts still open, those changed (closed ones included), and what happened, in order."""

    open: dict[Key, Alert]
    changed: list[Alert]
    transitions: list[Transition]


def advance(
    alerts: dict[Key, Alert],
    findings: Mapping[Key, Finding],
    now: datetime,
    rules: Mapping[str, AlertRule],
    new_id: Callable[[], str],
    touched: Iterable[Key],
) -> Advance:
    """Each touched alert one step on, and a new one for each touched finding that may start one.

    `touched` names every finding that came, went or changed since the last call and every alert whose
    `due_at` has come; naming more changes nothing. `alerts` is brought up to date in place and is the
    answer's `open`: no copy of what was not touched. Keys are taken in their order, so that the same
    call gives the same transitions in the same order.
    A finding that only keeps an alert going starts none. An alert that fired stays open until it is
    resolved *and* acknowledged; found again before that, it is the same alert.
    """
    result = Advance(alerts, [], [])
    for key in sorted(set(touched)):
        before, finding, rule = alerts.get(key), findings.get(key), rules.get(key[0])
        if rule is None:
            # The profile has no such rule any more: nothing can be said of it.
            if before is not None:
                _note(result, before, *close(before, now, "no-rule"))
            continue
        if before is not None and _is_another(before, finding):
            _note(result, before, *close(before, now))
            before = None
        if before is not None:
            _note(result, before, *_step(before, finding, now, rule))
        elif finding is not None and finding.starts:
            alert = begin(new_id(), finding, rule.priority, now)
            began = Transition(alert=alert.id, at=now, change=Change.BEGAN, value=finding.value)
            after, then = _step(alert, finding, now, rule)
            _note(result, None, after, [began, *then])
    return result


def due_at(alert: Alert, rule: AlertRule) -> datetime | None:
    """When patience alone changes this alert next; None: only a finding or a person does.

    An instant that is past means that nothing more happens by time (the finding keeps it as it is).
    """
    if alert.closed_at is not None:
        return None
    if alert.state is AlertState.PENDING:
        return alert.since + timedelta(seconds=rule.fire_after.seconds)
    if alert.state is AlertState.FIRING and alert.gone_at is not None:
        waits_for_somebody = rule.until_acknowledged and alert.acked_by is None
        return None if waits_for_somebody else alert.gone_at + timedelta(seconds=rule.clear_after.seconds)
    return None


def acknowledge(
    alert: Alert, by: str, at: datetime, duty: str | None = None
) -> tuple[Alert, list[Transition]]:
    """The alert with its owner; the first one stands. A resolved alert is closed by it.

    `duty` is the owner's duty, reminded when the acknowledgement grows old. A pending alert has not been
    told: there is nothing to acknowledge yet.
    """
    if alert.acked_by is not None or alert.state is AlertState.PENDING or alert.closed_at is not None:
        return alert, []
    acked = replace(alert, acked_by=by, acked_at=at, owner_duty=duty)
    transitions = [Transition(alert=alert.id, at=at, change=Change.ACKED, by=by)]
    if acked.state is AlertState.RESOLVED:
        acked, closed = close(acked, at)
        transitions += closed
    return acked, transitions


def close(alert: Alert, now: datetime, note: str | None = None) -> tuple[Alert, list[Transition]]:
    """The alert over, whatever it was; `note` says why where it did not end by itself."""
    closed = Transition(alert=alert.id, at=now, change=Change.CLOSED, note=note)
    return replace(alert, closed_at=now), [closed]


def shifted(alert: Alert, by: timedelta) -> Alert:
    """The alert after the wall clock was set by so much: how long it has lasted stays what it was."""
    telling = alert.telling
    return replace(
        alert,
        since=alert.since + by,
        found_at=alert.found_at + by,
        worst_at=_later(alert.worst_at, by),
        gone_at=_later(alert.gone_at, by),
        muted_since=_later(alert.muted_since, by),
        telling=Telling(
            count=telling.count,
            since=_later(telling.since, by),
            steps=telling.steps,
            at=_later(telling.at, by),
            duties=telling.duties,
            reminded_at=_later(telling.reminded_at, by),
            retry_at=telling.retry_at,
        ),
    )


def _later(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at + by


def _is_another(alert: Alert, finding: Finding | None) -> bool:
    """Whether it has happened again since somebody took the alert: that needs somebody anew."""
    if finding is None or finding.newest_at is None or alert.acked_at is None:
        return False
    return finding.newest_at > alert.acked_at


def _step(
    alert: Alert, finding: Finding | None, now: datetime, rule: AlertRule
) -> tuple[Alert, list[Transition]]:
    if finding is None or (alert.state is AlertState.RESOLVED and not finding.starts):
        return _step_without(alert, now, rule)
    alert = _with(alert, finding, now)
    if alert.state is AlertState.RESOLVED:
        back = replace(alert, state=AlertState.FIRING, resolved_at=None)
        return back, [Transition(alert=alert.id, at=now, change=Change.RETURNED, value=finding.value)]
    waited = now - alert.since >= timedelta(seconds=rule.fire_after.seconds)
    if alert.state is AlertState.PENDING and finding.starts and waited:
        fired = replace(alert, state=AlertState.FIRING, fired_at=now)
        return fired, [Transition(alert=alert.id, at=now, change=Change.FIRED, value=finding.value)]
    return alert, []


def _with(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """The alert as it is found now; what is unknown now keeps its last value."""
    found = replace(
        _with_worst(alert, finding, now),
        gone_at=None,
        value=finding.value if finding.value is not None else alert.value,
        limit=finding.limit if finding.limit is not None else alert.limit,
        limit_rule=finding.limit_rule if finding.limit_rule is not None else alert.limit_rule,
        clause=finding.clause,
        newest_at=finding.newest_at or alert.newest_at,
    )
    return alert if found == alert else replace(found, found_at=now)


def _with_worst(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """The alert with the worst that was found so far: on the side of the limit where it began."""
    value, limit = finding.value, finding.limit
    if value is None or limit is None:
        return alert
    if alert.worst is not None and alert.worst_limit is not None:
        side = 1 if alert.worst >= alert.worst_limit else -1
        if (value - limit) * side <= (alert.worst - alert.worst_limit) * side:
            return alert
    return replace(alert, worst=value, worst_limit=limit, worst_at=now)


def _step_without(alert: Alert, now: datetime, rule: AlertRule) -> tuple[Alert, list[Transition]]:
    if alert.state is AlertState.PENDING:
        dropped = replace(alert, closed_at=now)
        return dropped, [Transition(alert=alert.id, at=now, change=Change.DROPPED)]
    if alert.gone_at is None:
        alert = replace(alert, gone_at=now)
    if alert.state is AlertState.RESOLVED:
        return alert, []
    due = due_at(alert, rule)
    if due is None or now < due:
        return alert, []
    resolved = replace(alert, state=AlertState.RESOLVED, resolved_at=now)
    transitions = [Transition(alert=alert.id, at=now, change=Change.RESOLVED)]
    if resolved.acked_by is not None:
        resolved, closed = close(resolved, now)
        transitions += closed
    return resolved, transitions


def _note(result: Advance, before: Alert | None, after: Alert, transitions: list[Transition]) -> None:
    if after.closed_at is None:
        result.open[after.key] = after
    else:
        result.open.pop(after.key, None)
    if transitions or before != after:
        result.changed.append(after)
    result.transitions.extend(transitions)
