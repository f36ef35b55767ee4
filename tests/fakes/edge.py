"""Siblings of what a node is given: a clock that is set, a session with lists, a lamp, beams and an eye."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from edge.drivers.errors import DriverError
from edge.drivers.thermometer import Reading
from edge.signals.passage import Beam, BeamEdge
from protocol.broker import BrokerConfig, Publication, Receiver
from protocol.codec import Decoded, decode_batch, encode
from protocol.messages import Ack, Light, Signal
from protocol.topics import Topics
from simulator.mlx90614 import to_raw

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that goes only when told to. `sync` sets the wall clock alone, as time service does."""

    def __init__(self, start: datetime = START, monotonic_s: float = 1000.0) -> None:
        self._now = start
        self._monotonic_s = monotonic_s

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    def sync(self, now: datetime) -> None:
        self._now = now


class FakeSession:
    """A session without a network: `come_up`, `go_down`, `deliver`; what was published is in `published`."""

    def __init__(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence[str] = (),
        will: Publication | None = None,
    ) -> None:
        self.config = config
        self.subscriptions = tuple(subscriptions)
        self.will = will
        self.published: list[Publication] = []
        self.goodbye: Publication | None = None
        self.connects = 0
        self.is_started = False
        #: It takes nothing, although it is connected.
        self.is_deaf = False
        self._receive = on_message
        self._is_connected = False

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    def start(self) -> None:
        self.is_started = True

    def stop(self, goodbye: Publication | None = None, timeout_s: float = 2.0) -> None:
        self.goodbye = goodbye
        self._is_connected = False

    def publish(self, publication: Publication) -> bool:
        if not self._is_connected or self.is_deaf:
            return False
        self.published.append(publication)
        return True

    def come_up(self) -> None:
        self.connects += 1
        self._is_connected = True

    def go_down(self) -> None:
        self._is_connected = False

    def deliver(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        self._receive(topic, payload, retained)

    def deliver_ack(self, site: str, node: str, ack: Ack) -> None:
        self.deliver(Topics(site).ack(node), encode(ack))

    def deliver_signal(self, site: str, node: str, signal: Signal, *, retained: bool = False) -> None:
        self.deliver(Topics(site).signal(node), encode(signal), retained=retained)

    def payloads(self, leaf: str) -> list[bytes]:
        """What was published on topics that end in `leaf`, in order."""
        return [each.payload for each in self.published if each.topic.endswith(f"/{leaf}")]

    def batches(self) -> list[Decoded]:
        """The event messages published so far, decoded as the hub does."""
        return [decode_batch(payload) for payload in self.payloads("events")]

    def sent_seqs(self) -> list[list[int]]:
        """The numbers in each event message published so far."""
        return [[event.seq for event, _ in batch.events] for batch in self.batches()]


class Connector:
    """Gives `build_node` a fake session, and keeps it for the test."""

    def __init__(self) -> None:
        self.sessions: list[FakeSession] = []

    @property
    def session(self) -> FakeSession:
        return self.sessions[-1]

    def __call__(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence[str],
        will: Publication | None,
    ) -> FakeSession:
        self.sessions.append(
            FakeSession(config, on_message=on_message, subscriptions=subscriptions, will=will)
        )
        return self.session


class FakeLamp:
    """Remembers what it was told to show."""

    def __init__(self) -> None:
        self.told: list[Light] = []
        self.is_closed = False

    def show(self, light: Light) -> None:
        self.told.append(light)

    def close(self) -> None:
        self.is_closed = True


class FakeBeams:
    """Two beams whose levels are set; `missed` edges are found at the next look."""

    def __init__(self) -> None:
        self.broken: dict[Beam, bool] = {Beam.OUTER: False, Beam.INNER: False}
        self.missed: list[BeamEdge] = []
        self.looks = 0
        self.is_closed = False

    def levels(self) -> tuple[bool, bool]:
        return self.broken[Beam.OUTER], self.broken[Beam.INNER]

    def reread(self) -> list[BeamEdge]:
        self.looks += 1
        missed, self.missed = self.missed, []
        return missed

    def close(self) -> None:
        self.is_closed = True


class FakeEye:
    """A thermometer that reads what it is told, or fails as it is told."""

    def __init__(self, object_c: float = 22.0, ambient_c: float = 22.0) -> None:
        self.object_c = object_c
        self.ambient_c = ambient_c
        self.error: DriverError | None = None
        self.is_frozen = False
        self.looks = 0

    def read(self) -> Reading:
        self.looks += 1
        if self.error is not None:
            raise self.error
        # Its last bit is noise, as in a living one.
        return Reading(
            object_c=self.object_c,
            ambient_c=self.ambient_c,
            raw_object=to_raw(self.object_c) + (0 if self.is_frozen else self.looks % 2),
            raw_ambient=to_raw(self.ambient_c),
            checked=True,
        )
