"""Make the report of a week as HTML, PDF, XLSX or CSV, or print its figures.

`kuzet report export` makes the inspector's ZIP, `kuzet report verify` checks one, `kuzet report mail` tells
which report went to whom.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from commandline.defaults import DATA
from commandline.report_sources import opened_sources, write_out
from dashboards.report.files import FORMS, make_file
from dashboards.report.making import Report, make_report
from dashboards.report.tables import tables_of
from dashboards.report.week import read_week
from dashboards.report.words import LANGUAGES, Words
from protocol.clock import SystemClock
from protocol.quantities import format_instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet report`."""
    parser.add_argument("week", help="an ISO week, like 2026-W47")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the hub's data folder (default: %(default)s)"
    )
    parser.add_argument("--format", choices=tuple(FORMS), default="pdf", help="default: %(default)s")
    parser.add_argument("--language", choices=LANGUAGES, default="kk", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: kuzet-<week>-<language>.<format>")
    parser.add_argument(
        "--json", action="store_true", help="print the figures as one JSON document instead of making a file"
    )


def run(args: argparse.Namespace) -> int:
    """Make the file, or print the figures."""
    clock, say = SystemClock(), Words(args.language)
    with opened_sources(args.data, clock) as stores:
        now = clock.now()
        week = read_week(args.week, stores.book.site().zone, now)
        report = make_report(stores.of_report, week, now)
    if args.json:
        sys.stdout.write(msgspec.json.encode(_document(report, say)).decode() + "\n")
        if args.out is None:
            return 0
    made = make_file(report, args.format, say)
    out = args.out or Path(made.name)
    write_out(out, made.body)
    if not args.json:
        print(f"{out}: {len(made.body):,} bytes")
    return 0


def _document(report: Report, say: Words) -> dict[str, object]:
    """The figures as programs read them: the tables by their keys, shares as numbers."""
    return {
        "week": report.week.name,
        "timezone": report.site.timezone,
        "made_at": format_instant(report.made_at),
        "is_running": report.is_running,
        "is_open": report.is_open,
        "completeness": report.facts.completeness,
        "tables": {
            table.key: {"columns": [column.title for column in table.columns], "rows": table.rows}
            for table in tables_of(report, say)
        },
    }
