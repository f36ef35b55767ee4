"""What a hub has written, from its data folder or hub.db, read without disturbing it if it runs.

Opened read-only and asked in short questions: a long one would keep the hub's log of writes from being
put away. A data folder whose stores are on PostgreSQL is asked there.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextlib import closing as closing_of
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from hub.acts import decode_entry
from hub.alerts.alert import Alert
from hub.campus import Observed
from hub.errors import StoreError
from hub.store.address import HUB, is_on_server
from hub.store.alert_book import AlertBook
from hub.store.database import Store, opened, reader_if_made, rows_of
from hub.store.migrations import HEADS
from hub.store.schema import hub as hub_tables

#: How a file of SQLite begins.
_MAGIC = b"SQLite format 3\x00"
#: How long somebody may hold the file before it is given up, seconds.
PATIENCE_S = 2
#: Entries asked for at once.
ROWS = 5000
_ENTRIES = (
    "SELECT j.position, s.node, s.epoch, j.received_ms, j.body FROM journal j "
    "JOIN source s ON s.id = j.source WHERE j.position > :after ORDER BY j.position LIMIT :rows"
)
_HEARD = (
    "SELECT DISTINCT s.node FROM journal j JOIN source s ON s.id = j.source "
    "WHERE j.received_ms >= :since AND j.received_ms < :until"
)
_NODES = "SELECT s.node, count(*) FROM journal j JOIN source s ON s.id = j.source GROUP BY s.node"


class PastInForce(NamedTuple):
    """What came into force when, and its limits as tables of a file."""

    since: datetime
    profile: str
    variant: str | None
    tables: dict[str, Any]


class PastHub:
    """The rows of one hub; makes nothing and changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.book = AlertBook(store)
        #: Rows of the journal that this version cannot read.
        self.illegible = 0

    def entries(self) -> Iterator[Observed]:
        """The whole journal in its order."""
        after = 0
        while rows := self._ask(_ENTRIES, after=after, rows=ROWS):
            for position, node, epoch, received_ms, body in rows:
                try:
                    event = decode_entry(body)
                except (msgspec.MsgspecError, ValueError):
                    self.illegible += 1
                    continue
                yield Observed(position, node, epoch, _instant(received_ms), event)
            after = rows[-1][0]

    def nodes(self) -> dict[str, int]:
        """How many entries came from each node."""
        return {node: count for node, count in self._ask(_NODES)}

    def heard_between(self, since: datetime, until: datetime | None) -> set[str]:
        """The nodes of whom an entry came in [since, until)."""
        last = 2**62 if until is None else _ms(until)
        return {node for (node,) in self._ask(_HEARD, since=_ms(since), until=last)}

    def alerts(self) -> list[Alert]:
        """Every alert, oldest first."""
        return self.book.all()

    def lived(self) -> tuple[datetime, datetime] | None:
        """From the first entry to the last sign of the hub; None where nothing ever came."""
        ((first, last),) = self._ask("SELECT min(received_ms), max(received_ms) FROM journal")
        if first is None:
            return None
        pulse = self.board_row("hub", "hub")
        seen = msgspec.json.decode(pulse, type=_Pulse).as_of if pulse is not None else _instant(last)
        return _instant(first), max(_instant(last), seen)

    def in_force(self) -> list[PastInForce]:
        """What was in force, oldest first."""
        rows = self._ask("SELECT since_ms, profile, variant, body FROM in_force ORDER BY id")
        return [
            PastInForce(_instant(since), profile, variant, msgspec.json.decode(body))
            for since, profile, variant, body in rows
        ]

    def board_row(self, kind: str, key: str) -> bytes | None:
        """One row of the board, as JSON; None where there is none."""
        rows = self._ask("SELECT body FROM board WHERE kind = :kind AND key = :key", kind=kind, key=key)
        return rows[0][0] if rows else None

    def _ask(self, query: str, **values: object) -> list[Any]:
        return rows_of(self._store, query, **values)


class _Pulse(msgspec.Struct):
    as_of: datetime


def is_store(path: Path) -> bool:
    """Whether a folder, or a file of SQLite."""
    if not path.is_file():
        return path.is_dir()
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def opened_past(path: Path) -> Iterator[PastHub]:
    """The hub of a data folder or of a hub.db. Raises StoreError, saying what to do."""
    if path.is_dir() and is_on_server(path):
        with _on_server(path) as store:
            yield PastHub(store)
        return
    file = path / "hub.db" if path.is_dir() else path
    if not file.exists():
        raise StoreError(f"{path}: holds no hub.db; give a hub's data folder, or its hub.db")
    if file.is_dir() or not is_store(file):
        raise StoreError(f"{file}: is not a hub's store; give a hub's data folder, or its hub.db")
    try:
        with ExitStack() as closing:
            url = _read_only(file)
            with _asked(url) as there:
                if not _is_ours(there):
                    # Of another version, or at rest without its log: read in a copy of it.
                    folder = closing.enter_context(TemporaryDirectory(prefix="kuzet-"))
                    url = str(Path(folder) / "hub.db")
                    with closing_of(sqlite3.connect(url)) as copy:
                        there.backup(copy)
            yield PastHub(closing.enter_context(opened(f"sqlite:///{url}", hub_tables)))
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {_why(str(error))}") from error
    except StoreError as error:
        why = str(getattr(error.__cause__, "orig", "") or error)
        raise StoreError(f"{file}: {_why(why)}") from error


@contextmanager
def _on_server(path: Path) -> Iterator[Store]:
    store = reader_if_made(path, HUB, hub_tables)
    if store is None:
        raise StoreError(f"{path}: the hub has written nothing in its database yet, or you may not read it")
    try:
        yield store
    finally:
        store.dispose()


@contextmanager
def _asked(url: str) -> Iterator[sqlite3.Connection]:
    with closing_of(sqlite3.connect(url, uri=True, timeout=PATIENCE_S)) as there:
        yield there


def _is_ours(there: sqlite3.Connection) -> bool:
    """Whether it can be read as it is. Raises StoreError when it is no hub's at all."""
    names = {name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"journal", "source", "alert"} <= names:
        raise StoreError("holds no journal of a hub; is it another file, such as people.db?")
    (mode,) = there.execute("PRAGMA journal_mode").fetchone()
    if "alembic_version" not in names:
        return False
    (at,) = there.execute("SELECT version_num FROM alembic_version").fetchone()
    return (
        mode == "wal"
        and at == HEADS["hub"]
        and all(
            {column.name for column in table.columns}
            <= {row[1] for row in there.execute(f"PRAGMA table_info({table.name})")}
            for table in hub_tables.sorted_tables
        )
    )


def _read_only(file: Path) -> str:
    # Reading beside a writer takes its shared memory; where that cannot be made, nobody can be writing.
    is_still = not os.access(file.parent, os.W_OK) and not Path(f"{file}-wal").exists()
    options = "mode=ro&immutable=1" if is_still else "mode=ro"
    return f"file:{quote(str(file.resolve()))}?{options}&uri=true&timeout={PATIENCE_S}"


def _why(said: str) -> str:
    if "locked" in said:
        return "another program holds it locked; close that, or give a copy of it"
    if "not a database" in said or "malformed" in said:
        return f"cannot be read ({said}); give a sound copy"
    return said


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
