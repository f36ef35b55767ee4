"""Rows stamped before time service had set the clock in, the same with their instants corrected out."""

from datetime import timedelta
from typing import NamedTuple

from edge.life.wall_clock import rebased
from edge.outbox.file import Database
from edge.outbox.rows import Row, legible
from protocol.codec import encode_event
from protocol.events import ClockState

_MILLISECOND = timedelta(milliseconds=1)


class Shift(NamedTuple):
    """What a correction of the clock adds to the estimated instants of first..last."""

    first: int
    last: int
    by: timedelta
    synced: bool


class Shifts:
    """The corrections of one outbox. Rows are corrected as they are read: noting one costs one row."""

    def __init__(self, database: Database) -> None:
        self._shifts = [
            Shift(first, last, ms * _MILLISECOND, bool(synced))
            for first, last, ms, synced in database.execute("SELECT first, last, ms, synced FROM shift")
        ]

    def note(self, database: Database, shift: Shift) -> None:
        """Write it down, inside the caller's transaction."""
        ms = round(shift.by / _MILLISECOND)
        row = (shift.first, shift.last, ms, shift.synced)
        database.execute("INSERT INTO shift VALUES (?, ?, ?, ?)", row)

    def forget_before(self, database: Database, seq: int) -> None:
        """Strike those of rows that are all gone, inside the caller's transaction."""
        if any(shift.last < seq for shift in self._shifts):
            database.execute("DELETE FROM shift WHERE last < ?", (seq,))

    def add(self, shift: Shift) -> None:
        """Apply it from now on; it is durable."""
        self._shifts.append(shift)

    def drop_before(self, seq: int) -> None:
        """Apply those no more; they are struck."""
        self._shifts = [shift for shift in self._shifts if shift.last >= seq]

    def by(self, seq: int) -> timedelta:
        """What is added to the instant of an estimated event of this number."""
        return sum((shift.by for shift in self._over(seq)), timedelta(0))

    def apply(self, row: Row) -> Row:
        """The row as it is to be sent."""
        over = self._over(row.seq)
        event = legible(row) if over else None
        if event is None or event.clock is not ClockState.ESTIMATED:
            return row
        synced = any(shift.synced for shift in over)
        return Row(row.seq, encode_event(rebased(event, self.by(row.seq), synced=synced)))

    def _over(self, seq: int) -> list[Shift]:
        return [shift for shift in self._shifts if shift.first <= seq <= shift.last]
