"""A node's description and the ways to its clock, pins, bus and broker in, the node out, not yet started."""

import logging
import random
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

from edge.config import NodeConfig, Post, connection_of, hash_of
from edge.drivers.beam_pair import BeamPair
from edge.drivers.light import TrafficLight
from edge.drivers.pins import PinFactory
from edge.drivers.thermometer import Thermometer
from edge.faults import FaultBook
from edge.health import Machine
from edge.indicator import Countdown, Indicator
from edge.levels import LevelFile
from edge.node import BeamSeen, Heard, Identity, Node, NodeSession, channels_of, status_of
from edge.outbox import Outbox, find_damaged
from edge.publisher import Publisher
from edge.signals.passage import BeamEdge, PassageDecoder, PassageSettings
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from edge.watch import DoorWatch, Eye, PostWatch
from protocol.broker import BrokerConfig, Publication, Receiver
from protocol.clock import Clock
from protocol.events import ClockState
from protocol.messages import NodeState
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from protocol.ulid import new_ulid

log = logging.getLogger(__name__)


class Connect(Protocol):
    """How a session is made: `protocol.broker.Session`, or a test's sibling. It is not started here."""

    def __call__(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence[str],
        will: Publication | None,
    ) -> NodeSession:
        """The session; `on_message` only puts on a queue."""


def build_node(
    config: NodeConfig,
    clock: Clock,
    pin_factory: PinFactory,
    open_bus: Callable[[int], Any],
    connect: Connect,
    *,
    software: str = "kuzet",
    wake: Callable[[], None] = lambda: None,
    clock_state: Callable[[], ClockState] | None = None,
    jitter: Callable[[], float] = random.random,
    root: Path = Path("/"),
) -> Node:
    """The node of `config`. `open_bus(number)` is called at a post's first look, `wake` when there is news.

    `pin_factory.ticks()` and `clock.monotonic()` must be the same clock.
    Raises ConfigError, OutboxError, or PinRefused.
    """
    topics = Topics(config.site)
    path = Path(config.outbox)
    outbox = Outbox.open(path, lambda: new_ulid(clock.now(), secrets.token_bytes))
    machine = Machine(root, path.parent)
    inbox: SimpleQueue[BeamSeen | Heard] = SimpleQueue()

    def hear(topic: str, payload: bytes, retained: bool) -> None:
        inbox.put(Heard(topic, payload, retained))
        wake()

    def see(channel: str, edge: BeamEdge) -> None:
        inbox.put(BeamSeen(channel, edge))
        wake()

    opened: list[BeamPair | TrafficLight] = []
    try:
        faults = FaultBook(outbox.faults)
        doors, lamps = [], {}
        for door in config.doors:
            beams = BeamPair(door.beams, pin_factory, partial(see, door.channel))
            opened.append(beams)
            passage = PassageSettings(spacing_m=door.spacing_m)
            decoder = PassageDecoder(passage)
            doors.append(DoorWatch(door.channel, beams, decoder, faults, passage.rest_s))
            if door.light is not None:
                lamps[door.channel] = TrafficLight(door.light, pin_factory)
                opened.append(lamps[door.channel])
        posts = []
        for post in config.posts:
            level = LevelFile(path.with_name(f"{path.name}.{post.channel}.level"))
            screener = Screener(ScreeningSettings(), DEFAULT_LIMITS, level.load())
            eye = partial(_open_eye, post, open_bus, clock)
            posts.append(PostWatch(post.channel, eye, screener, faults, level.save))
        session = connect(
            connection_of(config),
            on_message=hear,
            subscriptions=(topics.ack(config.node), topics.signal(config.node)),
            will=status_of(topics, config.node, NodeState.LOST, outbox.epoch, to_milliseconds(clock.now())),
        )
    except BaseException:
        for device in opened:
            device.close()
        outbox.close()
        raise
    countdown = Countdown(outbox.epoch)
    kinds = {door.channel: "beam-pair" for door in config.doors}
    kinds |= {post.channel: post.driver for post in config.posts}
    return Node(
        Identity(
            site=config.site,
            node=config.node,
            software=software,
            config_hash=hash_of(config),
            health_every_s=config.health_every.seconds,
            channels=channels_of(kinds),
        ),
        clock=clock,
        clock_state=clock_state or machine.clock_state,
        machine=machine,
        inbox=inbox,
        outbox=outbox,
        session=session,
        publisher=Publisher(outbox, session, topics.events(config.node), jitter),
        doors=doors,
        posts=posts,
        countdown=countdown,
        indicator=Indicator(countdown, lamps),
        faults=faults,
        damaged=", ".join(found.name for found in find_damaged(path)),
    )


def _open_eye(post: Post, open_bus: Callable[[int], Any], clock: Clock) -> Eye:
    if post.driver == "thermometer-adafruit":
        # Imported here: only boards without /dev/i2c have it installed.
        from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

        return ThermometerAdafruit(post.thermometer, open_blinka_bus(), clock.monotonic)
    return Thermometer(post.thermometer, open_bus(post.thermometer.bus), clock.monotonic)
