import math
from random import Random

import pytest

from edge.signals.stable_run import Approach, Approaches, RunSettings, Sample, plateau

SETTINGS = RunSettings()
#: Seconds between samples.
STEP_S = 0.14


def samples(*objects_c: float, ambient_c: float = 22.0, from_s: float = 0.0) -> list[Sample]:
    return [Sample(t_s=from_s + i * STEP_S, object_c=c, ambient_c=ambient_c) for i, c in enumerate(objects_c)]


def fed(*objects_c: float, ambient_c: float = 22.0) -> list[Approach]:
    approaches = Approaches(SETTINGS)
    done = [one for sample in samples(*objects_c, ambient_c=ambient_c) for one in approaches.feed(sample)]
    return done + approaches.advance(1000.0)


WALL = (22.1, 22.0, 22.1)


def test_run_is_median_spread_and_length_of_the_plateau() -> None:
    run = plateau(samples(26.0, 31.0, 34.8, 34.9, 35.0, 34.9, 34.7), SETTINGS)
    assert run is not None
    assert (run.skin_c, run.samples) == (34.9, 5)
    assert run.spread_c == pytest.approx(0.3)


@pytest.mark.parametrize(
    "objects_c",
    [
        pytest.param((30.0, 31.0, 32.0, 33.0, 34.0, 35.0), id="rising fast"),
        pytest.param((34.0, 34.1, 34.2, 34.3, 34.4, 34.5, 34.6, 34.7), id="rising slowly"),
        pytest.param((35.0, 34.2, 35.0, 34.2, 35.0, 34.2, 35.0, 34.2, 35.0, 34.2), id="trembling"),
        pytest.param((35.0, 35.0, 35.0, 35.0), id="too short"),
        pytest.param((31.0,) * 8 + (33.0, 35.0, 35.0, 34.9), id="stood on the way, then came nearer"),
    ],
)
def test_run_is_none_without_rest_near_the_maximum(objects_c: tuple[float, ...]) -> None:
    assert plateau(samples(*objects_c), SETTINGS) is None


def test_run_is_none_when_it_did_not_last() -> None:
    assert plateau(samples(*[35.0] * 5), SETTINGS, lasts_s=0.6) is None


def test_run_leaves_out_the_dips_of_a_spot_filled_in_part() -> None:
    # 95 % of the spot filled reads 0.57 °C too low (science.md §1.8).
    run = plateau(samples(35.0, 34.43, 35.1, 35.0, 34.43, 35.0, 35.1, 34.43, 35.0), SETTINGS)
    assert run is not None
    assert run.skin_c == 35.0


def test_run_takes_no_glitch_for_the_maximum() -> None:
    run = plateau(samples(35.0, 35.0, 38.0, 35.1, 35.0, 35.0, 37.0, 35.1), SETTINGS)
    assert run is not None
    assert run.skin_c == 35.0


def walk_up(seed: int, skin_c: float, *, hold_s: float, flicker: float = 0.0) -> list[Sample]:
    """A face at 10 Hz: comes nearer in a second, fills the spot, holds, leaves; sensor noise 0.05 °C.

    `flicker`: share of the samples in which an edge of the spot looks past the face.
    """
    random = Random(seed)
    wall_c, air_c = 22.0, 22.5
    filled = [0.02] * 5 + [min(0.1 * i, 0.9) for i in range(1, 10)]
    filled += [
        1.0 - random.uniform(0.02, 0.08) * (random.random() < flicker) for _ in range(int(hold_s * 10))
    ]
    filled += [0.7, 0.3, 0.0, 0.0]
    return [
        Sample(
            t_s=0.1 * i,
            object_c=wall_c + (skin_c - wall_c) * share + random.gauss(0.0, 0.05),
            ambient_c=air_c,
        )
        for i, share in enumerate(filled)
    ]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("skin_c", [33.5, 35.0, 37.5])
def test_live_approach_reads_the_plateau_not_the_ramp(seed: int, skin_c: float) -> None:
    approaches = Approaches(SETTINGS)
    done = [one for sample in walk_up(seed, skin_c, hold_s=1.0) for one in approaches.feed(sample)]
    assert len(done) == 1
    assert done[0].run is not None
    assert done[0].run.skin_c == pytest.approx(skin_c, abs=0.12)


@pytest.mark.parametrize("seed", range(25))
def test_live_approach_with_flicker_is_never_read_low(seed: int) -> None:
    approaches = Approaches(SETTINGS)
    done = [
        one for sample in walk_up(seed, 36.5, hold_s=1.5, flicker=0.25) for one in approaches.feed(sample)
    ]
    assert [one.run is None or one.run.skin_c > 36.25 for one in done] == [True]


def test_live_approach_with_flicker_is_mostly_read() -> None:
    read = 0
    for seed in range(40):
        approaches = Approaches(SETTINGS)
        people = walk_up(seed, 35.0, hold_s=1.5, flicker=0.25)
        read += any(one.run is not None for sample in people for one in approaches.feed(sample))
    assert read >= 36


@pytest.mark.parametrize("seed", range(10))
def test_live_approach_that_stops_on_the_way_is_read_at_its_end(seed: int) -> None:
    # 0.3 s at 90 % of the spot, then near enough.
    random = Random(seed)
    objects = [22.0, 27.0, 32.0, *[35.1 + random.gauss(0.0, 0.04) for _ in range(6)]]
    objects += [36.5 + random.gauss(0.0, 0.04) for _ in range(10)]
    approaches = Approaches(SETTINGS)
    done = [
        one
        for i, object_c in enumerate(objects)
        for one in approaches.feed(Sample(t_s=0.1 * i, object_c=object_c, ambient_c=22.0))
    ]
    assert [one.run.skin_c for one in done if one.run] == [pytest.approx(36.5, abs=0.1)]


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
    approaches = Approaches(SETTINGS)
    done = [one for s in samples(*WALL, *[30.0, 35.0] * 25) for one in approaches.feed(s)]
    assert [one.run for one in done] == [None]


def test_approach_of_a_passing_hand_is_not_answered() -> None:
    assert fed(*WALL, 33.0, *WALL) == []


def test_approach_ends_when_the_thermometer_falls_silent() -> None:
    assert [one.run for one in fed(*WALL, 30.0, 35.0, 31.0)] == [None]


def test_wall_is_nobody() -> None:
    assert fed(*WALL * 20) == []


def test_warm_wall_behind_people_becomes_background() -> None:
    # A radiator comes on, 9 °C in five minutes; foreheads still stand out against it.
    approaches = Approaches(SETTINGS)
    warming = [Sample(t_s=i / 2 - 300.0, object_c=22.0 + 0.015 * i, ambient_c=22.0) for i in range(600)]
    face = samples(*[36.0] * 8, *[30.9] * 3)
    done = [one for sample in [*warming, *face] for one in approaches.feed(sample)]
    assert [one.run.skin_c for one in done if one.run] == [36.0]


def test_wall_that_cools_is_background_at_once() -> None:
    approaches = Approaches(SETTINGS)
    opened = samples(30.0, 30.0, 23.0, *[31.0] * 8, *WALL)
    assert [one.run.skin_c for s in opened for one in approaches.feed(s) if one.run] == [31.0]


@pytest.mark.parametrize("word_c", [1037.55, -273.15, 382.19, math.nan, math.inf])
def test_broken_word_breaks_the_run_and_is_no_face(word_c: float) -> None:
    assert fed(*WALL, word_c, word_c, word_c, word_c, word_c, word_c, *WALL) == []
    done = fed(*WALL, 35.0, 35.0, 35.0, word_c, 35.0, 35.0, *WALL)
    assert [one.run for one in done] == [None]
