"""Erase a campus from this machine: its stores, what was put aside, copies, keys and settings. Stop it first.

Asks for the site's name. What lies elsewhere is not reached: sealed copies on a share (name that folder with
--copies), InfluxDB, what the broker keeps, and the nodes (`kuzet edge wipe` on each).
"""

import argparse
import json
from pathlib import Path

from commandline.backup_files import layout_of
from commandline.data_folder import DataFolder
from commandline.defaults import DATA
from commandline.erasing import certificate, confirmed, erase
from commandline.hub_run import HUB_LOCK
from hub.backup.leftovers import LOCK as BACKUP_LOCK
from hub.backup.shelf import Shelf
from hub.store.address import FILE, is_on_server, shown
from hub.store.database import hub_url
from protocol.clock import SystemClock

#: A folder without any of these is not a campus's: nothing in it is touched.
_OURS = ("hub.db", "people.db", HUB_LOCK, "campus.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which campus."""
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the hub's folder (default: data)"
    )
    parser.add_argument(
        "--campus", type=Path, metavar="FILE", help="campus file, as the hub's; it is not erased"
    )
    parser.add_argument(
        "--copies",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with this site's copies, sealed or not, to erase too; may be repeated",
    )
    parser.add_argument("--yes-wipe", metavar="SITE", help="the site's name, instead of typing it")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: argparse.Namespace) -> int:
    """Erase it and say what was erased."""
    data: Path = args.data
    if not data.is_dir() or not any((data / name).exists() for name in _OURS):
        raise FileNotFoundError(f"{data}: holds no campus; name the hub's folder with --data")
    if is_on_server(data):
        where = shown(hub_url(data))
        raise ValueError(
            f"{where}: is not erased from here; stop everything, take that database away (`DROP DATABASE`) "
            f"with its copies, then {data / FILE}, and run this again for what is left"
        )
    site = layout_of(args.campus, data)[1].site
    # Nobody may write while it goes.
    folders = [DataFolder(data, name) for name in ("lock", HUB_LOCK, BACKUP_LOCK)]
    try:
        confirmed(site, args.yes_wipe, f"everything of `{site}` in {data}")
        copies = [copy.path for folder in args.copies for copy in Shelf(folder, site).copies()]
        inside = sorted(
            (path for path in data.rglob("*") if not path.is_dir() or path.is_symlink()), reverse=True
        )
        files, size = erase([*inside, *copies])
        for folder in sorted((path for path in data.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
    finally:
        for held in folders:
            held.close()
    data.rmdir()
    report = certificate(f"campus {site}", SystemClock().now(), files, size)
    if args.json:
        print(json.dumps(report))
        return 0
    print(f"erased: campus {site} on {report['machine']}, {report['at']}: {files} files, {size} bytes")
    print(
        "not reached: copies elsewhere, InfluxDB, the broker's retained messages, nodes (`kuzet edge wipe`)"
    )
    return 0
