"""Score the entrance screening on volunteers, beside a fixed limit and a formula in circulation."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from commandline.machine import describe_machine
from commandline.roc_picture import draw_roc
from commandline.screen_score import BIAS_SD_C, ENTRIES, FEBRILE_SHARE, FEVER_C, score
from edge.recordings.readings import ReadingsError
from simulator.thermography import read_thermography

FILES = {"FLIR": "FLIR_group1.csv", "ICI": "ICI_group1.csv"}
#: Column heads and the figures under them; `too_cold` counts as not flagged.
_COLUMNS = {
    "Se": "sensitivity",
    "Sp": "specificity",
    "worst": "worst_morning_specificity",
    "AUC": "auc",
    "again": "retest_load",
    "cold": "too_cold_share",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet bench screen` takes."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--mornings", type=int, default=100, help="mornings drawn (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="first seed of the drawing (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=int, default=1, help="drawings, each with a seed of its own (default: %(default)s)"
    )
    parser.add_argument("--roc", type=Path, metavar="DIR", help="also draw roc-<camera>.svg into this folder")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/fda_thermography"),
        metavar="DIR",
        help="folder of the thermography files (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Score every way on every camera, without and with a bias of the morning."""
    for option, value in (("--mornings", args.mornings), ("--seeds", args.seeds)):
        if value < 1:
            print(f"error: {option} must be at least 1, got {value}", file=sys.stderr)
            return 2
    seeds = range(args.seed, args.seed + args.seeds)
    rows: list[dict[str, Any]] = []
    try:
        for camera, file in FILES.items():
            volunteers = read_thermography(args.data / file)
            for bias_sd_c in (0.0, BIAS_SD_C):
                scored, plays = score(volunteers, bias_sd_c, args.mornings, seeds)
                rows += [{"camera": camera, "morning_bias_sd_c": bias_sd_c, **row} for row in scored]
            if args.roc is not None:
                picture = draw_roc(camera, scored, plays, bias_sd_c)
                (args.roc / f"roc-{camera.lower()}.svg").write_text(picture, encoding="utf-8")
    except ReadingsError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{args.roc}: cannot be written ({error.strerror}); make the folder first", file=sys.stderr)
        return 1
    if args.json:
        setting = {"fever_c": FEVER_C, "entries": ENTRIES, "febrile_share": FEBRILE_SHARE}
        drawn = {"seed": args.seed, "seeds": args.seeds, "mornings": args.mornings, **setting}
        print(json.dumps({"benchmark": "screen", "machine": describe_machine(), **drawn, "rows": rows}))
        return 0
    _print(rows)
    return 0


def _print(rows: list[dict[str, Any]]) -> None:
    print(f"{'camera':6s} {'bias':>4s}  {'way':32s} " + " ".join(f"{head:>6s}" for head in _COLUMNS))
    for row in rows:
        cells = ("" if row[name] is None else f"{row[name]:.3f}" for name in _COLUMNS.values())
        print(
            f"{row['camera']:6s} {row['morning_bias_sd_c']:4.1f}  {row['way']:32s} "
            + " ".join(f"{cell:>6s}" for cell in cells)
        )
        if row["retest_load"] is not None and len(set(row["over_seeds"]["sensitivity"])) > 1:
            low, high = (
                [row["over_seeds"].get(name, [None] * 2)[end] for name in _COLUMNS.values()] for end in (0, 1)
            )
            for word, ends in (("  least over seeds", low), ("  most over seeds", high)):
                cells = ("" if end is None else f"{end:.3f}" for end in ends)
                print(f"{'':13s}{word:32s} " + " ".join(f"{cell:>6s}" for cell in cells))
