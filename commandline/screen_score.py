"""Volunteers, a bias of the morning and a seed in; what each way of screening makes of the same crowd out.

Pure. A campus morning is drawn as in science.md §1.4, from one camera's volunteers, with replacement.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean
from typing import Any

from edge.signals.body_estimate import body_mlx_c
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from protocol.events import Verdict
from simulator.thermography import Volunteer

#: °C oral: who must be found, and who is certainly without fever; between them nobody is drawn.
FEVER_C, NO_FEVER_C = 38.0, 37.5
ENTRIES, FEBRILE_SHARE, BIAS_SD_C = 300, 0.02, 0.5
_APART_S, _NIGHT_S = 12.0, 20 * 3600.0
#: Ours as it works at a door, and ours judging every round that was taken.
LIVE, EVERY = "kuzet", "kuzet, every round"
FIXED = "fixed limit"
FORMULA_LIMITS_C = (37.0, 37.3, 37.5)
#: (skin °C, air °C) of each attempt of one person.
Readings = list[tuple[float, float]]


@dataclass(slots=True)
class Tally:
    """What became of everybody, morning by morning: whether flagged, and the index it was decided by."""

    fever: list[tuple[bool, float]] = field(default_factory=list)
    mornings: list[list[tuple[bool, float]]] = field(default_factory=list)
    repeats: int = 0
    too_cold: int = 0
    #: Entries judged by us; 0 for the other ways, which know no repeat and no cold.
    entries: int = 0


def formula(limit_c: float) -> str:
    """The name of the formula in circulation with its limit."""
    return f"formula in circulation, {limit_c}"


def play(volunteers: Sequence[Volunteer], bias_sd_c: float, mornings: int, seed: int) -> dict[str, Tally]:
    """Each way on the same people in the same order; who is flagged is repeat or elevated at the end."""
    settings = ScreeningSettings()
    febrile = [_readings(one) for one in volunteers if one.rounds and (one.oral_c or 0.0) >= FEVER_C]
    healthy = [_readings(one) for one in volunteers if one.rounds and 0.0 < (one.oral_c or 0.0) < NO_FEVER_C]
    # The fixed limit gets the best case: the 95th percentile of these very people on a day without bias.
    means = sorted(_mean_at_reference(settings, person) for person in healthy)
    simple: dict[str, tuple[Callable[[Readings], float], float]] = {
        FIXED: (lambda person: _mean_at_reference(settings, person), means[int(0.95 * len(means))]),
        **{formula(limit_c): (_mean_body, limit_c) for limit_c in FORMULA_LIMITS_C},
    }
    ways = {name: Tally() for name in (LIVE, EVERY, *simple)}
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
            _screen(ways[LIVE], live, name, person, t_s, is_febrile, stops=True)
            _screen(ways[EVERY], whole, name, person, t_s, is_febrile, stops=False)
            for other, (index_of, limit_c) in simple.items():
                index = index_of(person)
                _note(ways[other], is_febrile, index > limit_c, index)
    return ways


def figures(tally: Tally) -> dict[str, float | None]:
    """One row of the table; None where there is nothing to say."""
    specificities = sorted(fmean(not flagged for flagged, _ in morning) for morning in tally.mornings)
    healthy = [one for morning in tally.mornings for one in morning]
    is_ours = tally.entries > 0
    return {
        "sensitivity": _rounded(fmean(flagged for flagged, _ in tally.fever) if tally.fever else math.nan),
        "specificity": _rounded(fmean(not flagged for flagged, _ in healthy)),
        # The morning that one in twenty is worse than.
        "worst_morning_specificity": _rounded(specificities[int(0.05 * len(specificities))]),
        "retest_load": _rounded(tally.repeats / tally.entries) if is_ours else None,
        "too_cold_share": _rounded(tally.too_cold / tally.entries) if is_ours else None,
        "auc": _rounded(area_under_curve([i for _, i in tally.fever], [i for _, i in healthy])),
    }


def score(
    volunteers: Sequence[Volunteer], bias_sd_c: float, mornings: int, seeds: Sequence[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Tally]]]:
    """A row for each way, the mean over the seeds with its extremes; and what it was made from."""
    plays = [play(volunteers, bias_sd_c, mornings, seed) for seed in seeds]
    rows: list[dict[str, Any]] = []
    for way in plays[0]:
        drawn = [figures(one[way]) for one in plays]
        row: dict[str, Any] = {"way": way}
        extremes: dict[str, list[float]] = {}
        for name in drawn[0]:
            values = [value for value in (one[name] for one in drawn) if value is not None]
            row[name] = round(fmean(values), 4) if values else None
            if values:
                extremes[name] = [min(values), max(values)]
        rows.append({**row, "over_seeds": extremes})
    return rows, plays


def area_under_curve(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive stands over a negative, ties counting half; NaN where one side is empty."""
    if not positives or not negatives:
        return math.nan
    ranked = sorted(negatives)
    places = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in positives)
    return places / 2 / len(positives) / len(negatives)


def _readings(volunteer: Volunteer) -> Readings:
    return [(one.skin_c, math.nan if one.ambient_c is None else one.ambient_c) for one in volunteer.rounds]


def _mean_at_reference(settings: ScreeningSettings, person: Readings) -> float:
    return fmean(settings.at_reference_air(skin_c, air_c) for skin_c, air_c in person)


def _mean_body(person: Readings) -> float:
    return fmean(body_mlx_c(skin_c, air_c) for skin_c, air_c in person)


def _screen(
    way: Tally, screener: Screener, name: str, person: Readings, t_s: float, is_febrile: bool, *, stops: bool
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


def _note(way: Tally, is_febrile: bool, is_flagged: bool, index: float) -> None:
    (way.fever if is_febrile else way.mornings[-1]).append((is_flagged, index))


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
