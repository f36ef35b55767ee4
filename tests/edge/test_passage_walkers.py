import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.walkers import Walkers


def walkers() -> Walkers:
    return Walkers(spacing_m=0.10, torso_m=0.26)


@pytest.mark.parametrize(
    ("excess", "people"), [(0.0, 1), (0.05, 1), (0.4, 2), (0.9, 2), (1.6, 3), (2.3, 4), (-0.2, 1)]
)
def test_walkers_read_people_from_the_length_of_a_pulse(excess: float, people: int) -> None:
    assert walkers().heads(excess).people == people


def test_walkers_are_less_sure_between_one_and_two() -> None:
    assert walkers().heads(0.15).share < walkers().heads(0.0).share
    assert walkers().heads(0.15).share < walkers().heads(0.5).share


@given(excess=st.floats(-1.0, 100.0), guessed=st.booleans())
def test_walkers_always_have_a_number_and_a_share(excess: float, guessed: bool) -> None:
    head = walkers().heads(excess, guessed)
    assert head.people >= 1
    assert 0.0 < head.share <= 1.0
    assert math.isfinite(head.fit)


@pytest.mark.parametrize("bodies", [1.5, 2.0, 3.2, 5.0])
def test_walkers_learn_the_length_of_a_body_among_overlapping_followers(bodies: float) -> None:
    door = walkers()
    for _ in range(40):
        door.learn(0.11 * bodies * 0.98, 0.11, people=1)
        door.learn(0.11 * bodies * 1.02, 0.11, people=1)
        door.learn(0.11 * bodies * 1.6, 0.11, people=2)
    assert door.excess(0.11 * bodies, 0.11) == pytest.approx(0.0, abs=0.04)
    assert door.heads(door.excess(0.11 * bodies * 1.6, 0.11)).people == 2


def test_walkers_bear_lengths_no_body_has() -> None:
    door = walkers()
    for _ in range(2000):
        door.learn(100.0, 0.1, people=1)
        door.learn(0.001, 0.1, people=1)
    assert math.isfinite(door.excess(0.26, 0.1))
    assert door.typical_s > 0.0
