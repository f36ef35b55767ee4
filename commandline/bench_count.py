"""Score the decoder of door beams on recorded walkers, beside two simpler ways of counting."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from commandline.count import totals_of
from edge.signals.passage import Beam, BeamEdge, PassageSettings, decode
from simulator.gait import TracksError, read_tracks
from simulator.tracks import Body, Campus, Faults, Mount, campus, recorded, spoiled, trace, truth_of

#: Recorded runs beside the project: file and where its door stands, metres.
DOORS = {"040_c_56_h-.txt": -0.75, "uo-180-180-095.txt": -4.25}
#: Days of campus mode, each with its own seed.
SEEDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet bench count` takes."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--tracks",
        type=Path,
        default=Path("../shared/data/pedestrians"),
        metavar="DIR",
        help="folder of the recorded tracks (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Score every run."""
    rows: list[dict[str, Any]] = []
    try:
        for name, door_y_m in DOORS.items():
            tracks = read_tracks(args.tracks / name)
            rows.append(_scored(f"dense {name}", [recorded(tracks, door_y_m)], Faults()))
            for label, faults in (
                ("campus", Faults()),
                ("campus, bounce", Faults(bounce=0.3)),
                ("campus, lost edges", Faults(lost=0.005)),
            ):
                days = [campus(tracks, door_y_m, Campus(), Random(seed)) for seed in range(1, SEEDS + 1)]
                rows.append(_scored(f"{label} {name}", days, faults))
    except TracksError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps({"runs": rows}))
        return 0
    print(f"{'run':40s} {'way':10s} {'in':>12s} {'out':>12s} {'turned back':>12s}")
    for row in rows:
        for way in ("decoder", "full_path", "first_beam"):
            cells = [f"{row[way][key]}/{row['truth'][key]}" for key in ("in", "out", "turned_back")]
            print(
                f"{row['run'] if way == 'decoder' else '':40s} {way:10s} "
                + " ".join(f"{c:>12s}" for c in cells)
            )
    return 0


def full_path(edges: Iterable[BeamEdge]) -> dict[str, int]:
    """The table of the sensor maker: counts only 0, 1, 3, 2, 0 and 0, 2, 3, 1, 0."""
    totals = {"in": 0, "out": 0, "turned_back": 0}
    path = [0]
    for edge in edges:
        bit = 1 if edge.beam is Beam.OUTER else 2
        state = path[-1] | bit if edge.broken else path[-1] & ~bit
        if state == path[-1]:
            continue
        path.append(state)
        if state == 0:
            if path == [0, 1, 3, 2, 0]:
                totals["in"] += 1
            elif path == [0, 2, 3, 1, 0]:
                totals["out"] += 1
            elif path[1] == path[-2]:
                totals["turned_back"] += 1
            path = [0]
    return totals


def first_beam(edges: Iterable[BeamEdge]) -> dict[str, int]:
    """Whoever breaks a beam first has gone that way."""
    totals = {"in": 0, "out": 0, "turned_back": 0}
    state = 0
    for edge in edges:
        bit = 1 if edge.beam is Beam.OUTER else 2
        if state == 0 and edge.broken:
            totals["in" if bit == 1 else "out"] += 1
        state = state | bit if edge.broken else state & ~bit
    return totals


def _scored(name: str, days: list[list[Body]], faults: Faults) -> dict[str, Any]:
    """The truth of some days and what each way of counting makes of them."""
    row: dict[str, Any] = {"run": name}
    for seed, bodies in enumerate(days):
        edges = spoiled(trace(bodies, Mount()), faults, Random(seed))
        for key, totals in (
            ("truth", truth_of(bodies)),
            ("decoder", totals_of(decode(edges, PassageSettings()))),
            ("full_path", full_path(edges)),
            ("first_beam", first_beam(edges)),
        ):
            before = row.setdefault(key, {})
            for what, count in totals.items():
                before[what] = before.get(what, 0) + count
    return row
