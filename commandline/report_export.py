"""Make the inspector's export of a period: one ZIP with sums of days, alerts, decisions, limits, the log."""

import argparse
import json
from pathlib import Path

from commandline.defaults import DATA
from commandline.report_sources import opened_sources, write_out
from dashboards.report.export import ExportSources, make_export, read_period
from protocol.clock import SystemClock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet report export`."""
    parser.add_argument("--from", dest="first", required=True, metavar="DAY", help="first day, 2026-11-16")
    parser.add_argument("--to", dest="last", required=True, metavar="DAY", help="last day, 2026-11-22")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the hub's data folder (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: kuzet-export-<from>-<to>.zip")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Write the ZIP, and its seal into the audit log."""
    clock = SystemClock()
    with opened_sources(args.data, clock) as stores:
        now = clock.now()
        first, last = read_period(args.first, args.last, stores.book.site().zone, now)
        sources = ExportSources(stores.history, stores.book, stores.audit, stores.decisions)
        made = make_export(sources, first, last, now)
        out = args.out or Path(made.name)
        write_out(out, made.body)
        stores.audit.add(
            "command line", "", "report.export", f"{first}..{last}", {"manifest_sha256": made.manifest_sha256}
        )
    if args.json:
        document = {"file": str(out), "bytes": len(made.body), "manifest_sha256": made.manifest_sha256}
        print(json.dumps(document, ensure_ascii=False))
    else:
        print(f"{out}: {len(made.body):,} bytes")
        print(f"manifest {made.manifest_sha256}: note it elsewhere, `kuzet report verify` asks for it")
    return 0
