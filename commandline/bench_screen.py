"""Score the entrance screening on volunteers, beside a fixed limit and a formula in circulation."""

import argparse
import json
import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from edge.readings import ReadingsError
from edge.signals.body_estimate import body_mlx_c
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from protocol.events import Verdict
from simulator.thermography import Volunteer, read_thermography

FILES = {"FLIR": "FLIR_group1.csv", "ICI": "ICI_group1.csv"}
#: °C oral: who must be found, and who is certainly without fever; between them nobody is drawn.
FEVER_C, NO_FEVER_C = 38.0, 37.5
#: A campus morning as in science.md §1.4.
ENTRIES, FEBRILE_SHARE, BIAS_SD_C = 300, 0.02, 0.5
_APART_S, _NIGHT_S = 12.0, 20 * 3600.0
#: (skin °C, air °C) of each attempt of one person.
Readings = list[tuple[float, float]]


@dataclass(slots=True)
class _Score:
    """What became of everybody, morning by morning."""

    fever: list[tuple[bool, float]] = field(default_factory=list)
    mornings: list[list[tuple[bool, float]]] = field(default_factory=list)
    repeats: int = 0
    too_cold: int = 0
    entries: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet bench screen` takes."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--mornings", type=int, default=100, help="mornings drawn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing (default: %(default)s)")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/fda_thermography"),
        metavar="DIR",
        help="folder of the thermography files (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Score every way on every camera, without and with a bias of the morning."""
    if args.mornings < 1:
        print(f"error: --mornings must be at least 1, got {args.mornings}", file=sys.stderr)
        return 2
    rows: list[dict[str, Any]] = []
    try:
        for camera, file in FILES.items():
            volunteers = read_thermography(args.data / file)
            for bias_sd_c in (0.0, BIAS_SD_C):
                rows += score(camera, volunteers, bias_sd_c, args.mornings, args.seed)
    except ReadingsError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    if args.json:
        setting = {"fever_c": FEVER_C, "entries": ENTRIES, "febrile_share": FEBRILE_SHARE}
        print(json.dumps({"seed": args.seed, "mornings": args.mornings, **setting, "rows": rows}))
        return 0
    heads = " ".join(f"{head:>6s}" for head in ("Se", "Sp", "worst", "again", "AUC"))
    print(f"{'camera':6s} {'bias':>4s}  {'way':32s} {heads}")
    for row in rows:
        again = "" if row["retest_load"] is None else f"{row['retest_load']:.3f}"
        print(
            f"{row['camera']:6s} {row['morning_bias_sd_c']:4.1f}  {row['way']:32s} {row['sensitivity']:6.3f} "
            f"{row['specificity']:6.3f} {row['worst_morning_specificity']:6.3f} {again:>6s} {row['auc']:6.3f}"
        )
    return 0


def score(
    camera: str, volunteers: Sequence[Volunteer], bias_sd_c: float, mornings: int, seed: int
) -> list[dict[str, Any]]:
    """The rows of one camera and bias: each way sees the same people in the same order."""
    settings = ScreeningSettings()
    febrile = [_readings(one) for one in volunteers if one.rounds and (one.oral_c or 0.0) >= FEVER_C]
    healthy = [_readings(one) for one in volunteers if one.rounds and 0.0 < (one.oral_c or 0.0) < NO_FEVER_C]
    # The fixed limit gets the best case: the 95th percentile of these very people on a day without bias.
    means = sorted(_mean_at_reference(settings, person) for person in healthy)
    fixed_c = means[int(0.95 * len(means))]
    simple: dict[str, tuple[Callable[[Readings], float], float]] = {
        "fixed limit": (lambda person: _mean_at_reference(settings, person), fixed_c),
        "formula in circulation, 37.0": (_mean_body, 37.0),
        "formula in circulation, 37.5": (_mean_body, 37.5),
    }
    ways = {name: _Score() for name in ("kuzet", "kuzet, every round", *simple)}
    live, whole = Screener(settings, DEFAULT_LIMITS), Screener(settings, DEFAULT_LIMITS)
    random = Random(seed)
    for morning in range(mornings):
        bias_c = random.gauss(0.0, bias_sd_c) if bias_sd_c else 0.0
        for way in ways.values():
            way.mornings.append([])
        for place in range(ENTRIES):
            is_febrile = random.random() < FEBRILE_SHARE
            drawn = random.choice(febrile if is_febrile else healthy)
            person = [(skin_c + bias_c, air_c) for skin_c, air_c in drawn]
            t_s = morning * _NIGHT_S + place * _APART_S
            name = f"{morning}/{place}"
            _screen(ways["kuzet"], live, name, person, t_s, is_febrile, stops=True)
            _screen(ways["kuzet, every round"], whole, name, person, t_s, is_febrile, stops=False)
            for other, (index_of, limit_c) in simple.items():
                index = index_of(person)
                _note(ways[other], is_febrile, index > limit_c, index)
    return [
        {"camera": camera, "morning_bias_sd_c": bias_sd_c, "way": name, **_figures(way)}
        for name, way in ways.items()
    ]


def _readings(volunteer: Volunteer) -> Readings:
    return [(one.skin_c, math.nan if one.ambient_c is None else one.ambient_c) for one in volunteer.rounds]


def _mean_at_reference(settings: ScreeningSettings, person: Readings) -> float:
    return fmean(settings.at_reference_air(skin_c, air_c) for skin_c, air_c in person)


def _mean_body(person: Readings) -> float:
    return fmean(body_mlx_c(skin_c, air_c) for skin_c, air_c in person)


def _screen(
    way: _Score, screener: Screener, name: str, person: Readings, t_s: float, is_febrile: bool, *, stops: bool
) -> None:
    """One person at the post: they try again while asked to, or, not `stops`, all their rounds are taken."""
    verdict, index = Verdict.NO_READING, 0.0
    for attempt, (skin_c, air_c) in enumerate(person, start=1):
        screened = screener.judge(skin_c, air_c, attempt, t_s, visit=name)
        verdict, index = screened.verdict, index if screened.index_c is None else screened.index_c
        way.repeats += attempt == 1 and verdict is Verdict.REPEAT
        if stops and verdict not in (Verdict.REPEAT, Verdict.NO_READING):
            break
    way.too_cold += verdict is Verdict.TOO_COLD
    way.entries += 1
    _note(way, is_febrile, verdict in (Verdict.ELEVATED, Verdict.REPEAT), index)


def _note(way: _Score, is_febrile: bool, is_flagged: bool, index: float) -> None:
    (way.fever if is_febrile else way.mornings[-1]).append((is_flagged, index))


def _figures(way: _Score) -> dict[str, Any]:
    specificities = sorted(fmean(not flagged for flagged, _ in morning) for morning in way.mornings)
    healthy = [one for morning in way.mornings for one in morning]
    # The morning that one in twenty is worse than.
    worst = specificities[int(0.05 * len(specificities))]
    is_ours = way.entries > 0
    return {
        "sensitivity": _rounded(fmean(flagged for flagged, _ in way.fever) if way.fever else math.nan),
        "specificity": _rounded(fmean(not flagged for flagged, _ in healthy)),
        "worst_morning_specificity": _rounded(worst),
        "retest_load": _rounded(way.repeats / way.entries) if is_ours else None,
        "too_cold_share": _rounded(way.too_cold / way.entries) if is_ours else None,
        "auc": _rounded(area_under_curve([i for _, i in way.fever], [i for _, i in healthy])),
    }


def area_under_curve(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive stands over a negative, ties counting half; NaN where one side is empty."""
    if not positives or not negatives:
        return math.nan
    ranked = sorted(negatives)
    places = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in positives)
    return places / 2 / len(positives) / len(negatives)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
