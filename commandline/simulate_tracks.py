"""Turn recorded walkers into the trace of two door beams, with the truth to compare a count with."""

import argparse
import json
import math
import sys
from pathlib import Path
from random import Random

from edge.recordings.trace import format_trace
from simulator.gait import TracksError, read_tracks
from simulator.tracks import Campus, Faults, Mount, campus, recorded, spoiled, trace, truth_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet simulate tracks` takes."""
    parser.add_argument("tracks", type=Path, metavar="FILE", help="head tracks, rows `id frame x y z`")
    parser.add_argument(
        "--door", type=_finite, required=True, metavar="Y", help="where the door stands, metres"
    )
    parser.add_argument(
        "--mode", choices=("dense", "campus"), default="dense", help="as recorded, or a campus day"
    )
    parser.add_argument("--people", type=_count, default=600, help="people of a campus day (%(default)s)")
    parser.add_argument("--turn-back", type=_share, default=0.03, help="share who turn back (%(default)s)")
    parser.add_argument(
        "--bounce", type=_share, default=0.0, help="share of edges that chatter (%(default)s)"
    )
    parser.add_argument("--lost", type=_share, default=0.0, help="share of edges that get lost (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same trace (%(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="TRACE.csv", help="file for the trace (default: standard output)"
    )
    parser.add_argument("--json", action="store_true", help="print the truth as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Make the trace and tell its truth."""
    try:
        tracks = read_tracks(args.tracks)
    except TracksError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    random = Random(args.seed)
    day = Campus(people=args.people, turn_back=args.turn_back)
    bodies = campus(tracks, args.door, day, random) if args.mode == "campus" else recorded(tracks, args.door)
    if not bodies:
        low, high = min(min(t.y_m) for t in tracks), max(max(t.y_m) for t in tracks)
        hint = f"the tracks lie between y = {low:.2f} and {high:.2f} m"
        print(f"{args.tracks}: nobody walks through a door at y = {args.door} m; {hint}", file=sys.stderr)
        return 1
    edges = spoiled(trace(bodies, Mount()), Faults(bounce=args.bounce, lost=args.lost), random)
    if args.out is not None:
        try:
            args.out.write_text(format_trace(edges), encoding="utf-8")
        except OSError as error:
            print(f"{args.out}: cannot be written ({error.strerror}); give another --out", file=sys.stderr)
            return 1
    truth = truth_of(bodies)
    if args.json:
        people = [{"t_s": round(body.crossing_s, 3), "truth": body.truth.value} for body in bodies]
        out = None if args.out is None else str(args.out)
        print(
            json.dumps({"truth": truth, "people": people, "edges": len(edges), "out": out, "seed": args.seed})
        )
    elif args.out is None:
        print(format_trace(edges), end="")
    else:
        print(", ".join(f"{key.replace('_', ' ')} {count}" for key, count in truth.items()))
    return 0


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a finite number, got {text}")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"must be a share between 0 and 1, got {text}")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError(f"must be between 1 and 1000000, got {text}")
    return value
