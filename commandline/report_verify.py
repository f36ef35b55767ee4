"""Check an inspector's export: the sum of each file, and the chain of its audit log.

Whoever changes an export can make its manifest anew: only what was noted elsewhere tells. The SHA-256 of the
manifest is printed when an export is made, and stands in the audit log of the campus.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from dashboards.report.checking import check_export
from hub.store.audit import Head


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet report verify`."""
    parser.add_argument("file", type=Path, help="the ZIP")
    parser.add_argument("--manifest", type=_sha256, metavar="SHA256", help="of the manifest, noted elsewhere")
    parser.add_argument("--head", type=_head, metavar="N:HASH", help="a head of the audit log noted before")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print every fault."""
    if not args.file.is_file():
        raise FileNotFoundError(f"{args.file}: there is no such file; `kuzet report export` makes one")
    checked = check_export(args.file.read_bytes(), args.manifest, args.head)
    for fault in checked.faults:
        print(f"{args.file}: {fault}", file=sys.stderr)
    if args.json:
        document = {
            "is_whole": not checked.faults,
            "faults": checked.faults,
            "manifest_sha256": checked.manifest_sha256,
            "entries": checked.entries,
            "head": {"id": checked.head.id, "hash": checked.head.hash},
        }
        print(json.dumps(document, ensure_ascii=False))
    elif not checked.faults:
        print(f"{args.file}: whole; {checked.entries} entries, head {checked.head.id}:{checked.head.hash}")
        print(f"manifest {checked.manifest_sha256}")
    return 1 if checked.faults else 0


def _sha256(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", text.strip().lower()) is None:
        raise argparse.ArgumentTypeError(f"`{text[:80]}` is no SHA-256: 64 hex digits are wanted")
    return text.strip().lower()


def _head(text: str) -> Head:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"`{text[:80]}` is not a head; `kuzet audit head` prints one")
    return Head(int(found[1]), found[2])
