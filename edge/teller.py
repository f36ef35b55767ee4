"""Who the node is and how it is in; hello, status and health out, as often as promised."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from edge.faults import FaultBook, Stamp
from edge.life.health import Machine, WritePace
from edge.life.moves import Moves
from edge.outbox.keeper import Keeper
from edge.outbox.outbox import Outbox
from edge.publisher import Link, Publisher
from edge.watches.watch import Watch
from protocol.broker import Publication
from protocol.codec import encode
from protocol.messages import Channel, Health, Hello, NodeState, Status
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from protocol.wire import WIRE, Wire


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
    #: The versions of the wire that it speaks.
    wire: Wire = WIRE


class Teller:
    """Speaks of the node; of what it sees, the publisher does."""

    def __init__(
        self,
        identity: Identity,
        session: NodeSession,
        outbox: Outbox,
        *,
        keeper: Keeper,
        publisher: Publisher,
        watches: Sequence[Watch],
        faults: FaultBook,
        machine: Machine,
        moves: Moves,
        missed_edges: Callable[[], int],
        started_at: datetime,
    ) -> None:
        self._identity = identity
        self._session = session
        self._outbox = outbox
        self._keeper = keeper
        self._publisher = publisher
        self._watches = watches
        self._faults = faults
        self._machine = machine
        self._moves = moves
        self._missed_edges = missed_edges
        self._started_at = started_at
        self._pace = WritePace()
        self._topics = Topics(identity.site)
        self._connects = 0
        self._health_due_s = float("-inf")

    def goodbye(self, now: datetime) -> Publication:
        """What is left behind on a polite stop."""
        return self._status(NodeState.OFFLINE, to_milliseconds(now))

    def greet(self) -> None:
        """Say who this is, once a connection."""
        # Read first: a connection that goes and comes back meanwhile has heard nothing of this.
        connects = self._session.connects
        if connects == self._connects or not self._session.is_connected:
            return
        identity = self._identity
        hello = Hello(
            software=identity.software,
            config_hash=identity.config_hash,
            epoch=self._outbox.epoch,
            seq=self._outbox.newest_seq,
            health_every_s=identity.health_every_s,
            channels=identity.channels,
            wire=identity.wire,
        )
        topic = self._topics.hello(identity.node)
        status = self._status(NodeState.ONLINE, self._started_at)
        if self._session.publish(status) and self._session.publish(
            Publication(topic=topic, payload=encode(hello), retain=True)
        ):
            self._connects = connects
            self._health_due_s = float("-inf")

    def tell_health(self, stamp: Stamp) -> None:
        """Say how it is, if it is time."""
        if stamp.now_s < self._health_due_s or not self._session.is_connected:
            return
        self._health_due_s = stamp.now_s + self._identity.health_every_s
        machine = self._machine
        health = Health(
            at=to_milliseconds(stamp.now),
            epoch=self._outbox.epoch,
            seq=self._outbox.newest_seq,
            outbox_depth=self._outbox.depth,
            dropped=self._outbox.dropped + self._keeper.lost,
            dropped_by_kind=self._outbox.losses.by_kind,
            folded=self._outbox.losses.folded,
            resent=self._publisher.resent,
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
        self._session.publish(
            Publication(topic=self._topics.health(self._identity.node), payload=encode(health))
        )

    def _status(self, state: NodeState, since: datetime) -> Publication:
        return status_of(self._topics, self._identity.node, state, self._outbox.epoch, since)


def status_of(topics: Topics, node: str, state: NodeState, epoch: str, since: datetime) -> Publication:
    """The retained word of whether a node is there; also its last will."""
    payload = encode(Status(state=state, epoch=epoch, since=since))
    return Publication(topic=topics.status(node), payload=payload, retain=True)
