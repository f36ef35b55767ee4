"""Erase a node, before it is given away or begins anew: outbox, what it has learnt, keys. Stop it first.

Asks for the node's name. Events that the hub has not acknowledged are lost, and how many is said before.
"""

import argparse
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from commandline.erasing import certificate, confirmed, erase
from edge.config import NodeConfig, read_node_config
from protocol.clock import SystemClock

#: Files of the node's identity, as its table `[broker]` names them.
_KEYS = ("password_file", "key_file", "cert_file", "certificate_file", "ca_file")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which node."""
    parser.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the node's file; it stays"
    )
    parser.add_argument("--keep-keys", action="store_true", help="keys, certificates and password stay")
    parser.add_argument("--yes-wipe", metavar="NODE", help="the node's name, instead of typing it")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: argparse.Namespace) -> int:
    """Erase it and say what was erased."""
    config = read_node_config(args.config)
    outbox = Path(config.outbox)
    waiting = _waiting(outbox)
    if waiting:
        print(f"{outbox}: {waiting} events wait for the hub and will be lost", file=sys.stderr)
    confirmed(config.node, args.yes_wipe, f"node `{config.node}`")
    # The outbox, its log and ballast, what was put aside as damaged, and the small files beside it.
    paths = sorted(outbox.parent.glob(f"{outbox.name}*"))
    if not args.keep_keys:
        paths += _keys(config)
    files, size = erase(paths)
    report = certificate(f"node {config.node}", SystemClock().now(), files, size) | {"lost_events": waiting}
    if args.json:
        print(json.dumps(report))
        return 0
    print(f"erased: node {config.node} on {report['machine']}, {report['at']}: {files} files, {size} bytes")
    print("take it out of the campus file, and `kuzet node revoke` its certificate")
    return 0


def _waiting(outbox: Path) -> int | None:
    """How many events were not acknowledged; None where that cannot be read. Raises OSError while it runs."""
    if not outbox.is_file():
        return 0
    try:
        with closing(sqlite3.connect(outbox, timeout=0, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            return int(database.execute("SELECT count(*) FROM event WHERE rank >= 0").fetchone()[0])
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise OSError(f"{outbox}: the node is running; systemctl stop kuzet-edge first") from error
        return None
    except sqlite3.DatabaseError:
        return None


def _keys(config: NodeConfig) -> list[Path]:
    names = (getattr(config.broker, name, None) for name in _KEYS)
    return [Path(name) for name in names if name]
