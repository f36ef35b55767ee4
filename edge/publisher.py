"""Rows of the outbox in, messages on the wire out, again and again until the hub says they are durable.

A PUBACK promises nothing, so nothing is forgotten here: only `Outbox.acknowledge` forgets.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from edge.outbox import Outbox, Row
from protocol.broker import Publication
from protocol.codec import MAX_BYTES, MAX_EVENTS, decode_event, encode_batch
from protocol.events import AnyEvent
from protocol.messages import Ack

log = logging.getLogger(__name__)

#: Messages sent and not yet covered by an acknowledgement; 4 × 100 events a round trip drain any backlog.
WINDOW = 4
#: Wait before a message is sent again unasked, seconds: doubled from the first to the last, times 0.75–1.25.
FIRST_WAIT_S = 2.0
LAST_WAIT_S = 30.0
#: What the hub lists as missing is sent at once, but not again within this: the last copy may be on its way.
ASKED_AGAIN_S = 1.0
#: The envelope around the events: `{"epoch":"<26>","events":[]}` with room to spare.
ENVELOPE_BYTES = 64


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
    #: When it is sent again unless acknowledged, monotonic seconds.
    due_s: float
    wait_s: float
    #: When it was last sent because the hub asked.
    asked_s: float = float("-inf")


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
        self._connects = 0
        #: Events sent more than once.
        self.resent = 0
        #: Messages handed to the network.
        self.messages = 0

    @property
    def in_flight(self) -> int:
        """Messages not yet covered by an acknowledgement."""
        return len(self._flights)

    def step(self, now_s: float) -> None:
        """Send what is due. After a reconnect it starts again from the oldest row."""
        if self._link.connects != self._connects:
            self._connects = self._link.connects
            self._flights.clear()
            self._cursor = 0
        if not self._link.is_connected:
            return
        self._send_again(now_s)
        self._send_new(now_s)

    def acknowledged(self, ack: Ack, now_s: float) -> None:
        """Close the flights that `ack` covers, hurry what it lists as missing; after `Outbox.acknowledge`."""
        if ack.epoch != self._outbox.epoch:
            return
        for flight in self._flights:
            asked = any(flight.first <= high and low <= flight.last for low, high in ack.missing)
            if asked and now_s - flight.asked_s >= ASKED_AGAIN_S:
                flight.asked_s = now_s
                flight.due_s = now_s
                flight.wait_s = FIRST_WAIT_S
        self._flights = [flight for flight in self._flights if self._is_open(flight)]

    def _is_open(self, flight: Flight) -> bool:
        return bool(self._outbox.pending(flight.first - 1, 1, MAX_BYTES, up_to_seq=flight.last))

    def _send_again(self, now_s: float) -> None:
        for flight in self._flights:
            if flight.due_s > now_s:
                continue
            rows = self._outbox.pending(flight.first - 1, MAX_EVENTS, _ROOM, up_to_seq=flight.last)
            if rows and not self._send(rows):
                return
            flight.wait_s = min(flight.wait_s * 2, LAST_WAIT_S)
            flight.due_s = now_s + self._spread(flight.wait_s)

    def _send_new(self, now_s: float) -> None:
        while len(self._flights) < WINDOW:
            rows = self._outbox.pending(self._cursor, MAX_EVENTS, _ROOM)
            if not rows or not self._send(rows):
                return
            due_s = now_s + self._spread(FIRST_WAIT_S)
            self._flights.append(Flight(rows[0].seq, rows[-1].seq, due_s, FIRST_WAIT_S))
            self._cursor = rows[-1].seq

    def _send(self, rows: Sequence[Row]) -> bool:
        try:
            payload = encode_batch(self._outbox.epoch, [_body_of(row) for row in rows])
        except ValueError as error:
            # Bounded fields make it impossible. Were it to happen, one row must not stop those behind it:
            # it stays in the outbox, and the hub reports the gap.
            log.error("row=unsendable seq=%s why=%s", rows[0].seq, error)
            return True
        if not self._link.publish(Publication(topic=self._topic, payload=payload)):
            return False
        self.messages += 1
        self.resent += sum(row.seq <= self._sent_to for row in rows)
        self._sent_to = max(self._sent_to, rows[-1].seq)
        return True

    def _spread(self, wait_s: float) -> float:
        return wait_s * (0.75 + self._jitter() / 2)


def legible(row: Row) -> AnyEvent | None:
    """The event of a row, or None when a failing disk has damaged it."""
    try:
        event = decode_event(row.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return event if event.seq == row.seq else None


def _body_of(row: Row) -> bytes:
    """What is sent for a row; a damaged one would make its whole message illegible, and stop those behind."""
    if legible(row) is not None:
        return row.body
    log.error("row=damaged seq=%s", row.seq)
    # No such kind: the hub stores it as rejected and acknowledges it, so the loss is seen and counted.
    return b'{"seq":%d,"kind":"damaged"}' % row.seq


_ROOM = MAX_BYTES - ENVELOPE_BYTES
