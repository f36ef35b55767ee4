"""What the courier reads of the hub: its notifications by a cursor, and its pulse. Never writes there."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreError
from hub.store import address
from hub.store.database import is_unmade, reader_of
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
    """Reads the hub's store, which may come late or be replaced. Raises ConfigError."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._path = data / "hub.db"
        self._where = address.shown(address.store_url(data, address.HUB))
        self._is_on_server = address.is_on_server(data)
        self._engine = reader_of(data, address.HUB)

    def close(self) -> None:
        """Let go of the store."""
        self._engine.dispose()

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever the hub has written a file, or what is to be told; far cheaper than to read it."""
        if self._is_on_server:
            return self._newest()
        stamp: list[int] = []
        for path in (self._path, self._path.with_name("hub.db-wal")):
            try:
                found = path.stat()
            except OSError:
                stamp.append(0)
            else:
                stamp += (found.st_ino, found.st_size, found.st_mtime_ns)
        return tuple(stamp)

    def _newest(self) -> tuple[int, ...]:
        try:
            with self._engine.connect() as connection:
                return (connection.execute(select(func.max(notification.c.id))).scalar() or 0,)
        except (DatabaseError, StoreError):
            # What it is, is said by whoever reads next.
            return ()

    def after(self, mark: Mark, limit: int) -> list[HubNotification]:
        """At most `limit` notifications after `mark`, in order; from the first where the file is another.

        Empty while there is no hub yet. Raises StoreError when it cannot be read.
        """
        columns = (notification.c.id, notification.c.key, notification.c.alert)
        query = select(*columns, notification.c.at_ms, notification.c.body).order_by(notification.c.id)
        if not address.is_there(self._data, address.HUB):
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
        if not address.is_there(self._data, address.HUB):
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
        if not is_unmade(error):
            raise StoreError(f"{self._where}: cannot be read ({error.orig})") from error
