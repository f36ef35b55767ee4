"""A node's description and the ways to its clock, pins, bus and broker in, the node out, not yet started."""

import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

from edge.accord import HubAccord
from edge.bus_thread import BusThread
from edge.channels import Channel
from edge.config import NodeConfig, connection_of, hash_of
from edge.drivers.errors import DriverError, PinRefused
from edge.drivers.pins import PinFactory
from edge.faults import FaultBook
from edge.hardware import Hardware, MakeAsker
from edge.indicator import Countdown, Indicator, Lamp
from edge.life.health import Machine
from edge.life.last_life import Ending
from edge.life.moves import Moves
from edge.life.progress import Progress
from edge.life.wall_clock import InstantFile, WallClock
from edge.node import Heard, Node
from edge.outbox.outbox import Outbox, find_damaged
from edge.parts import watch_of
from edge.publisher import Publisher
from edge.teller import Identity, NodeSession, status_of
from edge.watches.broken import BrokenWatch
from edge.watches.hub import HubWatch
from edge.watches.version import VersionWatch
from edge.watches.watch import Watch
from protocol import messages
from protocol.broker import BrokerConfig, Publication, Receiver
from protocol.clock import Clock
from protocol.events import ClockState
from protocol.messages import NodeState
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from protocol.ulid import new_ulid
from protocol.wire import WIRE, Wire

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
    make_asker: MakeAsker = BusThread,
    clock_state: Callable[[], ClockState] | None = None,
    jitter: Callable[[], float] = random.random,
    sleep: Callable[[float], None] = time.sleep,
    root: Path = Path("/"),
    progress: Progress | None = None,
    begin_life: Callable[[], Ending | None] = lambda: None,
    wire: Wire = WIRE,
) -> Node:
    """The node of `config`. `open_bus(number)` is called at a post's first look, `wake` when there is news.

    `pin_factory.ticks()` and `clock.monotonic()` must be the same clock. `progress` is told what moves, for a
    watchdog; `begin_life`, called when the outbox is ours, says how the last run ended.
    Raises ConfigError, OutboxError, or PinRefused.
    """
    topics = Topics(config.site)
    path = Path(config.outbox)
    machine = Machine(root, path.parent)
    say_state = clock_state or machine.clock_state
    instant = InstantFile(path.with_name(f"{path.name}.clock"))
    wall = WallClock(clock, lambda: say_state() is ClockState.SYNCED, saved=instant.load(), save=instant.save)
    outbox = Outbox.open(path, lambda: new_ulid(wall.now(), secrets.token_bytes))
    ending = begin_life()
    inbox: SimpleQueue[Heard] = SimpleQueue()

    def hear(topic: str, payload: bytes, retained: bool) -> None:
        inbox.put(Heard(topic, payload, retained))
        wake()

    faults = FaultBook(outbox.faults)
    countdown = Countdown(outbox.epoch)
    lamps: dict[str, Lamp] = {}
    indicator = Indicator(countdown, lamps)
    hardware = Hardware(
        pins=pin_factory,
        open_bus=open_bus,
        make_asker=make_asker,
        clock=clock,
        faults=faults,
        wake=wake,
        sleep=sleep,
        outbox=path,
        lamps=lamps,
        shown=indicator.shown,
    )
    try:
        watches: list[Watch] = [_watch_of(channel, hardware) for channel in config.channels()]
        session = connect(
            connection_of(config),
            on_message=hear,
            subscriptions=(topics.ack(config.node), topics.signal(config.node)),
            will=status_of(topics, config.node, NodeState.LOST, outbox.epoch, to_milliseconds(wall.now())),
        )
    except BaseException:
        hardware.close()
        outbox.close()
        raise
    accord = HubAccord(wire)
    watches.append(HubWatch(lambda: indicator.standing, faults))
    watches.append(VersionWatch(accord, faults))
    if config.broker.certificate_file is not None:
        # Imported here: a node without a certificate is spared 9 MB.
        from edge.watches.certificate import CertificateWatch

        watches.append(CertificateWatch(Path(config.broker.certificate_file), faults))
    publisher = Publisher(outbox, session, topics.events(config.node), jitter)
    moves = Moves(progress or Progress({}), hardware.buses, publisher)
    if ending is not None and progress is not None:
        progress.be_patient(ending.part, ending.in_a_row)
    return Node(
        Identity(
            site=config.site,
            node=config.node,
            software=software,
            config_hash=hash_of(config),
            health_every_s=config.health_every.seconds,
            channels=tuple(
                messages.Channel(channel=each.channel, kind=each.kind, period_s=each.period_s)
                for each in config.channels()
            ),
            wire=wire,
        ),
        clock=wall,
        machine=machine,
        inbox=inbox,
        outbox=outbox,
        session=session,
        publisher=publisher,
        watches=watches,
        countdown=countdown,
        indicator=indicator,
        faults=faults,
        moves=moves,
        accord=accord,
        missed_edges=hardware.missed_edges,
        damaged=", ".join(found.name for found in find_damaged(path)),
        ending=ending,
    )


def _watch_of(channel: Channel, hardware: Hardware) -> Watch:
    """The channel's watch; what cannot be opened is a fault of it alone, but for pins the file has wrong."""
    try:
        return watch_of(channel, hardware)
    except PinRefused:
        raise
    except DriverError as error:
        log.error("channel=%s opened=failed why=%s", channel.channel, error)
        return BrokenWatch(channel.channel, error, hardware.faults)
