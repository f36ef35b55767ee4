"""The hub's part at the broker: hears a node, acknowledges, sends the allowance, keeps what came."""

from collections import Counter
from threading import Lock

import msgspec

from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.codec import decode_batch, decode_message, encode
from protocol.events import AnyEvent, Fault, Passage, Recovered, Screening
from protocol.messages import Ack, Allowance, Health, Hello, Light, NodeState, Signal, Status
from protocol.quantities import to_milliseconds
from protocol.topics import Topics, read_node_topic

CONNECT_S = 20.0


class PlayedHub:
    """One node's hub. Everything heard is kept by epoch and number, with how often it came."""

    def __init__(self, port: int, site: str, node: str, channel: str) -> None:
        self.topics = Topics(site)
        self.node = node
        #: The door whose light is told.
        self.channel = channel
        self.is_acknowledging = True
        self.epochs: list[str] = []
        self.copies: Counter[tuple[str, int]] = Counter()
        self.hellos: list[Hello] = []
        self.statuses: list[Status] = []
        self.healths: list[Health] = []
        #: What arrived and could not be read; any is a fault of the node.
        self.rejected: list[str] = []
        #: Numbers under which two different events came; any is a fault of the node.
        self.conflicts: list[int] = []
        self._events: dict[tuple[str, int], AnyEvent] = {}
        self._acknowledged = 0
        self._clock = SystemClock()
        self._lock = Lock()
        topics = self.topics
        self.session = Session(
            BrokerConfig(port=port, client_id="hub"),
            on_message=self._take,
            subscriptions=(topics.all_events, topics.all_hellos, topics.all_statuses, topics.all_healths),
        )

    def start(self) -> None:
        """Connect."""
        self.session.start()
        self.session.wait_connected(CONNECT_S)

    def stop(self) -> None:
        """Go."""
        self.session.stop()

    @property
    def events(self) -> list[AnyEvent]:
        """Everything heard, once each, by epoch and number."""
        with self._lock:
            order = {epoch: place for place, epoch in enumerate(self.epochs)}
            return [
                self._events[key] for key in sorted(self._events, key=lambda key: (order[key[0]], key[1]))
            ]

    @property
    def passages(self) -> list[Passage]:
        """Everybody who went in or out."""
        return [event for event in self.events if isinstance(event, Passage)]

    @property
    def screenings(self) -> list[Screening]:
        """Every verdict."""
        return [event for event in self.events if isinstance(event, Screening)]

    def faults(self, channel: str | None = None) -> list[str]:
        """What broke and what came back, in order; of one channel, or of all."""
        return [
            f"{event.__struct_config__.tag} {event.channel} {event.component} {event.code}"
            for event in self.events
            if isinstance(event, Fault | Recovered) and channel in (None, event.channel)
        ]

    @property
    def missing(self) -> list[int]:
        """Numbers of the newest epoch below its highest that never came."""
        with self._lock:
            seqs = {seq for epoch, seq in self._events if epoch == self.epochs[-1]}
        return sorted(set(range(1, max(seqs, default=0) + 1)) - seqs)

    @property
    def is_node_online(self) -> bool:
        """What the node's retained status says."""
        return bool(self.statuses) and self.statuses[-1].state is NodeState.ONLINE

    def tell(self, light: Light, *, free: int | None = None, valid_s: float = 3600.0) -> None:
        """Send the allowance of the door, retained, as the real hub does."""
        with self._lock:
            epoch, seq = (self.epochs[-1], self._contiguous()) if self.epochs else (None, 0)
        signal = Signal(
            as_of=to_milliseconds(self._clock.now()),
            valid_s=valid_s,
            epoch=epoch,
            seq=seq,
            channels={self.channel: Allowance(light=light, free=free)},
        )
        self._say(self.topics.signal(self.node), signal, retain=True)

    def acknowledge(self) -> None:
        """Say what is durable: everything without a gap."""
        with self._lock:
            if not self.epochs:
                return
            ack = Ack(epoch=self.epochs[-1], seq=self._contiguous())
        self._say(self.topics.ack(self.node), ack)

    def _contiguous(self) -> int:
        epoch = self.epochs[-1]
        while (epoch, self._acknowledged + 1) in self._events:
            self._acknowledged += 1
        return self._acknowledged

    def _say(self, topic: str, message: msgspec.Struct, *, retain: bool = False) -> None:
        self.session.publish(Publication(topic=topic, payload=encode(message), retain=retain))

    def _take(self, topic: str, payload: bytes, retained: bool) -> None:
        found = read_node_topic(topic)
        if found is None or found.node != self.node or not payload:
            return
        if found.leaf == "events":
            self._take_events(payload)
        elif found.leaf == "hello":
            self.hellos.append(decode_message(payload, Hello))
            self.tell(Light.GO)
        elif found.leaf == "status":
            self.statuses.append(decode_message(payload, Status))
        elif found.leaf == "health":
            self.healths.append(decode_message(payload, Health))

    def _take_events(self, payload: bytes) -> None:
        batch = decode_batch(payload)
        with self._lock:
            if batch.epoch not in self.epochs:
                self.epochs.append(batch.epoch)
                self._acknowledged = 0
            self.rejected += [one.fault for one in batch.rejected] + batch.unnamed
            for event, _ in batch.events:
                key = batch.epoch, event.seq
                self.copies[key] += 1
                if self._events.setdefault(key, event) != event:
                    self.conflicts.append(event.seq)
        if self.is_acknowledging:
            self.acknowledge()
