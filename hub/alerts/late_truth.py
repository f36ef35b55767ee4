"""Alerts after the record was corrected: marked late, shown, never told and never raised anew. Pure."""

from datetime import datetime

from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Transition, begin
from hub.regime.alert_rule import AlertRule
from hub.rules.finding import Finding
from protocol.messages import AlertState


def mark_late(
    alert: Alert, *, is_held: bool, value: float | None, now: datetime
) -> tuple[Alert, list[Transition]]:
    """The alert with what the corrected record says of the instant it fired.

    `is_held`: the condition held there in the corrected record too; `value` is what the record now says,
    None when it does not say. An alert that was right, and one corrected in the same words already, stays
    as it is; a correction that turns out wrong is corrected again. State and telling are untouched.
    """
    if alert.fired_at is None or (is_held and alert.correction is None):
        return alert, []
    correction = _words(alert, is_held=is_held, value=value)
    if correction == alert.correction:
        return alert, []
    return _corrected(alert, correction, value, now)


def missed(
    id: str, finding: Finding, began: datetime, ended: datetime, rule: AlertRule, now: datetime
) -> tuple[Alert, list[Transition]]:
    """The alert that would have been raised, had the events come in time: kept with the past ones.

    It is closed from the beginning, so nothing is told, shown as open, or asked of anybody.
    `began` and `ended` are when the condition held in the corrected record.
    """
    pending = begin(id, finding, rule.priority, began)
    past = replace(
        pending,
        state=AlertState.RESOLVED,
        gone_at=ended,
        resolved_at=ended,
        closed_at=now,
        fired_at=None,
        # Nothing was known of it while it lasted.
        worst=None,
        worst_limit=None,
        worst_at=None,
    )
    return _corrected(past, "late truth: not raised, known only afterwards", finding.value, now)


def _corrected(
    alert: Alert, correction: str, value: float | None, now: datetime
) -> tuple[Alert, list[Transition]]:
    noted = Transition(alert=alert.id, at=now, change=Change.CORRECTED, value=value, note=correction)
    return replace(alert, correction=correction, corrected_at=now), [noted]


def _words(alert: Alert, *, is_held: bool, value: float | None) -> str:
    if is_held:
        return "late truth: it held after all"
    if value is None or alert.value is None:
        return "late truth: it did not hold"
    return f"late truth: was {value:g}, not {alert.value:g}"
