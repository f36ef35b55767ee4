"""Readings of a black body, or a walked count, in; how far off sensor or door is, and how sure, out. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

#: How far a thermometer may be off, °C: ISO 80601-2-56 and ASTM E1965 allow ±0.3 (science.md §1.1).
TOLERANCE_C = 0.3
#: More drift or scatter than this within a check, °C, is a black body or a sensor that has not settled
#: (stability of the reference in the checklist of science.md §1.1).
UNSETTLED_C = 0.1
#: An offset written into a node file may be so large, °C; a sensor further off is to be replaced.
MOST_OFFSET_C = 1.0
#: Fewest readings that tell scatter from drift.
LEAST_READINGS = 20
#: What one step of an MLX90614 is, °C.
STEP_C = 0.02
ZERO_CELSIUS_K = 273.15
#: Standard errors in an expanded uncertainty of 95 %.
COVERAGE = 2.0


class PostVerdict(Enum):
    """What the check of a post came to."""

    #: Within the tolerance.
    PASS = "pass"
    #: Outside of it.
    FAIL = "fail"
    #: Nothing can be said yet: wait and repeat.
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCheck:
    """What a thermometer showed of a black body. All temperatures in °C."""

    verdict: PostVerdict
    readings: int
    #: How long it was looked at, seconds.
    took_s: float
    mean_c: float
    #: Scatter of single readings about the drift (standard deviation).
    sd_c: float
    #: What the reading moved by over the whole time, by the line that fits best.
    drift_c: float
    #: What a right sensor would have shown.
    expected_c: float
    #: mean − expected: positive reads too warm.
    offset_c: float
    #: Expanded (95 %) uncertainty of the offset, that of the reference included.
    uncertainty_c: float

    @property
    def is_sure(self) -> bool:
        """Whether the verdict holds anywhere within the uncertainty."""
        return abs(abs(self.offset_c) - TOLERANCE_C) > self.uncertainty_c

    @property
    def correction_c(self) -> float | None:
        """The `offset_c` a person may write into the node file, or None for a sensor to replace."""
        correction_c = -round(self.offset_c, 2)
        return correction_c if abs(correction_c) <= MOST_OFFSET_C else None


def check_post(
    readings: Sequence[tuple[float, float]], expected_c: float, reference_error_c: float
) -> PostCheck:
    """Judge `(seconds, °C)` readings of a black body that a right sensor would see at `expected_c`.

    `reference_error_c` is the expanded uncertainty on the black body's certificate. Raises ValueError for
    fewer than `LEAST_READINGS`.
    """
    count = len(readings)
    if count < LEAST_READINGS:
        raise ValueError(f"expected at least {LEAST_READINGS} readings, got {count}; let it look longer")
    mean_s = math.fsum(t_s for t_s, _ in readings) / count
    mean_c = math.fsum(value_c for _, value_c in readings) / count
    squares = math.fsum((t_s - mean_s) ** 2 for t_s, _ in readings)
    if squares <= 0.0:
        raise ValueError("all readings have the same time; the clock does not go")
    slope = math.fsum((t_s - mean_s) * (value_c - mean_c) for t_s, value_c in readings) / squares
    rest = math.fsum((value_c - mean_c - slope * (t_s - mean_s)) ** 2 for t_s, value_c in readings)
    sd_c = math.sqrt(rest / (count - 2))
    took_s = max(t_s for t_s, _ in readings) - min(t_s for t_s, _ in readings)
    drift_c = slope * took_s
    # A step and a drift are taken as uniform over their width: a twelfth of its square.
    variance = sd_c**2 / count + (STEP_C**2 + drift_c**2) / 12 + (reference_error_c / COVERAGE) ** 2
    offset_c = mean_c - expected_c
    verdict = PostVerdict.PASS if abs(offset_c) <= TOLERANCE_C else PostVerdict.FAIL
    if abs(drift_c) > UNSETTLED_C or sd_c > UNSETTLED_C:
        verdict = PostVerdict.UNSETTLED
    return PostCheck(
        verdict=verdict,
        readings=count,
        took_s=took_s,
        mean_c=mean_c,
        sd_c=sd_c,
        drift_c=drift_c,
        expected_c=expected_c,
        offset_c=offset_c,
        uncertainty_c=COVERAGE * math.sqrt(variance),
    )


def seen_c(target_c: float, ambient_c: float, emissivity: float, emissivity_set: float) -> float:
    """What a right sensor shows of a target whose emissivity it is not set to (science.md §1.8)."""
    target, ambient = target_c + ZERO_CELSIUS_K, ambient_c + ZERO_CELSIUS_K
    seen = emissivity / emissivity_set * (target**4 - ambient**4) + ambient**4
    return float(seen**0.25) - ZERO_CELSIUS_K


def worst_share(trials: int, errors: int, confidence: float = 0.95) -> float:
    """The largest share of errors that `errors` in `trials` leave possible, one-sided (Clopper and Pearson).

    Ten of ten right still allow 26 %; with no error at all it is about 3/trials.
    """
    if not 0 <= errors <= trials or trials < 1:
        raise ValueError(f"expected 0 to trials errors in at least 1 trial, got {errors} in {trials}")
    if errors == trials:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        seen = math.fsum(
            math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(errors + 1)
        )
        low, high = (share, high) if seen > 1 - confidence else (low, share)
    return high


def crossings_needed(share: float, within: float) -> int:
    """How many crossings must be watched to know a share to `within` either way (95 %); science.md §2.4.

    To know that a door sees 98 % of people to ±1 % takes 753; ten there and back find gross faults only.
    """
    if not (0.0 < share < 1.0 and 0.0 < within < 1.0):
        raise ValueError(f"shares must be between 0 and 1, got {share} within {within}")
    return math.ceil(1.96**2 * share * (1 - share) / within**2)
