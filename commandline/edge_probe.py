"""Show what a node's channels see, live: beams and passages, temperatures and verdicts, air, contacts, tags.

It runs the node's own code without outbox and broker: what is shown is what the node would tell. Nothing is
sent, lights stay dark, relays off. A device that is missing shows its fault, the others go on. Stop the node
first: a pin serves one process. Ctrl-C ends it.
"""

import argparse
import logging
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from commandline.edge_bench import Bench, duration_up_to, this_machine
from commandline.edge_machine import why_in_use
from commandline.edge_screen import JsonLines, PlainLines, Screen, TerminalLines
from commandline.edge_view import NodeView
from edge.config import NodeConfig, read_node_config
from edge.drivers.errors import DriverError
from edge.faults import Stamp
from protocol.errors import ConfigError
from protocol.events import ClockState

#: Between two steps, seconds, if nothing happens.
STEP_S = 0.05
#: Between two pictures, seconds.
SHOW_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet edge probe` takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the node's file")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, at every change")
    parser.add_argument(
        "--plain", action="store_true", help="print a new line at every change, also on a terminal"
    )
    parser.add_argument(
        "--for",
        type=duration_up_to("30d"),
        dest="for_s",
        metavar="TIME",
        help="end by itself after so long",
    )
    parser.add_argument(
        "--channel", action="append", default=[], metavar="ID", help="only this channel; again for more"
    )


def run(args: argparse.Namespace) -> int:
    """Show until asked to stop; exit status 1 when there is nothing to show."""
    # What goes wrong is shown in its channel's line.
    for name in ("edge", "protocol"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        config = read_node_config(args.file)
    except ConfigError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    known = [channel.channel for channel in config.channels()]
    strangers = [name for name in args.channel if name not in known]
    if strangers:
        names = ", ".join(f"`{name}`" for name in strangers)
        print(f"{args.file}: no channel {names}; there are {', '.join(known)}", file=sys.stderr)
        return 1
    fault = why_in_use(config.outbox)
    if fault:
        print(f"{args.file}: {fault}", file=sys.stderr)
        return 1
    screen: Screen = PlainLines(sys.stdout)
    if args.json:
        screen = JsonLines(sys.stdout)
    elif sys.stdout.isatty() and not args.plain:
        screen = TerminalLines(sys.stdout)
    with _ends_on_sigterm():
        return probe(config, this_machine(), screen, args.for_s, args.channel)


def probe(config: NodeConfig, bench: Bench, screen: Screen, for_s: float | None, only: list[str]) -> int:
    """Show the channels of `config` for `for_s` seconds, or until KeyboardInterrupt."""
    try:
        pins = bench.open_pins(config)
    except DriverError as error:
        print(f"$.pins: {error}", file=sys.stderr)
        return 1
    wake = threading.Event()
    try:
        with tempfile.TemporaryDirectory(prefix="kuzet-probe-") as folder:
            node = NodeView(config, bench, pins, Path(folder), wake.set, only)
            try:
                show(node, bench, screen, for_s, wake)
            finally:
                node.close()
    except KeyboardInterrupt:
        screen.end()
    finally:
        pins.close()
    return 0


@contextmanager
def _ends_on_sigterm() -> Iterator[None]:
    """SIGTERM as Ctrl-C: what is open is given back, and the folder of this run goes."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def show(node: NodeView, bench: Bench, screen: Screen, for_s: float | None, wake: threading.Event) -> None:
    """Step every channel and draw, again and again."""
    started_s = now_s = bench.clock.monotonic()
    shown_s = float("-inf")
    while for_s is None or now_s < started_s + for_s:
        now_s = bench.clock.monotonic()
        node.step(Stamp(bench.clock.now(), now_s, ClockState.SYNCED))
        if now_s >= shown_s + SHOW_S:
            shown_s = now_s
            screen.draw(node.pictures(now_s - started_s))
        wake.wait(STEP_S)
        wake.clear()
    screen.draw(node.pictures(now_s - started_s))
    screen.end()
