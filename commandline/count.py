"""Count the people in a trace of a door's two beams: passages in and out, and who turned back."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from edge.recordings.trace import TraceError, read_trace
from edge.signals.passage import Crossing, Outcome, PassageSettings, decode

_COUNTED = (Outcome.IN, Outcome.OUT)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet count` takes."""
    parser.add_argument(
        "trace", type=Path, metavar="TRACE.csv", help="beam trace with columns t_s,beam,broken"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Decode the trace and print its passages and totals."""
    try:
        edges = read_trace(args.trace)
    except TraceError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    crossings = decode(edges, PassageSettings())
    if args.json:
        print(json.dumps({"passages": _passages(crossings), "totals": totals_of(crossings)}))
        return 0
    for crossing in crossings:
        people = f"{crossing.people} " if crossing.outcome in _COUNTED else ""
        what = people + crossing.outcome.value.replace("_", " ")
        print(f"{crossing.t_s:12.3f} s  {what:12s}  {crossing.took_s:.2f} s  sure {crossing.confidence:.0%}")
    totals = totals_of(crossings)
    print(", ".join(f"{key.replace('_', ' ')} {count}" for key, count in totals.items()))
    return 0


def totals_of(crossings: Iterable[Crossing]) -> dict[str, int]:
    """People who went in and out, and how often somebody turned back or nothing could be told."""
    totals = {"in": 0, "out": 0, "turned_back": 0, "ambiguous": 0}
    for crossing in crossings:
        if crossing.outcome in _COUNTED:
            totals[crossing.outcome.value] += crossing.people
        elif crossing.outcome.value in totals:
            totals[crossing.outcome.value] += 1
    return totals


def _passages(crossings: Iterable[Crossing]) -> list[dict[str, object]]:
    return [
        {
            "t_s": round(crossing.t_s, 6),
            "direction": crossing.outcome.value,
            "people": crossing.people,
            "took_s": round(crossing.took_s, 6),
            "confidence": round(crossing.confidence, 3),
        }
        for crossing in crossings
        if crossing.outcome in _COUNTED
    ]
