"""Run a node: watch its doors and posts, keep and send what they see, and show the hub's allowance."""

import argparse
import faulthandler
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Protocol

from commandline.release import software
from edge.assembly import build_node
from edge.config import read_node_config
from edge.drivers.errors import DriverError
from edge.drivers.i2c import open_bus
from edge.drivers.pins import open_pins
from edge.errors import EdgeError
from edge.life.last_life import LastLife
from edge.life.notify import Notifier, watchdog_s
from edge.life.progress import Progress
from edge.life.watchdog import STEPS, STEPS_QUIET_S, Watchdog
from edge.node import Node
from protocol.broker import Session
from protocol.clock import Clock, SystemClock
from protocol.errors import ConfigError

log = logging.getLogger(__name__)


class Stepping(Protocol):
    """What is needed of `edge.node.Node` to run it."""

    def start(self) -> None:
        """Begin to connect."""

    def step(self) -> float:
        """Observe, keep, send, show; gives the seconds until the next step is needed."""

    def stop(self) -> None:
        """Keep what is held, say goodbye, give everything back."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge run` takes."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's file")


def run(args: argparse.Namespace) -> int:
    """Run until asked to stop."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    # The watchdog ends us by SIGABRT: then the log shows where every thread hangs.
    faulthandler.enable()
    wake = threading.Event()
    clock = SystemClock()
    progress = Progress({STEPS: STEPS_QUIET_S})
    life: LastLife | None = None
    try:
        config = read_node_config(args.config)
        life = LastLife(Path(config.outbox), Path("/"))
        pins = open_pins(config.pins, config.gpio)
        node = build_node(
            config,
            clock,
            pins,
            open_bus,
            Session,
            software=software(),
            wake=wake.set,
            progress=progress,
            begin_life=life.begin,
        )
    except (ConfigError, EdgeError, DriverError) as error:
        faults = error.faults if isinstance(error, ConfigError) else [f"{args.config}: {error}"]
        print("\n".join(faults), file=sys.stderr)
        if life is not None:
            # What never ran was not killed.
            life.end()
        return 1
    notifier = Notifier(os.environ.get("NOTIFY_SOCKET"))
    watchdog = Watchdog(
        notifier, progress, life, lambda: status_of(node), watchdog_s(os.environ, os.getpid())
    )
    serve(node, clock, wake, notifier, progress, watchdog)
    pins.close()
    life.end()
    return 0


def serve(
    node: Stepping,
    clock: Clock,
    wake: threading.Event,
    notifier: Notifier,
    progress: Progress,
    watchdog: Watchdog,
) -> None:
    """Run the node until SIGTERM or SIGINT, its watchdog beside it."""
    stopping, over = threading.Event(), threading.Event()

    def ask(*_: object) -> None:
        stopping.set()
        wake.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    progress.due(STEPS, clock.monotonic())
    watching = threading.Thread(target=keep_watch, args=(watchdog, clock, over), name="watchdog", daemon=True)
    watching.start()
    node.start()
    try:
        run_until(node, clock, wake, stopping, notifier, progress)
    finally:
        notifier.stopping("asked to stop" if stopping.is_set() else "ending after a fault")
        over.set()
        node.stop()
        notifier.close()


def run_until(
    node: Stepping,
    clock: Clock,
    wake: threading.Event,
    stopping: threading.Event,
    notifier: Notifier,
    progress: Progress,
) -> None:
    """Step as often as the node asks for, and at once when a beam or the hub has news."""
    is_ready = False
    while not stopping.is_set():
        wait_s = node.step()
        progress.note(STEPS, clock.monotonic())
        if not is_ready:
            is_ready = True
            notifier.ready("running")
        wake.wait(wait_s)
        wake.clear()


def keep_watch(watchdog: Watchdog, clock: Clock, over: threading.Event) -> None:
    """Look whether the node moves, again and again, until it is over."""
    while not over.wait(watchdog.every_s):
        watchdog.look(clock.monotonic())


def status_of(node: Node) -> str:
    """The node in a line, for `systemctl status`."""
    link = "connected" if node.session.is_connected else "no broker"
    told = f"running: {link}, {node.outbox.depth} events not yet acknowledged"
    return f"{told}; faults: {'; '.join(node.faults)}" if node.faults else told
