"""Reads what the hub remembers: a space and a stretch in, minutes and gaps out; days in, their sums out."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, func, select

from hub.store.database import asking
from hub.store.history_rows import Awake, History, Minute, PostHour, SpaceDayRow
from hub.store.schema import history_awake, history_minute, history_verdict, post_hour, space_day

#: A hub that begins anew with another campus file is away for less, ms: nobody would call that a gap.
BLINK_MS = 2000
_day_row = msgspec.json.Decoder(SpaceDayRow)
_post_row = msgspec.json.Decoder(PostHour)


class HistoryBook:
    """The tables of history; any number of readers, in any process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(self, space: str, starts: datetime, ends: datetime) -> History:
        """The space in [starts, ends); empty where nothing is remembered."""
        starts_ms, ends_ms = _ms(starts), _ms(ends)
        with asking(self._engine) as connection:
            return History(
                space=space,
                starts_ms=starts_ms,
                ends_ms=ends_ms,
                minutes=tuple(minutes_of(connection, space, starts_ms, ends_ms)),
                awake=tuple(awake_of(connection, starts_ms, ends_ms)),
            )

    def awake(self, starts: datetime, ends: datetime) -> list[Awake]:
        """The stretches of [starts, ends) in which the hub was awake, by time."""
        with asking(self._engine) as connection:
            return awake_of(connection, _ms(starts), _ms(ends))

    def days(self, from_day: str, to_day: str, space: str | None = None) -> list[SpaceDayRow]:
        """The sums of the campus days from the first to the last, both inclusive, of one space or of all.

        Ordered by day, then space. Days are ISO dates.
        """
        query = select(space_day.c.body).where(space_day.c.day >= from_day, space_day.c.day <= to_day)
        if space is not None:
            query = query.where(space_day.c.space == space)
        query = query.order_by(space_day.c.day, space_day.c.space)
        with asking(self._engine) as connection:
            return [_day_row.decode(body) for (body,) in connection.execute(query)]

    def posts(self, from_day: str, to_day: str) -> list[PostHour]:
        """The screenings of those campus days, both inclusive, by hour, then post."""
        query = select(post_hour.c.body).where(post_hour.c.day >= from_day, post_hour.c.day <= to_day)
        query = query.order_by(post_hour.c.hour, post_hour.c.post)
        with asking(self._engine) as connection:
            return [_post_row.decode(body) for (body,) in connection.execute(query)]

    def reaches(self) -> tuple[str, str] | None:
        """The first and the last campus day of which there are sums; None: there are none yet."""
        query = select(func.min(space_day.c.day), func.max(space_day.c.day))
        with asking(self._engine) as connection:
            first, last = connection.execute(query).one()
        return None if first is None else (first, last)


def minutes_of(connection: Connection, space: str, starts_ms: int, ends_ms: int) -> list[Minute]:
    """The rows of a space that hold anywhere in the stretch, by time."""
    table = history_minute.c
    first, last = starts_ms // 60_000, -(-ends_ms // 60_000)
    before = select(func.max(table.minute)).where(table.space == space, table.minute <= first)
    from_minute = connection.execute(before).scalar()
    query = (
        select(
            *(table.minute, table.occupancy, table.low, table.high, table.most, table.capacity),
            *(history_verdict.c.state, history_verdict.c.reason, history_verdict.c.clause, table.corrected),
        )
        .join_from(history_minute, history_verdict, table.verdict == history_verdict.c.id)
        .where(table.space == space, table.minute < last)
        .where(table.minute >= (first if from_minute is None else from_minute))
        .order_by(table.minute)
    )
    return [
        Minute(
            minute=row[0],
            occupancy=row[1],
            low=row[2],
            high=row[3],
            most=row[4],
            capacity=row[5],
            state=row[6],
            reason=row[7],
            clause=row[8],
            is_corrected=bool(row[9]),
        )
        for row in connection.execute(query)
    ]


def awake_of(connection: Connection, starts_ms: int, ends_ms: int) -> list[Awake]:
    """The stretches in which the hub was awake, cut to [starts_ms, ends_ms).

    Those that overlap, of a clock that was set back, or are `BLINK_MS` apart are one.
    """
    query = select(history_awake.c.from_ms, history_awake.c.until_ms)
    query = query.where(history_awake.c.until_ms > starts_ms, history_awake.c.from_ms < ends_ms)
    found: list[Awake] = []
    for from_ms, until_ms in connection.execute(query.order_by(history_awake.c.from_ms)):
        starts, ends = max(from_ms, starts_ms), min(until_ms, ends_ms)
        if found and starts <= found[-1].until_ms + BLINK_MS:
            starts, ends = found[-1].from_ms, max(found[-1].until_ms, ends)
            found.pop()
        found.append(Awake(from_ms=starts, until_ms=ends))
    return found


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
