"""Print what the next shift has to know, as the hub last wrote it down."""

import argparse
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from commandline.defaults import DATA
from commandline.past_hub import opened_past
from hub.alerts.handover import Handover, lines
from hub.store.board import HubRow
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet handover`."""
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the hub's data folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Read the hub's board, without disturbing it, and print the list."""
    with opened_past(args.data) as past:
        body, pulse = past.board_row("handover", "campus"), past.board_row("hub", "hub")
    if body is None or pulse is None:
        raise ValueError(f"{args.data}: the hub has written no handover yet; it does so once it runs")
    hub = msgspec.json.decode(pulse, type=HubRow)
    if args.json:
        document = {"as_of": hub.as_of, "handover": msgspec.Raw(body)}
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        zone = ZoneInfo(hub.timezone)
        print(f"as of {hub.as_of.astimezone(zone):%Y-%m-%d %H:%M:%S} ({format_instant(hub.as_of)})")
        for line in lines(msgspec.json.decode(body, type=Handover), zone):
            print(line)
    return 0
