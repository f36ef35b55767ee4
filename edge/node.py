"""What beams, thermometers and the hub say goes in; events, lights and messages come out, step by step."""

import logging
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from edge.accord import HubAccord
from edge.errors import AckRefused, OutboxError
from edge.faults import FaultBook, Stamp
from edge.indicator import REMEMBERED, Countdown, Indicator, age_of
from edge.life.condition import Condition
from edge.life.health import Machine
from edge.life.last_life import Ending
from edge.life.moves import Moves
from edge.life.wall_clock import WallClock
from edge.outbox.forgetting import Forgetting
from edge.outbox.keeper import Keeper
from edge.outbox.keeping import Keeping
from edge.outbox.outbox import Outbox
from edge.outbox.rows import legible
from edge.publisher import Publisher
from edge.teller import Identity, NodeSession, Teller
from edge.watches.broken import CHANNEL, BrokenWatch
from edge.watches.door import BEAMS, PINS
from edge.watches.watch import Watch
from edge.watches.zones import SENSOR, ZONES
from protocol.broker import Publication
from protocol.codec import decode_message, wire_of
from protocol.errors import MessageRejected
from protocol.events import AnyEvent, ClockState
from protocol.messages import Ack, Signal
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from protocol.wire import UNSAID

log = logging.getLogger(__name__)

#: A step is needed at least this often, seconds: lights, levels and episodes.
STEP_S = 0.05
#: Of the outbox read at once at the start, bytes.
PAGE_BYTES = 256 * 1024
#: A channel whose step has failed is well again after so long without, seconds.
WELL_AFTER_S = 60.0
#: While one of these is broken nobody knows who passes: the light of the door must say so.
COUNTING = frozenset({BEAMS, PINS, ZONES, SENSOR, CHANNEL})


class Heard(NamedTuple):
    """A message, from the thread of the session."""

    topic: str
    payload: bytes
    retained: bool


class Node:
    """One node. One thread calls `step`; everybody else only puts on the inbox."""

    def __init__(
        self,
        identity: Identity,
        *,
        clock: WallClock,
        machine: Machine,
        inbox: SimpleQueue[Heard],
        outbox: Outbox,
        session: NodeSession,
        publisher: Publisher,
        watches: Sequence[Watch],
        countdown: Countdown,
        indicator: Indicator,
        faults: FaultBook,
        moves: Moves,
        accord: HubAccord,
        missed_edges: Callable[[], int],
        damaged: str = "",
        ending: Ending | None = None,
    ) -> None:
        """`damaged`: what was moved aside because it could not be read, for the fault that tells of it.

        `ending`: how the last run ended, when it did not end because it was asked to.
        """
        self.identity = identity
        self.outbox = outbox
        self.publisher = publisher
        self.indicator = indicator
        self.session = session
        self._clock = clock
        self._inbox = inbox
        self._watches = watches
        self._countdown = countdown
        self._faults = faults
        self._moves = moves
        self._accord = accord
        self._topics = Topics(identity.site)
        self._condition = Condition(faults, outbox, indicator, damaged, ending)
        self._forgetting = Forgetting(outbox)
        self._keeping = Keeping(outbox)
        self.keeper = Keeper(outbox, faults, lambda seq, event: countdown.add([(seq, event)]))
        self._teller = Teller(
            identity,
            session,
            outbox,
            keeper=self.keeper,
            publisher=publisher,
            watches=watches,
            faults=faults,
            machine=machine,
            moves=moves,
            missed_edges=missed_edges,
            started_at=to_milliseconds(clock.now()),
        )
        #: Channel → when its step last failed, monotonic seconds.
        self._failed_s: dict[str, float] = {}
        self._ack: Ack | None = None
        #: Messages to this node that could not be read or cannot be true.
        self.ignored = 0
        self._load_countdown()

    def start(self) -> None:
        """Begin to connect; steps may be called from now on."""
        self.session.start()

    def step(self) -> float:
        """Observe, interpret, keep, send, show. Gives the seconds until the next step is needed."""
        # First, because it may wait for the disk: what is stamped afterwards must not be late by that.
        correction = self._clock.look()
        if correction is not None:
            self.keeper.correct(correction)
        now_s = self._clock.monotonic()
        stamp = Stamp(self._clock.now(), now_s, self._clock.state)
        self.keeper.keep(self._observe(stamp), stamp)
        self._apply_ack(now_s)
        self._forgetting.step(stamp.now, now_s)
        self._keeping.step(stamp)
        self._teller.greet()
        version = self._accord.agreed
        if self.keeper.may_send and version is not None:
            # As long as it is a guess the hub is told it, and corrects by its own clock what was stamped so.
            guess = stamp.now if stamp.clock is ClockState.ESTIMATED else None
            self.publisher.step(now_s, guess, version)
        self.indicator.step(
            now_s, connected=self.session.is_connected, blind=self._faults.channels_of(COUNTING)
        )
        self._teller.tell_health(stamp)
        self._moves.step(
            now_s,
            outbox_refuses=self.keeper.is_failing,
            may_send=self.session.is_connected
            and self.outbox.depth > 0
            and not self.keeper.refused
            and version is not None,
        )
        due_s = min(watch.due_s for watch in self._watches)
        return min(max(due_s - now_s, 0.0), STEP_S)

    def stop(self) -> None:
        """Keep what is held, say goodbye, give hardware and files back."""
        # Lamps and lights before anything that takes time: nobody counts any more. Lamps stand last, because
        # they look at the others.
        for watch in reversed(self._watches):
            watch.close()
        self.indicator.close()
        for watch in self._watches:
            watch.keep()
        self.keeper.keep([], Stamp(self._clock.now(), self._clock.monotonic(), self._clock.state), force=True)
        self.session.stop(self.goodbye())
        self.outbox.close()

    def goodbye(self) -> Publication:
        """What is left behind on a polite stop."""
        return self._teller.goodbye(self._clock.now())

    @property
    def faults(self) -> tuple[str, ...]:
        """What is broken now, in words."""
        return self._faults.names

    # -- observe

    def _observe(self, stamp: Stamp) -> list[AnyEvent]:
        for heard in self._drain():
            self._hear(heard, stamp)
        events = self._condition.step(stamp)
        for watch in self._watches:
            events += self._step_of(watch, stamp)
        return events

    def _step_of(self, watch: Watch, stamp: Stamp) -> list[AnyEvent]:
        """A bug in one channel must not end the others: it is a fault of that channel, once."""
        channel = watch.channel
        try:
            events = watch.step(stamp)
        except Exception as error:
            self._failed_s[channel] = stamp.now_s
            if not self._faults.is_going_on(channel, CHANNEL):
                log.exception("channel=%s step=failed", channel)
            detail = f"{type(error).__name__}: {error}; the log has the place: please tell us"
            return self._faults.fault(channel, CHANNEL, "bug", detail, stamp.now_s, stamp)
        is_well = stamp.now_s - self._failed_s.get(channel, float("-inf")) > WELL_AFTER_S
        if is_well and not isinstance(watch, BrokenWatch):
            events += self._faults.recovered(channel, CHANNEL, stamp.now_s, stamp)
        return events

    def _drain(self) -> list[Heard]:
        drained: list[Heard] = []
        try:
            while True:
                drained.append(self._inbox.get_nowait())
        except Empty:
            return drained

    def _hear(self, heard: Heard, stamp: Stamp) -> None:
        node = self.identity.node
        try:
            if heard.topic == self._topics.ack(node):
                # First, and whatever the rest of it is: of a hub too new that may be illegible.
                if heard.payload:
                    self._accord.hear(wire_of(heard.payload) or UNSAID)
                ack = decode_message(heard.payload, Ack)
                self._ack = ack if ack.epoch == self.outbox.epoch else self._ack
            elif heard.topic == self._topics.signal(node):
                self._follow(decode_message(heard.payload, Signal), heard.retained, stamp)
        except MessageRejected as error:
            self._ignore(f"topic={heard.topic} why={error.fault}")

    def _follow(self, signal: Signal, retained: bool, stamp: Stamp) -> None:
        age_s = age_of(signal, stamp.now, stamp.clock, retained=retained)
        if not self._countdown.take(signal, stamp.now_s, age_s):
            log.info("signal=refused as_of=%s why=too-old-or-of-unknown-age", signal.as_of.isoformat())
            return
        for watch in self._watches:
            # A copy that was kept says nothing of now, whatever our clock makes of its age.
            watch.follow(signal, float("-inf") if retained else stamp.now_s)

    def _apply_ack(self, now_s: float) -> None:
        ack = self._ack
        if ack is None:
            return
        try:
            self.outbox.acknowledge(ack)
        except AckRefused as error:
            self._ignore(str(error))
            if ack.seq > self.outbox.newest_seq:
                self._condition.contradiction = (
                    "the hub has newer events of this outbox, so it is a copy put back"
                )
        except OutboxError as error:
            # Kept for the next step: the hub says it once.
            log.debug("ack=waits why=%s", error)
            return
        else:
            self.publisher.acknowledged(ack, now_s)
        self._ack = None

    def _ignore(self, why: str) -> None:
        self.ignored += 1
        log.warning("message=ignored count=%s %s", self.ignored, why)

    def _load_countdown(self) -> None:
        """Own passages from before a restart; those the hub has acknowledged are in its next signal."""
        # What is acknowledged is not here any more: the hub's word counts from where it has it.
        oldest = self.outbox.pending(0, 1, PAGE_BYTES)
        known_from = oldest[0].seq if oldest else self.outbox.newest_seq + 1
        after = max(known_from - 1, self.outbox.newest_seq - REMEMBERED)
        self._countdown.forget_to(after)
        while rows := self.outbox.pending(after, 1000, PAGE_BYTES):
            self._countdown.add((row.seq, event) for row in rows if (event := legible(row)) is not None)
            after = rows[-1].seq
