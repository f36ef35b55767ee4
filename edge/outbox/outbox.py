"""What was seen and the hub has not yet made durable: events in, numbered rows out, through power cuts.

Numbers are given in the transaction that keeps the events, so a crash leaves no gap and uses none twice.
"""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.errors import AckRefused, OutboxError, OutboxFull
from edge.outbox import quota
from edge.outbox.ballast import BALLAST_BYTES, Ballast
from edge.outbox.cover import durable_ranges, has_less, lacking
from edge.outbox.file import Connect, Database, connect, find_damaged, open_file, reading, transaction
from edge.outbox.giving_way import GivingWay
from edge.outbox.quota import Losses, Rank, rank_of
from edge.outbox.rows import Row, forget_kept, note_faults, reopen, set_aside_durable, strip_page
from edge.outbox.shifts import Shift, Shifts
from protocol.codec import encode_event
from protocol.events import AnyEvent
from protocol.messages import Ack

log = logging.getLogger(__name__)

__all__ = ["MAX_EVENTS", "Outbox", "Row", "find_damaged"]

#: The quota: 14 days at 0.2 events a second are 241,920, 72 hours at one are 259,200.
MAX_EVENTS = 500_000
#: What the hub has acknowledged stays here for so long: a hub that had to go back to an older copy of its
#: store is told it again. Source: reliability.md, promise 14.
KEPT_FOR = timedelta(days=7)
#: Of kept rows one step forgets so many.
FORGOTTEN_AT_ONCE = 2000
T = TypeVar("T")


class Outbox:
    """One open outbox file. One owner at a time: a second process is refused while it is open."""

    def __init__(self, path: Path, database: Database, max_events: int, untouched: int) -> None:
        self.path = path
        self._database = database
        self._max_events = max_events
        self._untouched = untouched
        self._ballast = Ballast(path)
        row = database.execute("SELECT epoch, newest_seq, dropped FROM outbox").fetchone()
        #: The life of this file; every number is given once in it.
        self.epoch: str = row[0]
        #: The newest number given out; 0 before the first event.
        self.newest_seq: int = row[1]
        #: Events that never found room here, and have no number, since the file was made.
        self.dropped: int = row[2]
        #: The first number since this start. What is older was stamped by another run's clock.
        self.first_seq = self.newest_seq + 1
        #: Events kept and not yet acknowledged.
        self.depth: int = database.execute("SELECT count(*) FROM event WHERE rank >= 0").fetchone()[0]
        #: Events acknowledged and kept, for a hub that asks again.
        self.kept: int = database.execute("SELECT count(*) FROM event WHERE rank < 0").fetchone()[0]
        #: No event before this number waits.
        self._waiting_from = _first_waiting(database, self.newest_seq)
        #: How often the hub had less than it had acknowledged before: whoever sends begins anew.
        self.fallbacks = 0
        self._last_ack: Ack | None = None
        #: Faults said and not taken back, (channel, component) → code: a restart must not forget them.
        self.faults: dict[tuple[str, str], str] = {
            (channel, component): code
            for channel, component, code in database.execute("SELECT channel, component, code FROM fault")
        }
        self._shifts = Shifts(database)
        self._giving_way = GivingWay(database, path, self._shifts.by, untouched)
        self._has_gone = database.execute("SELECT 1 FROM gone LIMIT 1").fetchone() is not None
        self._ballast.lay()

    @classmethod
    def open(
        cls,
        path: Path,
        new_epoch: Callable[[], str],
        *,
        max_events: int = MAX_EVENTS,
        untouched: int = quota.MAY_BE_SENT,
        connect: Connect = connect,
    ) -> "Outbox":
        """Open the outbox at `path`, or make one with a new epoch.

        The quota leaves the oldest `untouched` rows alone. A damaged file is moved aside whole, which the
        log says, and a new epoch begins; see `edge.outbox_file.find_damaged`.
        Raises OutboxInUse, OutboxForeign, OutboxFull or OutboxUnwritable.
        """
        return cls(path, open_file(path, new_epoch, connect), max_events, untouched)

    @property
    def losses(self) -> Losses:
        """What the quota took since the file was made; these had numbers, and the hub is told."""
        return self._giving_way.losses

    @property
    def fill(self) -> float:
        """The share of the quota that is used; see `edge.quota.FILLING`."""
        return self.depth / self._max_events

    def put(self, events: Sequence[AnyEvent]) -> list[int]:
        """Keep the events and number them; durable, all or none, when it returns. Their own `seq` is ignored.

        Over the quota events give way, these too; see `edge.outbox.quota`.
        Raises OutboxFull or OutboxUnwritable; then nothing is kept and no number is used up.
        """
        if not events:
            return []
        if self.depth + len(events) > self._max_events < self._untouched:
            raise OutboxFull(
                f"{self.path}: {self.depth} events wait for the hub, the quota is {self._max_events}; "
                "is the hub running and reachable?"
            )
        seqs = self._with_room(lambda: self._insert(events), self._find_room)
        over = self.depth - self._max_events
        if self.kept and over + self.kept > 0:
            # What the hub has gives way first, and without a word: it was only kept to be told again.
            with suppress(OutboxError):
                self._forget_kept(self.newest_seq, max(over + self.kept, self._max_events // 100))
        if over > 0:
            # They are kept whether or not there is room to make room; the next ones try again.
            with suppress(OutboxError):
                # Where some must go, a hundredth of the quota goes: the next ones need not look again.
                some = max(over, self._max_events // 100)
                self._count_out(self._giving_way.free(over, some, self._waiting_from))
        return seqs

    def pending(
        self, after_seq: int, limit_events: int, limit_bytes: int, *, up_to_seq: int | None = None
    ) -> list[Row]:
        """Rows numbered over `after_seq`, oldest first, at most so many, and so many bytes with a comma each.

        A single row longer than `limit_bytes` is still given, alone. Raises OutboxUnwritable.
        """
        last = self.newest_seq if up_to_seq is None else up_to_seq
        after_seq = max(after_seq, self._waiting_from - 1)
        if after_seq >= last:
            return []
        rows: list[Row] = []
        size = 0
        with reading(self.path):
            found = self._database.execute(
                "SELECT seq, body FROM event WHERE seq > ? AND seq <= ? AND rank >= 0 ORDER BY seq LIMIT ?",
                (after_seq, last, limit_events),
            )
            for seq, body in found:
                row = self._shifts.apply(Row(seq, body))
                size += len(row.body) + 1
                if rows and size > limit_bytes:
                    break
                rows.append(row)
        return rows

    def alarms(self, after_seq: int, limit: int) -> list[Row]:
        """The newest alarms that wait and are numbered over `after_seq`, at most so many, oldest first.

        Raises OutboxUnwritable.
        """
        with reading(self.path):
            found = self._database.execute(
                "SELECT seq, body FROM event WHERE seq > ? AND rank = ? ORDER BY seq DESC LIMIT ?",
                (after_seq, Rank.ALARM.value, limit),
            ).fetchall()
        return [self._shifts.apply(Row(seq, body)) for seq, body in reversed(found)]

    def waiting(self, seqs: Sequence[int]) -> list[Row]:
        """Those of `seqs` that the hub has not acknowledged, in order. Raises OutboxUnwritable."""
        return [row for seq in seqs for row in self.pending(seq - 1, 1, 1, up_to_seq=seq)]

    def gone(self, after_seq: int, limit: int, *, up_to_seq: int | None = None) -> list[tuple[int, int]]:
        """Ranges over `after_seq` that will never come: dropped, or counted in a later passage.

        Raises OutboxUnwritable.
        """
        last = self.newest_seq if up_to_seq is None else up_to_seq
        if not self._has_gone or after_seq >= last:
            return []
        with reading(self.path):
            found = self._database.execute(
                "SELECT max(low, ?1 + 1), min(high, ?2) FROM gone WHERE high > ?1 AND low <= ?2 "
                "ORDER BY low LIMIT ?3",
                (after_seq, last, limit),
            ).fetchall()
        return [(low, high) for low, high in found]

    def acknowledge(self, ack: Ack) -> int:
        """Set aside what the hub has made durable; gives how many rows that were. Another epoch's is ignored.

        A hub that has less than it had (its store was restored from a copy) is told again what is still here.
        Raises AckRefused for what was never sent, OutboxFull or OutboxUnwritable when it cannot be noted yet.
        """
        if ack.epoch != self.epoch:
            return 0
        if ack.seq > self.newest_seq:
            raise AckRefused(
                f"the hub acknowledges 1..{ack.seq} of {ack.epoch}, but {self.newest_seq} is the newest: "
                "is another node using this id, or was the outbox restored from a copy?"
            )
        durable = list(durable_ranges(ack.seq, ack.missing))
        if self._last_ack is None or has_less(ack, self._last_ack):
            self._with_room(lambda: self._reopen(ack), self._ballast.give_all)
        self._last_ack = ack
        if not self.pending(0, 1, 1, up_to_seq=ack.seq) and not self.gone(0, 1, up_to_seq=ack.seq):
            return 0
        set_aside = self._with_room(lambda: self._set_aside(durable), self._ballast.give_all)
        self.depth -= set_aside
        self.kept += set_aside
        if set_aside:
            self._ballast.lay()
        return set_aside

    def keep_until_old(self, now: datetime) -> None:
        """Forget what was acknowledged and is older than `KEPT_FOR`; to be called once an hour.

        `now` must come from a clock that was set. Raises OutboxFull or OutboxUnwritable.
        """
        now_ms = int(now.timestamp() * 1000)
        old_ms = int((now - KEPT_FOR).timestamp() * 1000)
        with self._transaction() as database:
            # A mark from a clock that was ahead would keep its rows for ever.
            database.execute("DELETE FROM mark WHERE at_ms >= ?", (now_ms,))
            database.execute("INSERT INTO mark VALUES (?, ?)", (now_ms, self.newest_seq))
            old = database.execute("SELECT max(seq) FROM mark WHERE at_ms < ?", (old_ms,)).fetchone()[0]
        if old is None:
            return
        while self._forget_kept(old, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
            pass
        with self._transaction() as database:
            # The newest of the old ones goes too: what it stood for is gone, or waits.
            database.execute("DELETE FROM mark WHERE at_ms < ?", (old_ms,))
            oldest = database.execute("SELECT min(seq) FROM event").fetchone()[0]
            before = self.newest_seq + 1 if oldest is None else oldest
            self._shifts.forget_before(database, before)
        self._shifts.drop_before(before)

    def rebase(self, by: timedelta, *, synced: bool) -> int:
        """Add `by` to the estimated instants of this start's events; gives how many rows wait with one.

        Durable when it returns, whatever is kept: the rows are corrected as they are read.
        Raises OutboxFull or OutboxUnwritable; then nothing is corrected.
        """
        shift = Shift(self.first_seq, self.newest_seq, by, synced)
        if shift.last < shift.first:
            return 0

        self._with_room(lambda: self._note_shift(shift), self._ballast.give_all)
        self._shifts.add(shift)
        query = "SELECT count(*) FROM event WHERE seq >= ?"
        with reading(self.path):
            return int(self._database.execute(query, (shift.first,)).fetchone()[0])

    def forget_readings(self, old_to: datetime, ahead_from: datetime, after_seq: int, most: int) -> int:
        """Take the readings out of waiting screenings of before `old_to`, or of after `ahead_from`.

        Looks at up to `most` rows behind `after_seq`, as far as they are old; gives the last one's number.
        Raises OutboxFull or OutboxUnwritable; then nothing is changed.
        """
        after_seq = max(after_seq, self._waiting_from - 1)
        with self._transaction() as database:
            return strip_page(database, self._shifts.by, old_to, ahead_from, after_seq, most)

    def empty_log(self) -> bool:
        """Empty the write-ahead log, which holds rows as they were; not on a disk that has little room left.

        There its room is kept: it is needed for what comes next. Raises OutboxUnwritable.
        """
        if shutil.disk_usage(self.path.parent).free < 2 * BALLAST_BYTES:
            return False
        with reading(self.path):
            return bool(self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)

    def note_dropped(self, events: int) -> None:
        """Count events that found no room and are lost. Raises OutboxFull or OutboxUnwritable."""
        with self._transaction() as database:
            database.execute("UPDATE outbox SET dropped = dropped + ?", (events,))
        self.dropped += events

    def close(self) -> None:
        """Let go of the file; another process may open it."""
        self._database.close()

    # -- keep and forget

    def _insert(self, events: Sequence[AnyEvent]) -> list[int]:
        seqs = list(range(self.newest_seq + 1, self.newest_seq + 1 + len(events)))
        rows = [
            (seq, encode_event(msgspec.structs.replace(event, seq=seq)), rank_of(event).value)
            for seq, event in zip(seqs, events, strict=True)
        ]
        with self._transaction() as database:
            database.executemany("INSERT INTO event (seq, body, rank) VALUES (?, ?, ?)", rows)
            database.execute("UPDATE outbox SET newest_seq = ?", (seqs[-1],))
            faults = note_faults(database, self.faults, events)
        self.newest_seq = seqs[-1]
        self.depth += len(seqs)
        self.faults = faults
        return seqs

    def _set_aside(self, durable: list[tuple[int, int]]) -> int:
        with self._transaction() as database:
            set_aside = set_aside_durable(database, durable, self._waiting_from, has_gone=self._has_gone)
            waiting_from = _first_waiting(database, self.newest_seq, self._waiting_from)
            oldest = database.execute("SELECT min(seq) FROM event").fetchone()[0]
            before = self.newest_seq + 1 if oldest is None else oldest
            self._shifts.forget_before(database, before)
            has_gone = database.execute("SELECT 1 FROM gone LIMIT 1").fetchone() is not None
        self._shifts.drop_before(before)
        self._has_gone = has_gone
        self._waiting_from = waiting_from
        return set_aside

    def _reopen(self, ack: Ack) -> None:
        with self._transaction() as database:
            first = reopen(database, lacking(ack, self.newest_seq))
            depth = database.execute("SELECT count(*) FROM event WHERE rank >= 0").fetchone()[0]
            has_gone = database.execute("SELECT 1 FROM gone LIMIT 1").fetchone() is not None
        if first is None:
            return
        log.warning("hub=has-less from=%s again=%s", first, depth - self.depth)
        self.kept -= depth - self.depth
        self.depth = depth
        self._has_gone = has_gone
        self._waiting_from = min(self._waiting_from, first)
        self.fallbacks += 1

    def _forget_kept(self, up_to_seq: int, most: int) -> int:
        with self._transaction() as database:
            forgotten = forget_kept(database, up_to_seq, most)
        self.kept -= forgotten
        return forgotten

    def _note_shift(self, shift: Shift) -> None:
        with self._transaction() as database:
            self._shifts.note(database, shift)

    def _transaction(self) -> AbstractContextManager[Database]:
        return transaction(self._database, self.path)

    # -- room

    def _with_room(self, action: Callable[[], T], give: Callable[[], bool]) -> T:
        """Do it; on a full disk empty the journal into the file, and while `give` makes room, try again."""
        try:
            return action()
        except OutboxFull:
            self._checkpoint()
        while True:
            try:
                return action()
            except OutboxFull:
                if not give():
                    raise
                self._checkpoint()

    def _checkpoint(self) -> None:
        # Its journal starts again at the front, in room that is its own already.
        with suppress(sqlite3.DatabaseError):
            self._database.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _find_room(self) -> bool:
        """Room for new events on a full disk: half the ballast first, then what folding frees."""
        try:
            if self.kept and self._forget_kept(self.newest_seq, FORGOTTEN_AT_ONCE):
                return True
        except OutboxError:
            # Deleting needs room too.
            pass
        if self._ballast.give_half():
            return True
        try:
            folded = self._giving_way.fold(self.depth, self._waiting_from).rows
        except OutboxError:
            return False
        self._count_out(folded)
        return folded > 0

    def _count_out(self, rows: int) -> None:
        self.depth -= rows
        self._has_gone = self._has_gone or rows > 0


def _first_waiting(database: Database, newest_seq: int, from_seq: int = 0) -> int:
    found = database.execute(
        "SELECT seq FROM event WHERE seq >= ? AND rank >= 0 ORDER BY seq LIMIT 1", (from_seq,)
    ).fetchone()
    return newest_seq + 1 if found is None else int(found[0])
