"""Run a node: watch its doors and posts, keep and send what they see, and show the hub's allowance."""

import argparse
import logging
import signal
import sys
import threading
from importlib import metadata
from pathlib import Path

from edge.assembly import build_node
from edge.config import read_node_config
from edge.drivers.errors import DriverError
from edge.drivers.i2c import open_bus
from edge.drivers.pins import open_pins
from edge.errors import EdgeError
from edge.node import Node
from protocol.broker import Session
from protocol.clock import SystemClock
from protocol.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge run` takes."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's file")


def run(args: argparse.Namespace) -> int:
    """Run until asked to stop."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    wake = threading.Event()
    stopping = threading.Event()
    try:
        config = read_node_config(args.config)
        pins = open_pins(config.pins)
        node = build_node(
            config,
            SystemClock(),
            pins,
            open_bus,
            Session,
            software=f"kuzet {metadata.version('kuzet')}",
            wake=wake.set,
        )
    except ConfigError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    except (EdgeError, DriverError) as error:
        print(f"{args.config}: {error}", file=sys.stderr)
        return 1

    def stop(*_: object) -> None:
        stopping.set()
        wake.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    node.start()
    try:
        run_until(node, wake, stopping)
    finally:
        node.stop()
        pins.close()
    return 0


def run_until(node: Node, wake: threading.Event, stopping: threading.Event) -> None:
    """Step as often as the node asks for, and at once when a beam or the hub has news."""
    while not stopping.is_set():
        wake.wait(node.step())
        wake.clear()
