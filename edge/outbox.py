"""What was seen and the hub has not yet made durable: events in, numbered rows out, through power cuts.

Numbers are given in the transaction that keeps the events, so a crash leaves no gap and uses none twice.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.errors import AckRefused, OutboxError, OutboxForeign, OutboxFull, OutboxInUse, OutboxUnwritable
from protocol.codec import encode_event
from protocol.events import AnyEvent, Fault, Recovered
from protocol.messages import Ack

log = logging.getLogger(__name__)

#: Says in the file's header that it is an outbox of ours ("KZOB"), and of which layout.
APPLICATION_ID = 0x4B5A4F42
LAYOUT = 1
#: The quota: 14 days at 0.2 events a second are 241,920, 72 hours at one are 259,200.
MAX_EVENTS = 500_000
#: A file beside the outbox that is given up when the disk is full: an acknowledgement needs room to delete.
BALLAST_BYTES = 1024 * 1024

_SCHEMA = f"""
BEGIN EXCLUSIVE;
CREATE TABLE outbox (
    one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL,
    newest_seq INTEGER NOT NULL, dropped INTEGER NOT NULL
);
CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE fault (channel TEXT, component TEXT, code TEXT NOT NULL, PRIMARY KEY (channel, component));
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {LAYOUT};
"""


class Row(NamedTuple):
    """An event as it is kept: its number and its JSON."""

    seq: int
    body: bytes


class Outbox:
    """One open outbox file. One owner at a time: a second process is refused while it is open."""

    def __init__(self, path: Path, database: sqlite3.Connection, max_events: int) -> None:
        self.path = path
        self._database = database
        self._max_events = max_events
        self._ballast = path.with_name(path.name + ".ballast")
        row = database.execute("SELECT epoch, newest_seq, dropped FROM outbox").fetchone()
        epoch, newest_seq, dropped = row
        #: The life of this file; every number is given once in it.
        self.epoch: str = epoch
        #: The newest number given out; 0 before the first event.
        self.newest_seq: int = newest_seq
        #: Events that never found room here, since the file was made.
        self.dropped: int = dropped
        #: Events kept and not yet acknowledged.
        self.depth: int = database.execute("SELECT count(*) FROM event").fetchone()[0]
        #: Faults said and not taken back, (channel, component) → code: a restart must not forget them.
        self.faults: dict[tuple[str, str], str] = {
            (channel, component): code
            for channel, component, code in database.execute("SELECT channel, component, code FROM fault")
        }
        self._lay_ballast()

    @classmethod
    def open(cls, path: Path, new_epoch: Callable[[], str], *, max_events: int = MAX_EVENTS) -> "Outbox":
        """Open the outbox at `path`, or make one with a new epoch.

        A damaged file is moved aside whole, which the log says, and a new epoch begins; see `find_damaged`.
        Raises OutboxInUse, OutboxForeign, OutboxFull or OutboxUnwritable.
        """
        try:
            database = _open_or_create(path, new_epoch)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise _explain(error, path) from error
            aside = _move_aside(path)
            log.error("outbox=damaged file=%s kept=%s why=%s", path, aside, error)
            database = _open_or_create(path, new_epoch)
        return cls(path, database, max_events)

    def put(self, events: Sequence[AnyEvent]) -> list[int]:
        """Keep the events and number them; durable, all or none, when it returns. Their own `seq` is ignored.

        Raises OutboxFull or OutboxUnwritable; then nothing is kept and no number is used up.
        """
        if not events:
            return []
        if self.depth + len(events) > self._max_events:
            raise OutboxFull(
                f"{self.path}: {self.depth} events wait for the hub, the quota is {self._max_events}; "
                "is the hub running and reachable?"
            )
        seqs = list(range(self.newest_seq + 1, self.newest_seq + 1 + len(events)))
        rows = [
            (seq, encode_event(msgspec.structs.replace(event, seq=seq)))
            for seq, event in zip(seqs, events, strict=True)
        ]
        with self._transaction() as database:
            database.executemany("INSERT INTO event VALUES (?, ?)", rows)
            database.execute("UPDATE outbox SET newest_seq = ?", (seqs[-1],))
            faults = _note_faults(database, self.faults, events)
        self.newest_seq = seqs[-1]
        self.depth += len(seqs)
        self.faults = faults
        return seqs

    def pending(
        self, after_seq: int, limit_events: int, limit_bytes: int, *, up_to_seq: int | None = None
    ) -> list[Row]:
        """Rows numbered over `after_seq`, oldest first, at most so many, and so many bytes with a comma each.

        A single row longer than `limit_bytes` is still given, alone.
        """
        last = self.newest_seq if up_to_seq is None else up_to_seq
        if after_seq >= last:
            return []
        found = self._database.execute(
            "SELECT seq, body FROM event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (after_seq, last, limit_events),
        )
        rows: list[Row] = []
        size = 0
        for seq, body in found:
            size += len(body) + 1
            if rows and size > limit_bytes:
                break
            rows.append(Row(seq, body))
        return rows

    def acknowledge(self, ack: Ack) -> int:
        """Forget what the hub has made durable; gives how many rows that were. Another epoch's is ignored.

        Raises AckRefused for what was never sent, OutboxFull or OutboxUnwritable when it cannot be noted yet.
        """
        if ack.epoch != self.epoch:
            return 0
        if ack.seq > self.newest_seq:
            raise AckRefused(
                f"the hub acknowledges 1..{ack.seq} of {ack.epoch}, but {self.newest_seq} is the newest: "
                "is another node using this id, or was the outbox restored from a copy?"
            )
        durable = list(_without(ack.seq, ack.missing))
        oldest = self._database.execute("SELECT min(seq) FROM event").fetchone()[0]
        if oldest is None or oldest > ack.seq:
            return 0
        try:
            deleted = self._delete(durable)
        except OutboxFull:
            if not self._ballast.exists():
                raise
            self._ballast.unlink()
            deleted = self._delete(durable)
        self.depth -= deleted
        if deleted:
            self._lay_ballast()
        return deleted

    def note_dropped(self, events: int) -> None:
        """Count events that found no room and are lost. Raises OutboxFull or OutboxUnwritable."""
        with self._transaction() as database:
            database.execute("UPDATE outbox SET dropped = dropped + ?", (events,))
        self.dropped += events

    def close(self) -> None:
        """Let go of the file; another process may open it."""
        self._database.close()

    def _delete(self, ranges: list[tuple[int, int]]) -> int:
        with self._transaction() as database:
            cursor = database.executemany("DELETE FROM event WHERE seq BETWEEN ? AND ?", ranges)
            return cursor.rowcount

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield self._database
            self._database.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            # After some faults SQLite has already rolled back by itself, and refuses to do it again.
            with suppress(sqlite3.DatabaseError):
                self._database.execute("ROLLBACK")
            raise _explain(error, self.path) from error

    def _lay_ballast(self) -> None:
        # Without room for it we go on: it is laid again after the next acknowledgement.
        if self._ballast.exists():
            return
        try:
            # Not zeros: a file system may keep those without using room.
            self._ballast.write_bytes(b"\x5a" * BALLAST_BYTES)
        except OSError:
            with suppress(OSError):
                self._ballast.unlink(missing_ok=True)


def find_damaged(path: Path) -> list[Path]:
    """Outboxes that were moved aside as damaged and still lie beside `path`; what they hold was not sent."""
    return [
        found
        for found in sorted(path.parent.glob(path.name + ".damaged-*"))
        if not found.name.endswith(("-wal", "-shm"))
    ]


def _open_or_create(path: Path, new_epoch: Callable[[], str]) -> sqlite3.Connection:
    # Steps may come from another thread than the one that opened it, but never from two at once.
    database = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive: the lock is the file's own, and falls with the process however that ends.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA cache_size = -512")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")
        _examine(database, path, new_epoch)
    except BaseException:
        database.close()
        raise
    return database


def _examine(database: sqlite3.Connection, path: Path, new_epoch: Callable[[], str]) -> None:
    application = database.execute("PRAGMA application_id").fetchone()[0]
    layout = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (application, layout, tables) == (0, 0, 0):
        database.executescript(_SCHEMA)
        database.execute("INSERT INTO outbox VALUES (1, ?, 0, 0)", (new_epoch(),))
        database.execute("COMMIT")
        return
    if application != APPLICATION_ID:
        raise OutboxForeign(f"{path}: is a database of something else; give `outbox` another path")
    if layout != LAYOUT:
        raise OutboxForeign(f"{path}: has layout {layout}, this kuzet knows {LAYOUT}; install a newer one")
    fault = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise sqlite3.DatabaseError(f"quick_check: {fault}")
    row = database.execute("SELECT newest_seq FROM outbox").fetchone()
    newest = database.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]
    if row is None or newest > row[0]:
        raise sqlite3.DatabaseError("the rows and the newest number given out disagree")


def _note_faults(
    database: sqlite3.Connection, faults: dict[tuple[str, str], str], events: Sequence[AnyEvent]
) -> dict[tuple[str, str], str]:
    said = [event for event in events if isinstance(event, Fault | Recovered)]
    if not said:
        return faults
    faults = dict(faults)
    for event in said:
        key = (event.channel, event.component)
        if isinstance(event, Fault):
            faults[key] = event.code
            database.execute("INSERT OR REPLACE INTO fault VALUES (?, ?, ?)", (*key, event.code))
        else:
            faults.pop(key, None)
            database.execute("DELETE FROM fault WHERE channel = ? AND component = ?", key)
    return faults


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    missing_table = code == sqlite3.SQLITE_ERROR
    return missing_table or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _explain(error: sqlite3.DatabaseError, path: Path) -> OutboxError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return OutboxFull(f"{path}: no room on the disk; free some, or wait for the hub to acknowledge")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutboxInUse(f"{path}: is in use by another process; is a second node running with this file?")
    return OutboxUnwritable(f"{path}: cannot be written: {error}; check the disk, the folder and its rights")


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


def _without(seq: int, missing: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges of 1..seq that are not in `missing`."""
    start = 1
    for low, high in sorted(missing):
        if low > high:
            raise AckRefused(f"the hub lists {low}..{high} as missing, a range that ends before it begins")
        if low > start:
            yield start, min(low - 1, seq)
        start = max(start, high + 1)
        if start > seq:
            return
    yield start, seq
