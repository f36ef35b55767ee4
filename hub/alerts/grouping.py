"""What belongs together when it is told: one group for alerts of one rule in one building. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.alerts.alert import Alert
from hub.alerts.notification import Notification

#: Rows of one group within so long of the first are one message; the first itself never waits.
WINDOW = timedelta(seconds=60)


def group_key(alert: Alert, building: str | None = None) -> str:
    """One word for the alerts that are told together: the rule and the building, drills apart.

    `building` stands in where the alert names none.
    """
    place = alert.building or building or "campus"
    return f"{'drill/' if alert.is_drill else ''}{alert.rule}/{place}"


def bundles(rows: Iterable[Notification], window: timedelta = WINDOW) -> list[tuple[Notification, ...]]:
    """The rows as messages: those of one duty, group and reason within `window` of the first together.

    Nothing is left out; the order is that of each message's first row.
    """
    made: list[list[Notification]] = []
    newest: dict[tuple[object, ...], tuple[datetime, list[Notification]]] = {}
    for row in sorted(rows, key=lambda one: (one.at, one.id)):
        key = (row.duty, row.group or row.alert, row.reason, row.is_drill)
        first = newest.get(key)
        if first is not None and row.at - first[0] < window:
            first[1].append(row)
        else:
            bundle = [row]
            newest[key] = (row.at, bundle)
            made.append(bundle)
    return [tuple(bundle) for bundle in made]
