"""Walkers: what a torso of 26 cm does to two beams 10 cm apart, worked by hand."""

import random

import pytest

from protocol.events import Direction
from simulator.happenings import Crossing
from simulator.walkers import INNER, OUTER, Body, Change, Gait, bounce, changes, draw_body, shades

#: 1.2 m/s: the torso takes 216.67 ms to pass a point, the way between the beams 83.33 ms.
BODY = Body(torso_m=0.26, speed_m_s=1.2)


def a_crossing(direction: Direction = Direction.IN, *, turned_back: bool = False) -> Crossing:
    return Crossing(10.0, "door", direction, 1, "group", turned_back)


def test_lone_walker_breaks_the_outer_beam_first_going_in() -> None:
    found = changes(shades(a_crossing(), BODY, Gait(), random.Random(1)))
    assert [(each.beam, each.bodies) for each in found] == [(OUTER, 1), (INNER, 1), (OUTER, -1), (INNER, -1)]
    # Midway at 10 s: the front is 0.18 m behind the outer beam's line 150 ms earlier.
    assert [each.t_s for each in found] == pytest.approx([9.85, 9.93333, 10.06667, 10.15], abs=1e-4)


def test_lone_walker_breaks_the_inner_beam_first_going_out() -> None:
    found = changes(shades(a_crossing(Direction.OUT), BODY, Gait(), random.Random(1)))
    assert [(each.beam, each.bodies) for each in found] == [(INNER, 1), (OUTER, 1), (INNER, -1), (OUTER, -1)]


def test_each_beam_is_broken_as_long_as_the_torso_takes() -> None:
    for shade in shades(a_crossing(), BODY, Gait(), random.Random(1)):
        assert shade.until_s - shade.from_s == pytest.approx(0.26 / 1.2)


@pytest.mark.parametrize("seed", range(8))
def test_turning_back_frees_the_first_beam_last(seed: int) -> None:
    found = changes(shades(a_crossing(turned_back=True), BODY, Gait(), random.Random(seed)))
    assert (found[0].beam, found[-1].beam) == (OUTER, OUTER)
    assert len(found) in (2, 4)


def test_turning_back_goes_sometimes_as_far_as_the_second_beam() -> None:
    rng = random.Random(1)
    depths = {len(shades(a_crossing(turned_back=True), BODY, Gait(), rng)) for _ in range(50)}
    assert depths == {1, 2}


def test_bounce_ends_as_it_would_without_it() -> None:
    found = list(bounce(Change(1.0, OUTER, 1), random.Random(2)))
    assert len(found) > 1
    assert sum(each.bodies for each in found) == 1
    assert found[-1].t_s < 1.006


def test_body_stays_within_reason() -> None:
    rng = random.Random(3)
    bodies = [draw_body(Gait(), rng) for _ in range(2000)]
    assert min(body.speed_m_s for body in bodies) >= 0.6
    assert sum(body.speed_m_s for body in bodies) / 2000 == pytest.approx(1.2, abs=0.02)
    assert sum(body.torso_m for body in bodies) / 2000 == pytest.approx(0.26, abs=0.002)
