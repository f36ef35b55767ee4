"""A campus file in, its nodes out: the real edge code on simulated pins and a modelled bus.

A node here can also die: its connection is cut without a goodbye, and it starts again on the same outbox.
"""

import random
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from edge.assembly import Connect, build_node
from edge.channels import Door, Post
from edge.config import Broker, NodeConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.light import LightConfig
from edge.drivers.pins import PinKind
from edge.drivers.thermometer import ThermometerConfig
from edge.node import Node
from edge.teller import NodeSession
from edge.watches.sensor import AtOnce
from hub.layout import Layout
from protocol.broker import BrokerConfig, Publication, Receiver, Session
from protocol.clock import Clock
from protocol.codec import decode_batch
from protocol.events import ClockState, Screening, Verdict
from protocol.quantities import Duration
from simulator.fittings import ON_A_BUS, ON_A_PIN, Fittings, channels_of
from simulator.happenings import Visit
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.mlx90614 import Mlx90614
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from simulator.walkers import INNER, OUTER, Change

#: Pins of the 40-pin header that a board may use: not those of the EEPROM and of the I2C bus.
FREE_PINS = range(4, 28)
#: Those of the I2C bus, which a node without anything on it may use: their pull-ups serve a button.
I2C_PINS = (2, 3)
BEAMS, LAMPS = 2, 3
#: Air at the entrances, °C, and the noise of one look.
AIR_C = 22.0
NOISE_C = 0.04
#: Seconds in which a forehead comes before the lens, and goes.
RAMP_S = 0.25
#: What skin follows the air by, °C per °C, and the air its truth is given for, °C (science: FDA open data).
AIR_SLOPE = 0.15
AIR_REFERENCE_C = 24.0
#: Transfers of one look with all its retries.
TRANSFERS = 8


def node_configs(layout: Layout, data: Path, broker: Broker) -> list[NodeConfig]:
    """A description for every node that the campus file names; outboxes lie in `data`.

    Doors have a light where the header has pins left. Raises ValueError for a node with more doors than pins.
    """
    return [_node_config(layout, node, data, broker) for node in layout.nodes()]


def _node_config(layout: Layout, node: str, data: Path, broker: Broker) -> NodeConfig:
    doors = [door for door in layout.doors if door.node == node]
    posts = [post.channel for post in layout.posts if post.node == node]
    sensors = [sensor for sensor in layout.sensors if sensor.node == node]
    has_bus = bool(posts) or any(sensor.kind in ON_A_BUS for sensor in sensors)
    free = [*FREE_PINS, *(() if has_bus else I2C_PINS)]
    left = len(free) - sum(sensor.kind in ON_A_PIN for sensor in sensors)
    per_door = BEAMS + LAMPS if len(doors) * (BEAMS + LAMPS) <= left else BEAMS
    if len(doors) * per_door > left:
        raise ValueError(
            f"node `{node}`: expected at most {max(0, left) // BEAMS} doors beside its sensors, "
            f"got {len(doors)}; the header has no more pins, give some of them to another node"
        )
    pins = iter(free)
    at_doors = len(doors) * per_door
    buttons, contacts, dispensers, air = channels_of(sensors, free[at_doors:], len(posts) + 1)
    return NodeConfig(
        site=layout.site,
        node=node,
        outbox=str(data / f"{node}.outbox"),
        broker=broker,
        pins=PinKind.MOCK,
        health_every=Duration("10s"),
        doors=tuple(
            Door(
                channel=door.channel,
                beams=BeamPairConfig(outer_pin=next(pins), inner_pin=next(pins)),
                light=None
                if per_door == BEAMS
                else LightConfig(red_pin=next(pins), amber_pin=next(pins), green_pin=next(pins)),
            )
            for door in doors
        ),
        posts=tuple(
            Post(channel=channel, thermometer=ThermometerConfig(bus=bus))
            for bus, channel in enumerate(posts, 1)
        ),
        buttons=buttons,
        contacts=contacts,
        dispensers=dispensers,
        air=air,
    )


@runtime_checkable
class Vanishing(Protocol):
    """A session that can also go without a word."""

    def vanish(self) -> None:
        """Cut the connection as a power cut does."""


class CuttableSession(Session):
    """The real session, with a power switch."""

    def vanish(self) -> None:
        """Cut the connection as a power cut does."""
        self._stopping.set()
        wire = self._client.socket()
        if isinstance(wire, socket.socket):
            wire.shutdown(socket.SHUT_RDWR)


class Link:
    """A session between node and broker that the simulation listens in on, holds back, and may cut."""

    def __init__(self, session: NodeSession, on_events: Callable[[bytes], None] | None) -> None:
        self._session = session
        self._on_events = on_events
        #: Events are refused while this is set; everything else passes.
        self.holds_events = False
        #: The process dies: no goodbye will be said.
        self.is_dying = False
        #: Words on how the node is that the session has taken.
        self.healths = 0

    @property
    def connects(self) -> int:
        """Times the connection came up."""
        return self._session.connects

    @connects.setter
    def connects(self, connects: int) -> None:
        self._session.connects = connects

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._session.is_connected

    def start(self) -> None:
        """Begin to connect."""
        self._session.start()

    def publish(self, publication: Publication) -> bool:
        """Pass it on, unless it is held back."""
        is_events = publication.topic.endswith("/events")
        if is_events and self._on_events is not None:
            self._on_events(publication.payload)
        if is_events and self.holds_events:
            return False
        is_taken = self._session.publish(publication)
        self.healths += is_taken and publication.topic.endswith("/health")
        return is_taken

    def stop(self, goodbye: Publication | None = None, timeout_s: float = 2.0) -> None:
        """Say goodbye and end; or vanish, so that the broker says the last will."""
        if not self.is_dying:
            self._session.stop(goodbye, timeout_s)
        elif isinstance(self._session, Vanishing):
            self._session.vanish()


class Thermometer:
    """A modelled MLX90614 at a post, and the foreheads that come before it."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self.part = Mlx90614(clock.monotonic)
        self.bus = I2CBus(self.part)
        self._visits: list[tuple[float, Visit]] = []
        #: What damages the wire now; None: nothing.
        self.damage: Fault | Flip | None = None
        #: The newest verdict the node has published.
        self.verdict: Verdict | None = None

    def show(self, visit: Visit) -> None:
        """A forehead comes before the lens now."""
        self._visits.append((self._clock.monotonic(), visit))
        self.verdict = None

    @property
    def is_busy(self) -> bool:
        """Whether somebody is before the lens, or has just gone."""
        return bool(self._visits)

    def prepare(self) -> None:
        """Put before the lens what is there now; called before the node looks."""
        now_s = self._clock.monotonic()
        self._visits = [each for each in self._visits if now_s < each[0] + each[1].show_s + 1.0]
        object_c = AIR_C
        for from_s, visit in self._visits:
            skin_c = visit.skin_c + AIR_SLOPE * (AIR_C - AIR_REFERENCE_C)
            object_c = max(object_c, AIR_C + (skin_c - AIR_C) * _there(now_s - from_s, visit.show_s))
        self.part.look_at(object_c=object_c + self._rng.gauss(0.0, NOISE_C), ambient_c=AIR_C)
        self.bus.faults.clear()
        if self.damage is not None:
            self.bus.faults.extend(
                self.damage if self._rng.random() < 0.7 else None for _ in range(TRANSFERS)
            )


def _there(since_s: float, show_s: float) -> float:
    """How much of the lens a forehead fills, 0 to 1."""
    return max(0.0, min(1.0, since_s / RAMP_S, (show_s - since_s) / RAMP_S))


class SimulatedNode:
    """One node of the campus, alive or dead, with its beams and thermometers in our hands."""

    def __init__(
        self, config: NodeConfig, clock: Clock, connect: Connect, wake: Callable[[], None], seed: int
    ) -> None:
        """`connect` makes its sessions; `wake` is called from other threads when it has something to do."""
        self.config = config
        self._clock = clock
        self._connect = connect
        self._wake = wake
        self._pins = SimulatedPinFactory(clock.monotonic)
        rng = random.Random(f"{seed}:{config.node}")
        #: The thermometers by channel.
        self.thermometers = {post.channel: Thermometer(clock, rng) for post in config.posts}
        self._beams = {
            (door.channel, beam): SimulatedBeam(self._pins, pin)
            for door in config.doors
            if door.beams is not None
            for beam, pin in ((OUTER, door.beams.outer_pin), (INNER, door.beams.inner_pin))
        }
        #: What else is mounted: panels, windows, dispensers, air sensors.
        self.fittings = Fittings(config, clock, self._pins)
        self._bodies: Counter[tuple[str, str]] = Counter()
        self._node: Node | None = None
        self._link: Link | None = None
        self._holds_events = False
        self._read_to_seq = 0
        self._depth = 0
        self._produced = 0

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._node is not None

    @property
    def outbox_depth(self) -> int:
        """Events it keeps that the hub has not made durable; of a dead node, as it died."""
        return self._depth if self._node is None else self._node.outbox.depth

    @property
    def produced(self) -> int:
        """Events it has numbered."""
        return self._produced if self._node is None else self._node.outbox.newest_seq

    @property
    def is_connected(self) -> bool:
        """Whether its process runs and has a connection."""
        return self._node is not None and self._link is not None and self._link.is_connected

    @property
    def healths(self) -> int:
        """Words on how it is that it has sent since it started; of a dead node none."""
        return self._link.healths if self._node is not None and self._link is not None else 0

    def start(self) -> None:
        """Start its process, again on the outbox it had before."""
        self._node = build_node(
            self.config,
            self._clock,
            self._pins,
            self._open_bus,
            self._open_link,
            wake=self._wake,
            make_asker=lambda name, wake: AtOnce(),
            clock_state=lambda: ClockState.SYNCED,
            sleep=self.fittings.sleep,
        )
        self._node.start()

    def step(self) -> None:
        """Let it observe, interpret, keep and send; a dead node does nothing."""
        if self._node is not None:
            for thermometer in self.thermometers.values():
                thermometer.prepare()
            self._node.step()

    def hold_events(self, holds: bool) -> None:
        """Hold its events back in the outbox, or let them go."""
        self._holds_events = holds
        if self._link is not None:
            self._link.holds_events = holds

    def change(self, channel: str, change: Change) -> None:
        """A body comes into a beam or leaves it."""
        at = (channel, change.beam)
        self._bodies[at] += change.bodies
        broken = self._bodies[at] > 0
        if self._beams[at].is_broken != broken:
            self._beams[at].set(broken)

    def die(self) -> None:
        """End without a goodbye."""
        if self._node is not None and self._link is not None:
            self._link.is_dying = True
            self._end()

    def stop(self) -> None:
        """Say goodbye and end."""
        if self._node is not None:
            self._end()

    def _end(self) -> None:
        node, self._node = self._node, None
        assert node is not None
        self._depth, self._produced = node.outbox.depth, node.outbox.newest_seq
        node.stop()

    def _open_bus(self, number: int) -> object:
        thermometers = list(self.thermometers.values())
        if number > len(thermometers):
            return open_smbus(self.fittings.buses[number])
        return open_smbus(thermometers[number - 1].bus)

    def _open_link(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence[str],
        will: Publication | None,
    ) -> NodeSession:
        session = self._connect(config, on_message=on_message, subscriptions=subscriptions, will=will)
        self._link = Link(session, self._listen if self.thermometers else None)
        self._link.holds_events = self._holds_events
        return self._link

    def _listen(self, payload: bytes) -> None:
        """Hear what people at the post hear: the verdict."""
        for event, _ in decode_batch(payload).events:
            if event.seq > self._read_to_seq:
                self._read_to_seq = event.seq
                if isinstance(event, Screening):
                    self.thermometers[event.channel].verdict = event.verdict
