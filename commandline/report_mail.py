"""Which weekly report went to whom; `--again` sends one anew whose arrival nobody knows, or that failed."""

import argparse
import json
from pathlib import Path

from commandline.courier_run import LOCK
from commandline.data_folder import DataFolder
from commandline.defaults import DATA
from hub.store.courier_tables import courier, courier_url
from hub.store.database import opened
from hub.store.report_mailings import WAITING, Mailings, read_mailings
from protocol.clock import SystemClock
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet report mail`."""
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="holds courier.db (default: %(default)s)"
    )
    parser.add_argument(
        "--again", nargs=2, metavar=("WEEK", "RECEIVER"), help="send it anew; stop the courier first"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """List the newest, or put one back to be sent."""
    if not args.data.is_dir():
        raise FileNotFoundError(f"{args.data}: there is no such folder; name the courier's with --data")
    if args.again:
        _again(args.data, *args.again)
    found = read_mailings(args.data)
    if args.json:
        rows = [{**one._asdict(), "at": format_instant(one.at)} for one in found]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for one in found:
        fault = f" ({one.fault})" if one.fault else ""
        print(f"{one.week} {one.receiver}: {one.state}, {one.tries} tries, {format_instant(one.at)}{fault}")
    if not found:
        print("no report was ever sent; add [[reports]] to the receivers file (docs/reports.md)")
    return 0


def _again(data: Path, week: str, receiver: str) -> None:
    if not any((one.week, one.receiver) == (week, receiver) for one in read_mailings(data)):
        raise ValueError(f"{week} was never sent to `{receiver}`: see `kuzet report mail`")
    folder = DataFolder(data, LOCK)
    try:
        with opened(courier_url(data), courier) as store:
            Mailings(store).put(week, receiver, WAITING, int(SystemClock().now().timestamp() * 1000))
    finally:
        folder.close()
