"""What happened to alerts, row by row: breaches, how long they waited and lasted; never a value or a name."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from hub.alerts.alert import Alert, Change
from hub.history.points import line, real
from hub.history.source import HubFile, Piece, number
from hub.store.schema import alert, transition

#: From each of these on somebody is called; what follows is counted from the newest.
_BEGINS = (Change.FIRED.value, Change.RETURNED.value)


class AlertRows:
    """The transitions of alerts."""

    name = "alerts"

    def __init__(self, file: HubFile, site: str) -> None:
        self._file, self._site = file, site

    def after(self, place: str, limit: int) -> Piece | None:
        """At most `limit` transitions after the place."""
        earlier = transition.alias()
        fired = (
            select(func.max(earlier.c.id))
            .where(earlier.c.alert == transition.c.alert, earlier.c.change.in_(_BEGINS))
            .where(earlier.c.id <= transition.c.id)
            .scalar_subquery()
        )
        begun = transition.alias()
        query = (
            select(
                transition.c.id, transition.c.at, transition.c.change, alert.c.body, begun.c.at.label("begun")
            )
            .join(alert, alert.c.id == transition.c.alert)
            .outerjoin(begun, begun.c.id == fired)
            .where(transition.c.id > number(place))
            .order_by(transition.c.id)
            .limit(limit)
        )
        try:
            with self._file.connect() as connection:
                rows = connection.execute(query).all()
        except DatabaseError as error:
            raise self._file.unreadable(error) from error
        if not rows:
            return Piece([], place)
        lines = [self._line(row.id, row.at, row.change, row.body, row.begun) for row in rows]
        return Piece(lines, str(rows[-1].id), len(rows))

    def _line(self, id: int, at: datetime, change: str, body: bytes, begun: datetime | None) -> str:
        one = msgspec.json.decode(body, type=Alert)
        tags = {
            "site": self._site,
            "rule": one.rule,
            "change": change,
            "building": one.building,
            "space": one.space,
            "node": one.node,
            "drill": "yes" if one.is_drill else "no",
        }
        waited_s = None if begun is None else (at - begun).total_seconds()
        return line("alert", tags, {"count": 1, "after_s": real(waited_s)}, at.replace(tzinfo=UTC), id)
