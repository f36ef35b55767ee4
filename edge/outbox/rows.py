"""The statements on an outbox's rows: kept, folded, dropped, and the numbers that will never come."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from edge.errors import AckRefused
from edge.outbox.file import Database, changes
from edge.outbox.quota import Folded, Numbered, Rank, fold, runs, settled
from protocol.codec import decode_event, encode_event
from protocol.events import AnyEvent, ClockState, Fault, Passage, Recovered, Screening

#: Rows read at once while room is made.
PAGE = 2000


class Row(NamedTuple):
    """An event as it is kept: its number and its JSON."""

    seq: int
    body: bytes


class FoldedPage(NamedTuple):
    """What folding a page did, and how far the next one need not look."""

    folded: Folded
    settled: int
    is_last: bool


def legible(row: Row) -> AnyEvent | None:
    """The event of a row, or None when a failing disk has damaged it."""
    try:
        event = decode_event(row.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return event if event.seq == row.seq else None


def note_faults(
    database: Database, faults: dict[tuple[str, str], str], events: Sequence[AnyEvent]
) -> dict[tuple[str, str], str]:
    """The faults going on after `events`, kept beside them."""
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


def untouched_to(database: Database, rows: int) -> int | None:
    """The number of the last of the oldest `rows`; None when there are no more than these."""
    found = database.execute(
        "SELECT seq FROM event ORDER BY seq LIMIT 2 OFFSET ?", (max(rows, 1) - 1,)
    ).fetchall()
    if rows == 0:
        return 0 if found else None
    return int(found[0][0]) if len(found) == 2 else None


def fold_page(database: Database, after_seq: int, shift_of: Callable[[int], timedelta]) -> FoldedPage | None:
    """Fold the passages of the next page; None when there are none."""
    page = database.execute(
        "SELECT seq, body FROM event WHERE seq > ? AND rank = ? ORDER BY seq LIMIT ?",
        (after_seq, Rank.PASSAGE.value, PAGE),
    ).fetchall()
    read = [(Row(seq, body), legible(Row(seq, body))) for seq, body in page]
    rows = [Numbered(row.seq, event, shift_of(row.seq)) for row, event in read if isinstance(event, Passage)]
    is_last = len(page) < PAGE
    if not rows:
        return None if is_last else FoldedPage(Folded({}, []), page[-1][0], False)
    folded = fold(rows)
    database.executemany(
        "UPDATE event SET body = ? WHERE seq = ?",
        [(encode_event(passage), seq) for seq, passage in folded.changed.items()],
    )
    _remove(database, folded.gone)
    # The last minute may go on behind the page; one that fills a page is not waited for.
    return FoldedPage(folded, settled(rows, after_seq if is_last else page[-1][0]), is_last)


def drop_oldest(database: Database, rank: Rank, after_seq: int, most: int) -> list[AnyEvent | None]:
    """Drop the oldest rows of a rank; what they held, None for what could not be read."""
    rows = [
        Row(seq, body)
        for seq, body in database.execute(
            "SELECT seq, body FROM event WHERE seq > ? AND rank = ? ORDER BY seq LIMIT ?",
            (after_seq, rank.value, most),
        )
    ]
    dropped = [legible(row) for row in rows]
    _remove(database, [row.seq for row in rows])
    return dropped


def strip_page(
    database: Database,
    shift_of: Callable[[int], timedelta],
    old_to: datetime,
    ahead_from: datetime,
    after_seq: int,
    most: int,
) -> int:
    """Take the readings out of the screenings of a page, as far as its rows are old; the last's number."""
    page = database.execute(
        "SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, most)
    ).fetchall()
    changed = []
    for seq, body in page:
        event = legible(Row(seq, body))
        if event is not None:
            by = shift_of(seq) if event.clock is ClockState.ESTIMATED else timedelta(0)
            if old_to < event.at + by < ahead_from:
                break
            if isinstance(event, Screening) and event != event.bare():
                changed.append((encode_event(event.bare()), seq))
        after_seq = seq
    if changed:
        database.executemany("UPDATE event SET body = ? WHERE seq = ?", changed)
    return after_seq


def delete_durable(database: Database, ranges: Sequence[tuple[int, int]], *, has_gone: bool) -> int:
    """Forget rows, and gone numbers, that the hub has; how many rows that were."""
    before = changes(database)
    database.executemany("DELETE FROM event WHERE seq BETWEEN ? AND ?", ranges)
    deleted = changes(database) - before
    for low, high in ranges if has_gone else ():
        # What sticks out of the range at either end stays.
        database.execute(
            "INSERT OR REPLACE INTO gone SELECT ?1 + 1, high FROM gone WHERE low <= ?1 AND high > ?1", (high,)
        )
        database.execute("DELETE FROM gone WHERE low BETWEEN ? AND ?", (low, high))
        database.execute("UPDATE gone SET high = ?1 - 1 WHERE low < ?1 AND high >= ?1", (low,))
    return deleted


def durable_ranges(seq: int, missing: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges of 1..seq that are not in `missing`. Raises AckRefused for a range turned round."""
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


def _remove(database: Database, seqs: Sequence[int]) -> None:
    database.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in seqs])
    _note_gone(database, runs(seqs))


def _note_gone(database: Database, ranges: Iterable[tuple[int, int]]) -> None:
    for low, high in ranges:
        before = database.execute(
            "SELECT low, high FROM gone WHERE low < ? ORDER BY low DESC LIMIT 1", (low,)
        ).fetchone()
        after = database.execute("SELECT low, high FROM gone WHERE low = ?", (high + 1,)).fetchone()
        if before is not None and before[1] == low - 1:
            low = before[0]
        if after is not None:
            high = after[1]
            database.execute("DELETE FROM gone WHERE low = ?", (after[0],))
        database.execute("INSERT OR REPLACE INTO gone VALUES (?, ?)", (low, high))
