"""Print what the courier has still to deliver, what it could not, and how each receiver fares."""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from commandline.defaults import DATA
from hub.courier.outcomes import Health, Telling, open_outcomes
from protocol.clock import SystemClock
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet courier list`."""
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="holds courier.db")
    parser.add_argument("--days", type=int, default=7, help="how far back to look for what was not delivered")
    parser.add_argument("--alert", metavar="ID", help="everything that was to be told about one alert")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print; status 1 when something could not be delivered."""
    outcomes = open_outcomes(args.data)
    if outcomes is None:
        raise ValueError(f"{args.data} holds no courier.db; run the courier first, or choose its folder")
    since = SystemClock().now() - timedelta(days=args.days)
    if args.alert:
        waiting, undelivered = outcomes.of_alert(args.alert), []
    else:
        waiting, undelivered = outcomes.waiting(), outcomes.undelivered(since)
    health = outcomes.health()
    if args.json:
        name = "alert" if args.alert else "waiting"
        document = {name: waiting, "undelivered": undelivered, "receivers": health}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        _print(waiting, undelivered, health)
    return 1 if undelivered else 0


def _print(waiting: list[Telling], undelivered: list[Telling], health: list[Health]) -> None:
    for one in [*undelivered, *waiting]:
        fault = f": {one.fault}" if one.fault else ""
        print(f"{one.state:<11} {format_instant(one.at)} P{one.priority} {one.reason} {one.key}{fault}")
        for to in one.deliveries:
            said = f": {to.fault}" if to.fault else ""
            at = f" at {format_instant(to.delivered_at)}" if to.delivered_at else ""
            print(f"            {to.receiver} {to.state}{at}, tried {to.tries}{said}")
    for two in health:
        said = f": {two.fault}" if two.fault else ""
        print(f"receiver    {two.receiver} {two.state} since {format_instant(two.since)}{said}")
    if not waiting and not undelivered:
        print("nothing waits, everything is delivered")
