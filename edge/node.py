"""What beams, thermometers and the hub say goes in; events, lights and messages come out, step by step."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

from edge.errors import AckRefused, OutboxError, OutboxUnwritable
from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.indicator import REMEMBERED, Countdown, Indicator, age_of
from edge.life.health import Machine, WritePace
from edge.life.last_life import WATCHDOG, Ending
from edge.life.moves import Moves
from edge.life.wall_clock import Correction, WallClock, rebased
from edge.outbox.outbox import Outbox
from edge.outbox.quota import FILLING, FILLING_NO_MORE
from edge.outbox.rows import legible
from edge.publisher import Link, Publisher
from edge.watches.broken import CHANNEL, BrokenWatch
from edge.watches.door import BEAMS, PINS
from edge.watches.watch import Watch
from edge.watches.zones import SENSOR, ZONES
from protocol.broker import Publication
from protocol.codec import MAX_EVENTS, decode_message, encode
from protocol.errors import MessageRejected
from protocol.events import AnyEvent, ClockState, Fault, Recovered
from protocol.messages import Ack, Channel, Health, Hello, NodeState, Signal, Status
from protocol.quantities import to_milliseconds
from protocol.topics import Topics

log = logging.getLogger(__name__)

OUTBOX = "outbox"
OLD_OUTBOX = "old-outbox"
#: Said beside `outbox`, which may refuse for another reason while it is filling.
QUOTA = "outbox-quota"
#: A step is needed at least this often, seconds: lights, levels and episodes.
STEP_S = 0.05
#: Events kept in memory while the outbox refuses them; more are dropped, counted and said.
MAX_HELD = 5_000
#: Of the outbox read at once at the start, bytes.
PAGE_BYTES = 256 * 1024
#: Room for faults beyond it: what the node believes of its parts is only so what it has said of them.
ROOM_FOR_FAULTS = 1_000
#: A channel whose step has failed is well again after so long without, seconds.
WELL_AFTER_S = 60.0
#: A light that cannot be switched.
LIGHT = "light"
#: While one of these is broken nobody knows who passes: the light of the door must say so.
COUNTING = frozenset({BEAMS, PINS, ZONES, SENSOR, CHANNEL})
#: Between two tries of an outbox that refuses, seconds.
RETRY_S = 1.0


class Heard(NamedTuple):
    """A message, from the thread of the session."""

    topic: str
    payload: bytes
    retained: bool


class NodeSession(Link, Protocol):
    """What the node needs of `protocol.broker.Session`."""

    def start(self) -> None:
        """Begin to connect."""

    def stop(self, goodbye: Publication | None = None, timeout_s: float = 2.0) -> None:
        """Say goodbye and end."""


class Identity(NamedTuple):
    """Who a node is, as its hello says."""

    site: str
    node: str
    software: str
    config_hash: str
    health_every_s: float
    channels: tuple[Channel, ...]


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
        self._machine = machine
        self._pace = WritePace()
        self._inbox = inbox
        self._watches = watches
        self._countdown = countdown
        self._faults = faults
        self._moves = moves
        self._missed_edges = missed_edges
        #: None once it is said.
        self._damaged: str | None = damaged
        self._ending = ending
        self._topics = Topics(identity.site)
        self._connects = 0
        self._health_due_s = float("-inf")
        self._started_at = to_milliseconds(clock.now())
        self._held: deque[AnyEvent] = deque()
        #: Corrections of the clock that the outbox could not note yet.
        self._corrections: deque[Correction] = deque()
        #: Channel → when its step last failed, monotonic seconds.
        self._failed_s: dict[str, float] = {}
        self._lost = 0
        #: The code of the outbox's last refusal; empty when it takes.
        self._refused = ""
        self._retry_s = float("-inf")
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
            self._correct(correction)
        now_s = self._clock.monotonic()
        stamp = Stamp(self._clock.now(), now_s, self._clock.state)
        self._keep(self._observe(stamp), stamp)
        self._apply_ack(now_s)
        self._greet(stamp.now)
        if not self._corrections:
            # As long as it is a guess the hub is told it, and corrects by its own clock what was stamped so.
            self.publisher.step(now_s, stamp.now if stamp.clock is ClockState.ESTIMATED else None)
        self.indicator.step(
            now_s, connected=self.session.is_connected, blind=self._faults.channels_of(COUNTING)
        )
        self._tell_health(stamp)
        self._moves.step(
            now_s,
            outbox_refuses=self._refused == OutboxUnwritable.code,
            may_send=self.session.is_connected and self.outbox.depth > 0,
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
        self._keep([], Stamp(self._clock.now(), self._clock.monotonic(), self._clock.state), force=True)
        self.session.stop(self.goodbye())
        self.outbox.close()

    def goodbye(self) -> Publication:
        """What is left behind on a polite stop."""
        return self._status(NodeState.OFFLINE, to_milliseconds(self._clock.now()))

    @property
    def faults(self) -> tuple[str, ...]:
        """What is broken now, in words."""
        return self._faults.names

    # -- observe

    def _observe(self, stamp: Stamp) -> list[AnyEvent]:
        for heard in self._drain():
            self._hear(heard, stamp)
        events = self._tell_ending(stamp) + self._tell_damage(stamp) + self._tell_fill(stamp)
        for watch in self._watches:
            events += self._step_of(watch, stamp)
        return events + self._tell_lights(stamp)

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

    def _tell_lights(self, stamp: Stamp) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for channel in self.indicator.shown:
            error = self.indicator.refused.get(channel)
            # A fault of the node, not of the channel: whose light is dark still counts.
            light = f"{LIGHT}-{channel}"
            if error is None:
                events += self._faults.recovered(NODE_CHANNEL, light, stamp.now_s, stamp)
            else:
                detail = str(error)
                events += self._faults.fault(NODE_CHANNEL, light, error.code, detail, stamp.now_s, stamp)
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

    def _tell_ending(self, stamp: Stamp) -> list[AnyEvent]:
        ending, self._ending = self._ending, None
        if ending is None:
            return []
        self._faults.recovered(NODE_CHANNEL, WATCHDOG, stamp.now_s, stamp)
        code, detail = ending.code.value, ending.detail
        return self._faults.fault(
            NODE_CHANNEL, WATCHDOG, code, detail, stamp.now_s, stamp
        ) + self._faults.recovered(NODE_CHANNEL, WATCHDOG, stamp.now_s, stamp, "the node runs again")

    def _tell_damage(self, stamp: Stamp) -> list[AnyEvent]:
        damaged, self._damaged = self._damaged, None
        if damaged is None:
            return []
        if not damaged:
            return self._faults.recovered(NODE_CHANNEL, OLD_OUTBOX, stamp.now_s, stamp)
        detail = f"{damaged} could not be read and was moved aside; what it holds was not sent"
        return self._faults.fault(NODE_CHANNEL, OLD_OUTBOX, "damaged", detail, stamp.now_s, stamp)

    def _tell_fill(self, stamp: Stamp) -> list[AnyEvent]:
        if self.outbox.fill >= FILLING:
            detail = f"{self.outbox.depth} events wait for the hub; at the quota the least of them give way"
            return self._faults.fault(NODE_CHANNEL, QUOTA, "filling", detail, stamp.now_s, stamp)
        if self.outbox.fill < FILLING_NO_MORE:
            return self._faults.recovered(NODE_CHANNEL, QUOTA, stamp.now_s, stamp)
        return []

    def _correct(self, correction: Correction) -> None:
        """The clock was set: what this start has stamped moves with it."""
        self._held = deque(rebased(event, correction.by, synced=correction.synced) for event in self._held)
        self._corrections.append(correction)

    def _note_corrections(self) -> None:
        while self._corrections:
            correction = self._corrections[0]
            self.outbox.rebase(correction.by, synced=correction.synced)
            self._corrections.popleft()

    # -- keep

    def _keep(self, events: Sequence[AnyEvent], stamp: Stamp, *, force: bool = False) -> None:
        fitting = self._fitting(events)
        self._hold(fitting)
        self._lost += len(events) - len(fitting)
        if not (self._held or self._corrections) or (stamp.now_s < self._retry_s and not force):
            return
        try:
            # First: it is for the rows that are there, not for those that come.
            self._note_corrections()
            self._put_held()
        except OutboxError as error:
            self._retry_s = stamp.now_s + RETRY_S
            self._refused = error.code
            # Said among the events it holds up, so the hub learns of it late; the health message says it now.
            said = self._faults.fault(
                NODE_CHANNEL,
                OUTBOX,
                error.code,
                str(error),
                stamp.now_s,
                stamp,
                is_worse=error.code == OutboxUnwritable.code,
            )
            if said:
                log.error("outbox=refuses why=%s", error)
                self._hold(said)
            return
        self._refused = ""
        if self._faults.is_going_on(NODE_CHANNEL, OUTBOX):
            self._recover_outbox(stamp)

    def _fitting(self, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        room = MAX_HELD - len(self._held)
        if len(events) <= room:
            return events
        fitting: list[AnyEvent] = []
        for event in events:
            most = room + ROOM_FOR_FAULTS if isinstance(event, Fault | Recovered) else room
            if len(fitting) < most:
                fitting.append(event)
        return fitting

    def _recover_outbox(self, stamp: Stamp) -> None:
        lost, self._lost = self._lost, 0
        log.warning("outbox=takes-again lost=%s", lost)
        detail = f"{lost} events found no room and are lost" if lost else "nothing is lost"
        self._hold(self._faults.recovered(NODE_CHANNEL, OUTBOX, stamp.now_s, stamp, detail))
        try:
            if lost:
                self.outbox.note_dropped(lost)
                lost = 0
            self._put_held()
        except OutboxError as error:
            self._retry_s = stamp.now_s + RETRY_S
            # What is not noted yet.
            self._lost += lost
            log.error("outbox=refuses why=%s", error)

    def _hold(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            self._held.append(event)
            # Its number is certain already, as what is held keeps its order: lights need not wait for a disk.
            self._countdown.add([(self.outbox.newest_seq + len(self._held), event)])

    def _put_held(self) -> None:
        while self._held:
            events = list(islice(self._held, MAX_EVENTS))
            self.outbox.put(events)
            for _ in events:
                self._held.popleft()

    def _apply_ack(self, now_s: float) -> None:
        ack = self._ack
        if ack is None:
            return
        try:
            self.outbox.acknowledge(ack)
        except AckRefused as error:
            self._ignore(str(error))
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

    # -- tell

    def _greet(self, now: datetime) -> None:
        # Read first: a connection that goes and comes back meanwhile has heard nothing of this.
        connects = self.session.connects
        if connects == self._connects or not self.session.is_connected:
            return
        identity = self.identity
        hello = Hello(
            software=identity.software,
            config_hash=identity.config_hash,
            epoch=self.outbox.epoch,
            seq=self.outbox.newest_seq,
            health_every_s=identity.health_every_s,
            channels=identity.channels,
        )
        topic = self._topics.hello(identity.node)
        status = self._status(NodeState.ONLINE, self._started_at)
        if self.session.publish(status) and self.session.publish(
            Publication(topic=topic, payload=encode(hello), retain=True)
        ):
            self._connects = connects
            self._health_due_s = float("-inf")

    def _status(self, state: NodeState, since: datetime) -> Publication:
        return status_of(self._topics, self.identity.node, state, self.outbox.epoch, since)

    def _tell_health(self, stamp: Stamp) -> None:
        if stamp.now_s < self._health_due_s or not self.session.is_connected:
            return
        self._health_due_s = stamp.now_s + self.identity.health_every_s
        machine = self._machine
        health = Health(
            at=to_milliseconds(stamp.now),
            epoch=self.outbox.epoch,
            seq=self.outbox.newest_seq,
            outbox_depth=self.outbox.depth,
            dropped=self.outbox.dropped + self._lost,
            dropped_by_kind=self.outbox.losses.by_kind,
            folded=self.outbox.losses.folded,
            resent=self.publisher.resent,
            cpu_c=machine.cpu_c(),
            throttled=machine.throttled(),
            power=machine.power(),
            bus_errors=self._moves.bus_errors,
            missed_edges=self._missed_edges(),
            posts={watch.channel: post for watch in self._watches if (post := watch.post) is not None},
            lamp_hours={watch.channel: on_h for watch in self._watches if (on_h := watch.on_h) is not None},
            disk_free_mb=machine.disk_free_mb(),
            rss_mb=machine.rss_mb(),
            written_mb_per_day=self._pace.mb_per_day(machine.written_mb(), stamp.now_s),
            clock=stamp.clock.value,
            faults=self._faults.names,
        )
        self.session.publish(
            Publication(topic=self._topics.health(self.identity.node), payload=encode(health))
        )

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


def status_of(topics: Topics, node: str, state: NodeState, epoch: str, since: datetime) -> Publication:
    """The retained word of whether a node is there; also its last will."""
    payload = encode(Status(state=state, epoch=epoch, since=since))
    return Publication(topic=topics.status(node), payload=payload, retain=True)
