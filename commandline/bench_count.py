"""Score the decoder of door beams on recorded walkers, beside two simpler ways of counting."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from commandline.count import totals_of
from edge.signals.passage import Beam, BeamEdge, PassageSettings, decode
from simulator.doors import SCENES, played, runs_of
from simulator.gait import TracksError, read_tracks
from simulator.labelled import LabelsError, read_passages
from simulator.scoring import score
from simulator.tracks import Body, Mount, trace, truth_of

#: Recorded runs beside the project: file and where its door stands, metres.
NARROW, WIDE = ("040_c_56_h-.txt", -0.75), ("uo-180-180-095.txt", -4.25)
#: Hand-labelled passages, beside the folder of the tracks.
LABELS = Path("door_passages/passages.csv")
#: Days of 600 people for each scene and door.
SEEDS = (1, 2)
_WAYS = ("decoder", "full_path", "first_beam")
_KEYS = ("in", "out", "turned_back")


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
    """Score every scene at every door."""
    try:
        tracks = [(read_tracks(args.tracks / name), door_y_m) for name, door_y_m in (NARROW, WIDE)]
        runs = runs_of(*tracks[0], *tracks[1])
        rows: list[dict[str, Any]] = []
        for scene in SCENES:
            by_door: dict[str, list[tuple[list[Body], list[BeamEdge]]]] = {}
            for width_m, bodies, edges in played(scene, runs, SEEDS):
                by_door.setdefault(f"{scene.name} {width_m:g} m", []).append((bodies, edges))
            settings = PassageSettings(spacing_m=scene.mount.spacing_m)
            rows += [scored(name, days, settings) for name, days in by_door.items()]
        labels = args.tracks.parent / LABELS
        if labels.exists():
            rows += _labelled(labels)
    except (TracksError, LabelsError) as error:
        print("\n".join(getattr(error, "faults", [str(error)])), file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps({"runs": rows}))
        return 0
    print_table(rows)
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


def scored(
    name: str, days: Sequence[tuple[list[Body], list[BeamEdge]]], settings: PassageSettings
) -> dict[str, Any]:
    """The truth of some days, what each way of counting makes of them, and how sure ours was."""
    row: dict[str, Any] = {"run": name, "wrong": 0, "expected_wrong": 0.0}
    for bodies, edges in days:
        crossings = decode(edges, settings)
        result = score(bodies, crossings)
        row["wrong"] += result.wrong
        row["expected_wrong"] += result.expected_wrong
        for way, totals in (
            ("truth", truth_of(bodies)),
            ("decoder", totals_of(crossings)),
            ("full_path", full_path(edges)),
            ("first_beam", first_beam(edges)),
        ):
            before = row.setdefault(way, {})
            for key, count in totals.items():
                before[key] = before.get(key, 0) + count
    row["expected_wrong"] = round(row["expected_wrong"], 1)
    for way in _WAYS:
        row[way]["error_pct"] = {key: _error_pct(row[way][key], row["truth"][key]) for key in _KEYS}
    return row


def _labelled(path: Path) -> list[dict[str, Any]]:
    """The hand-labelled pairs, an hour apart, by how far apart they walked."""
    by_scenario: dict[str, list[list[Body]]] = {}
    for scenario, bodies in read_passages(path):
        by_scenario.setdefault(scenario, []).append(bodies)
    rows = []
    for scenario, passages in by_scenario.items():
        days = [(bodies, trace(bodies, Mount())) for bodies in passages]
        rows.append(
            scored(
                f"labelled: {scenario.removeprefix('2 people ').removeprefix('in ')}", days, PassageSettings()
            )
        )
    return rows


def _error_pct(counted: int, really: int) -> float | None:
    return round(100.0 * (counted - really) / really, 2) if really else None


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """One line a scene and door, for people."""
    ways = ("ours: error in %", "path table", "first beam")
    print(f"{'':26s} {'truth':>14s}  " + "  ".join(f"{way:>20s}" for way in ways) + f"  {'wrong':>13s}")
    three = "  ".join([f"{'in':>6s} {'out':>6s} {'back':>6s}"] * len(ways))
    print(f"{'scene, door':26s} {'in/out/back':>14s}  {three}  real/expected")
    for row in rows:
        truth = "/".join(str(row["truth"][key]) for key in _KEYS)
        cells = []
        for way in _WAYS:
            errors = row[way]["error_pct"]
            cells.append(
                " ".join("     -" if errors[key] is None else f"{errors[key]:+6.1f}" for key in _KEYS)
            )
        wrong = f"{row['wrong']}/{row['expected_wrong']:.0f}"
        print(f"{row['run'][:26]:26s} {truth:>14s}  {cells[0]}  {cells[1]}  {cells[2]}  {wrong:>13s}")
    print("Of a dense run nobody goes out: its error is the share of people not found (or found too many).")
