"""Events of each step in, an outbox that has them out; while it refuses they are held in memory, in order."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from edge.errors import OutboxDamaged, OutboxError, OutboxUnwritable
from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.life.wall_clock import Correction, rebased
from edge.outbox.outbox import Outbox
from protocol.codec import MAX_EVENTS
from protocol.events import AnyEvent, Fault, Recovered

log = logging.getLogger(__name__)

OUTBOX = "outbox"
#: Events kept in memory while the outbox refuses them; more are dropped, counted and said.
MAX_HELD = 5_000
#: Room for faults beyond it: what the node believes of its parts is only so what it has said of them.
ROOM_FOR_FAULTS = 1_000
#: Between two tries of an outbox that refuses, seconds.
RETRY_S = 1.0


class Keeper:
    """What is not in the outbox yet, and how it gets there."""

    def __init__(
        self, outbox: Outbox, faults: FaultBook, on_numbered: Callable[[int, AnyEvent], None]
    ) -> None:
        """`on_numbered` is told the number of each event as soon as it is certain."""
        self._outbox = outbox
        self._faults = faults
        self._on_numbered = on_numbered
        self.held: deque[AnyEvent] = deque()
        #: Corrections of the clock that the outbox could not note yet.
        self._corrections: deque[Correction] = deque()
        self._retry_s = float("-inf")
        #: Events that found no room and are not counted by the outbox yet.
        self.lost = 0
        #: The code of the outbox's last refusal; empty when it takes.
        self.refused = ""

    @property
    def may_send(self) -> bool:
        """Whether rows are as they shall be: not while a correction of their instants waits to be noted."""
        return not self._corrections

    @property
    def is_failing(self) -> bool:
        """Whether the outbox refuses for a reason that a restart mends; a card that fails is not one."""
        return self.refused == OutboxDamaged.code

    def correct(self, correction: Correction) -> None:
        """The clock was set: what this start has stamped moves with it."""
        self.held = deque(rebased(event, correction.by, synced=correction.synced) for event in self.held)
        self._corrections.append(correction)

    def keep(self, events: Sequence[AnyEvent], stamp: Stamp, *, force: bool = False) -> None:
        """Keep the events of a step, and what is held; `force` does not wait for the next try."""
        fitting = self._fitting(events)
        self._hold(fitting)
        self.lost += len(events) - len(fitting)
        if not (self.held or self._corrections) or (stamp.now_s < self._retry_s and not force):
            return
        try:
            # First: it is for the rows that are there, not for those that come.
            self._note_corrections()
            self._put_held()
        except OutboxError as error:
            self._retry_s = stamp.now_s + RETRY_S
            self.refused = error.code
            # Said among the events it holds up, so the hub learns of it late; the health message says it now.
            said = self._faults.fault(
                NODE_CHANNEL,
                OUTBOX,
                error.code,
                str(error),
                stamp.now_s,
                stamp,
                is_worse=isinstance(error, OutboxUnwritable),
            )
            if said:
                log.error("outbox=refuses why=%s", error)
                self._hold(said)
            return
        self.refused = ""
        if self._faults.is_going_on(NODE_CHANNEL, OUTBOX):
            self._recover_outbox(stamp)

    def _fitting(self, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        room = MAX_HELD - len(self.held)
        if len(events) <= room:
            return events
        fitting: list[AnyEvent] = []
        for event in events:
            most = room + ROOM_FOR_FAULTS if isinstance(event, Fault | Recovered) else room
            if len(fitting) < most:
                fitting.append(event)
        return fitting

    def _recover_outbox(self, stamp: Stamp) -> None:
        lost, self.lost = self.lost, 0
        log.warning("outbox=takes-again lost=%s", lost)
        detail = f"{lost} events found no room and are lost" if lost else "nothing is lost"
        self._hold(self._faults.recovered(NODE_CHANNEL, OUTBOX, stamp.now_s, stamp, detail))
        try:
            if lost:
                self._outbox.note_dropped(lost)
                lost = 0
            self._put_held()
        except OutboxError as error:
            self._retry_s = stamp.now_s + RETRY_S
            # What is not noted yet.
            self.lost += lost
            log.error("outbox=refuses why=%s", error)

    def _hold(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            self.held.append(event)
            # Its number is certain already, as what is held keeps its order: lights need not wait for a disk.
            self._on_numbered(self._outbox.newest_seq + len(self.held), event)

    def _put_held(self) -> None:
        while self.held:
            events = list(islice(self.held, MAX_EVENTS))
            self._outbox.put(events)
            for _ in events:
                self.held.popleft()

    def _note_corrections(self) -> None:
        while self._corrections:
            correction = self._corrections[0]
            self._outbox.rebase(correction.by, synced=correction.synced)
            self._corrections.popleft()
