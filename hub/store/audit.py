"""The audit log: who did what, in a chain of hashes over `people.db`, so that a change behind our back shows.

Each entry's hash covers the entry and the hash before it: one that is changed, removed, put in between or
moved no longer fits. What is cut off at the end fits as well as before; it shows only against a head noted
elsewhere.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, Row, func, select

from hub.store.database import asking, claim, writing
from hub.store.schema import audit
from protocol.clock import Clock

#: An open transaction, for those who only hand it on.
Transaction = Connection
#: What stands for "the entry before" in the first.
FIRST = "0" * 64
#: How much of a name, an action or a subject is kept, letters.
_LONGEST = 120
#: Faults told of one chain: behind the first, one change may make every later entry a fault.
_MOST_FAULTS = 100
_READ_AT_ONCE = 1000


class Entry(NamedTuple):
    """One thing a person did. `id` counts from 1 without gaps."""

    id: int
    at_ms: int
    #: The name others read: the sitting's, the account's, or `command line`.
    who: str
    #: The account's number; None where nobody was signed in.
    account: int | None
    #: The account's role then; empty where nobody was signed in.
    role: str
    #: `alert.ack`, `task.done`, `account.add`, `sign_in`, …
    action: str
    #: What it was done to: an alert, a space, an account; may be empty.
    subject: str
    #: What else is to be known, as canonical JSON: `{}` when nothing. Never a secret, never a temperature.
    detail: str
    prev_hash: str
    hash: str

    @property
    def at(self) -> datetime:
        """When it was done."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)


class Head(NamedTuple):
    """The newest entry; noted elsewhere, it tells a log that was cut off."""

    id: int
    hash: str


class Fault(NamedTuple):
    """An entry that does not fit: `id` is the one looked at, `what` one of the words below in a sentence."""

    id: int
    what: str


class AuditLog:
    """What people did, added at the end and never changed."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def add(
        self,
        who: str,
        role: str,
        action: str,
        subject: str,
        detail: dict[str, Any] | None = None,
        *,
        account: int | None = None,
        connection: Connection | None = None,
    ) -> Entry:
        """Store an entry; with a `connection` in its transaction: it stands or falls with the deed."""
        at_ms = int(self._clock.now().timestamp() * 1000)
        encoded = msgspec.json.encode(detail or {}, order="sorted").decode()
        with self._alone(connection) as alone:
            before = _head(alone)
            entry = seal(
                Entry(
                    id=before.id + 1,
                    at_ms=at_ms,
                    who=who[:_LONGEST],
                    account=account,
                    role=role,
                    action=action[:_LONGEST],
                    subject=subject[:_LONGEST],
                    detail=encoded,
                    prev_hash=before.hash,
                    hash="",
                )
            )
            alone.execute(audit.insert().values(entry._asdict()))
        return entry

    def page(
        self,
        before: int | None,
        limit: int,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
    ) -> list[Entry]:
        """At most `limit` entries older than number `before`, newest first.

        `actor` and `subject` are whole; `action` also stands for those below it: `alert` for `alert.ack`.
        """
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        if actor:
            query = query.where(audit.c.who == actor)
        if action:
            below = audit.c.action.startswith(f"{action}.", autoescape=True)
            query = query.where((audit.c.action == action) | below)
        if subject:
            query = query.where(audit.c.subject == subject)
        with asking(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def entries(self) -> Iterator[Entry]:
        """Every entry, oldest first."""
        with asking(self._engine) as connection:
            last = 0
            while True:
                query = select(audit).where(audit.c.id > last).order_by(audit.c.id).limit(_READ_AT_ONCE)
                found = [_entry(row) for row in connection.execute(query)]
                yield from found
                if len(found) < _READ_AT_ONCE:
                    return
                last = found[-1].id

    def verify(self, noted: Head | None = None) -> list[Fault]:
        """What does not fit, oldest first; empty when the chain is whole and holds the head noted."""
        faults: list[Fault] = []
        last, has_noted = Head(0, FIRST), noted is None or noted == Head(0, FIRST)
        for entry in self.entries():
            faults += _faults(entry, last)
            if len(faults) >= _MOST_FAULTS:
                return faults
            last = Head(entry.id, entry.hash)
            has_noted = has_noted or last == noted
        if noted is not None and not has_noted:
            what = "was cut off: it is not there" if last.id < noted.id else "is not the entry that was noted"
            faults.append(Fault(noted.id, what))
        return faults

    def head(self) -> Head:
        """The newest entry's number and hash; of an empty log, 0 and zeros."""
        with asking(self._engine) as connection:
            return _head(connection)

    def count(self) -> int:
        """How many entries there are."""
        with asking(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(audit)).scalar_one()

    @contextmanager
    def _alone(self, connection: Connection | None) -> Iterator[Connection]:
        """A transaction in which nobody else adds an entry."""
        if connection is None:
            with writing(self._engine) as own:
                claim(own)
                yield own
        else:
            claim(connection)
            yield connection


def _head(connection: Connection) -> Head:
    newest = select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head(0, FIRST) if row is None else Head(row.id, row.hash)


def _faults(entry: Entry, last: Head) -> Iterator[Fault]:
    if entry.id != last.id + 1:
        yield Fault(entry.id, f"comes after {last.id}: what lay between was removed")
    elif entry.prev_hash != last.hash:
        yield Fault(entry.id, f"does not follow {last.id}: one of them was put in, moved or changed")
    if entry.hash != seal(entry).hash:
        yield Fault(entry.id, "was changed: its hash is of other words")


def seal(entry: Entry) -> Entry:
    """The entry with its hash: SHA-256 over everything else as a JSON list, the hash before it first."""
    words = (
        *(entry.prev_hash, entry.id, entry.at_ms, entry.who, entry.account, entry.role),
        *(entry.action, entry.subject, entry.detail),
    )
    return entry._replace(hash=hashlib.sha256(msgspec.json.encode(words)).hexdigest())


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry._fields})
