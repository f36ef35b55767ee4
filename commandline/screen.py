"""Judge recorded readings of an entrance thermometer, visit by visit."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.recordings.readings import ReadingsError, parse_readings, read_text
from edge.signals.screening import DEFAULT_LIMITS, Screened, Screener, ScreeningSettings
from edge.signals.stable_run import Run
from protocol.events import Verdict
from simulator.thermography import Volunteer, is_thermography, parse_thermography

#: Seconds between volunteers of a thermography file: they are taken as one long morning, its dates left out.
_APART_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kuzet screen` takes."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="readings visit,attempt,t_s,object_c,ambient_c as they came, or a facial-thermography CSV",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Judge every attempt in order of arrival; the last attempt's verdict is the visit's."""
    screener = Screener(ScreeningSettings(), DEFAULT_LIMITS)
    try:
        text = read_text(args.file)
        if is_thermography(text):
            volunteers = parse_thermography(text, str(args.file))
            visits: dict[str, list[Screened]] = {volunteer.visit: [] for volunteer in volunteers}
            judged = screen_volunteers(screener, volunteers)
        else:
            visits = {}
            judged = _screen_readings(screener, text, str(args.file))
        for visit, screened in judged:
            visits.setdefault(visit, []).append(screened)
    except ReadingsError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 1
    document = _document(screener, visits)
    if args.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        _print(document)
    return 0


def screen_volunteers(screener: Screener, volunteers: list[Volunteer]) -> Iterator[tuple[str, Screened]]:
    """Each round judged as an attempt, without a look at the truth."""
    for place, volunteer in enumerate(volunteers):
        for taken in volunteer.rounds:
            air = math.nan if taken.ambient_c is None else taken.ambient_c
            yield (
                volunteer.visit,
                screener.judge(taken.skin_c, air, taken.attempt, place * _APART_S, visit=volunteer.visit),
            )


def _screen_readings(screener: Screener, text: str, name: str) -> Iterator[tuple[str, Screened]]:
    for attempt in parse_readings(text, name):
        last = attempt.samples[-1]
        settled = screener.settle(attempt.samples)
        held = settled or Run(
            skin_c=math.nan,
            ambient_c=last.ambient_c,
            spread_c=0.0,
            samples=len(attempt.samples),
            t_s=last.t_s,
        )
        yield (
            attempt.visit,
            screener.judge(
                held.skin_c,
                held.ambient_c,
                attempt.attempt,
                held.t_s,
                visit=attempt.visit,
                spread_c=held.spread_c,
                samples=held.samples,
            ),
        )


def _document(screener: Screener, visits: dict[str, list[Screened]]) -> dict[str, Any]:
    finals = {
        visit: attempts[-1].verdict if attempts else Verdict.NO_READING for visit, attempts in visits.items()
    }
    totals = {verdict.value: 0 for verdict in Verdict}
    for verdict in finals.values():
        totals[verdict.value] += 1
    drift = screener.drift()
    return {
        "visits": [
            {
                "visit": visit,
                "verdict": finals[visit].value,
                "needs_another_try": finals[visit] in (Verdict.REPEAT, Verdict.NO_READING),
                "attempts": [
                    {
                        "attempt": one.attempt,
                        "verdict": one.verdict.value,
                        "index_c": _rounded(one.index_c),
                        "skin_c": _rounded(one.skin_c),
                        "ambient_c": _rounded(one.ambient_c),
                    }
                    for one in attempts
                ],
            }
            for visit, attempts in visits.items()
        ],
        "totals": totals,
        "limit_scale": _rounded(screener.scale),
        "baseline_c": _rounded(screener.level_c) if screener.baseline else None,
        "needs_recalibration": drift.needs_recalibration,
        "drift": {
            "reference_c": _rounded(drift.reference_c),
            "moved_c": _rounded(drift.moved_c),
            "is_shifted": drift.is_shifted,
            "is_lasting": drift.is_lasting,
            "shift_c": _rounded(drift.shift_c),
            "named_c": _rounded(drift.named_c),
            "mornings": drift.mornings,
            "cold_share": round(drift.cold_share, 3),
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _print(document: dict[str, Any]) -> None:
    for visit in document["visits"]:
        last = visit["attempts"][-1] if visit["attempts"] else {"index_c": None}
        index = "      " if last["index_c"] is None else f"{last['index_c']:+6.2f}"
        more = "  (needs another try)" if visit["needs_another_try"] else ""
        print(f"{visit['visit']:20s} {index} °C  {visit['verdict']}{more}")
    print("  ".join(f"{verdict} {count}" for verdict, count in document["totals"].items()))
    level = document["baseline_c"]
    print(
        "this post has no level yet"
        if level is None
        else f"level of this post: {level:.2f} °C in air of 24 °C"
    )
    drift = document["drift"]
    if document["needs_recalibration"]:
        print("the post needs recalibration: check it with a blackbody before trusting these verdicts")
    elif drift["is_shifted"]:
        print(f"the post has shifted by {drift['shift_c']:+.2f} °C: check it with a blackbody")
