from random import Random

import pytest

from edge.signals.crowd import CrowdSettings, crowd_of

SETTINGS = CrowdSettings()
USUAL_C = 0.6


def people(seed: int, count: int, *offs_c: float) -> list[float]:
    """Of as many kinds as there are `offs_c`, in turn."""
    random = Random(seed)
    return [35.0 + offs_c[place % len(offs_c)] + random.gauss(0.0, 0.45) for place in range(count)]


def test_crowd_by_hand() -> None:
    crowd = crowd_of([35.2, 33.0, 35.0, 34.8, 35.4], USUAL_C, SETTINGS)
    # Median 35.0; 33.0 is more than 1.1 under it and out: 35.1 of 34.8, 35.0, 35.2, 35.4.
    assert crowd.people == 5
    assert crowd.level_c == pytest.approx(35.1)
    assert crowd.spread_c == pytest.approx(0.4)
    assert not crowd.is_mixed


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("off_c", [-1.5, 0.0, 1.0])
def test_crowd_of_one_kind_is_not_mixed_wherever_it_stands(seed: int, off_c: float) -> None:
    assert not crowd_of(people(seed, 40, off_c), USUAL_C, SETTINGS).is_mixed


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "offs_c",
    [pytest.param((0.0, -1.7), id="half from frost"), pytest.param((0.0, 1.4, 1.8), id="two thirds ill")],
)
def test_crowd_of_two_kinds_is_mixed(seed: int, offs_c: tuple[float, ...]) -> None:
    assert crowd_of(people(seed, 40, *offs_c), USUAL_C, SETTINGS).is_mixed


@pytest.mark.parametrize("seed", range(10))
def test_few_cold_people_do_not_move_the_level(seed: int) -> None:
    # One in eight, 1.7 °C down: a mean would fall by 0.21 °C.
    without, among = people(seed, 40, 0.0), people(seed, 40, *[0.0] * 7, -1.7)
    gone = crowd_of(without, USUAL_C, SETTINGS).level_c - crowd_of(among, USUAL_C, SETTINGS).level_c
    assert abs(gone) < 0.12


def test_seven_people_are_too_few_to_say() -> None:
    assert not crowd_of([33.0, 35.0, 33.0, 35.0, 33.0, 35.0, 33.0], USUAL_C, SETTINGS).is_mixed
