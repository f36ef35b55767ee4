"""What is kept nowhere as history, sampled once a minute into a book of its own before it is copied.

The ledger, a node's health and a door's trust stand on the board as they are now. The copy looks, writes down
what it saw in `history.db`, and reads on from there as from any other book: a server away loses none of it.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    func,
    select,
)
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreError
from hub.history.board_points import board_lines, hub_row
from hub.history.source import HubFile, Piece, number
from hub.store.board import Change
from hub.store.schema import board

EVERY_MS = 60_000
#: Samples are kept for a rebuild as long as the hub keeps its minutes, days.
KEEP_DAYS = 35
_KINDS = ("hub", "ledger", "node", "health", "door")
tables = MetaData()
sample = Table(
    "sample",
    tables,
    Column("id", Integer, primary_key=True),
    #: The hub's pulse it was seen at, milliseconds since 1970 UTC.
    Column("at_ms", BigInteger, nullable=False),
    #: As it is written to the server.
    Column("line", String, nullable=False),
    Index("sample_at", "at_ms"),
)


class Samples:
    """Looks at the board and keeps what it saw; its file has this one writer."""

    name = "samples"

    def __init__(self, file: HubFile, data: Path) -> None:
        """Raises StoreError when `history.db` cannot be opened."""
        self._file = file
        path = data / "history.db"
        self._store = create_engine(URL.create("sqlite", database=str(path)))
        event.listen(self._store, "connect", _set_durable)
        try:
            tables.create_all(self._store)
            with self._store.connect() as connection:
                self._newest_ms = connection.execute(select(func.max(sample.c.at_ms))).scalar() or 0
        except DatabaseError as error:
            raise StoreError(
                f"{path}: cannot be opened ({error.orig}); move it away: only samples for charts are in it"
            ) from error

    def after(self, place: str, limit: int) -> Piece | None:
        """At most `limit` samples after the place."""
        self._look()
        columns = (sample.c.id, sample.c.at_ms, sample.c.line)
        last, _, at_ms = place.partition("@")
        with self._store.connect() as connection:
            begins = _same(connection, number(last), number(at_ms))
            query = select(*columns).where(sample.c.id > begins).order_by(sample.c.id).limit(limit)
            rows = connection.execute(query).all()
        if not rows:
            return Piece([], place)
        return Piece([row.line for row in rows], f"{rows[-1].id}@{rows[-1].at_ms}", len(rows))

    def close(self) -> None:
        """Close the file."""
        self._store.dispose()

    def _look(self) -> None:
        query = select(board.c.version, board.c.kind, board.c.key, board.c.body).where(
            board.c.kind.in_(_KINDS)
        )
        try:
            with self._file.connect() as connection:
                pulse = connection.execute(query.where(board.c.kind == "hub")).all()
                hub = hub_row(Change(*row) for row in pulse)
                if hub is None or abs(_ms(hub.as_of.timestamp()) - self._newest_ms) < EVERY_MS:
                    return
                changes = [
                    Change(*row) for row in connection.execute(query.order_by(board.c.kind, board.c.key))
                ]
        except DatabaseError as error:
            raise self._file.unreadable(error) from error
        at_ms = _ms(hub.as_of.timestamp())
        rows = [{"at_ms": at_ms, "line": line} for line in board_lines(changes, hub)]
        with self._store.begin() as connection:
            connection.execute(delete(sample).where(sample.c.at_ms < at_ms - KEEP_DAYS * 86_400_000))
            connection.execute(sample.insert(), rows)
        self._newest_ms = at_ms


def _same(connection: Connection, last: int, at_ms: int) -> int:
    """`last`, or 0 when it is of another file: one that was taken away begins to count anew."""
    newest = connection.execute(select(func.max(sample.c.id))).scalar() or 0
    there = connection.execute(select(sample.c.at_ms).where(sample.c.id == last)).scalar()
    return last if last <= newest and there in (None, at_ms) else 0


def _set_durable(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
