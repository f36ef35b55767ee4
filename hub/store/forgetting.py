"""What was measured on a person, taken out of `hub.db` within a day; verdict, count and row stay.

A row keeps its place, its identity and what the fold reads of it, so a replay believes the same as before.
"""

import logging
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Engine, bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from hub.acts import decode_entry
from hub.store.database import writing
from hub.store.facts import Facts
from hub.store.schema import journal, rejected
from protocol.codec import encode_event
from protocol.events import AnyEvent, Screening

log = logging.getLogger(__name__)

#: No reading is older than this anywhere. Source: reliability.md, requirement 33 (EN 303 645, 6-4).
FORGOTTEN_WITHIN = timedelta(hours=24)
#: A reading that came later than this after it was taken is not even stored.
LATE = timedelta(hours=1)
#: From the hub's taking a row to its readings being taken out. With `LATE` before and the emptying of the
#: write-ahead log behind there is an hour to spare for a hub that is down for maintenance.
AFTER = timedelta(hours=21)
#: A row from further ahead was stamped by a clock that was wrong: its age is not known, so it is old.
AHEAD = timedelta(hours=1)
#: The write-ahead log holds pages as they were: it is emptied so often, seconds.
EMPTY_EVERY_S = 1800.0
EVERY_S = 60.0
#: Rows looked at in one step; more wait for the next turn of the hub. 5,000 take about 10 ms.
ROWS = 5000
#: What a person's reading consists of; `verdict` and `attempt` stay.
READINGS = ("index_c", "skin_c", "ambient_c", "spread_c", "samples")
#: How far the journal and the rejected rows are free of readings.
_JOURNAL, _REJECTED = "forgotten-journal", "forgotten-rejected"


class Forgetting:
    """A step a minute, more where much is to be done; called by the one writer."""

    def __init__(self, engine: Engine, facts: Facts) -> None:
        self._engine = engine
        self._facts = facts
        self._next_s = self._empty_s = -1e9
        #: Rows that were rewritten since the start.
        self.rewritten = 0

    def step(self, now: datetime, now_s: float) -> int:
        """Rewrite the next rows that are old enough, if it is time; how many were. Raises StoreError."""
        if now_s < self._next_s:
            return 0
        old_ms = int((now - AFTER).timestamp() * 1000)
        ahead_ms = int((now + AHEAD).timestamp() * 1000)
        with writing(self._engine) as connection:
            looked, stripped = self._strip_journal(connection, old_ms, ahead_ms)
            emptied = self._empty_rejected(connection, old_ms, ahead_ms)
        self.rewritten += stripped + emptied
        self._next_s = now_s if looked == ROWS else now_s + EVERY_S
        if now_s >= self._empty_s and _empty_log(self._engine):
            self._empty_s = now_s + EMPTY_EVERY_S
        return stripped + emptied

    def _strip_journal(self, connection: Connection, old_ms: int, ahead_ms: int) -> tuple[int, int]:
        columns = (journal.c.position, journal.c.received_ms, journal.c.body)
        query = select(*columns).where(journal.c.position > self._facts.known_number(_JOURNAL))
        rows = connection.execute(query.order_by(journal.c.position).limit(ROWS)).all()
        old = []
        for row in rows:
            if old_ms < row.received_ms <= ahead_ms:
                break
            old.append(row)
        if not old:
            return 0, 0
        changed = [
            {"at_position": row.position, "bare": bare}
            for row in old
            if (bare := without_readings(row.body)) != row.body
        ]
        if changed:
            change = update(journal).where(journal.c.position == bindparam("at_position"))
            connection.execute(change.values(body=bindparam("bare")), changed)
        self._facts.write(connection, _JOURNAL, str(old[-1].position))
        return len(old), len(changed)

    def _empty_rejected(self, connection: Connection, old_ms: int, ahead_ms: int) -> int:
        """What could not be read is not known to be free of readings: nothing of its body stays."""
        done = rejected.c.id > self._facts.known_number(_REJECTED)
        is_young = (rejected.c.received_ms > old_ms) & (rejected.c.received_ms <= ahead_ms)
        young = connection.execute(select(func.min(rejected.c.id)).where(done & is_young)).scalar()
        where = done if young is None else done & (rejected.c.id < young)
        last = connection.execute(select(func.max(rejected.c.id)).where(where)).scalar()
        if last is None:
            return 0
        emptied = connection.execute(update(rejected).where(where).values(body=b"")).rowcount
        self._facts.write(connection, _REJECTED, str(last))
        return emptied


def without_readings(body: bytes) -> bytes:
    """The entry's JSON with nothing measured on a person; of anything but a screening, as it is."""
    try:
        entry = decode_entry(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _without_by_hand(body)
    return encode_event(entry.bare()) if isinstance(entry, Screening) else body


def in_time(event: AnyEvent, body: bytes, received: datetime) -> tuple[AnyEvent, bytes]:
    """A screening that comes late, without its readings; anything else as it is."""
    if not isinstance(event, Screening) or received - event.at <= LATE:
        return event, body
    event = event.bare()
    return event, encode_event(event)


def _without_by_hand(body: bytes) -> bytes:
    """A row of an older version that this one cannot read: its readings go, the rest stays as it is."""
    try:
        found = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        return b"{}"
    kept = {name: value for name, value in found.items() if name not in READINGS}
    return body if len(kept) == len(found) else msgspec.json.encode(kept)


def _empty_log(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log into the file; False when a reader keeps it, to be tried again."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        waited = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        try:
            # The hub waits for nobody here.
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        except OperationalError as error:
            log.debug("log=kept why=%s", error.orig)
            return False
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={waited}")
    return bool(row[0] == 0)
