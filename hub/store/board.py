"""What dashboards show: the hub writes rows, readers ask for all of them or for those changed since."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, Engine, bindparam, select

from hub.store.database import asking
from hub.store.facts import Facts
from hub.store.schema import board, fact
from protocol.messages import AlertMessage, SpaceState
from protocol.quantities import Id


class SpaceRow(Struct, frozen=True, kw_only=True):
    """A tile: the state as everybody gets it and what the tile needs beside it."""

    state: SpaceState
    code: str
    building: Id
    floor: int
    kind: str
    names: dict[str, str]
    #: Which cap binds: `area`, `desks`, `group-cap`, `fill`; None without capacity.
    limit: str | None


class AlertRow(Struct, frozen=True, kw_only=True):
    """An open alert: the message as everybody gets it and what the rail needs beside it."""

    alert: AlertMessage
    #: The code on the door of its space, or the node's id.
    label: str
    fired_at: datetime | None
    resolved_at: datetime | None
    acked_at: datetime | None
    #: Which cap binds, for an over-capacity alert.
    limit_rule: str | None = None
    building: str | None = None
    #: Why nobody is told, a word of `hub.alerts.alert.Mute`; None: they are.
    muted: str | None = None
    muted_until: datetime | None = None
    #: The duty of whoever has it.
    owner: str | None = None
    is_drill: bool = False
    #: What the record says now that late events have come; None: as it was.
    corrected: str | None = None
    #: How many notifications it has caused, and whether one of them cannot be delivered.
    told: int = 0
    undelivered: bool = False
    #: The value farthest beyond its limit so far, the limit then, and when that was; None: no value is known.
    worst: float | None = None
    worst_limit: float | None = None
    worst_at: datetime | None = None
    #: The key that takes it on every board, 1 to 9; None: nobody need take it, or all are in use.
    digit: int | None = None


class SilenceRow(Struct, frozen=True, kw_only=True):
    """A silence: who answers for it, what it matches, and its end."""

    id: str
    by: str
    reason: str
    rule: str | None
    space: str | None
    building: str | None
    node: str | None
    until: datetime


class GapRow(Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "to"}):
    """A stretch in which a step of an escalation reaches nobody."""

    #: The one rule that then has nobody at all; None: several, or none.
    rule: str | None
    role: str
    building: str | None
    starts: datetime
    ends: datetime
    why: str


class NodeRow(Struct, frozen=True, kw_only=True):
    """A node as the hub sees it."""

    node: Id
    #: `online`; `too-old`, `too-new` (there, not understood); `offline`, `lost`, `silent`, `never-heard`.
    state: str
    last_heard: datetime | None
    outbox_depth: int | None
    faults: tuple[str, ...]
    epoch: str | None


class LedgerRow(Struct, frozen=True, kw_only=True):
    """The line that must close: produced = stored + rejected + pending + dropped."""

    produced: int
    stored: int
    rejected: int
    pending: int
    dropped: int
    #: Messages that could not be read at all, so belong to no node's count.
    unreadable: int


#: The two stores, as people are told of them.
HUB_STORE, PEOPLE_STORE = "hub.db", "people.db"


class RestoredRow(Struct, frozen=True, kw_only=True):
    """A store that was put back from a copy, and nobody who answers for it has read so yet."""

    #: `hub.db` or `people.db`.
    store: str
    #: The instant of the copy: what is newer is lost, or told again by nodes. None: not known.
    since: datetime | None
    #: When it was put back.
    at: datetime


class HubRow(Struct, frozen=True, kw_only=True):
    """The hub's own pulse; a reader that sees it grow old knows that nothing here is live."""

    as_of: datetime
    started: datetime
    version: str
    position: int
    broker_connected: bool
    site: Id
    names: dict[str, str]
    timezone: str
    profile: Id
    #: The profile's format in force: `in-person`, `remote`; None: the profile as it is.
    variant: str | None = None
    #: Counters for /metrics, by name.
    counters: dict[str, float]
    #: Stores that were put back, the newest first, until somebody has read so.
    restored: tuple[RestoredRow, ...] = ()


class Change(NamedTuple):
    """One changed row: its kind (space, alert, node, silence, gap, handover, ledger, hub), key and JSON."""

    version: int
    kind: str
    key: str
    #: None when it is gone.
    body: bytes | None


#: Rows that say `gone` are kept for so many versions. The pulse alone makes one a second, a busy campus some
#: tens: readers ask four times a second, and one that was away for longer than an hour reads everything anew.
KEEP_GONE = 200_000
#: At most so many of them are dropped with one write.
DROPPED = 20
#: Up to which version rows that say `gone` have been dropped.
DROPPED_UNTIL = "board-dropped-until"
_UPDATE = board.update().where((board.c.kind == bindparam("of_kind")) & (board.c.key == bindparam("of_key")))
_DROP = board.delete().where((board.c.kind == bindparam("of_kind")) & (board.c.key == bindparam("of_key")))
#: A row to write: kind, key, JSON or None when the thing is gone.
Row = tuple[str, str, bytes | None]


class BoardReader:
    """Reads the board; any number of readers, in any process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self) -> list[Change]:
        """Every row that is there, oldest change first."""
        return self._select(-1, with_gone=False)

    def changes_since(self, version: int) -> list[Change] | None:
        """The rows changed after `version`, oldest change first, gone ones included.

        None: what went since then is no longer all known; read everything anew.
        """
        found = self._select(version, with_gone=True)
        # Asked for last: what is dropped after the rows were read is not missing in them.
        with asking(self._engine) as connection:
            dropped_until = connection.execute(
                select(fact.c.value).where(fact.c.name == DROPPED_UNTIL)
            ).scalar()
        return None if version < int(dropped_until or -1) else found

    def _select(self, version: int, *, with_gone: bool) -> list[Change]:
        query = select(board.c.version, board.c.kind, board.c.key, board.c.body)
        query = query.where(board.c.version > version).order_by(board.c.version)
        if not with_gone:
            query = query.where(board.c.body.is_not(None))
        with asking(self._engine) as connection:
            return [Change(*row) for row in connection.execute(query)]


class BoardWriter:
    """Writes changed rows inside the hub's transaction."""

    def __init__(self, engine: Engine, *, keep_gone: int = KEEP_GONE) -> None:
        """Rows that say `gone` are dropped `keep_gone` versions later."""
        with engine.connect() as connection:
            rows = connection.execute(select(board.c.kind, board.c.key, board.c.version, board.c.body))
            known = [Change(version, kind, key, body) for kind, key, version, body in rows]
        self._bodies = {(row.kind, row.key): row.body for row in known}
        self._version = max((row.version for row in known), default=0)
        self._keep_gone = keep_gone
        self._facts = Facts(engine)
        #: Rows that say `gone`, by the version at which they went, oldest first.
        gone = sorted((row.version, (row.kind, row.key)) for row in known if row.body is None)
        self._gone: dict[tuple[str, str], int] = {where: version for version, where in gone}

    def changed(self, rows: Iterable[Row]) -> list[Row]:
        """Those of the rows (kind, key, JSON or None) that differ from what is there."""
        return [row for row in rows if self._bodies.get((row[0], row[1]), b"") != row[2]]

    def write(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Write the rows that differ, each with a new version, inside the caller's transaction."""
        new: list[dict[str, object]] = []
        known: list[dict[str, object]] = []
        for kind, key, body in self.changed(rows):
            self._version += 1
            if (kind, key) in self._bodies:
                known.append({"of_kind": kind, "of_key": key, "version": self._version, "body": body})
            else:
                new.append({"kind": kind, "key": key, "version": self._version, "body": body})
            self._bodies[(kind, key)] = body
            self._gone.pop((kind, key), None)
            if body is None:
                self._gone[kind, key] = self._version
        if known:
            connection.execute(_UPDATE, known)
        if new:
            connection.execute(board.insert(), new)
        self._drop_gone(connection)

    def _drop_gone(self, connection: Connection) -> None:
        """Forget what went so long ago that every reader knows it, a little at a time."""
        old: list[tuple[tuple[str, str], int]] = []
        for where, version in self._gone.items():
            if version > self._version - self._keep_gone or len(old) >= DROPPED:
                break
            old.append((where, version))
        if not old:
            return
        connection.execute(_DROP, [{"of_kind": kind, "of_key": key} for (kind, key), _ in old])
        for where, _ in old:
            del self._gone[where], self._bodies[where]
        self._facts.write(connection, DROPPED_UNTIL, str(old[-1][1]))

    def gone(self, kind: str, keep: set[str]) -> list[Row]:
        """Rows that say `gone` for every key of `kind` that is not in `keep`."""
        return [
            (kind, key, None)
            for (one, key), body in self._bodies.items()
            if one == kind and key not in keep and body is not None
        ]
