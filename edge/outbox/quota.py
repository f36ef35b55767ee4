"""What gives way when the outbox is full: events in, their rank and what they fold into out. Pure.

First nothing is lost but the second: passages of one door, direction and minute become one that counts
them all. Then whole events go, the oldest of the lowest rank first. See docs/decisions/0009.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

import msgspec

from protocol.events import KINDS, Air, AnyEvent, ClockState, Direction, Dispense, Passage, Screening, Verdict

#: Rows that may be on their way to the hub: 4 messages of 100. They are the oldest, as rows are sent in
#: order, and are neither folded nor dropped: the hub may have them already.
MAY_BE_SENT = 400
#: The most people one passage may count; see `protocol.events.Passage`.
MOST_PEOPLE = 100
#: Share of the quota from which the node says that its outbox is filling, and below which that is over.
FILLING = 0.7
FILLING_NO_MORE = 0.6
_NAMES = {kind: name for name, kind in KINDS.items()}


class Rank(IntEnum):
    """What goes first, as it is kept beside each row; never renumber."""

    AIR = 0
    DISPENSE = 1
    #: Attempts at the thermometer that ask for nothing: pass, too cold, no reading.
    SCREENING = 2
    PASSAGE = 3
    #: Repeat and elevated screenings, faults and recoveries, treatments, contacts.
    ALARM = 4


class Numbered(NamedTuple):
    """A passage with its number, and what the clock's correction adds to its instant."""

    seq: int
    passage: Passage
    shift: timedelta = timedelta(0)


class Folded(NamedTuple):
    """What became of some passages."""

    #: Those that now count for others too, by number.
    changed: dict[int, Passage]
    #: Numbers that will never come: their people are counted in a later one.
    gone: list[int]


class Losses(msgspec.Struct, frozen=True):
    """What the quota took in the life of an outbox."""

    #: Events dropped whole, by kind; `damaged` for rows that could not be read.
    by_kind: dict[str, int] = {}
    #: People in passages that were dropped whole, by direction.
    people: dict[str, int] = {}
    #: Passages whose people are counted in a later one: nothing is lost but the second.
    folded: int = 0


def rank_of(event: AnyEvent) -> Rank:
    """How soon the event gives way."""
    if isinstance(event, Passage):
        return Rank.PASSAGE
    if isinstance(event, Screening):
        asks = event.verdict in (Verdict.REPEAT, Verdict.ELEVATED)
        return Rank.ALARM if asks else Rank.SCREENING
    if isinstance(event, Air):
        return Rank.AIR
    return Rank.DISPENSE if isinstance(event, Dispense) else Rank.ALARM


def fold(rows: Sequence[Numbered]) -> Folded:
    """Passages of one channel, direction and minute become the newest of them, people summed.

    One that would count more than a hundred stays as it is, and an older one takes the rest.
    """
    changed: dict[int, Passage] = {}
    gone: list[int] = []
    into: dict[tuple[str, Direction, datetime, ClockState, timedelta], Numbered] = {}
    for row in reversed(rows):
        passage = row.passage
        key = (passage.channel, passage.direction, minute_of(row), passage.clock, row.shift)
        newer = into.get(key)
        if newer is None or newer.passage.people + passage.people > MOST_PEOPLE:
            into[key] = row
            continue
        both = _together(newer.passage, passage)
        changed[newer.seq] = both
        into[key] = newer._replace(passage=both)
        gone.append(row.seq)
    return Folded(changed, gone[::-1])


def minute_of(row: Numbered) -> datetime:
    """The minute in which somebody passed."""
    at = row.passage.at + row.shift
    return at.replace(second=0, microsecond=0)


def settled(rows: Sequence[Numbered], otherwise: int) -> int:
    """The number up to which `rows`, in order, need not be looked at again: all but their last minute.

    `otherwise` when there is but one.
    """
    last = minute_of(rows[-1])
    return next((row.seq for row in reversed(rows) if minute_of(row) != last), otherwise)


def runs(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Sorted numbers as ranges, both ends inclusive."""
    found: list[tuple[int, int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return found


def count_losses(before: Losses, dropped: Iterable[AnyEvent | None], folded: int) -> Losses:
    """`before` with more; None stands for a row that could not be read."""
    by_kind, people = dict(before.by_kind), dict(before.people)
    for event in dropped:
        kind = "damaged" if event is None else _NAMES[type(event)]
        by_kind[kind] = by_kind.get(kind, 0) + 1
        if isinstance(event, Passage):
            way = event.direction.value
            people[way] = people.get(way, 0) + event.people
    return Losses(by_kind, people, before.folded + folded)


def _together(newer: Passage, older: Passage) -> Passage:
    people = newer.people + older.people
    confidence = None
    if newer.confidence is not None and older.confidence is not None:
        certain = newer.confidence * newer.people + older.confidence * older.people
        confidence = round(min(certain / people, 1.0), 3)
    # How long one of several took says nothing of them together.
    return msgspec.structs.replace(newer, people=people, took_s=None, confidence=confidence)
