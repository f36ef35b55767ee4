"""Check campus, regime, hub, node, receivers, copies' and database files: every fault of every file at once.

What a file is follows from its tables: a campus has spaces, a regime profile has capacities, a hub
file has a store, a node file has channels, a history file a bucket. A campus is also held against the
profiles it names, a hub file against all that it works by. Certificates that a file names and that end within
30 days are warned of.
"""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from commandline.certificate_ends import endings
from commandline.hub_orders import read_orders
from edge.config import read_node_config
from hub.config import HubConfig
from hub.courier.config import read_receivers
from hub.layout import read_layout
from hub.regime.profile import read_profile
from hub.regime.reading import read_regime
from hub.rules import CHECKS
from hub.store.address import FILE as DATABASE_FILE
from hub.store.address import read_address
from protocol.clock import SystemClock
from protocol.config import read_struct, read_toml
from protocol.errors import ConfigError

RULES = tuple(CHECKS)
#: The first table that is there says what the file is.
KINDS = {
    "spaces": "campus",
    "capacity": "regime",
    "regime": "hub",
    "node": "node",
    "receivers": "receivers",
    "buildings": "campus",
    "screening": "regime",
    "bucket": "history",
    "url": "history",
    "prefix": "home-assistant",
    "language": "home-assistant",
    # Hub and node have one too, and were known by other tables.
    "broker": "home-assistant",
}
#: Where a campus's profiles are, beside its file.
REGIME = "regime"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet check`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--regime",
        type=Path,
        metavar="FOLDER",
        help="the profiles a campus or hub file is held against (default: the folder "
        f"`{REGIME}` beside a campus file, if any; what a hub file names)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Check every file; exit 1 when any has a fault."""
    kinds: dict[str, str] = {}
    notes: dict[str, str] = {}
    faults: list[str] = []
    for path in args.files:
        try:
            kinds[str(path)] = _kind_of(path)
            note = _check(path, kinds[str(path)], args.regime)
        except ConfigError as error:
            kinds.pop(str(path), None)
            # A profile that two campuses name has its faults once.
            faults += [fault for fault in error.faults if fault not in faults]
            continue
        if note:
            notes[str(path)] = note
    now = SystemClock().now()
    warnings = [warning for path in args.files for warning in _endings(path, kinds.get(str(path)), now)]
    for line in (*faults, *warnings):
        print(line, file=sys.stderr)
    if args.json:
        found = {"files": kinds, "notes": notes, "faults": faults, "warnings": warnings}
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, kind in kinds.items():
            note = f" ({notes[name]})" if name in notes else ""
            print(f"{name}: {kind} file, sound{note}")
    return 1 if faults else 0


def _endings(path: Path, kind: str | None, now: datetime) -> list[str]:
    """Of a sound hub or node file: the certificates it names that end within thirty days."""
    if kind == "hub":
        broker = read_struct(path, HubConfig).broker
    elif kind == "node":
        config = read_node_config(path)
        broker = config.broker.of(config.node, None)
    else:
        return []
    return [f"{path}: warning: {said}" for said in endings(broker, now)]


def _kind_of(path: Path) -> str:
    tables = read_toml(path)
    # First: its address may hold a password, which no other reader knows to keep to itself.
    if path.name == DATABASE_FILE or str(tables.get("url", "")).startswith("postgresql"):
        return "database"
    for table, kind in KINDS.items():
        if table in tables:
            return kind
    tables_of = (
        "a campus has `spaces`, a regime `capacity`, a hub `regime`, a node `node`, a courier `receivers`, "
        "a history `bucket`, a file for Home Assistant `prefix`"
    )
    raise ConfigError([f"{path}: cannot tell what it is: {tables_of}"])


def _check(path: Path, kind: str, regime: Path | None) -> str:
    """Read the file as what it is; returns what was not checked, in words."""
    if kind == "campus":
        return _check_campus(path, regime)
    if kind == "regime":
        read_profile(path, RULES)
    elif kind == "hub":
        return _check_hub(path, regime)
    elif kind == "receivers":
        read_receivers(path)
    elif kind in ("history", "home-assistant"):
        # What these two speak with takes a while to load.
        from commandline import check_copies

        return check_copies.check(path, kind)
    elif kind == "database":
        read_address(path)
    else:
        read_node_config(path)
    return ""


def _check_hub(path: Path, regime: Path | None) -> str:
    """With what it works by: the hub would refuse to start for a fault of that too.

    `regime`: the profiles of the release that is to come, in place of those the file names.
    """
    config = read_struct(path, HubConfig)
    campus = Path(config.campus)
    if not campus.is_file():
        return f"not held against its campus: there is no file {campus} here"
    read_orders(campus, regime or Path(config.regime), Path(config.receivers) if config.receivers else None)
    return ""


def _check_campus(path: Path, regime: Path | None) -> str:
    layout = read_layout(path)
    folder = regime if regime is not None else path.parent / REGIME
    if regime is None and not folder.is_dir():
        return f"not held against its profiles: there is no folder {folder}; name one with --regime"
    read_regime(folder, layout, RULES, campus_file=path)
    return ""
