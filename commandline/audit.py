"""Look through the audit log: does its chain hold, all of it as lines, or its head to be noted elsewhere.

A log that was cut off at its end still holds: note what `kuzet audit head` prints away from this machine,
once a day, and give it to `kuzet audit verify --head`.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from commandline.defaults import DATA
from hub.store import schema
from hub.store.address import PEOPLE, is_there, shown
from hub.store.audit import AuditLog, Entry, Head
from hub.store.database import opened, people_url
from protocol.clock import SystemClock
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three verbs."""
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="holds people.db (default: %(default)s)"
    )
    data.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verify = verbs.add_parser(
        "verify", parents=[data], help="follow the chain; exit status 1 where an entry does not fit"
    )
    verify.add_argument(
        "--head", type=_head, metavar="N:HASH", help="a head noted before: is its entry still there?"
    )
    verbs.add_parser("head", parents=[data], help="the newest entry's number and hash, to note elsewhere")
    export = verbs.add_parser("export", parents=[data], help="every entry, oldest first, a JSON line each")
    export.add_argument("--out", type=Path, metavar="FILE", help="write there instead of standard output")


def run(args: argparse.Namespace) -> int:
    """Do the verb; 1 when the chain does not hold, or there is no log."""
    url = people_url(args.data)
    if not is_there(args.data, PEOPLE):
        raise FileNotFoundError(
            f"{shown(url)}: there is no such file; name the folder that holds it with --data"
        )
    with opened(url, schema.people) as store:
        log = AuditLog(store, SystemClock())
        if args.verb == "verify":
            return _verify(log, args, shown(url))
        if args.verb == "head":
            head = log.head()
            _print(args, {"id": head.id, "hash": head.hash}, f"{head.id}:{head.hash}")
            return 0
        return _export(log, args.out)


def entry_row(entry: Entry) -> dict[str, object]:
    """An entry as others read it: the instant in words beside the milliseconds that the hash covers."""
    row = entry._asdict()
    return {"id": row.pop("id"), "at": format_instant(entry.at), **row, "detail": json.loads(entry.detail)}


def _verify(log: AuditLog, args: argparse.Namespace, path: str) -> int:
    faults, head, count = log.verify(args.head), log.head(), log.count()
    report = {
        "is_whole": not faults,
        "entries": count,
        "head": {"id": head.id, "hash": head.hash},
        "faults": [fault._asdict() for fault in faults],
    }
    for fault in faults:
        print(f"{path}: entry {fault.id} {fault.what}", file=sys.stderr)
    _print(args, report, "" if faults else f"{count} entries, whole; head {head.id}:{head.hash}")
    return 1 if faults else 0


def _export(log: AuditLog, out: Path | None) -> int:
    lines = (json.dumps(entry_row(entry), ensure_ascii=False) + "\n" for entry in log.entries())
    if out is None:
        sys.stdout.writelines(lines)
        return 0
    with out.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return 0


def _head(text: str) -> Head:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(
            f"`{text[:80]}` is not a head; `kuzet audit head` prints one, N:HASH"
        )
    return Head(int(found[1]), found[2])


def _print(args: argparse.Namespace, document: object, line: str) -> None:
    if args.json:
        print(json.dumps(document))
    elif line:
        print(line)
