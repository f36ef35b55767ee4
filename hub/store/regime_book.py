"""Which limits were in force from when, kept: a past week can be judged by its own limits."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, select

from hub.regime.patching import as_tables
from hub.regime.schedule import HistoryRow, Regime, next_row
from hub.store.database import asking
from hub.store.schema import in_force


class Entered(NamedTuple):
    """A row to write: what came into force, and its limits as JSON."""

    row: HistoryRow
    body: bytes


class RegimeBook:
    """The table of what was in force; one writer, any number of readers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        rows = self.rows()
        self._last = rows[-1] if rows else None

    def rows(self) -> list[HistoryRow]:
        """Everything that was in force, oldest first."""
        columns = (in_force.c.since_ms, in_force.c.profile, in_force.c.variant, in_force.c.sha256)
        with asking(self._engine) as connection:
            rows = connection.execute(select(*columns).order_by(in_force.c.id)).all()
        return [
            HistoryRow(datetime.fromtimestamp(row.since_ms / 1000, UTC), row.profile, row.variant, row.sha256)
            for row in rows
        ]

    def due(self, regime: Regime, now: datetime) -> Entered | None:
        """The row to add; None while the last one still says it."""
        now_in_force = regime.at(now)
        row = next_row(self._last, now_in_force, now)
        if row is None:
            return None
        return Entered(row, msgspec.json.encode(as_tables(now_in_force.limits)))

    def write(self, connection: Connection, entered: Entered | None) -> None:
        """Write the row inside the hub's transaction."""
        if entered is None:
            return
        row = entered.row
        values = {
            "since_ms": int(row.since.timestamp() * 1000),
            "profile": row.profile,
            "variant": row.variant,
            "sha256": row.digest,
            "body": entered.body,
        }
        connection.execute(in_force.insert().values(values))
        self._last = row
