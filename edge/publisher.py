"""Rows of the outbox in, messages on the wire out, again and again until the hub says they are durable.

They go in the order of their numbers; only alarms go ahead of a backlog. A PUBACK promises nothing, so
nothing is forgotten here: only `Outbox.acknowledge` forgets.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from edge.errors import OutboxError
from edge.outbox.cover import covers
from edge.outbox.outbox import Outbox
from edge.outbox.quota import MAY_BE_SENT
from edge.outbox.rows import Row, legible
from protocol.broker import Publication
from protocol.codec import MAX_BYTES, MAX_EVENTS, encode_batch
from protocol.messages import Ack

__all__ = ["Link", "Publisher", "legible"]

log = logging.getLogger(__name__)

#: Messages sent and not yet covered by an acknowledgement; 4 × 100 events a round trip drain any backlog.
#: More would be sent than the quota leaves alone.
WINDOW = MAY_BE_SENT // MAX_EVENTS
#: Wait before a message is sent again unasked, seconds: doubled from the first to the last, times 0.75–1.25.
FIRST_WAIT_S = 2.0
LAST_WAIT_S = 30.0
#: What the hub lists as missing is sent at once, but not again within this: the last copy may be on its way.
ASKED_AGAIN_S = 1.0
#: The envelope: `{"epoch":"<26>","sent_at":"<24>","wire":2,"gone":[],"events":[]}` with room to spare.
ENVELOPE_BYTES = 128
#: Ranges of numbers that will never come, in one message.
MAX_GONE = 100
#: Alarms that went ahead and whose turn has not come. Each may be a range of its own in what the hub has,
#: and an acknowledgement names 200.
MOST_AHEAD = 100
#: After a reconnect, alarms among so many of the newest rows go ahead; an older alarm is no news any more.
LOOK_BACK = 2000


class Link(Protocol):
    """What is needed of a connection: `protocol.broker.Session`, or a test's sibling."""

    #: Times the connection came up.
    connects: int

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""

    def publish(self, publication: Publication) -> bool:
        """Hand a message to the network; False when it could not be."""


@dataclass(slots=True)
class Flight:
    """One message's range of numbers, under way until every row of it is acknowledged."""

    first: int
    last: int
    #: Which sending of this connection it was at first: messages arrive in this order, or not at all.
    sent: int
    #: When it is sent again unless acknowledged, monotonic seconds.
    due_s: float
    wait_s: float
    #: When it was last sent because the hub asked.
    asked_s: float = float("-inf")
    #: The alarms it is made of where it went ahead; what lies between them has its turn later.
    alarms: tuple[int, ...] = ()

    def lacks(self, ack: Ack) -> bool:
        """Whether the hub lists something of it as missing."""
        if self.alarms:
            return any(seq <= ack.seq and not covers(ack, seq) for seq in self.alarms)
        return any(self.first <= high and low <= self.last for low, high in ack.missing)


class Load(NamedTuple):
    """What one message carries of a range of numbers: rows, and what will never come."""

    rows: Sequence[Row]
    gone: Sequence[tuple[int, int]]

    @property
    def first(self) -> int:
        """The first number it covers."""
        return min([row.seq for row in self.rows[:1]] + [low for low, _ in self.gone[:1]])

    @property
    def last(self) -> int:
        """The last number it covers."""
        return max([row.seq for row in self.rows[-1:]] + [high for _, high in self.gone[-1:]])


class Publisher:
    """Sends what is pending, a small window at a time."""

    def __init__(self, outbox: Outbox, link: Link, topic: str, jitter: Callable[[], float]) -> None:
        self._outbox = outbox
        self._link = link
        self._topic = topic
        self._jitter = jitter
        self._flights: list[Flight] = []
        #: Every row up to here is acknowledged or in a flight of this connection.
        self._cursor = 0
        self._sent_to = 0
        self._ahead: list[Flight] = []
        #: Alarms that went ahead and are behind the cursor.
        self._went_ahead: set[int] = set()
        #: No alarm up to here goes ahead any more.
        self._looked_to = 0
        #: The newest sending of this connection of which something is durable.
        self._arrived = -1
        self._now: datetime | None = None
        self._version = 1
        self._connects = 0
        self._fallbacks = 0
        self._is_unreadable = False
        #: Events sent more than once.
        self.resent = 0
        #: Messages handed to the network.
        self.messages = 0

    @property
    def in_flight(self) -> int:
        """Messages not yet covered by an acknowledgement."""
        return len(self._flights) + len(self._ahead)

    def step(self, now_s: float, now: datetime | None = None, version: int = 1) -> None:
        """Send what is due. After a reconnect, or when the hub has less than before, from the oldest row.

        `now`: the node's own instant while its clock is not synced, so that the hub can correct what this
        start has stamped with the same clock. `version`: of the wire, as agreed with the hub.
        """
        self._now, self._version = now, version
        if (self._link.connects, self._outbox.fallbacks) != (self._connects, self._fallbacks):
            self._connects, self._fallbacks = self._link.connects, self._outbox.fallbacks
            self._begin_anew()
        if not self._link.is_connected:
            return
        try:
            self._send_again(now_s)
            self._send_new(now_s)
            self._send_ahead(now_s)
            self._is_unreadable = False
        except OutboxError as error:
            # What cannot be read now is still to be sent, and said by whoever writes there.
            self._complain(error)

    def acknowledged(self, ack: Ack, now_s: float) -> None:
        """Close the flights that `ack` covers, hurry what it lists as missing; after `Outbox.acknowledge`."""
        if ack.epoch != self._outbox.epoch:
            return
        flights = [*self._flights, *self._ahead]
        arrived = [flight.sent for flight in flights if covers(ack, flight.first) or covers(ack, flight.last)]
        self._arrived = max([self._arrived, *arrived])
        for flight in flights:
            # What was sent with or after it has come, so the rest was lost; else it may be on its way.
            asked = flight.sent <= self._arrived and flight.lacks(ack)
            if asked and now_s - flight.asked_s >= ASKED_AGAIN_S:
                flight.asked_s = now_s
                flight.due_s = now_s
                flight.wait_s = FIRST_WAIT_S
        try:
            self._flights = [flight for flight in self._flights if self._rest(flight) is not None]
            self._ahead = [flight for flight in self._ahead if self._rest(flight) is not None]
        except OutboxError as error:
            self._complain(error)

    def _begin_anew(self) -> None:
        self._flights.clear()
        self._ahead.clear()
        self._went_ahead.clear()
        self._cursor = 0
        self._looked_to = max(0, self._outbox.newest_seq - LOOK_BACK)
        self._arrived = -1

    def _complain(self, error: OutboxError) -> None:
        if not self._is_unreadable:
            self._is_unreadable = True
            log.error("outbox=unreadable why=%s", error)

    def _rest(self, flight: Flight) -> Load | None:
        """What of a flight is not acknowledged; None when nothing is left."""
        if flight.alarms:
            rows = self._outbox.waiting(flight.alarms)
            return Load(rows, ()) if rows else None
        return self._load(flight.first - 1, flight.last)

    def _send_again(self, now_s: float) -> None:
        for flight in [*self._flights, *self._ahead]:
            if flight.due_s > now_s:
                continue
            load = self._rest(flight)
            if load is not None:
                if not self._send(load, ahead=bool(flight.alarms)):
                    return
                self.resent += len(load.rows)
            flight.wait_s = min(flight.wait_s * 2, LAST_WAIT_S)
            flight.due_s = now_s + self._spread(flight.wait_s)

    def _send_new(self, now_s: float) -> None:
        while len(self._flights) < WINDOW:
            load = self._load(self._cursor, self._outbox.newest_seq)
            if load is None or not self._send(load):
                return
            self._flights.append(self._flight(load, now_s))
            self.resent += sum(row.seq <= self._sent_to or row.seq in self._went_ahead for row in load.rows)
            self._cursor = load.last
            self._sent_to = max(self._sent_to, load.last)
            self._went_ahead = {seq for seq in self._went_ahead if seq > load.last}

    def _send_ahead(self, now_s: float) -> None:
        """Alarms behind a full window: somebody must come now, whatever else the hub has not heard yet."""
        newest = self._outbox.newest_seq
        after = max(self._looked_to, self._cursor)
        if self._now is not None:
            # What an earlier start has stamped goes alone, and is no news.
            after = max(after, self._outbox.first_seq - 1)
        room = min(MOST_AHEAD - len(self._went_ahead), MAX_EVENTS)
        if after >= newest or room <= 0:
            return
        rows = self._outbox.alarms(after, room)
        while _size(rows, ()) > _ROOM:
            rows = rows[1:]
        if rows:
            load = Load(rows, ())
            if not self._send(load, ahead=True):
                return
            seqs = tuple(row.seq for row in rows)
            self._ahead.append(self._flight(load, now_s, seqs))
            self._went_ahead.update(seqs)
        self._looked_to = newest

    def _flight(self, load: Load, now_s: float, alarms: tuple[int, ...] = ()) -> Flight:
        due_s = now_s + self._spread(FIRST_WAIT_S)
        return Flight(load.first, load.last, self.messages, due_s, FIRST_WAIT_S, alarms=alarms)

    def _load(self, after_seq: int, up_to_seq: int) -> Load | None:
        """As much of a range of numbers as fits a message; None when nothing of it is left."""
        before = self._outbox.first_seq - 1
        if self._now is not None and after_seq < before:
            # What an earlier start has stamped goes alone: the hub cannot correct it by our clock of now.
            older = self._fitting(after_seq, min(up_to_seq, before))
            if older is not None:
                return older
            after_seq = before
        return self._fitting(after_seq, up_to_seq)

    def _fitting(self, after_seq: int, up_to_seq: int) -> Load | None:
        rows = self._outbox.pending(after_seq, MAX_EVENTS, _ROOM, up_to_seq=up_to_seq)
        gone = self._gone(after_seq, rows, up_to_seq)
        if len(gone) == MAX_GONE:
            # There may be more ranges among the rows: what is not told now is told with the next ones.
            rows = [row for row in rows if row.seq < gone[-1][1]]
        while len(rows) > 1 and _size(rows, gone) > _ROOM:
            rows = rows[: len(rows) * 3 // 4]
            gone = self._gone(after_seq, rows, up_to_seq)
        return Load(rows, gone) if rows or gone else None

    def _gone(self, after_seq: int, rows: Sequence[Row], up_to_seq: int) -> list[tuple[int, int]]:
        last = rows[-1].seq if rows else up_to_seq
        return self._outbox.gone(after_seq, MAX_GONE, up_to_seq=last)

    def _send(self, load: Load, *, ahead: bool = False) -> bool:
        try:
            payload = self._payload(load, ahead=ahead)
        except ValueError as error:
            # Bounded fields make it impossible. Were it to happen, one row must not stop those behind it:
            # it stays in the outbox, and the hub reports the gap.
            log.error("row=unsendable seq=%s why=%s", load.first, error)
            return True
        if not self._link.publish(Publication(topic=self._topic, payload=payload)):
            return False
        self.messages += 1
        return True

    def _payload(self, load: Load, *, ahead: bool) -> bytes:
        is_of_this_start = load.first >= self._outbox.first_seq
        sent_at = self._now if is_of_this_start else None
        bodies = [_body_of(row) for row in load.rows]
        return encode_batch(self._outbox.epoch, bodies, load.gone, sent_at, self._version, ahead=ahead)

    def _spread(self, wait_s: float) -> float:
        return wait_s * (0.75 + self._jitter() / 2)


def _body_of(row: Row) -> bytes:
    """What is sent for a row; a damaged one would make its whole message illegible, and stop those behind."""
    if legible(row) is not None:
        return row.body
    log.error("row=damaged seq=%s", row.seq)
    # No such kind: the hub stores it as rejected and acknowledges it, so the loss is seen and counted.
    return b'{"seq":%d,"kind":"damaged"}' % row.seq


def _ranges(gone: Sequence[tuple[int, int]]) -> bytes:
    return b",".join(b"[%d,%d]" % each for each in gone)


def _size(rows: Sequence[Row], gone: Sequence[tuple[int, int]]) -> int:
    return sum(len(row.body) + 1 for row in rows) + len(_ranges(gone))


_ROOM = MAX_BYTES - ENVELOPE_BYTES
