"""The journal: every event exactly once, in the order it became durable, and what was rejected.

One writer. What has come of each epoch is known in memory, so a repeat costs no query; the unique
index on (source, seq) is the proof, not the method.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, func, select

from hub.acts import AnyAct, AnyEntry, decode_entry, encode_act
from hub.campus import Observed
from hub.layout import PEOPLE
from hub.store import forgetting
from hub.store.received import Received
from hub.store.schema import gone, journal, rejected, source
from protocol.codec import Decoded, RejectedEvent, encode_event
from protocol.events import AnyEvent, ClockState
from protocol.quantities import to_milliseconds

log = logging.getLogger(__name__)
#: A rejected body is kept for a look, not for use.
REJECTED_BYTES = 1024
REPLAY_ROWS = 5000
#: Acts are numbered on and on, whichever file of decisions they come from.
ACTS_EPOCH = "0" * 26
#: A node's clock that is less wrong is left as it is.
CLOSE = timedelta(seconds=2)


class Receipt(Struct):
    """What the hub has of one epoch of one node."""

    node: str
    epoch: str
    received: Received
    #: How many of them were rejected.
    rejected: int = 0
    #: How many will never come: dropped by the node, or counted in a later event.
    gone: int = 0


class JournalState(Struct):
    """What a snapshot holds of the journal: receipts by source number, up to two marks."""

    receipts: dict[int, Receipt] = {}
    position: int = 0
    last_rejected: int = 0
    last_gone: int = 0
    #: Messages and events that belong to no count.
    unreadable: int = 0


class Pending(NamedTuple):
    """Rows gathered for one commit."""

    sources: list[dict[str, object]]
    events: list[dict[str, object]]
    rejected: list[dict[str, object]]
    gone: list[dict[str, object]]


class Journal:
    """Gathers events, writes them in one transaction, then counts them as received."""

    def __init__(self, engine: Engine, state: JournalState | None = None) -> None:
        self._engine = engine
        self.state = state if state is not None else JournalState()
        self._numbers = {(one.node, one.epoch): key for key, one in self.state.receipts.items()}
        self._catch_up()
        self._pending = Pending([], [], [], [])
        self._next = self.state.position + 1
        #: By source, the newest seq that came in its turn and not ahead of others, since this start.
        self._in_turn: dict[int, int] = {}
        #: Events that came again: how many, and which of the message gathered last.
        self.duplicates = 0
        self.came_again: list[int] = []

    @property
    def position(self) -> int:
        """The newest durable position; 0 when empty."""
        return self.state.position

    def newest_receipt(self, node: str, epoch: str | None) -> Receipt | None:
        """What is durable of this epoch of the node; without one, of the last it began."""
        if epoch is not None:
            number = self._numbers.get((node, epoch))
            return None if number is None else self.state.receipts[number]
        epochs = [number for number, one in self.state.receipts.items() if one.node == node]
        return self.state.receipts[max(epochs)] if epochs else None

    def newest_in_turn(self, receipt: Receipt) -> int:
        """The newest seq that came in its turn: older ones that are not here were lost on the way, or are not
        legal; newer ones may still wait at the node.
        """
        number = self._numbers[(receipt.node, receipt.epoch)]
        return max(receipt.received.prefix, self._in_turn.get(number, 0))

    def gather(self, node: str, decoded: Decoded, received: datetime) -> list[Observed]:
        """Queue what is new of a message for the next `write`; returns the new legal events."""
        number = self._number(node, decoded.epoch)
        have = self.state.receipts[number].received
        at_ms = int(received.timestamp() * 1000)
        stored: list[Observed] = []
        self.came_again = []
        for event, body in decoded.events:
            if have.has(event.seq):
                self.duplicates += 1
                self.came_again.append(event.seq)
                continue
            have.add(event.seq)
            event, body = _in_time(event, body, received, decoded.sent_at)
            event, body = forgetting.in_time(event, body, received)
            self._pending.events.append(
                {
                    "position": self._next,
                    "source": number,
                    "seq": event.seq,
                    "received_ms": at_ms,
                    "body": body,
                }
            )
            stored.append(Observed(self._next, node, decoded.epoch, received, event))
            self._next += 1
        for wrong in decoded.rejected:
            self._gather_rejected(number, have, node, wrong, at_ms)
        for low, high in decoded.gone:
            new = have.add_range(low, high)
            if new:
                self.state.receipts[number].gone += new
                self._pending.gone.append({"source": number, "low": low, "high": high, "received_ms": at_ms})
        if not decoded.ahead:
            seqs = [event.seq for event, _ in decoded.events] + [wrong.seq for wrong in decoded.rejected]
            last = max([*seqs, *(high for _, high in decoded.gone)], default=0)
            self._in_turn[number] = max(self._in_turn.get(number, 0), last)
        for fault in decoded.unnamed:
            self.gather_unreadable(node, fault, b"", received)
        return stored

    def gather_act(self, make: Callable[[int], AnyAct], received: datetime) -> Observed:
        """Queue what somebody decided for the next `write`; `make` is given its number."""
        number = self._number(PEOPLE, ACTS_EPOCH)
        have = self.state.receipts[number].received
        act = make(have.newest + 1)
        have.add(act.seq)
        row = {
            "position": self._next,
            "source": number,
            "seq": act.seq,
            "received_ms": int(received.timestamp() * 1000),
            "body": encode_act(act),
        }
        self._pending.events.append(row)
        self._next += 1
        return Observed(self._next - 1, PEOPLE, ACTS_EPOCH, received, act)

    def gather_unreadable(self, node: str, fault: str, body: bytes, received: datetime) -> None:
        """Queue a message that could not be read at all."""
        at_ms = int(received.timestamp() * 1000)
        self.state.unreadable += 1
        self._pending.rejected.append(_rejected_row(None, None, node, at_ms, fault, body))

    def write(self, connection: Connection) -> int:
        """Write what was gathered inside the caller's transaction; returns how many rows.

        The caller commits; until then nothing gathered may be acknowledged, and if the commit fails
        the process must end: memory is ahead of the disk.
        """
        pending, self._pending = self._pending, Pending([], [], [], [])
        if pending.sources:
            connection.execute(source.insert(), pending.sources)
        if pending.events:
            connection.execute(journal.insert(), pending.events)
        if pending.rejected:
            connection.execute(rejected.insert(), pending.rejected)
        if pending.gone:
            connection.execute(gone.insert(), pending.gone)
        self.state.position = self._next - 1
        return len(pending.events) + len(pending.rejected)

    @property
    def has_gathered(self) -> bool:
        """Whether `write` has anything to do."""
        return any(self._pending)

    def replay(self, after: int) -> Iterator[Observed]:
        """The durable events after position `after`, in order.

        A row that this version cannot read (an older one could) is said in the log and passed over.
        """
        while True:
            query = select(journal.c.position, journal.c.source, journal.c.received_ms, journal.c.body)
            query = query.where(journal.c.position > after).order_by(journal.c.position).limit(REPLAY_ROWS)
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            for position, number, received_ms, body in rows:
                source_of = self.state.receipts[number]
                received = datetime.fromtimestamp(received_ms / 1000, UTC)
                try:
                    event = decode_entry(body)
                except (msgspec.MsgspecError, ValueError) as error:
                    log.error("journal=illegible position=%s why=%s", position, error)
                    continue
                yield Observed(position, source_of.node, source_of.epoch, received, event)
            after = rows[-1].position

    def _number(self, node: str, epoch: str) -> int:
        number = self._numbers.get((node, epoch))
        if number is None:
            number = max(self.state.receipts, default=0) + 1
            self._numbers[(node, epoch)] = number
            self.state.receipts[number] = Receipt(node, epoch, Received())
            self._pending.sources.append({"id": number, "node": node, "epoch": epoch})
        return number

    def _gather_rejected(
        self, number: int, have: Received, node: str, wrong: RejectedEvent, at_ms: int
    ) -> None:
        if have.has(wrong.seq):
            self.duplicates += 1
            return
        have.add(wrong.seq)
        self.state.receipts[number].rejected += 1
        row = _rejected_row(number, wrong.seq, node, at_ms, f"{wrong.kind}: {wrong.fault}", wrong.body)
        self._pending.rejected.append(row)

    def _catch_up(self) -> None:
        """Bring the receipts from the snapshot up to what the tables hold."""
        state = self.state
        with self._engine.connect() as connection:
            for number, node, epoch in connection.execute(select(source.c.id, source.c.node, source.c.epoch)):
                if number not in state.receipts:
                    state.receipts[number] = Receipt(node, epoch, Received())
                    self._numbers[(node, epoch)] = number
            newer = select(journal.c.source, journal.c.seq).where(journal.c.position > state.position)
            for number, seq in connection.execute(newer):
                state.receipts[number].received.add(seq)
            bad = select(rejected.c.source, rejected.c.seq).where(rejected.c.id > state.last_rejected)
            for number, seq in connection.execute(bad):
                if number is None:
                    state.unreadable += 1
                else:
                    state.receipts[number].received.add(seq)
                    state.receipts[number].rejected += 1
            lost = select(gone.c.source, gone.c.low, gone.c.high).where(gone.c.id > state.last_gone)
            for number, low, high in connection.execute(lost.order_by(gone.c.id)):
                receipt = state.receipts[number]
                receipt.gone += receipt.received.add_range(low, high)
            state.position = connection.execute(select(func.max(journal.c.position))).scalar() or 0
            state.last_rejected = connection.execute(select(func.max(rejected.c.id))).scalar() or 0
            state.last_gone = connection.execute(select(func.max(gone.c.id))).scalar() or 0

    def snapshot_state(self, connection: Connection) -> JournalState:
        """The state to keep in a snapshot, taken inside a transaction with nothing gathered."""
        self.state.last_rejected = connection.execute(select(func.max(rejected.c.id))).scalar() or 0
        self.state.last_gone = connection.execute(select(func.max(gone.c.id))).scalar() or 0
        return self.state


def count_rows(engine: Engine) -> tuple[int, int]:
    """How many events are stored and how many rows were rejected, counted in the tables themselves."""
    with engine.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(journal)).scalar()
        refused = connection.execute(select(func.count()).select_from(rejected)).scalar()
    return stored or 0, refused or 0


def read_events(engine: Engine) -> Iterator[AnyEntry]:
    """Every stored event and act, read from its row and not from what the hub believes."""
    with engine.connect() as connection:
        for (body,) in connection.execute(select(journal.c.body).order_by(journal.c.position)):
            yield decode_entry(body)


def _in_time(
    event: AnyEvent, body: bytes, received: datetime, sent_at: datetime | None
) -> tuple[AnyEvent, bytes]:
    """An event of a clock that nobody had set, as far from now as the node's own clock says.

    It stays marked as estimated: its instant is as good as the message was quick.
    """
    if sent_at is None or event.clock is not ClockState.ESTIMATED or abs(received - sent_at) < CLOSE:
        return event, body
    try:
        event = msgspec.structs.replace(event, at=to_milliseconds(event.at + (received - sent_at)))
    except (ValueError, OverflowError):
        return event, body
    return event, encode_event(event)


def _rejected_row(
    number: int | None, seq: int | None, node: str, at_ms: int, fault: str, body: bytes
) -> dict[str, object]:
    return {
        "source": number,
        "seq": seq,
        "node": node[:48],
        "received_ms": at_ms,
        "fault": fault[:500],
        "body": body[:REJECTED_BYTES],
    }
