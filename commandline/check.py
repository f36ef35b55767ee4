"""Check campus, regime, hub and node files: every fault of every file at once.

What a file is follows from its tables: a campus has spaces, a regime profile has capacities, a hub
file has a store, a node file has channels.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from edge.config import read_node_config
from hub.config import HubConfig
from hub.layout import read_layout
from hub.regime.profile import read_profile
from hub.rules import CHECKS
from protocol.config import read_struct, read_toml
from protocol.errors import ConfigError

#: The first table that is there says what the file is.
READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "spaces": ("campus", read_layout),
    "capacity": ("regime", lambda path: read_profile(path, tuple(CHECKS))),
    "regime": ("hub", lambda path: read_struct(path, HubConfig)),
    "node": ("node", read_node_config),
    "buildings": ("campus", read_layout),
    "screening": ("regime", lambda path: read_profile(path, tuple(CHECKS))),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet check`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Check every file; exit 1 when any has a fault."""
    kinds: dict[str, str] = {}
    faults: list[str] = []
    for path in args.files:
        try:
            kinds[str(path)] = _check(path)
        except ConfigError as error:
            faults += error.faults
    for fault in faults:
        print(fault, file=sys.stderr)
    if args.json:
        print(json.dumps({"files": kinds, "faults": faults}))
    else:
        for name, kind in kinds.items():
            print(f"{name}: {kind} file, sound")
    return 1 if faults else 0


def _check(path: Path) -> str:
    tables = read_toml(path)
    for table, (kind, read) in READERS.items():
        if table in tables:
            read(path)
            return kind
    tables_of = "a campus has `spaces`, a regime `capacity`, a hub `regime`, a node `node`"
    raise ConfigError([f"{path}: cannot tell what it is: {tables_of}"])
