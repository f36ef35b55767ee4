"""Alerts and their transitions, kept: what is open survives a restart, what is past can be read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, bindparam, select

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.notification import Notification
from hub.alerts.outcome import DeskState, Outcome
from hub.store.board import AlertRow
from hub.store.database import asking
from hub.store.schema import alert, notification, standing, transition

#: The one row of what is kept beside the alerts.
_DESK = "desk"
_UPDATE = alert.update().where(alert.c.id == bindparam("of_id"))


class AlertBook:
    """The table of alerts; one writer, any number of readers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: The ids of open alerts that are known to be in the table.
        self._kept: set[str] = set()

    def open(self) -> list[Alert]:
        """The alerts that are not closed, oldest first."""
        query = select(alert.c.body).where(alert.c.closed_at.is_(None)).order_by(alert.c.since)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Alert) for (body,) in connection.execute(query)]

    def ended_since(self, since: datetime) -> list[Alert]:
        """The alerts that were closed after `since`, oldest first."""
        query = select(alert.c.body).where(alert.c.closed_at >= since).order_by(alert.c.closed_at)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Alert) for (body,) in connection.execute(query)]

    def past(self, limit: int = 200, after: str | None = None) -> list[AlertRow]:
        """The closed alerts that had fired, newest first; with `after`, those behind the one of this id.

        Raises KeyError when there is no closed alert `after`.
        """
        query = select(alert.c.body).where(alert.c.closed_at.is_not(None), alert.c.state != "pending")
        query = query.order_by(alert.c.closed_at.desc(), alert.c.id.desc()).limit(limit)
        with asking(self._engine) as connection:
            if after is not None:
                closed_at = connection.execute(select(alert.c.closed_at).where(alert.c.id == after)).scalar()
                if closed_at is None:
                    raise KeyError(after)
                is_same = (alert.c.closed_at == closed_at) & (alert.c.id < after)
                query = query.where((alert.c.closed_at < closed_at) | is_same)
            return [row_of(msgspec.json.decode(body, type=Alert)) for (body,) in connection.execute(query)]

    def find(self, id: str) -> Alert | None:
        """The alert with this id, open or past."""
        with asking(self._engine) as connection:
            body = connection.execute(select(alert.c.body).where(alert.c.id == id)).scalar()
        return None if body is None else msgspec.json.decode(body, type=Alert)

    def desk(self) -> DeskState | None:
        """The silences, shelves and drills under way; None: nothing was ever kept."""
        query = select(standing.c.body).where(standing.c.kind == _DESK, standing.c.key == _DESK)
        with asking(self._engine) as connection:
            body = connection.execute(query).scalar()
        return None if body is None else msgspec.json.decode(body, type=DeskState)

    def transitions(self, since: datetime, until: datetime) -> list[Transition]:
        """Everything that happened to alerts in [since, until), in order."""
        return self._transitions((transition.c.at >= since) & (transition.c.at < until))

    def transitions_of(self, alert_id: str) -> list[Transition]:
        """Everything that happened to one alert, in order, also where the wall clock was set meanwhile."""
        return self._transitions(transition.c.alert == alert_id)

    def _transitions(self, where: ColumnElement[bool]) -> list[Transition]:
        query = select(transition).where(where).order_by(transition.c.id)
        with asking(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            Transition(
                alert=row.alert,
                at=row.at.replace(tzinfo=UTC),
                change=Change(row.change),
                by=row.by,
                value=row.value,
                note=row.note,
            )
            for row in rows
        ]

    def all(self) -> list[Alert]:
        """Every alert, open and past, oldest first."""
        query = select(alert.c.body).order_by(alert.c.since)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Alert) for (body,) in connection.execute(query)]

    def notifications(self, alert_id: str | None = None) -> list[Notification]:
        """What was to be told, of one alert or of all, in order."""
        query = select(notification.c.body).order_by(notification.c.id)
        if alert_id is not None:
            query = query.where(notification.c.alert == alert_id)
        with asking(self._engine) as connection:
            return [msgspec.json.decode(body, type=Notification) for (body,) in connection.execute(query)]

    def write(self, connection: Connection, outcome: Outcome) -> None:
        """Write alerts as they are now, what happened, and whom to tell, inside the hub's transaction."""
        self._write_alerts(connection, outcome.changed)
        rows = [
            {
                "alert": one.alert,
                "at": one.at,
                "change": one.change.value,
                "by": one.by,
                "value": one.value,
                "note": one.note,
            }
            for one in outcome.transitions
        ]
        if rows:
            connection.execute(transition.insert(), rows)
        for told in outcome.notifications:
            self._write_notification(connection, told)
        if outcome.state is not None:
            self._write_desk(connection, outcome.state)

    def _write_alerts(self, connection: Connection, changed: Sequence[Alert]) -> None:
        """One statement for all: in a rush most rooms have an alert whose value changes each turn."""
        strange = [one.id for one in changed if one.id not in self._kept]
        if strange:
            there = connection.execute(select(alert.c.id).where(alert.c.id.in_(strange))).scalars()
            self._kept.update(there)
        known = [one for one in changed if one.id in self._kept]
        new = [one for one in changed if one.id not in self._kept]
        if known:
            connection.execute(_UPDATE, [{"of_id": one.id, **_values(one)} for one in known])
        if new:
            connection.execute(alert.insert(), [{"id": one.id, **_values(one)} for one in new])
        for one in changed:
            # One that is closed is not written again, or is looked up if it is.
            (self._kept.add if one.closed_at is None else self._kept.discard)(one.id)

    def _write_notification(self, connection: Connection, told: Notification) -> None:
        """The same id again is the same telling: a turn repeated after a crash tells nobody twice."""
        there = connection.execute(select(notification.c.id).where(notification.c.key == told.id)).first()
        if there is None:
            values = {
                "key": told.id,
                "alert": told.alert,
                "at_ms": int(told.at.timestamp() * 1000),
                "body": msgspec.json.encode(told),
            }
            connection.execute(notification.insert().values(values))

    def _write_desk(self, connection: Connection, state: DeskState) -> None:
        body = msgspec.json.encode(state)
        where = (standing.c.kind == _DESK, standing.c.key == _DESK)
        if connection.execute(standing.update().where(*where).values(body=body)).rowcount == 0:
            connection.execute(standing.insert().values(kind=_DESK, key=_DESK, body=body))


def _values(one: Alert) -> dict[str, object]:
    return {
        "rule": one.rule,
        "subject": one.subject,
        "state": one.state.value,
        "since": one.since,
        "closed_at": one.closed_at,
        "body": msgspec.json.encode(one),
    }


def row_of(one: Alert) -> AlertRow:
    """The alert as the board shows it."""
    return AlertRow(
        alert=one.message(),
        label=one.label,
        fired_at=one.fired_at,
        resolved_at=one.resolved_at,
        acked_at=one.acked_at,
        limit_rule=one.limit_rule,
        building=one.building,
        muted=one.muted.value if one.muted else None,
        muted_until=one.muted_until,
        owner=one.owner_duty,
        is_drill=one.is_drill,
        corrected=one.correction,
        worst=one.worst,
        worst_limit=one.worst_limit,
        worst_at=one.worst_at,
        digit=one.digit,
        told=one.telling.count,
    )
