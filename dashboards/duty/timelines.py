"""What happened to an alert, line by line: transitions, whom it told, what became of that. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from dashboards.live.views import AlertView
from hub.alerts.alert import Change, Transition
from hub.alerts.notification import Notification
from hub.courier.outcomes import Telling

#: Nothing for people: it closes by itself once it is over and taken.
_UNSAID = frozenset({Change.BEGAN, Change.DROPPED})


class Line(NamedTuple):
    """One line: a word of the catalogue below `alerts.log.`, and what belongs to it."""

    at: datetime
    word: str
    who: str = ""
    note: str = ""


def timeline(
    alert: AlertView,
    transitions: Iterable[Transition],
    notifications: Iterable[Notification],
    tellings: Iterable[Telling],
) -> list[Line]:
    """In order; from the alert's own row where the book has nothing of it yet."""
    lines = [Line(alert.since, "began")]
    happened = [one for one in transitions if one.change not in _UNSAID]
    lines += [Line(one.at, one.change.value, one.by or "", _note_of(one)) for one in happened]
    if not happened:
        lines += _of_row(alert)
    lines += [Line(one.at, "told", one.duty, one.reason.value) for one in notifications]
    for one in tellings:
        if one.state in ("delivered", "undelivered"):
            lines.append(Line(one.ended_at or one.at, one.state, one.duty, one.receiver or ""))
    return sorted(lines, key=lambda line: line.at)


def _note_of(one: Transition) -> str:
    if one.change is Change.CLOCK_SET:
        return f"{one.value or 0.0:+.0f}"
    return one.note or ""


def _of_row(alert: AlertView) -> list[Line]:
    found = []
    if alert.fired_at is not None:
        found.append(Line(alert.fired_at, "fired"))
    if alert.acked_at is not None:
        found.append(Line(alert.acked_at, "acked", alert.acked_by or ""))
    if alert.resolved_at is not None:
        found.append(Line(alert.resolved_at, "resolved"))
    return found
