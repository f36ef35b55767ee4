"""Rows as they were written and the record as it is now in, the rows that must be changed out. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from hub.counts.track import Estimate
from hub.past.gathering import most_of
from hub.store.history_rows import Minute
from protocol.messages import SpaceCondition

#: Why a count was unknown though somebody may have been counting: the node's word was only late.
UNHEARD = frozenset({"silent-node", "never-heard", "unread-node", "catching-up"})
#: States that say more than the count does.
_SHUT = frozenset({SpaceCondition.HOLD.value, SpaceCondition.CLOSED.value})
_OWING = frozenset({SpaceCondition.TREATMENT.value, SpaceCondition.DUE.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a space now."""

    #: How many were in at the end of a minute since 1970 UTC.
    estimate: Callable[[int], Estimate]
    #: Whether it is known by now who passed in a minute that nobody heard of at the time.
    is_heard: Callable[[int], bool]
    #: Share of the capacity that may be free for `near`, and the clause of the capacity.
    near_share: float
    clause: str


def corrected(rows: Sequence[Minute], moved: Iterable[int], first: int, record: Record) -> list[Minute]:
    """The rows to write over those from minute `first` on, by time.

    `rows` are those of the space, the one that holds at `first` included; `moved` are the minutes in which
    somebody passed or counted. Before the first row nothing was seen, and nothing is made up.
    """
    if not rows:
        return []
    there = {row.minute: row for row in rows}
    base, before = _holding(rows, first), _holding(rows, first)
    changed: list[Minute] = []
    for minute in sorted({one for one in (*there, *moved) if one >= max(first, rows[0].minute)}):
        old = there.get(minute)
        base = base if old is None else old
        new = _judged(base, minute, record, before.occupancy, is_new=old is None)
        is_same = _same(new, old if old is not None else before)
        if is_same and old is not None:
            before = old
            continue
        if not is_same:
            changed.append(replace(new, is_corrected=True))
            before = changed[-1]
    return changed


def _holding(rows: Sequence[Minute], minute: int) -> Minute:
    held = [row for row in rows if row.minute < minute]
    return held[-1] if held else rows[0]


def _same(one: Minute, other: Minute) -> bool:
    return replace(one, minute=0, most=None, is_corrected=False) == replace(
        other, minute=0, most=None, is_corrected=False
    )


def _judged(base: Minute, minute: int, record: Record, came: int | None, *, is_new: bool) -> Minute:
    """The row of a minute; `came` is the count with which it began."""
    here = base if not is_new else replace(base, minute=minute, most=base.occupancy)
    if base.occupancy is None and not _may_fill(base, minute, record):
        return here
    found = record.estimate(minute)
    if not found.is_anchored:
        return here
    state, reason, clause = _word(base, found.count, record)
    return replace(
        here,
        occupancy=found.count,
        low=found.low,
        high=found.high,
        most=most_of((came, found.count)),
        state=state,
        reason=reason,
        clause=clause,
    )


def _may_fill(base: Minute, minute: int, record: Record) -> bool:
    is_unheard = base.state != SpaceCondition.UNKNOWN.value or base.reason in UNHEARD
    return is_unheard and record.is_heard(minute)


def _word(base: Minute, count: int, record: Record) -> tuple[str, str, str | None]:
    """State, reason and clause, in the order of `hub.space_state`."""
    kept = base.state, base.reason, base.clause
    cap = base.capacity
    if base.state in _SHUT or cap is None:
        return kept
    if count >= cap:
        return SpaceCondition.FULL.value, "over-capacity" if count > cap else "full", record.clause
    if base.state in _OWING:
        return kept
    if cap - count <= max(1, int(cap * record.near_share)):
        return SpaceCondition.NEAR.value, "few-places", record.clause
    return SpaceCondition.OPEN.value, "free", record.clause
