"""The journal read row by row, and a file that keeps which row is settled at the server."""

import logging
import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct
from sqlalchemy import URL, create_engine, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from hub.errors import StoreError
from hub.layout import PEOPLE
from hub.store.schema import journal, source

log = logging.getLogger(__name__)


class Mark(Struct, frozen=True):
    """A row of the journal: its position, and its identity to know another journal by."""

    #: 0 before the first row.
    position: int = 0
    node: str = ""
    epoch: str = ""
    seq: int = 0


class Row(NamedTuple):
    """A durable event."""

    mark: Mark
    body: bytes


class JournalRows:
    """Reads the hub's journal, never writes; opened for each read, so that the file may be replaced."""

    def __init__(self, data: Path) -> None:
        """Raises StoreError when there is no journal in `data`."""
        self._path = data / "hub.db"
        if not self._path.is_file():
            raise StoreError(f"{self._path}: no such file; start the hub first, or choose its folder")
        name = f"file:{quote(str(self._path.absolute()))}"
        url = URL.create("sqlite", database=name, query={"mode": "ro", "uri": "true"})
        self._engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 5})
        self.after(Mark(), 1)

    def after(self, mark: Mark, limit: int) -> list[Row] | None:
        """At most `limit` rows after `mark`, in order; None when that row is not in this journal."""
        columns = (journal.c.position, source.c.node, source.c.epoch, journal.c.seq, journal.c.body)
        query = select(*columns).join(source, source.c.id == journal.c.source)
        # What people decided is no reading.
        query = query.where(journal.c.position >= mark.position, source.c.node != PEOPLE)
        query = query.order_by(journal.c.position).limit(limit + 1)
        try:
            with self._engine.connect() as connection:
                rows = [Row(Mark(*row[:4]), row.body) for row in connection.execute(query)]
        except DatabaseError as error:
            raise StoreError(f"{self._path}: cannot be read as a journal ({error.orig})") from error
        if mark.position == 0:
            return rows[:limit]
        return rows[1:] if rows and rows[0].mark == mark else None


class _Kept(Struct):
    target: str
    mark: Mark


class CursorFile:
    """Which row is settled, kept in a file that is replaced whole; its one writer is this process."""

    def __init__(self, path: Path, target: str) -> None:
        self._path = path
        self._target = target

    def load(self) -> Mark:
        """The settled row; the beginning when there is no file, or it is of another target."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return Mark()
        except msgspec.DecodeError as error:
            log.warning("cursor unreadable path=%s fault=%r; copying from the beginning", self._path, error)
            return Mark()
        if kept.target != self._target:
            log.warning("target new was=%s is=%s; copying from the beginning", kept.target, self._target)
            return Mark()
        return kept.mark

    def save(self, mark: Mark) -> None:
        """Keep the row, durably."""
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("wb") as file:
            file.write(msgspec.json.encode(_Kept(self._target, mark)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
