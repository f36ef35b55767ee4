import random

import pytest

from edge.calibration.figures import (
    LEAST_READINGS,
    PostCheck,
    PostVerdict,
    check_post,
    crossings_needed,
    seen_c,
    worst_share,
)


def readings(mean_c: float, *, noise_c: float = 0.03, drift_c: float = 0.0) -> list[tuple[float, float]]:
    """A minute of an MLX90614 at ten looks a second, rounded to its steps of 0.02 °C."""
    draw = random.Random(7)
    values = ((i, mean_c + drift_c * (i / 600 - 0.5) + draw.gauss(0.0, noise_c)) for i in range(600))
    return [(1000.0 + i / 10, round(value_c / 0.02) * 0.02) for i, value_c in values]


def checked(mean_c: float, **shape: float) -> PostCheck:
    return check_post(readings(mean_c, **shape), expected_c=36.0, reference_error_c=0.1)


@pytest.mark.parametrize(
    ("mean_c", "verdict", "is_sure"),
    [
        pytest.param(36.0, PostVerdict.PASS, True, id="right"),
        pytest.param(36.28, PostVerdict.PASS, False, id="just-within"),
        pytest.param(35.68, PostVerdict.FAIL, False, id="just-outside"),
        pytest.param(36.5, PostVerdict.FAIL, True, id="half-a-degree"),
    ],
)
def test_post_passes_within_the_tolerance(mean_c: float, verdict: PostVerdict, is_sure: bool) -> None:
    check = checked(mean_c)
    assert (check.verdict, check.is_sure) == (verdict, is_sure)
    assert check.offset_c == pytest.approx(mean_c - 36.0, abs=0.01)


def test_post_check_tells_scatter_from_drift() -> None:
    check = checked(36.0, noise_c=0.05, drift_c=0.08)
    assert check.sd_c == pytest.approx(0.05, abs=0.005)
    assert check.drift_c == pytest.approx(0.08, abs=0.01)
    assert check.took_s == pytest.approx(59.9)


def test_post_check_of_a_few_readings_by_hand() -> None:
    # 10 × 36.00 and 10 × 36.02 in turn: √(20 × 0.01² / 18) = 0.0105, less what the best line takes of it.
    check = check_post([(float(i), 36.0 + 0.02 * (i // 2 % 2)) for i in range(20)], 36.0, 0.0)
    assert check.mean_c == pytest.approx(36.01)
    assert check.sd_c == pytest.approx(0.0104, abs=0.0002)
    assert check.took_s == 19.0


def test_post_check_is_as_unsure_as_its_reference() -> None:
    # By hand: 2·√((0.1/2)² + (0.02² + 0²)/12 + 0.03²/600) = 0.1007.
    assert checked(36.0).uncertainty_c == pytest.approx(0.1007, abs=0.001)


@pytest.mark.parametrize(
    "shape",
    [pytest.param({"drift_c": 0.15}, id="drift"), pytest.param({"noise_c": 0.2}, id="scatter")],
)
def test_post_check_of_what_has_not_settled_says_nothing(shape: dict[str, float]) -> None:
    assert checked(36.0, **shape).verdict is PostVerdict.UNSETTLED


def test_post_correction_undoes_the_offset() -> None:
    correction_c = checked(36.42).correction_c
    assert correction_c == pytest.approx(-0.42, abs=0.011)


def test_post_that_is_too_far_off_is_not_corrected() -> None:
    assert checked(37.2).correction_c is None


def test_post_check_refuses_too_few_readings() -> None:
    with pytest.raises(ValueError, match="at least 20 readings, got 19"):
        check_post(readings(36.0)[: LEAST_READINGS - 1], 36.0, 0.1)


def test_post_check_refuses_a_clock_that_stands() -> None:
    with pytest.raises(ValueError, match="same time"):
        check_post([(1.0, 36.0)] * 30, 36.0, 0.1)


@pytest.mark.parametrize(
    ("target_c", "ambient_c", "emissivity", "emissivity_set", "error_c"),
    [
        # science.md §1.8: a register left at 1.0 for skin of 0.98, and one set to 0.95.
        (34.0, 22.0, 0.98, 1.00, -0.23),
        (34.0, 10.0, 0.98, 1.00, -0.43),
        (34.0, 0.0, 0.98, 1.00, -0.58),
        (34.0, 22.0, 0.98, 0.95, 0.36),
        (36.0, 22.0, 0.98, 0.98, 0.0),
    ],
)
def test_seen_of_another_emissivity(
    target_c: float, ambient_c: float, emissivity: float, emissivity_set: float, error_c: float
) -> None:
    seen = seen_c(target_c, ambient_c, emissivity, emissivity_set)
    assert seen - target_c == pytest.approx(error_c, abs=0.01)


@pytest.mark.parametrize(
    ("trials", "errors", "share"),
    [
        # 1 − 0.05^(1/10), and the rule of three of science.md §2.4: 3/300.
        (10, 0, 0.2589),
        (20, 0, 0.1391),
        (300, 0, 0.00994),
        # Clopper and Pearson's tables: 1 in 10 and 5 in 20, one-sided 95 %.
        (10, 1, 0.3942),
        (20, 5, 0.4556),
        (10, 10, 1.0),
        (1, 0, 0.95),
    ],
)
def test_worst_share_of_errors(trials: int, errors: int, share: float) -> None:
    assert worst_share(trials, errors) == pytest.approx(share, abs=0.0002)


@pytest.mark.parametrize(("trials", "errors"), [(0, 0), (10, 11), (10, -1)])
def test_worst_share_refuses_what_cannot_be(trials: int, errors: int) -> None:
    with pytest.raises(ValueError, match="0 to trials errors"):
        worst_share(trials, errors)


def test_crossings_needed_to_know_a_door() -> None:
    # science.md §2.4: 98 % to ±1 %.
    assert crossings_needed(0.98, 0.01) == 753


@pytest.mark.parametrize(("share", "within"), [(1.0, 0.01), (0.98, 0.0)])
def test_crossings_needed_refuses_what_cannot_be(share: float, within: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        crossings_needed(share, within)
