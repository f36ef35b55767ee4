"""Rows of changes in, lines out: how each space stood at the end of each minute the hub was awake in."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from hub.history.points import Fields, line
from hub.history.source import HubFile, Piece, number
from hub.layout import Layout
from hub.store.history_book import awake_of, minutes_of
from hub.store.history_rows import MINUTE_MS, Awake, Minute
from hub.store.schema import history_awake, history_minute

#: Most minutes of one piece.
_MOST = 1440


class SpaceMinutes:
    """The minutes of every space, `lag_min` minutes behind the hub.

    A minute says nothing where the hub was not awake at its end: a chart then has a gap, not the last value.
    """

    def __init__(self, file: HubFile, layout: Layout, name: str = "spaces", lag_min: int = 0) -> None:
        self.name = name
        self._file, self._lag_min = file, lag_min
        self._site = layout.site
        self._tags = {
            one.id: {"site": layout.site, "space": one.id, "building": one.building, "kind": one.kind.value}
            for one in layout.spaces
        }

    def after(self, place: str, limit: int) -> Piece | None:
        """The whole minutes that follow the place, about `limit` lines of them."""
        try:
            with self._file.connect() as connection:
                return self._after(connection, place, limit)
        except DatabaseError as error:
            raise self._file.unreadable(error) from error

    def _after(self, connection: Connection, place: str, limit: int) -> Piece:
        ends = _over(connection) - self._lag_min
        begins = max(number(place), _first(connection))
        if begins >= ends:
            return Piece([], place)
        spaces = connection.execute(select(history_minute.c.space).distinct()).scalars().all()
        until = min(ends, begins + min(_MOST, max(1, limit // max(1, len(spaces)))))
        awake = awake_of(connection, begins * MINUTE_MS, ends * MINUTE_MS)
        if not awake:
            return Piece([], str(ends))
        if awake[0].from_ms >= until * MINUTE_MS:
            # The hub was down: on to where it was awake again.
            return Piece([], str(awake[0].from_ms // MINUTE_MS))
        lines: list[str] = []
        for space in sorted(spaces):
            rows = minutes_of(connection, space, begins * MINUTE_MS, until * MINUTE_MS)
            lines += self._lines(space, rows, awake, range(begins, until))
        return Piece(lines, str(until), len(lines))

    def _lines(self, space: str, rows: list[Minute], awake: list[Awake], minutes: range) -> Iterator[str]:
        starts = [row.minute for row in rows]
        tags = self._tags.get(space, {"site": self._site, "space": space})
        for minute in minutes:
            held = bisect_right(starts, minute) - 1
            if held < 0 or not _is_watched(awake, (minute + 1) * MINUTE_MS):
                continue
            # A room that stands no more says nothing after its last change.
            if space in self._tags or starts[held] == minute:
                at = datetime.fromtimestamp(minute * 60, UTC)
                yield line("space", tags, _fields(rows[held], minute), at)


def _fields(row: Minute, minute: int) -> Fields:
    if row.occupancy is None:
        return {"known": 0, "capacity": row.capacity}
    most = row.occupancy if row.most is None or row.minute != minute else row.most
    return {
        "known": 1,
        "occupancy": row.occupancy,
        "low": row.low,
        "high": row.high,
        "most": most,
        "capacity": row.capacity,
        "over": None if row.capacity is None else max(0, most - row.capacity),
    }


def _is_watched(awake: list[Awake], end_ms: int) -> bool:
    return any(one.from_ms < end_ms <= one.until_ms for one in awake)


def _first(connection: Connection) -> int:
    return connection.execute(select(func.min(history_minute.c.minute))).scalar() or 0


def _over(connection: Connection) -> int:
    """The first minute that is not over. Written with or before the word that the hub still was awake."""
    until_ms = connection.execute(select(func.max(history_awake.c.until_ms))).scalar()
    return 0 if until_ms is None else int(until_ms) // MINUTE_MS
