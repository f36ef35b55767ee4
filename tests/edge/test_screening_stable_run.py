import math

import pytest

from edge.signals.stable_run import Approach, Approaches, RunSettings, Sample, first_stable

#: Seconds between samples.
STEP_S = 0.14


def samples(*objects_c: float, ambient_c: float = 22.0, from_s: float = 0.0) -> list[Sample]:
    return [Sample(t_s=from_s + i * STEP_S, object_c=c, ambient_c=ambient_c) for i, c in enumerate(objects_c)]


def fed(*objects_c: float, ambient_c: float = 22.0) -> list[Approach]:
    approaches = Approaches(RunSettings())
    done = [one for sample in samples(*objects_c, ambient_c=ambient_c) for one in approaches.feed(sample)]
    return done + approaches.advance(1000.0)


WALL = (22.1, 22.0, 22.1)


def test_run_is_median_spread_and_length_of_what_stood_still() -> None:
    run = first_stable(samples(26.0, 31.0, 34.8, 34.9, 35.0, 34.9, 34.7), least=5, spread_c=0.4, lasts_s=0.5)
    assert run is not None
    assert (run.skin_c, run.samples) == (34.9, 5)
    assert run.spread_c == pytest.approx(0.3)


def test_run_ends_before_the_sample_that_leaves_the_spread() -> None:
    run = first_stable(samples(35.0, 35.1, 35.0, 30.0), least=3, spread_c=0.4, lasts_s=0.0)
    assert run is not None
    assert run.samples == 3


@pytest.mark.parametrize(
    "objects_c",
    [
        pytest.param((30.0, 31.0, 32.0, 33.0, 34.0, 35.0), id="rising"),
        pytest.param((35.0, 34.2, 35.0, 34.2, 35.0, 34.2), id="trembling"),
        pytest.param((35.0, 35.0, 35.0, 35.0), id="too short"),
    ],
)
def test_run_is_none_without_rest(objects_c: tuple[float, ...]) -> None:
    assert first_stable(samples(*objects_c), least=5, spread_c=0.4, lasts_s=0.0) is None


def test_run_is_none_when_it_did_not_last() -> None:
    assert first_stable(samples(*[35.0] * 5), least=5, spread_c=0.4, lasts_s=0.6) is None


def test_approach_is_answered_once_however_long_it_stays() -> None:
    done = fed(*WALL, 30.0, *[35.0] * 30, *WALL)
    assert [one.run.skin_c for one in done if one.run] == [35.0]
    assert len(done) == 1


def test_approaches_are_told_apart_by_the_wall_between() -> None:
    done = fed(*WALL, *[35.0] * 6, *WALL, *[34.0] * 6, *WALL)
    assert [one.run.skin_c for one in done if one.run] == [35.0, 34.0]


def test_approach_that_never_rests_is_answered_without_a_run() -> None:
    done = fed(*WALL, 30.0, 35.0, 31.0, 34.0, 30.0, *WALL)
    assert [(one.run, one.samples) for one in done] == [(None, 5)]


def test_approach_that_never_rests_is_answered_when_patience_ends() -> None:
    approaches = Approaches(RunSettings())
    done = [one for s in samples(*WALL, *[30.0, 35.0] * 25) for one in approaches.feed(s)]
    assert [one.run for one in done] == [None]


def test_approach_of_a_passing_hand_is_not_answered() -> None:
    assert fed(*WALL, 33.0, *WALL) == []


def test_approach_ends_when_the_thermometer_falls_silent() -> None:
    assert [one.run for one in fed(*WALL, 30.0, 35.0, 31.0)] == [None]


def test_wall_is_nobody() -> None:
    assert fed(*WALL * 20) == []


def test_warm_wall_behind_people_becomes_background() -> None:
    # A radiator comes on slowly; foreheads still stand out against it.
    warming = [22.0 + 0.1 * i for i in range(90)]
    done = fed(*warming, *[36.0] * 6, *[30.9] * 3)
    assert [one.run.skin_c for one in done if one.run] == [36.0]


@pytest.mark.parametrize("word_c", [1037.55, -273.15, 382.19, math.nan, math.inf])
def test_broken_word_breaks_the_run_and_is_no_face(word_c: float) -> None:
    assert fed(*WALL, word_c, word_c, word_c, word_c, word_c, word_c, *WALL) == []
    done = fed(*WALL, 35.0, 35.0, 35.0, word_c, 35.0, 35.0, *WALL)
    assert [one.run for one in done] == [None]
