"""Run the hub: take what nodes send, believe it, check the rules, tell everybody.

Either from a file (`--config hub.toml`) or from the options that `kuzet run` gives.
"""

import argparse
import gc
import logging
import secrets
import threading
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from commandline.backup_files import shelf_of
from commandline.data_folder import CampusFile, DataFolder, campus_file
from commandline.defaults import DATA, REGIME
from commandline.heart import Heart
from commandline.hub_orders import read_orders
from commandline.lifetime import log_to_stderr, stop_event
from commandline.store_wait import wait_for
from hub.announcer import Announcer
from hub.backup.leftovers import remove_leftovers
from hub.backup.recovery import note_restored, require_sound
from hub.backup.watching import FILES, StoreWatch
from hub.campus_office import CampusOffice
from hub.config import HubConfig
from hub.editing import CampusEditor
from hub.engine import Engine, Orders
from hub.errors import StoreError
from hub.inbox import Inbox
from hub.layout import Layout, prompt_nodes
from hub.own_story import ends_of
from hub.presence import Presence
from hub.reception import Reception
from hub.refolding import Refolding
from hub.store.address import PEOPLE, is_on_server, shown
from hub.store.database import Store, hub_url, opened, people_url, reader_of
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
from protocol.wire import WIRE, Wire

log = logging.getLogger(__name__)
HUB_LOCK = "hub.lock"
#: How long the hub before us may take to leave, seconds.
LEAVING_S = 5.0
#: How often the lessons of the next day are made ready, where they are not, seconds.
LESSONS_EVERY_S = 3600.0
#: How soon merged changes are looked at again, seconds.
SAY_AGAIN_S = 0.005
#: A short journal is folded at once for a changed campus; a longer one beside the work, seconds.
REFOLD_WAIT_S = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet hub run`."""
    parser.add_argument("--config", type=Path, help="hub.toml; the other options are then not needed")
    parser.add_argument("--campus", type=Path, help="campus file (default: campus.toml in --data, if any)")
    parser.add_argument("--regime", type=Path, default=REGIME)
    parser.add_argument("--receivers", type=Path, help="file of receivers, as the courier's")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--backups", type=Path, help="folder of copies (default: backups in --data)")
    parser.add_argument("--broker-host", default="127.0.0.1")
    parser.add_argument("--broker-port", type=int, default=1883)
    parser.add_argument("--allowance-valid", default="60s", help='how long a node may rely on us, "60s"')


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    log_to_stderr("hub")
    config = read_struct(args.config, HubConfig) if args.config else _config_of(args)
    given = args.campus if args.config is None else Path(config.campus)
    Hub(config, campus_file(given, Path(config.data))).run()
    return 0


class Hub:
    """The graph of one hub process, and its one loop."""

    def __init__(self, config: HubConfig, campus: CampusFile, wire: Wire = WIRE) -> None:
        """`wire`: the versions that are read."""
        self._config = config
        self._wire = wire
        data = Path(config.data)
        # Two hubs on one store would each believe to be the only writer.
        self._folder = DataFolder(data, HUB_LOCK, LEAVING_S)
        regime, receivers = Path(config.regime), Path(config.receivers) if config.receivers else None
        orders = read_orders(campus.in_use, regime, receivers)
        self._editor = CampusEditor(
            campus.path, campus.shipped, lambda path: read_orders(path, regime, receivers)
        )
        self._office = CampusOffice(self._editor)
        self._lesson_book = orders.lesson_book
        self._closing = ExitStack()
        self._clock = SystemClock()
        self._inbox = Inbox()
        self._stop = stop_event()
        self._greet_due = False
        topics = Topics(orders.layout.site)
        self._since = self._clock.now()
        self._running = version("kuzet")
        lost = HubStatus(state=HubState.LOST, version=self._running, position=0, since=self._since)
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
        self._topics = topics
        self._is_on_server = is_on_server(data)
        backups = Path(config.backups) if config.backups else None
        self._shelf = shelf_of(data, backups, orders.layout.site)
        remove_leftovers(data, self._shelf.folder)
        if not self._is_on_server:
            self._restore_damaged(data)
        self._store = wait_for(
            lambda: self._closing.enter_context(opened(hub_url(data), hub_tables, sole=True)), self._stop
        )
        self._decisions = Decisions(self._open_people(data))
        self._layout = orders.layout
        self._ends = ends_of(config.broker)
        #: A campus that is to be worked by, and the journal being folded for it.
        self._next: tuple[Orders, Refolding] | None = None
        self._engine = self._build(orders, None)

    def run(self) -> None:
        """Take and tick until asked to stop, then save the fold and say goodbye."""
        tick_s = self._config.tick.seconds
        threading.Thread(target=self._prepare_lessons, name="lessons", daemon=True).start()
        files = () if self._is_on_server else FILES
        watch = StoreWatch(Path(self._config.data), self._shelf, self._clock, self._stop, files)
        watch.start()
        # What the start has made stays: the collector need not walk it again while a door waits.
        gc.collect()
        gc.freeze()
        self._session.start()
        heart = Heart(self._clock, self._folder.touch)
        next_tick = self._clock.monotonic()
        while not self._stop.is_set():
            if watch.fault is not None:
                # Nothing more is written there; whoever starts us again has it restored first.
                raise StoreError(watch.fault)
            engine = self._engine
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
                engine.copy_figures = watch.figures
                engine.tick()
                next_tick = self._clock.monotonic() + tick_s
                if self._look_at_campus():
                    next_tick = self._clock.monotonic()
            heart.beat()
        heart.ends()
        self._engine.close()
        position = self._engine.journal.position
        self._closing.close()
        self._folder.close()
        goodbye = self._announcer.hub_status(HubState.LOST, position, self._clock.now())
        self._session.stop(Publication(topic=self._topics.hub_status, payload=encode(goodbye), retain=True))

    def _open_people(self, data: Path) -> Store:
        """What people decide; on a server its tables are theirs to make, and alerts do not wait for them."""
        if not self._is_on_server:
            return self._closing.enter_context(opened(people_url(data), people_tables))
        store = reader_of(data, PEOPLE)
        self._closing.callback(store.dispose)
        if (data / "hub.db").exists():
            log.warning("store=%s: %s is not read any more", shown(self._store.url), data / "hub.db")
        return store

    def _restore_damaged(self, data: Path) -> None:
        """Work with no damaged store: the newest sound copy takes its place, or the hub does not start."""
        now = self._clock.now()
        for done in require_sound(data, self._shelf, now):
            note_restored(data, [done.store], done.copy, now)

    def _build(self, orders: Orders, presence: Presence | None) -> Engine:
        config = self._config
        self._announcer = Announcer(
            self._session,
            self._topics,
            self._running,
            self._since,
            prompt=prompt_nodes(orders.layout),
            valid_s=config.allowance_valid.seconds,
        )
        return Engine(
            store=self._store,
            decisions=self._decisions,
            reception=Reception(Path(config.data)),
            orders=orders,
            announcer=self._announcer,
            clock=self._clock,
            new_id=lambda: new_ulid(self._clock.now(), secrets.token_bytes),
            version=self._running,
            allowance_valid_s=config.allowance_valid.seconds,
            snapshot_every_s=config.snapshot_every.seconds,
            office=self._office,
            presence=presence,
            wire=self._wire,
            ends=self._ends,
        )

    def _look_at_campus(self) -> bool:
        """Work by a campus file that was changed, as soon as the journal is folded for it."""
        made = self._editor.take_made()
        if made is not None:
            if self._next is not None:
                self._next[1].give_up()
            self._next = made, Refolding(made.layout, self._engine.journal)
        if self._next is None or not self._next[1].is_ready(0.0 if made is None else REFOLD_WAIT_S):
            return False
        (orders, refolding), self._next = self._next, None
        began_s = self._clock.monotonic()
        refolding.finish(self._store, self._clock.now())
        self._engine = self._build(orders, self._engine.presence)
        self._lesson_book = orders.lesson_book
        self._take_back(self._layout, orders.layout)
        self._layout = orders.layout
        self._engine.greet()
        log.info("campus=in-force paused_s=%.3f", self._clock.monotonic() - began_s)
        return True

    def _take_back(self, before: Layout, now: Layout) -> None:
        """What lies at the broker about spaces and nodes that stand no more is taken away."""
        spaces = {space.id for space in before.spaces} - {space.id for space in now.spaces}
        topics = [self._topics.space_state(space) for space in sorted(spaces)]
        topics += [self._topics.signal(node) for node in sorted(set(before.nodes()) - set(now.nodes()))]
        for topic in topics:
            self._session.publish(Publication(topic=topic, payload=b"", retain=True))

    def _prepare_lessons(self) -> None:
        """The next day's lessons, made ready in the night's quiet so that no turn waits for them."""
        while not self._stop.wait(LESSONS_EVERY_S):
            self._lesson_book.prepare(self._clock.now())

    def _on_connected(self) -> None:
        self._greet_due = True


def _config_of(args: argparse.Namespace) -> HubConfig:
    return HubConfig(
        campus=str(campus_file(args.campus, args.data).in_use),
        regime=str(args.regime),
        receivers=str(args.receivers) if args.receivers else None,
        data=str(args.data),
        backups=str(args.backups) if args.backups else None,
        broker=BrokerConfig(host=args.broker_host, port=args.broker_port, client_id="hub"),
        allowance_valid=Duration(args.allowance_valid),
    )
