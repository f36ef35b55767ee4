"""Alerts and their transitions, kept: what is open survives a restart, what is past can be read."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, select

from hub.alerts.alert import Alert, Transition
from hub.store.board import AlertRow
from hub.store.database import asking
from hub.store.schema import alert, transition


class AlertBook:
    """The table of alerts; one writer, any number of readers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self) -> list[Alert]:
        """The alerts that are not closed, oldest first."""
        query = select(alert.c.body).where(alert.c.closed_at.is_(None)).order_by(alert.c.since)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Alert) for (body,) in connection.execute(query)]

    def past(self, limit: int = 200) -> list[AlertRow]:
        """The closed alerts that had fired, newest first."""
        query = select(alert.c.body).where(alert.c.closed_at.is_not(None), alert.c.state != "pending")
        query = query.order_by(alert.c.closed_at.desc()).limit(limit)
        with asking(self._engine) as connection:
            return [row_of(msgspec.json.decode(body, type=Alert)) for (body,) in connection.execute(query)]

    def find(self, id: str) -> Alert | None:
        """The alert with this id, open or past."""
        with asking(self._engine) as connection:
            body = connection.execute(select(alert.c.body).where(alert.c.id == id)).scalar()
        return None if body is None else msgspec.json.decode(body, type=Alert)

    def write(
        self, connection: Connection, changed: Iterable[Alert], transitions: Iterable[Transition]
    ) -> None:
        """Write alerts as they are now, and what happened to them, inside the hub's transaction."""
        for one in changed:
            values = {
                "rule": one.rule,
                "subject": one.subject,
                "state": one.state.value,
                "since": one.since,
                "closed_at": one.closed_at,
                "body": msgspec.json.encode(one),
            }
            updated = connection.execute(alert.update().where(alert.c.id == one.id).values(values))
            if updated.rowcount == 0:
                connection.execute(alert.insert().values(id=one.id, **values))
        rows = [
            {"alert": one.alert, "at": one.at, "change": one.change.value, "by": one.by, "value": one.value}
            for one in transitions
        ]
        if rows:
            connection.execute(transition.insert(), rows)


def row_of(one: Alert) -> AlertRow:
    """The alert as the board shows it."""
    return AlertRow(
        alert=one.message(),
        label=one.label,
        fired_at=one.fired_at,
        resolved_at=one.resolved_at,
        acked_at=one.acked_at,
        limit_rule=one.limit_rule,
    )
