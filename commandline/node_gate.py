"""Has a node come back from an update? As the hub hears it: there, understood, with the software asked for,
no new fault, its outbox drained; and so for a while. Run it where the hub is. Exit status 1 and why when not.
"""

import argparse
import sys
from pathlib import Path
from time import sleep

import msgspec

from commandline.defaults import DATA
from commandline.past_hub import opened_past
from hub.store.board import HubRow, NodeRow
from hub.store.node_rows import HealthRow
from protocol.clock import SystemClock
from protocol.quantities import Duration

#: Events that may wait: those of a busy door between two healths.
FEW = 100
#: A hub whose pulse is older writes nothing that could be believed.
PULSE_S = 10.0
LOOK_EVERY_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet node gate`."""
    parser.add_argument("node", metavar="NODE")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the hub's data folder")
    parser.add_argument(
        "--software", default="", help="what its hello must hold, for example the release's commit"
    )
    parser.add_argument(
        "--known", default="", metavar="FAULTS", help="faults it may have, as before: `component: code; …`"
    )
    parser.add_argument("--within", default="90s", help="so long it has to come back (default: %(default)s)")
    parser.add_argument("--stays", default="30s", help="so long it must stay so (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Look until it has been so for long enough, or time is over."""
    clock = SystemClock()
    within_s, stays_s = Duration(args.within).seconds, Duration(args.stays).seconds
    began_s = clock.monotonic()
    since_s: float | None = None
    while True:
        with opened_past(args.data) as past:
            rows = past.board_row("hub", "hub"), past.board_row("node", args.node)
            health = past.board_row("health", args.node)
        node = None if rows[1] is None else msgspec.json.decode(rows[1], type=NodeRow)
        pulse = None if rows[0] is None else msgspec.json.decode(rows[0], type=HubRow)
        now_s = clock.monotonic()
        if pulse is None or (clock.now() - pulse.as_of).total_seconds() > PULSE_S:
            why = "the hub writes nothing now; is it running?"
        else:
            told = None if health is None else msgspec.json.decode(health, type=HealthRow)
            why = reason(node, told, args.software, args.known)
        since_s = None if why else (now_s if since_s is None else since_s)
        if since_s is not None and now_s - since_s >= stays_s:
            print(f"{args.node}: is back, and has been so for {stays_s:g} s")
            return 0
        if since_s is None and now_s - began_s >= within_s:
            print(f"{args.node}: {why}", file=sys.stderr)
            return 1
        sleep(LOOK_EVERY_S)


def reason(node: NodeRow | None, health: HealthRow | None, software: str, known: str) -> str:
    """Why the node is not let pass; empty: it is."""
    if node is None or health is None or health.software is None:
        return "the hub has not heard it; is it in the campus file?"
    if node.state != "online":
        return f"the hub has it as {node.state}"
    if software not in health.software:
        return f"it runs {health.software}, asked for is {software}"
    new = sorted(set(node.faults) - {one.strip() for one in known.split(";")})
    if new:
        return f"it has faults that it had not: {'; '.join(new)}"
    waiting = node.outbox_depth
    if waiting is None:
        return "it has not said how its outbox is"
    return f"{waiting} events still wait in its outbox" if waiting > FEW else ""
