"""Run the hub: take what nodes send, believe it, check the rules, tell everybody.

Either from a file (`--config hub.toml`) or from the options that `kuzet run` gives.
"""

import argparse
import logging
import secrets
import threading
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from commandline.data_folder import DataFolder
from commandline.defaults import CAMPUS, DATA, REGIME
from commandline.hub_orders import read_orders
from commandline.lifetime import log_to_stderr, stop_event
from hub.announcer import Announcer
from hub.config import HubConfig
from hub.engine import Engine
from hub.inbox import Inbox
from hub.layout import prompt_nodes
from hub.reception import Reception
from hub.store.database import hub_url, opened, people_url, require_sound
from hub.store.decisions import Decisions
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.broker import BrokerConfig, Publication, Session, Subscription
from protocol.clock import SystemClock
from protocol.codec import encode
from protocol.config import read_struct
from protocol.messages import HubState, HubStatus
from protocol.quantities import Duration
from protocol.topics import Topics
from protocol.ulid import new_ulid

log = logging.getLogger(__name__)
HUB_LOCK = "hub.lock"
#: How long the hub before us may take to leave, seconds.
LEAVING_S = 5.0
#: How often the lessons of the next day are made ready, where they are not, seconds.
LESSONS_EVERY_S = 3600.0
#: How soon merged changes are looked at again, seconds.
SAY_AGAIN_S = 0.005


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet hub run`."""
    parser.add_argument("--config", type=Path, help="hub.toml; the other options are then not needed")
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)
    parser.add_argument("--receivers", type=Path, help="file of receivers, as the courier's")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--broker-host", default="127.0.0.1")
    parser.add_argument("--broker-port", type=int, default=1883)
    parser.add_argument("--allowance-valid", default="60s", help='how long a node may rely on us, "60s"')


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    log_to_stderr("hub")
    config = read_struct(args.config, HubConfig) if args.config else _config_of(args)
    Hub(config).run()
    return 0


class Hub:
    """The graph of one hub process, and its one loop."""

    def __init__(self, config: HubConfig) -> None:
        self._config = config
        data = Path(config.data)
        # Two hubs on one store would each believe to be the only writer.
        self._folder = DataFolder(data, HUB_LOCK, LEAVING_S)
        receivers = Path(config.receivers) if config.receivers else None
        orders = read_orders(Path(config.campus), Path(config.regime), receivers)
        layout = orders.layout
        self._lesson_book = orders.lesson_book
        self._closing = ExitStack()
        self._clock = SystemClock()
        self._inbox = Inbox()
        self._stop = stop_event()
        self._greet_due = False
        topics = Topics(layout.site)
        since = self._clock.now()
        running = version("kuzet")
        lost = HubStatus(state=HubState.LOST, version=running, position=0, since=since)
        self._session = Session(
            config.broker,
            on_message=self._inbox.put,
            on_connected=self._on_connected,
            subscriptions=(
                # The hub acknowledges events itself, after its commit; see docs/decisions/0008.
                Subscription(topics.all_events, qos=0),
                topics.all_hellos,
                topics.all_statuses,
                topics.all_healths,
                topics.alert("+"),
            ),
            will=Publication(topic=topics.hub_status, payload=encode(lost), retain=True),
        )
        self._announcer = Announcer(
            self._session,
            topics,
            running,
            since,
            prompt=prompt_nodes(layout),
            valid_s=config.allowance_valid.seconds,
        )
        self._topics = topics
        store = self._closing.enter_context(opened(hub_url(data), hub_tables))
        require_sound(store)
        self._engine = Engine(
            store=store,
            decisions=Decisions(self._closing.enter_context(opened(people_url(data), people_tables))),
            reception=Reception(data),
            orders=orders,
            announcer=self._announcer,
            clock=self._clock,
            new_id=lambda: new_ulid(self._clock.now(), secrets.token_bytes),
            version=running,
            allowance_valid_s=config.allowance_valid.seconds,
            snapshot_every_s=config.snapshot_every.seconds,
        )

    def run(self) -> None:
        """Take and tick until asked to stop, then save the fold and say goodbye."""
        engine, tick_s = self._engine, self._config.tick.seconds
        threading.Thread(target=self._prepare_lessons, name="lessons", daemon=True).start()
        self._session.start()
        next_tick = self._clock.monotonic()
        while not self._stop.is_set():
            left = next_tick - self._clock.monotonic()
            wait_s = min(left, SAY_AGAIN_S) if engine.has_more_to_say else left
            deliveries = self._inbox.drain(self._config.group, max(0.0, wait_s))
            if self._greet_due:
                self._greet_due = False
                engine.greet()
            if deliveries:
                engine.take(deliveries)
            elif engine.has_more_to_say:
                engine.say()
            if self._clock.monotonic() >= next_tick:
                engine.broker_connected = self._session.is_connected
                engine.tick()
                next_tick = self._clock.monotonic() + tick_s
        engine.close()
        position = engine.journal.position
        self._closing.close()
        self._folder.close()
        goodbye = self._announcer.hub_status(HubState.LOST, position, self._clock.now())
        self._session.stop(Publication(topic=self._topics.hub_status, payload=encode(goodbye), retain=True))

    def _prepare_lessons(self) -> None:
        """The next day's lessons, made ready in the night's quiet so that no turn waits for them."""
        while not self._stop.wait(LESSONS_EVERY_S):
            self._lesson_book.prepare(self._clock.now())

    def _on_connected(self) -> None:
        self._greet_due = True


def _config_of(args: argparse.Namespace) -> HubConfig:
    return HubConfig(
        campus=str(args.campus),
        regime=str(args.regime),
        receivers=str(args.receivers) if args.receivers else None,
        data=str(args.data),
        broker=BrokerConfig(host=args.broker_host, port=args.broker_port, client_id="hub"),
        allowance_valid=Duration(args.allowance_valid),
    )
