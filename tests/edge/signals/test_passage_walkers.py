import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signals.walkers import Walkers


def walkers() -> Walkers:
    return Walkers(spacing_m=0.10, torso_m=0.26)


def body_m(door: Walkers) -> float:
    return 0.10 * math.exp(door.log_bodies)


@pytest.mark.parametrize("torso_m", [0.20, 0.23, 0.29, 0.34])
def test_walkers_learn_the_length_of_a_body_from_a_few_lone_ones(torso_m: float) -> None:
    door = walkers()
    for k in range(8):
        door.learn_body(math.log(torso_m / 0.10) + 0.03 * (-1) ** k, delay_s=0.11)
    assert body_m(door) == pytest.approx(torso_m, rel=0.04)


def test_walkers_learn_the_length_of_a_body_among_overlapping_followers() -> None:
    door = walkers()
    for k in range(40):
        for _ in range(4):
            door.learn_body(math.log(2.9) + 0.02 * (-1) ** k, delay_s=0.11)
        door.learn_body(math.log(2.9 * (1.2 + 0.01 * k)), delay_s=0.11)
    assert body_m(door) == pytest.approx(0.29, rel=0.04)


def test_walkers_doubt_the_length_of_a_body_less_when_they_have_seen_some() -> None:
    door = walkers()
    before = door.body_variance
    for _ in range(5):
        door.learn_body(math.log(2.6), delay_s=0.11)
    assert door.body_variance < before


def test_walkers_learn_that_bodies_differ() -> None:
    alike, mixed = walkers(), walkers()
    for k in range(60):
        alike.learn_body(math.log(2.6), delay_s=0.11)
        mixed.learn_body(math.log(2.6) + 0.15 * (-1) ** k, delay_s=0.11)
    assert mixed.body_variance > 2 * alike.body_variance


def test_walkers_learn_how_often_people_turn_back() -> None:
    door = walkers()
    before = door.turned
    for _ in range(200):
        door.learn_company(people=1, turned=0.0, followers=0.0)
    assert door.turned < before
    for _ in range(200):
        door.learn_company(people=1, turned=0.3, followers=0.0)
    assert door.turned > before


def test_walkers_learn_how_closely_people_follow() -> None:
    single_file, crowd = walkers(), walkers()
    for _ in range(50):
        single_file.learn_company(people=2, turned=0.0, followers=0.0)
        crowd.learn_company(people=2, turned=0.0, followers=1.0)
    assert single_file.follow_per_s < walkers().follow_per_s < crowd.follow_per_s


def test_walkers_learn_from_near_misses_how_often_people_meet() -> None:
    door = walkers()
    for _ in range(20):
        door.learn_gap(0.4, is_opposed=True)
    assert door.meet_per_s > 10 * walkers().meet_per_s
    other = walkers()
    for _ in range(20):
        other.learn_gap(5.0, is_opposed=True)
    assert other.meet_per_s <= walkers().meet_per_s


@settings(deadline=None)
@given(
    lengths=st.lists(st.tuples(st.floats(-8.0, 8.0), st.floats(1e-4, 100.0)), max_size=40),
)
def test_walkers_bear_lengths_no_body_has(lengths: list[tuple[float, float]]) -> None:
    door = walkers()
    for log_bodies, delay_s in lengths:
        door.learn_body(log_bodies, delay_s)
    assert 0.10 < body_m(door) < 0.60
    assert 0.0 < door.typical_s < math.inf


def test_walkers_learn_who_is_laden_where_people_come_alone() -> None:
    lonely, crowd = walkers(), walkers()
    for k in range(300):
        log_bodies = math.log(2.6) + 0.45 * (k % 3 == 0)
        for door, gap_s in ((lonely, 6.0), (crowd, 0.3)):
            door.learn_gap(gap_s, is_opposed=False)
            door.learn_body(log_bodies, delay_s=0.11)
            door.learn_laden(log_bodies, alone=1.0)
    assert lonely.laden == pytest.approx(1 / 3, abs=0.12)
    assert crowd.laden < 0.01
    assert body_m(lonely) == pytest.approx(0.26, rel=0.04)


def test_walkers_believe_fewer_followers_where_nobody_comes_soon_after_another() -> None:
    door = walkers()
    before = door.follow_per_s
    for _ in range(100):
        door.learn_gap(6.0, is_opposed=False)
    assert door.follow_per_s < before / 2


def test_walkers_learn_which_beam_a_leaf_swings_through() -> None:
    door = walkers()
    before = door.things
    for _ in range(50):
        door.learn_things(1, (0.0, 1.0, 0.0, 0.0, 0.0, 0.0), (False, True))
    assert door.things[1] > 0.5
    assert door.things[0] < before[0]


def test_walkers_take_what_both_beams_show_for_people() -> None:
    door = walkers()
    before = door.things
    for k in range(100):
        at_outer = k % 2 == 0
        door.learn_things(1, (0.7 * at_outer, 0.7 * (not at_outer), 0, 0, 0, 0), (at_outer, not at_outer))
    assert max(door.things[:2]) < 3 * before[0]


def test_walkers_learn_whether_things_leave_a_beam_unseen() -> None:
    door = walkers()
    for _ in range(30):
        door.learn_things(1, (0.0, 1.0, 0.0, 0.0, 0.0, 1.0), (False, False))
        door.learn_things(1, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), (False, False))
    assert door.unseen[0] < 0.2
    assert door.unseen[1] > 0.8
