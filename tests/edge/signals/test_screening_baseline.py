from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from statistics import median

import pytest

from edge.signals.baseline import Baseline
from edge.signals.baseline_settings import BaselineSettings

SETTINGS = BaselineSettings()


def crowd(seed: int, count: int, level_c: float = 35.0) -> list[float]:
    random = Random(seed)
    return [random.gauss(level_c, 0.42) for _ in range(count)]


def lived(values: Sequence[float], baseline: Baseline | None = None, from_s: float = 0.0) -> Baseline:
    baseline = baseline or Baseline(SETTINGS)
    for place, value in enumerate(values):
        serial = baseline.arrive(from_s + place * 12.0)
        baseline.enter(serial, value, is_cold=baseline.is_local and value < baseline.level_c() - 0.9)
    return baseline


def test_level_is_the_median_of_the_newest_forty() -> None:
    values = crowd(1, 60)
    assert lived(values).level_c() == pytest.approx(median([v for v in values if v > 34.1][-40:]), abs=0.05)


def test_level_before_anybody_came_is_the_prior() -> None:
    assert Baseline(SETTINGS).level_c() == SETTINGS.prior_c


def test_level_of_the_first_people_leans_on_the_prior_by_its_weight() -> None:
    # Three people at 34.0 and a prior worth 0.7 people at 35.05.
    assert lived([34.0, 34.0, 34.0]).level_c() == pytest.approx((3 * 34.0 + 0.7 * 35.05) / 3.7)


def test_level_does_not_count_the_person_it_is_asked_for() -> None:
    baseline = lived([34.0] * 20 + [36.0] * 20)
    serial = baseline.arrive(1000.0)
    before = baseline.level_c(but=serial)
    baseline.enter(serial, 40.0, is_cold=False)
    assert baseline.level_c(but=serial) == before


def test_person_is_entered_once_however_often_they_try() -> None:
    baseline = lived(crowd(2, 40))
    serial = baseline.arrive(600.0)
    before = len(baseline.kept)
    for value in (36.0, 36.4, 36.2):
        baseline.enter(serial, value, is_cold=False)
    assert len(baseline.kept) == before + 1
    assert baseline.kept[-1] == 36.2


def test_cold_people_do_not_move_the_level() -> None:
    baseline = lived([35.0] * 40)
    lived([33.0] * 15, baseline, from_s=600.0)
    assert baseline.level_c() == 35.0


def test_feverish_people_stay_in_by_rank_only() -> None:
    # How far above they are changes nothing.
    tame, wild = (lived([34.9, 35.1] * 20 + [35.0, fever_c] * 3) for fever_c in (35.9, 41.0))
    assert tame.level_c() == wild.level_c()


def test_level_with_two_in_a_hundred_feverish_is_unbiased() -> None:
    errors = []
    for seed in range(40):
        values = [v + (1.5 if i % 50 == 7 else 0.0) for i, v in enumerate(crowd(seed, 200))]
        errors.append(lived(values).level_c() - 35.0)
    assert abs(sum(errors) / len(errors)) < 0.06


def test_outbreak_in_half_the_crowd_does_not_carry_the_level_away() -> None:
    baseline = lived(crowd(3, 100))
    before = baseline.level_c()
    ill = [v + 1.5 * (i % 2) for i, v in enumerate(crowd(4, 100))]
    lived(ill, baseline, from_s=1200.0)
    assert baseline.is_mixed
    assert abs(baseline.level_c() - before) < 0.35


def test_frost_in_half_the_crowd_does_not_carry_the_level_away() -> None:
    baseline = lived(crowd(3, 100))
    before = baseline.level_c()
    lived([v - 1.7 * (i % 2) for i, v in enumerate(crowd(4, 100))], baseline, from_s=1200.0)
    assert abs(baseline.level_c() - before) < 0.35


def test_level_follows_a_sensor_that_moves_everybody() -> None:
    baseline = lived(crowd(3, 100))
    lived(crowd(4, 60, 35.5), baseline, from_s=1200.0)
    assert baseline.level_c() == pytest.approx(35.5, abs=0.15)


def test_new_session_leans_on_the_last_level_and_leaves_it_soon() -> None:
    baseline = lived([35.0] * 60)
    lived([35.6], baseline, from_s=80_000.0)
    assert baseline.level_c() == pytest.approx((35.6 + 3 * 35.0) / 4)
    lived([35.6] * 12, baseline, from_s=80_100.0)
    assert baseline.level_c() == 35.6


def test_post_that_never_closes_learns_its_reference_all_the_same() -> None:
    baseline = Baseline(SETTINGS)
    for part, level_c in enumerate((35.6, 35.0, 34.9, 35.1)):
        lived(crowd(part, 320, level_c), baseline, from_s=part * 320 * 12.0)
    assert baseline.drift().mornings == 4
    assert baseline.reference_c == pytest.approx(35.0, abs=0.12)


def test_clock_that_jumps_back_begins_a_session_too() -> None:
    baseline = lived([35.0] * 60, from_s=50_000.0)
    lived([35.6] * 12, baseline, from_s=0.0)
    assert baseline.level_c() == 35.6


def test_rare_visitors_share_a_session() -> None:
    baseline = Baseline(SETTINGS)
    for day in range(20):
        lived([35.0, 35.2], baseline, from_s=day * 86_400.0)
    assert baseline.level_c() == pytest.approx(35.1, abs=0.06)


def test_correction_is_limited_to_one_degree() -> None:
    baseline = lived([35.0] * 120)
    lived([36.4] * 60, baseline, from_s=80_000.0)
    assert baseline.level_c() == 36.0


@pytest.mark.parametrize("shift_c", [-2.5, -1.3, 1.3, 2.5])
def test_recalibration_is_asked_for_beyond_one_degree(shift_c: float) -> None:
    baseline = lived(crowd(5, 120))
    assert not baseline.drift().needs_recalibration
    lived(crowd(6, 100, 35.0 + shift_c), baseline, from_s=1200.0)
    assert baseline.drift().needs_recalibration


@pytest.mark.parametrize("shift_c", [-0.5, 0.5])
@pytest.mark.parametrize("seed", range(10))
def test_shift_of_half_a_degree_is_named_within_200_people(seed: int, shift_c: float) -> None:
    baseline = lived(crowd(seed, 200))
    assert not baseline.drift().is_shifted
    lived(crowd(seed + 100, 200, 35.0 + shift_c), baseline, from_s=2400.0)
    assert baseline.drift().is_shifted
    assert not baseline.drift().needs_recalibration


@pytest.mark.parametrize("seed", range(10))
def test_shift_is_not_named_without_one(seed: int) -> None:
    assert not lived(crowd(seed, 600)).drift().is_shifted


def test_frosty_morning_is_no_shift_but_told_as_cold() -> None:
    baseline = lived(crowd(7, 200))
    lived([v - 1.7 * (i % 3 == 0) for i, v in enumerate(crowd(8, 100))], baseline, from_s=2400.0)
    assert not baseline.drift().is_shifted
    assert baseline.drift().cold_share > 0.2


def test_fresh_post_takes_its_own_level_whatever_the_prior() -> None:
    assert lived(crowd(9, 60, 33.6)).level_c() == pytest.approx(33.6, abs=0.15)


def test_fresh_post_off_by_more_than_instruments_differ_needs_recalibration() -> None:
    assert lived(crowd(9, 60, 32.0)).drift().needs_recalibration


def test_baseline_kept_gives_the_same_level_and_reference_back() -> None:
    baseline = lived(crowd(10, 300))
    again = Baseline(SETTINGS, baseline.kept)
    assert again.level_c() == pytest.approx(baseline.level_c(), abs=0.02)
    assert again.drift().reference_c == baseline.drift().reference_c
    assert again.drift().moved_c == pytest.approx(baseline.drift().moved_c, abs=0.03)


def test_baseline_kept_of_few_people_is_still_a_start() -> None:
    baseline = lived([34.0, 34.1, 34.2])
    assert Baseline(SETTINGS, baseline.kept).level_c() == pytest.approx(baseline.level_c())


def test_baseline_memory_is_bounded() -> None:
    baseline = Baseline(SETTINGS)
    for day in range(40):
        lived(crowd(day, 100), baseline, from_s=day * 86_400.0)
    # Two numbers a morning, two marks.
    assert len(baseline.kept) == 2 * SETTINGS.reference.mornings + 2 + SETTINGS.drift_people


def test_baseline_of_an_older_version_is_understood() -> None:
    baseline = Baseline(SETTINGS, (35.0, *[35.2] * 120))
    assert baseline.reference_c == 35.0
    assert baseline.level_c() == pytest.approx(35.2)


@pytest.mark.parametrize(
    "kept",
    [(35.0, 0.0, 0.0, 35.0), (35.0, 0.6, 0.0, 90.0, 0.0), (0.0, 0.0, 0.0), (5.0, 0.6, 0.0, 35.0, 0.0)],
)
def test_baseline_not_kept_by_us_is_learned_anew(kept: tuple[float, ...]) -> None:
    assert Baseline(SETTINGS, kept).reference_c is None


def test_restart_in_a_morning_makes_one_morning_of_its_people() -> None:
    baseline = lived(crowd(13, 60))
    again = Baseline(SETTINGS, baseline.kept)
    assert again.drift().mornings == 1
    assert Baseline(SETTINGS, lived(crowd(14, 5), again).kept).drift().mornings == 1


def named(baseline: Baseline, values: Sequence[float], from_s: float) -> list[bool]:
    found = []
    for place, value in enumerate(values):
        lived([value], baseline, from_s=from_s + place * 12.0)
        found.append(baseline.drift().is_shifted)
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shift_c", [-0.5, 0.5])
def test_shift_over_night_is_named_once_and_taken_back_once(seed: int, shift_c: float) -> None:
    baseline = Baseline(SETTINGS)
    for day in range(6):
        lived(crowd(seed * 10 + day, 120), baseline, from_s=day * 86_400.0)
    before = named(baseline, crowd(seed + 200, 100), 6 * 86_400.0)
    going = named(baseline, crowd(seed + 300, 250, 35.0 + shift_c), 7 * 86_400.0)
    coming = named(baseline, crowd(seed + 400, 250), 8 * 86_400.0)
    found = [*before, *going, *coming]
    assert not any(before)
    assert any(going[:200])
    assert baseline.drift().shift_c == 0.0
    assert sum(now is not was for was, now in pairwise(found)) == 2


def test_shift_that_lasts_is_told_from_one_morning() -> None:
    baseline = Baseline(SETTINGS)
    for day in range(6):
        lived(crowd(day, 120), baseline, from_s=day * 86_400.0)
    lived(crowd(20, 200, 35.5), baseline, from_s=6 * 86_400.0)
    assert baseline.drift().is_shifted
    assert not baseline.drift().is_lasting
    lived(crowd(21, 100, 35.5), baseline, from_s=7 * 86_400.0)
    assert baseline.drift().is_lasting
    assert baseline.drift().shift_c == pytest.approx(0.45, abs=0.1)


def test_creeping_sensor_is_named_against_the_mornings_it_was_learned_on() -> None:
    baseline = Baseline(SETTINGS)
    for day in range(20):
        lived(crowd(day, 100), baseline, from_s=day * 86_400.0)
    for day in range(20, 40):
        lived(crowd(day, 100, 35.0 + 0.025 * (day - 19)), baseline, from_s=day * 86_400.0)
    assert baseline.drift().is_shifted


def test_random_order_of_people_changes_the_level_little() -> None:
    values = crowd(12, 80)
    levels = []
    for seed in range(30):
        Random(seed).shuffle(values)
        levels.append(lived(values, Baseline(replace(SETTINGS, window_people=50))).level_c())
    assert max(levels) - min(levels) < 0.35
