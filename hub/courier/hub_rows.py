"""What the courier reads of the hub: its notifications by a cursor, and its pulse. Never writes there."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct
from sqlalchemy import URL, create_engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from hub.errors import StoreError
from hub.store.schema import board, notification


class Mark(NamedTuple):
    """The last row that was taken over: its number, and its key to know another file by."""

    id: int = 0
    key: str = ""


class HubNotification(NamedTuple):
    """One row of the hub's."""

    mark: Mark
    alert: str
    at_ms: int
    body: bytes


class Pulse(Struct, frozen=True):
    """The part of the hub's own row that the courier needs."""

    as_of: datetime
    timezone: str = "UTC"


class HubRows:
    """Reads `hub.db`; opened for each read, so that the file may come late or be replaced."""

    def __init__(self, data: Path) -> None:
        self._path = data / "hub.db"
        name = f"file:{quote(str(self._path.absolute()))}"
        url = URL.create("sqlite", database=name, query={"mode": "ro", "uri": "true"})
        self._engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 5})

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever the hub has written; far cheaper than to ask its file."""
        stamp: list[int] = []
        for path in (self._path, self._path.with_name("hub.db-wal")):
            try:
                found = path.stat()
            except OSError:
                stamp.append(0)
            else:
                stamp += (found.st_ino, found.st_size, found.st_mtime_ns)
        return tuple(stamp)

    def after(self, mark: Mark, limit: int) -> list[HubNotification]:
        """At most `limit` notifications after `mark`, in order; from the first where the file is another.

        Empty while there is no hub yet. Raises StoreError when it cannot be read.
        """
        columns = (notification.c.id, notification.c.key, notification.c.alert)
        query = select(*columns, notification.c.at_ms, notification.c.body).order_by(notification.c.id)
        if not self._path.is_file():
            return []
        try:
            with self._engine.connect() as connection:
                if mark.id:
                    kept = connection.execute(
                        select(notification.c.key).where(notification.c.id == mark.id)
                    ).scalar()
                    newest = connection.execute(select(func.max(notification.c.id))).scalar() or 0
                    is_same = kept == mark.key or (kept is None and newest >= mark.id)
                    # Taken twice is taken once, so another file may be read from its beginning.
                    mark = mark if is_same else Mark()
                rows = connection.execute(query.where(notification.c.id > mark.id).limit(limit))
                return [
                    HubNotification(Mark(row.id, row.key), row.alert, row.at_ms, row.body) for row in rows
                ]
        except DatabaseError as error:
            self._require_new(error)
            return []

    def pulse(self) -> Pulse | None:
        """The hub's pulse; None when it never had one. Raises StoreError."""
        if not self._path.is_file():
            return None
        query = select(board.c.body).where(board.c.kind == "hub", board.c.key == "hub")
        try:
            with self._engine.connect() as connection:
                body = connection.execute(query).scalar()
        except DatabaseError as error:
            self._require_new(error)
            return None
        return None if body is None else msgspec.json.decode(body, type=Pulse)

    def _require_new(self, error: DatabaseError) -> None:
        """Raise StoreError unless the hub has only not made its tables yet."""
        if "no such table" not in str(error.orig):
            raise StoreError(f"{self._path}: cannot be read ({error.orig})") from error
