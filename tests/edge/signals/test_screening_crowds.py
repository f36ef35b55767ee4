"""Whole mornings at a post: frost, outbreaks, and halls or instruments that moved. Model: science.md §1."""

import math
from collections.abc import Iterable
from random import Random

import pytest

from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from protocol.events import Verdict

FLAGGED = (Verdict.REPEAT, Verdict.ELEVATED)
DAY_S = 86_400.0
#: What people of this post show on an ordinary morning, °C at 24 °C of air.
USUAL_C = 35.0


class Post:
    """A post and its people: 0.42 °C apart from each other, 0.18 °C from try to try."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.screener = Screener(ScreeningSettings(), DEFAULT_LIMITS)
        self._visits = 0

    def comes(self, off_c: float, day: int, place: int) -> Verdict:
        """Somebody tries until told to go on, three times at most."""
        self._visits += 1
        own_c = USUAL_C + off_c + self.random.gauss(0.0, 0.42)
        verdict, attempt = Verdict.REPEAT, 1
        while verdict is Verdict.REPEAT and attempt <= 3:
            skin_c = own_c + self.random.gauss(0.0, 0.18)
            at_s = day * DAY_S + place * 12.0
            verdict = self.screener.judge(skin_c, 24.0, attempt, at_s, visit=str(self._visits)).verdict
            attempt += 1
        return verdict

    def lives(self, days: int, bias_sd_c: float = 0.25) -> "Post":
        """Ordinary mornings of 100 people."""
        for day in range(days):
            bias_c = self.random.gauss(0.0, bias_sd_c)
            self.morning([bias_c] * 100, day)
        return self

    def morning(self, offs_c: Iterable[float], day: int = 100) -> list[Verdict]:
        """The people of one morning, each so far off the usual."""
        return [self.comes(off_c, day, place) for place, off_c in enumerate(offs_c)]


def deficit_c(minutes: float) -> float:
    """How far below its usual a forehead is, minutes after it came in from frost (science.md §1.5)."""
    return 3.43 * math.exp(-((minutes / 1.75) ** 0.62))


def share(verdicts: Iterable[Verdict], *wanted: Verdict) -> float:
    found = [verdict in wanted for verdict in verdicts]
    return sum(found) / len(found)


SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("days", [1, 5, 20])
def test_crowd_straight_from_frost_does_not_pull_the_level_to_itself(seed: int, days: int) -> None:
    post = Post(seed).lives(days)
    offs = [-deficit_c(post.random.uniform(0.0, 3.0)) for _ in range(150)]
    verdicts = post.morning(offs)
    deep = [verdict for off_c, verdict in zip(offs, verdicts, strict=True) if off_c < -0.9]
    # With the level known to a hair, 0.12 of them would pass: who is usually warm and was in for 2 min.
    assert share(deep, Verdict.PASS) < 0.2
    deeper = [verdict for off_c, verdict in zip(offs, verdicts, strict=True) if off_c < -2.0]
    assert share(deeper, Verdict.PASS) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("minutes", [0.0, 0.5, 1.0])
def test_crowd_that_is_equally_cold_is_no_cool_instrument(seed: int, minutes: float) -> None:
    verdicts = Post(seed).lives(5).morning([-deficit_c(minutes)] * 120)
    assert share(verdicts, Verdict.PASS) < 0.07
    assert share(verdicts, Verdict.TOO_COLD) > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_acclimatised_among_the_cold_are_not_all_alarms(seed: int) -> None:
    post = Post(seed).lives(20)
    offs = [-deficit_c(post.random.uniform(0.0, 3.0)) * (place % 2) for place in range(150)]
    verdicts = post.morning(offs)
    warm, cold = verdicts[::2], verdicts[1::2]
    assert share(warm, *FLAGGED) < 0.35
    assert share(cold, Verdict.PASS) < 0.25


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shift_c", [-0.5, 0.5])
def test_hall_or_instrument_that_moved_everybody_is_followed(seed: int, shift_c: float) -> None:
    post = Post(seed).lives(10)
    verdicts = post.morning([shift_c] * 150)
    assert post.screener.level_c == pytest.approx(USUAL_C + shift_c, abs=0.25)
    assert share(verdicts, *FLAGGED) < 0.16
    assert share(verdicts, Verdict.TOO_COLD) < 0.12


@pytest.mark.parametrize("seed", SEEDS)
def test_fever_is_found_by_an_instrument_that_fell_further_than_is_believed(seed: int) -> None:
    post = Post(seed).lives(10)
    offs = [-1.0 + 1.6 * (place % 10 == 9) for place in range(150)]
    verdicts = post.morning(offs)
    assert share(verdicts[9::10], *FLAGGED) > 0.7
    assert share(verdicts[9::10], Verdict.PASS) < 0.3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("ill_share", [0.3, 0.5, 0.7])
def test_outbreak_over_night_does_not_become_the_new_normal(seed: int, ill_share: float) -> None:
    post = Post(seed).lives(10)
    ill = [post.random.random() < ill_share for _ in range(200)]
    verdicts = post.morning(1.4 + post.random.gauss(0.0, 0.45) if one else 0.0 for one in ill)
    found = [verdict for one, verdict in zip(ill, verdicts, strict=True) if one]
    assert share(found, *FLAGGED) > 0.65


def test_everybody_ill_is_told_as_a_post_to_recalibrate() -> None:
    # Nobody here can tell it from an instrument that rose; a blackbody can.
    post = Post(1).lives(10, bias_sd_c=0.1)
    verdicts = post.morning([1.6] * 100)
    assert post.screener.drift().needs_recalibration
    assert share(verdicts, *FLAGGED) > 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_high_beyond_doubt_is_elevated_even_when_everybody_is(seed: int) -> None:
    post = Post(seed).lives(5, bias_sd_c=0.1)
    post.morning([1.0] * 60)
    found = [
        post.screener.judge(USUAL_C + 2.2, 24.0, attempt, 101 * DAY_S, visit="late") for attempt in (1, 2)
    ]
    assert [one.verdict for one in found] == [Verdict.REPEAT, Verdict.ELEVATED]
