"""Reads the limits that were in force at an instant, as the tables of a profile that the hub noted then."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Engine, select

from hub.store.database import asking
from hub.store.schema import in_force


class LimitsInForce:
    """The hub's table of what was in force; any number of readers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def at(self, now: datetime) -> dict[str, Any]:
        """The tables in force then, or the first ones that ever were; empty while the hub has noted none."""
        query = select(in_force.c.body).order_by(in_force.c.id)
        newest = query.where(in_force.c.since_ms <= int(now.timestamp() * 1000))
        with asking(self._engine) as connection:
            body = connection.execute(newest.order_by(None).order_by(in_force.c.id.desc())).scalar()
            if body is None:
                body = connection.execute(query).scalar()
        tables: dict[str, Any] = {} if body is None else msgspec.json.decode(body)
        return tables
