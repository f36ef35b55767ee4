"""Writes history inside the hub's transaction: rows of minutes, stretches awake, sums of days, screenings."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, bindparam, delete, func, select

from hub.store.history_rows import Minute, PostHour, SpaceDayRow
from hub.store.schema import history_awake, history_minute, history_verdict, post_hour, space_day

_MINUTE_GONE = delete(history_minute).where(
    history_minute.c.space == bindparam("of_space"), history_minute.c.minute == bindparam("of_minute")
)
_DAY_GONE = delete(space_day).where(
    space_day.c.day == bindparam("of_day"), space_day.c.space == bindparam("of_space")
)


class HistoryWriter:
    """The one writer of the tables of history."""

    def __init__(self, engine: Engine) -> None:
        table = history_verdict.c
        with engine.connect() as connection:
            rows = connection.execute(select(table.state, table.reason, table.clause, table.id)).all()
        self._verdicts: dict[tuple[str, str, str | None], int] = {
            (row[0], row[1], row[2]): row[3] for row in rows
        }
        self._next_verdict = max(self._verdicts.values(), default=0) + 1

    def write_minutes(self, connection: Connection, rows: Iterable[tuple[str, Minute]]) -> None:
        """Write rows of spaces; the same minute again is written over."""
        values = [
            {
                "space": space,
                "minute": row.minute,
                "occupancy": row.occupancy,
                "low": row.low,
                "high": row.high,
                "most": row.most,
                "capacity": row.capacity,
                "verdict": self._verdict(connection, row),
                "corrected": int(row.is_corrected),
            }
            for space, row in rows
        ]
        if values:
            keys = [{"of_space": one["space"], "of_minute": one["minute"]} for one in values]
            connection.execute(_MINUTE_GONE, keys)
            connection.execute(history_minute.insert(), values)

    def write_awake(self, connection: Connection, from_ms: int, until_ms: int) -> None:
        """The hub that is awake since `from_ms` still was at `until_ms`."""
        table = history_awake
        changed = connection.execute(
            table.update().where(table.c.from_ms == from_ms).values(until_ms=until_ms)
        )
        if changed.rowcount == 0:
            connection.execute(table.insert().values(from_ms=from_ms, until_ms=until_ms))

    def write_days(self, connection: Connection, rows: Iterable[SpaceDayRow]) -> None:
        """Write sums of days over those that are there."""
        values = [{"day": row.day, "space": row.space, "body": msgspec.json.encode(row)} for row in rows]
        if values:
            keys = [{"of_day": one["day"], "of_space": one["space"]} for one in values]
            connection.execute(_DAY_GONE, keys)
            connection.execute(space_day.insert(), values)

    def write_posts(self, connection: Connection, rows: Iterable[PostHour]) -> None:
        """Add screenings to those of their hours."""
        table = post_hour
        for row in rows:
            here = (table.c.post == row.post, table.c.hour == row.hour)
            body = connection.execute(select(table.c.body).where(*here)).scalar()
            known = {} if body is None else msgspec.json.decode(body, type=PostHour).verdicts
            verdicts = {
                one: known.get(one, 0) + row.verdicts.get(one, 0) for one in sorted({*known, *row.verdicts})
            }
            told = msgspec.json.encode(replace(row, verdicts=verdicts))
            if body is None:
                values = {"post": row.post, "hour": row.hour, "day": row.day, "body": told}
                connection.execute(table.insert().values(values))
            else:
                connection.execute(table.update().where(*here).values(body=told))

    def forget_minutes(self, connection: Connection, space: str, before_minute: int) -> None:
        """Let go of a space's rows that hold no more at that minute."""
        table = history_minute.c
        holds = select(func.max(table.minute)).where(table.space == space, table.minute <= before_minute)
        newest = connection.execute(holds).scalar()
        if newest is not None:
            connection.execute(delete(history_minute).where(table.space == space, table.minute < newest))

    def forget_awake(self, connection: Connection, before_ms: int) -> None:
        """Let go of the stretches that were over by then."""
        connection.execute(delete(history_awake).where(history_awake.c.until_ms < before_ms))

    def _verdict(self, connection: Connection, row: Minute) -> int:
        key = (row.state, row.reason, row.clause)
        found = self._verdicts.get(key)
        if found is None:
            found, self._next_verdict = self._next_verdict, self._next_verdict + 1
            values = {"id": found, "state": row.state, "reason": row.reason, "clause": row.clause}
            connection.execute(history_verdict.insert().values(values))
            self._verdicts[key] = found
        return found
