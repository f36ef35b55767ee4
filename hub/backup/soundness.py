"""A store's file in, its figures out; or what is wrong with it, as `Damaged`. Reads only.

A quick look is for the start of a hub; a thorough one for what is to count as a copy.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct
from sqlalchemy import MetaData, create_engine

from hub.alerts.alert import Alert
from hub.alerts.outcome import DeskState
from hub.backup.errors import Damaged
from hub.store import schema
from hub.store.audit import AuditLog, Fault, Head
from hub.store.snapshots import FORMAT, MARK, Snapshot, is_whole, unpack
from protocol.clock import SystemClock

_MAGIC = b"SQLite format 3\x00"
#: Rows of the journal that tell one campus from another.
MARKED_ROWS = 1000
#: Rows that are read at a quick look: older ones are in the fold.
NEWEST_ROWS = 1000
#: Facts of a hub's file that was restored.
RESTORED_AT, RESTORED_FROM = "restored-at", "restored-from"
#: Facts of the hub: the same of the people's store, and up to when somebody has read of both.
PEOPLE_AT, PEOPLE_FROM, READ_UNTIL = "people-restored-at", "people-restored-from", "restored-read-until"
_INSTANTS = ("judged-until", RESTORED_AT, RESTORED_FROM, PEOPLE_AT, PEOPLE_FROM, READ_UNTIL)
_NUMBERS = frozenset(
    {"decisions-carried-out", "forgotten-journal", "forgotten-rejected", "board-dropped-until"}
)
#: Without these a file is not ours.
_CORE = {
    "hub.db": {"journal", "source", "rejected", "snapshot", "fact", "board", "alert"},
    "people.db": {"user_account", "decision", "audit"},
}


class HubFigures(Struct, frozen=True, kw_only=True):
    """What a hub's file holds."""

    #: The newest position; positions have no gaps, so this is how many events there are.
    position: int
    rejected: int
    gone: int
    alerts: int
    #: SHA-256 of the first thousand rows or fewer, and of how many: tells another campus's file from ours.
    marked_rows: int
    mark: str
    #: When this file was put in place of a damaged one, and of when the copy was that it came from.
    restored_at: datetime | None = None
    restored_from: datetime | None = None
    #: SHA-256 of the journal without readings: it never changes up to a position. Empty after a quick look.
    sum: str = ""
    #: The same up to the position of the copy before, to be compared with that one's.
    earlier: int = 0
    earlier_sum: str = ""


class PeopleFigures(Struct, frozen=True, kw_only=True):
    """What a people's file holds."""

    accounts: int
    decisions: int
    #: The newest entry of the audit log.
    audit_id: int
    audit_hash: str
    #: The first entry that does not fit, and what is wrong with it; 0: the chain is whole.
    broken_at: int = 0
    broken_why: str = ""


def examine_hub(
    path: Path, *, thorough: bool, rows_marked: int = MARKED_ROWS, earlier: int = 0
) -> HubFigures:
    """The figures of a `hub.db`. Raises Damaged."""
    with _asked(path, "hub.db", schema.hub, thorough=thorough) as database:
        position = _position(database)
        fold_at = _check_fold(database, position, thorough=thorough)
        _check_facts(database)
        _check_alerts(database)
        first = 0 if thorough else max(0, min(fold_at, position - NEWEST_ROWS))
        sums = _read_journal(database, first, earlier, thorough=thorough)
        marked = min(position, rows_marked)
        return HubFigures(
            position=position,
            rejected=_count(database, "rejected"),
            gone=_count(database, "gone"),
            alerts=_count(database, "alert"),
            marked_rows=marked,
            mark=_mark(database, marked),
            restored_at=_instant(database, RESTORED_AT),
            restored_from=_instant(database, RESTORED_FROM),
            sum=sums[0],
            earlier=earlier,
            earlier_sum=sums[1],
        )


def examine_people(path: Path, *, thorough: bool) -> PeopleFigures:
    """The figures of a `people.db`; a broken chain of its audit log is one of them. Raises Damaged."""
    with _asked(path, "people.db", schema.people, thorough=thorough) as database:
        figures = PeopleFigures(
            accounts=_count(database, "user_account"),
            decisions=_count(database, "decision"),
            audit_id=0,
            audit_hash="",
        )
    if thorough:
        head, fault = _read_audit(path)
        figures = msgspec.structs.replace(figures, audit_id=head.id, audit_hash=head.hash)
        if fault is not None:
            figures = msgspec.structs.replace(figures, broken_at=fault.id, broken_why=fault.what)
    return figures


def examine_any(path: Path) -> None:
    """Any other file of SQLite. Raises Damaged."""
    with _asked(path, path.name, MetaData(), thorough=True):
        pass


def agree(said: HubFigures | PeopleFigures | None, found: HubFigures | PeopleFigures | None) -> bool:
    """Whether a store holds what its copy's manifest says; what an older one did not say is no matter."""
    if isinstance(said, HubFigures) and isinstance(found, HubFigures) and not said.sum:
        found = msgspec.structs.replace(found, sum="", earlier_sum="")
    return said == found


def is_of_another_life(figures: HubFigures, copy_at: datetime) -> bool:
    """Whether a copy was made of what was lost when this file was restored from an older copy."""
    since, until = figures.restored_from, figures.restored_at
    return since is not None and until is not None and since < copy_at <= until


@contextmanager
def _asked(path: Path, name: str, tables: MetaData, *, thorough: bool) -> Iterator[sqlite3.Connection]:
    """A connection that sees one state of the file, whose pages and tables are as they should be."""
    _check_header(path)
    try:
        with closing(
            sqlite3.connect(read_only(path), uri=True, timeout=10, isolation_level=None)
        ) as database:
            database.execute("BEGIN")
            pragma = "integrity_check(1)" if thorough else "quick_check(1)"
            said = database.execute(f"PRAGMA {pragma}").fetchone()[0]
            if said != "ok":
                raise Damaged(f"{path}: is damaged: {said}")
            _check_tables(database, path, name, tables)
            yield database
    except (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        raise Damaged(f"{path}: is damaged: {error}") from error


def read_only(path: Path) -> str:
    """The address of a file that is only read."""
    return f"file:{quote(str(path.resolve()))}?mode=ro"


def _check_header(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise Damaged(f"{path}: is not there") from None
    if not head:
        raise Damaged(f"{path}: is empty")
    if head != _MAGIC:
        raise Damaged(f"{path}: is damaged: it does not begin as a file of SQLite does")


def _check_tables(database: sqlite3.Connection, path: Path, name: str, tables: MetaData) -> None:
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    missing = _CORE.get(name, set()) - there
    if missing:
        raise Damaged(f"{path}: is not a {name} of ours: it has no table `{min(missing)}`")
    for table in tables.sorted_tables:
        if table.name not in there:
            continue
        known = {row[1] for row in database.execute(f'PRAGMA table_info("{table.name}")')}
        lacking = {column.name for column in table.columns if not column.nullable} - known
        if lacking:
            raise Damaged(
                f"{path}: table `{table.name}` has no column `{min(lacking)}`; is it of this version?"
            )


def _position(database: sqlite3.Connection) -> int:
    count, first, last = database.execute(
        "SELECT count(*), min(position), max(position) FROM journal"
    ).fetchone()
    if count and (first, last) != (1, count):
        raise ValueError(f"the journal has {count} rows, numbered {first} to {last}")
    return int(count)


def _check_fold(database: sqlite3.Connection, position: int, *, thorough: bool) -> int:
    """How far the kept fold goes. Raises ValueError where it is not of these rows."""
    row = database.execute("SELECT position, body FROM snapshot WHERE id = 1").fetchone()
    if row is None:
        return 0
    at, body = row
    if at > position:
        raise ValueError(f"the fold is of position {at}, and the journal ends at {position}")
    if not is_whole(body):
        raise ValueError("the kept fold is not as it was written")
    found = unpack(body)
    if found is None:
        # Of another version, which folds the journal anew; one without a sum must say so itself.
        if not body.startswith(MARK) and not _is_older(body):
            raise ValueError("the kept fold cannot be read")
        return 0
    if thorough:
        _compare_receipts(database, found)
    return int(at)


def _is_older(body: bytes) -> bool:
    """Whether a fold that cannot be read says itself that it is of another version."""
    return msgspec.msgpack.decode(body, type=dict[str, Any]).get("format") not in (None, FORMAT)


def _compare_receipts(database: sqlite3.Connection, fold: Snapshot) -> None:
    """What the fold believes to have of each node, against the rows themselves."""
    state = fold.journal
    rows = Counter(
        dict(
            database.execute(
                "SELECT source, count(*) FROM journal WHERE position <= ? GROUP BY source", (state.position,)
            ).fetchall()
        )
    )
    known = {id for (id,) in database.execute("SELECT id FROM source")}
    for number, receipt in state.receipts.items():
        held = receipt.received.count - receipt.rejected - receipt.gone
        if number not in known or held != rows[number]:
            raise ValueError(f"of {receipt.node} {rows[number]} rows are there and {held} are counted")
    stray = set(rows) - set(state.receipts)
    if stray:
        raise ValueError(f"rows of source {min(stray)} are in no count")


def _check_facts(database: sqlite3.Connection) -> None:
    for name, value in database.execute("SELECT name, value FROM fact"):
        if name in _NUMBERS:
            int(value)
        elif name in _INSTANTS and value:
            datetime.fromisoformat(value)


def _check_alerts(database: sqlite3.Connection) -> None:
    for (body,) in database.execute("SELECT body FROM alert WHERE closed_at IS NULL"):
        msgspec.json.decode(body, type=Alert)
    for (body,) in database.execute("SELECT body FROM standing WHERE kind = 'desk'"):
        msgspec.json.decode(body, type=DeskState)


def _read_journal(
    database: sqlite3.Connection, after: int, earlier: int, *, thorough: bool
) -> tuple[str, str]:
    """Its sum, to the end and to `earlier`. No JSON is damage; an unknown kind is of another version."""
    sum, earlier_sum = hashlib.sha256(), ""
    rows = database.execute(
        "SELECT position, source, seq, body FROM journal WHERE position > ? ORDER BY position", (after,)
    )
    known = {id for (id,) in database.execute("SELECT id FROM source")}
    for position, source, seq, body in rows:
        if source not in known:
            raise ValueError(f"row {position} is of nobody")
        msgspec.json.decode(body, type=_Named)
        if thorough:
            sum.update(b"%d %d " % (source, seq) + _lasting(body))
            if position == earlier:
                earlier_sum = sum.hexdigest()
    return (sum.hexdigest() if thorough else "", earlier_sum)


class _Named(Struct):
    """What every entry has, of whatever version."""

    seq: int
    kind: str


def _mark(database: sqlite3.Connection, rows: int) -> str:
    query = "SELECT source, seq, body FROM journal WHERE position <= ? ORDER BY position"
    mark = hashlib.sha256()
    for source, seq, body in database.execute(query, (rows,)):
        mark.update(b"%d %d " % (source, seq) + _lasting(body))
    return mark.hexdigest()


def _lasting(body: bytes) -> bytes:
    """What of a row no version ever writes over: of a screening the verdict, of anything else all."""
    if b'"screening"' not in body:
        return body
    found = msgspec.json.decode(body, type=dict[str, Any])
    return msgspec.json.encode([found.get(name) for name in ("seq", "kind", "channel", "verdict")])


def _read_audit(path: Path) -> tuple[Head, Fault | None]:
    """The newest entry, and the first that does not fit."""
    engine = create_engine(f"sqlite:///{read_only(path)}&uri=true")
    try:
        log = AuditLog(engine, SystemClock())
        faults = log.verify()
        return log.head(), faults[0] if faults else None
    finally:
        engine.dispose()


def _instant(database: sqlite3.Connection, name: str) -> datetime | None:
    row = database.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return datetime.fromisoformat(row[0]) if row else None


def _count(database: sqlite3.Connection, table: str) -> int:
    query = f'SELECT count(*) FROM "{table}"'  # nosec B608  # a table of ours
    return int(database.execute(query).fetchone()[0])
