"""The statements on an outbox's rows: kept, folded, dropped, and the numbers that will never come."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

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


def untouched_to(database: Database, rows: int, from_seq: int) -> int | None:
    """The number of the last of the oldest `rows` that wait; None when there are no more than these.

    None waits before `from_seq`.
    """
    found = database.execute(
        "SELECT seq FROM event WHERE seq >= ? AND rank >= 0 ORDER BY seq LIMIT 2 OFFSET ?",
        (from_seq, max(rows, 1) - 1),
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
        "SELECT seq, body FROM event WHERE seq > ? AND rank >= 0 ORDER BY seq LIMIT ?", (after_seq, most)
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


def set_aside_durable(
    database: Database, ranges: Sequence[tuple[int, int]], from_seq: int, *, has_gone: bool
) -> int:
    """Rows that the hub has wait no more, gone numbers are forgotten; how many rows that were.

    None waits before `from_seq`. The rows stay for a hub that must be told again, without readings.
    """
    waiting = [(max(low, from_seq), high) for low, high in ranges if high >= from_seq]
    for low, high in waiting:
        _strip_range(database, low, high)
    before = changes(database)
    database.executemany("UPDATE event SET rank = -1 - rank WHERE seq BETWEEN ? AND ? AND rank >= 0", waiting)
    set_aside = changes(database) - before
    for low, high in ranges if has_gone else ():
        # What sticks out of the range at either end stays.
        database.execute(
            "INSERT OR REPLACE INTO gone SELECT ?1 + 1, high FROM gone WHERE low <= ?1 AND high > ?1", (high,)
        )
        database.execute("DELETE FROM gone WHERE low BETWEEN ? AND ?", (low, high))
        database.execute("UPDATE gone SET high = ?1 - 1 WHERE low < ?1 AND high >= ?1", (low,))
    return set_aside


def reopen(database: Database, ranges: Sequence[tuple[int, int]]) -> int | None:
    """Rows of `ranges` that were acknowledged wait again; the first of them, None where nothing changes.

    Numbers of which nothing is here any more are noted as gone: the hub asks for them no longer then.
    """
    firsts: list[int] = []
    for low, high in ranges:
        seqs = [
            (seq, rank)
            for seq, rank in database.execute(
                "SELECT seq, rank FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", (low, high)
            )
        ]
        firsts += [seq for seq, rank in seqs if rank < 0][:1]
        database.execute(
            "UPDATE event SET rank = -1 - rank WHERE seq BETWEEN ? AND ? AND rank < 0", (low, high)
        )
        gone = database.execute(
            "SELECT max(low, ?1), min(high, ?2) FROM gone WHERE high >= ?1 AND low <= ?2", (low, high)
        ).fetchall()
        known = sorted([(seq, seq) for seq, _ in seqs] + gone)
        lost = list(_between(low, high, known))
        _note_gone(database, lost)
        firsts += [first for first, _ in lost[:1]]
    return min(firsts, default=None)


def forget_kept(database: Database, up_to_seq: int, most: int) -> int:
    """Delete the oldest acknowledged rows up to a number; how many that were."""
    before = changes(database)
    database.execute(
        "DELETE FROM event WHERE seq IN "
        "(SELECT seq FROM event WHERE seq <= ? AND rank < 0 ORDER BY seq LIMIT ?)",
        (up_to_seq, most),
    )
    return changes(database) - before


def _strip_range(database: Database, low: int, high: int) -> None:
    """What is kept only to be told again is told without what was measured on people."""
    page = database.execute(
        "SELECT seq, body FROM event WHERE seq BETWEEN ? AND ? AND rank IN (?, ?)",
        (low, high, Rank.SCREENING.value, Rank.ALARM.value),
    ).fetchall()
    read = [(seq, legible(Row(seq, body))) for seq, body in page]
    database.executemany(
        "UPDATE event SET body = ? WHERE seq = ?",
        [
            (encode_event(event.bare()), seq)
            for seq, event in read
            if isinstance(event, Screening) and event != event.bare()
        ],
    )


def _between(low: int, high: int, known: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of low..high is in none of the `known` ranges, which are sorted."""
    for first, last in known:
        if first > low:
            yield low, first - 1
        low = max(low, last + 1)
    if low <= high:
        yield low, high


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
