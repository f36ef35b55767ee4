"""A path in, an open outbox database out: made, examined, brought up to date, or moved aside as damaged."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from edge.errors import OutboxDamaged, OutboxError, OutboxForeign, OutboxFull, OutboxInUse, OutboxUnwritable

log = logging.getLogger(__name__)

#: Says in the file's header that it is an outbox of ours ("KZOB"), and of which layout.
APPLICATION_ID = 0x4B5A4F42
LAYOUT = 3

#: What layout 2 added. Rows from before have the last rank: they are never dropped.
_ADDED = (
    "ALTER TABLE event ADD COLUMN rank INTEGER NOT NULL DEFAULT 4",
    "ALTER TABLE outbox ADD COLUMN folded_to INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN losses TEXT NOT NULL DEFAULT '{}'",
    # Numbers that will never come, until the hub knows it.
    "CREATE TABLE gone (low INTEGER PRIMARY KEY, high INTEGER NOT NULL)",
    # What the clock's corrections add to the estimated instants of first..last.
    "CREATE TABLE shift (first INTEGER, last INTEGER, ms INTEGER NOT NULL, synced INTEGER NOT NULL)",
)
#: What layout 3 added: at `at_ms` everything up to `seq` was there. A rank below zero: acknowledged.
_KEPT = ("CREATE TABLE mark (at_ms INTEGER PRIMARY KEY, seq INTEGER NOT NULL)",)
_SCHEMA = (
    "CREATE TABLE outbox (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, "
    "newest_seq INTEGER NOT NULL, dropped INTEGER NOT NULL)",
    "CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE fault (channel TEXT, component TEXT, code TEXT NOT NULL, PRIMARY KEY (channel, component))",
    *_ADDED,
    *_KEPT,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {LAYOUT}",
)
_PRAGMAS = (
    # Exclusive: the lock is the file's own, and falls with the process however that ends.
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -512",
    # What was measured on people goes from the page with its row; see edge/outbox/forgetting.py.
    "PRAGMA secure_delete = ON",
    # 800 kB of journal: emptying it into the file needs no more than half the ballast, and it costs next to
    # nothing, as commits of one event write the same few pages again and again.
    "PRAGMA wal_autocheckpoint = 200",
)


class Cursor(Protocol):
    """Rows of an answer."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """The rest."""

    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """What is needed of `sqlite3.Connection`; a test's sibling has another file system below it.

    Errors are `sqlite3.DatabaseError` with `sqlite_errorcode`.
    """

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Run one statement for each."""

    def close(self) -> None:
        """Let go of the file."""


Connect = Callable[[Path], Database]


def connect(path: Path) -> Database:
    """The standard library's connection; transactions are ours."""
    # Steps may come from another thread than the one that opened it, but never from two at once.
    return sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)


def open_file(path: Path, new_epoch: Callable[[], str], connect: Connect) -> Database:
    """The database at `path`, made with a new epoch where there is none.

    A damaged file is moved aside whole, which the log says, and a new epoch begins; see `find_damaged`.
    Raises OutboxInUse, OutboxForeign, OutboxFull or OutboxUnwritable.
    """
    try:
        return _open_or_create(path, new_epoch, connect)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise explain(error, path) from error
        aside = _move_aside(path)
        log.error("outbox=damaged file=%s kept=%s why=%s", path, aside, error)
    try:
        return _open_or_create(path, new_epoch, connect)
    except sqlite3.DatabaseError as error:
        raise explain(error, path) from error


@contextmanager
def transaction(database: Database, path: Path) -> Iterator[Database]:
    """All or none, durable when it ends. Raises OutboxFull, OutboxInUse or OutboxUnwritable."""
    try:
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")
    except BaseException as error:
        # After some faults SQLite has already rolled back by itself, and refuses to do it again.
        with suppress(sqlite3.DatabaseError):
            database.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError):
            raise explain(error, path) from error
        raise


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raises OutboxUnwritable, or its siblings, where the disk cannot be read."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise explain(error, path) from error


def changes(database: Database) -> int:
    """Rows changed since the connection was opened."""
    return int(database.execute("SELECT total_changes()").fetchone()[0])


def explain(error: sqlite3.DatabaseError, path: Path) -> OutboxError:
    """Our word for a fault of SQLite's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return OutboxFull(f"{path}: no room on the disk; free some, or wait for the hub to acknowledge")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutboxInUse(f"{path}: is in use by another process; is a second node running with this file?")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return OutboxDamaged(f"{path}: is damaged: {error}; the node restarts and begins a new one")
    return OutboxUnwritable(
        f"{path}: cannot be read or written: {error}; check the disk, the folder and its rights"
    )


def find_damaged(path: Path) -> list[Path]:
    """Outboxes that were moved aside as damaged and still lie beside `path`; what they hold was not sent."""
    return [
        found
        for found in sorted(path.parent.glob(path.name + ".damaged-*"))
        if not found.name.endswith(("-wal", "-shm"))
    ]


def _open_or_create(path: Path, new_epoch: Callable[[], str], connect: Connect) -> Database:
    database = connect(path)
    try:
        for pragma in _PRAGMAS:
            database.execute(pragma).fetchall()
        database.execute("BEGIN EXCLUSIVE")
        _examine(database, path, new_epoch)
        database.execute("COMMIT")
    except BaseException:
        database.close()
        raise
    return database


def _examine(database: Database, path: Path, new_epoch: Callable[[], str]) -> None:
    application = database.execute("PRAGMA application_id").fetchone()[0]
    layout = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (application, layout, tables) == (0, 0, 0):
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute(
            "INSERT INTO outbox (one, epoch, newest_seq, dropped) VALUES (1, ?, 0, 0)", (new_epoch(),)
        )
        return
    if application != APPLICATION_ID:
        raise OutboxForeign(f"{path}: is a database of something else; give `outbox` another path")
    if layout > LAYOUT:
        raise OutboxForeign(f"{path}: has layout {layout}, this kuzet knows {LAYOUT}; install a newer one")
    fault = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise sqlite3.DatabaseError(f"quick_check: {fault}")
    row = database.execute("SELECT newest_seq FROM outbox").fetchone()
    newest = database.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]
    if row is None or newest > row[0]:
        raise sqlite3.DatabaseError("the rows and the newest number given out disagree")
    if layout < LAYOUT:
        added = _ADDED if layout < 2 else ()
        for statement in (*added, *_KEPT, f"PRAGMA user_version = {LAYOUT}"):
            database.execute(statement)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    missing_table = code == sqlite3.SQLITE_ERROR
    return missing_table or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _move_aside(path: Path) -> Path:
    taken = len(list(path.parent.glob(path.name + ".damaged-*")))
    aside = path.with_name(f"{path.name}.damaged-{taken + 1}")
    while aside.exists():
        taken += 1
        aside = path.with_name(f"{path.name}.damaged-{taken + 1}")
    # The -wal holds what was committed last: it goes with its file, under the name SQLite looks for.
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
