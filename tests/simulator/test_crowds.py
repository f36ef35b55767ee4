from itertools import pairwise
from random import Random

import pytest

from edge.signals.crossing import Outcome
from edge.signals.pulses import Beam, BeamEdge
from simulator.crowds import Habits, Leaf, People, day, dense, rounded, through, with_leaf
from simulator.doors import SCENES, played
from simulator.tracks import Body, Mount, trace, truth_of


def a_run(people: int = 8) -> list[Body]:
    """Walkers one second apart at 1 m/s."""
    steps = range(-40, 41)
    return [
        Body(
            t_s=tuple(10.0 + k + step / 20 for step in steps),
            along_m=tuple(-step / 20 for step in steps),
            truth=Outcome.IN,
            crossing_s=10.0 + k,
        )
        for k in range(people)
    ]


def test_day_is_the_same_for_the_same_seed_only() -> None:
    habits, people = Habits(people=50), People(torso_spread=0.1, sway_m=0.01)
    assert day(a_run(), habits, people, Random(1)) == day(a_run(), habits, people, Random(1))
    assert day(a_run(), habits, people, Random(1)) != day(a_run(), habits, people, Random(2))


def test_day_has_as_many_turning_back_as_told() -> None:
    truth = truth_of(day(a_run(), Habits(people=400, turn_back=0.1), People(), Random(3)))
    assert sum(truth.values()) == 400
    assert 20 <= truth["turned_back"] <= 60


def test_day_with_meetings_has_somebody_from_the_other_side_within_a_group() -> None:
    bodies = day(a_run(), Habits(people=200, turn_back=0.0, meet=1.0), People(), Random(3))
    inward_s = [body.crossing_s for body in bodies if body.truth is Outcome.IN]
    outward_s = [body.crossing_s for body in bodies if body.truth is Outcome.OUT]
    near = [t_s for t_s in inward_s if min(abs(t_s - other_s) for other_s in outward_s) < 1.0]
    assert len(near) > 30


@pytest.mark.parametrize(("people", "depth_m"), [(People(torso_m=0.20), 0.20), (People(torso_m=0.34), 0.34)])
def test_day_has_bodies_as_deep_as_told(people: People, depth_m: float) -> None:
    (body,) = day(a_run(), Habits(people=1, turn_back=0.0), people, Random(1))
    edges = trace([body], Mount(rate_hz=1000.0))
    assert edges[2].t_s - edges[0].t_s == pytest.approx(depth_m, abs=0.003)


def test_day_with_stops_lasts_as_long_as_they_do() -> None:
    habits = Habits(people=1, turn_back=0.0, stop=1.0, stop_s=(2.0, 2.0))
    (body,) = day(a_run(), habits, People(), Random(1))
    assert body.t_s[-1] - body.t_s[0] > 3.0


def test_dense_run_keeps_who_went_when() -> None:
    bodies = dense(a_run(), People(torso_m=0.3), Random(1))
    assert [body.crossing_s for body in bodies] == pytest.approx([10.0 + k for k in range(8)])


def test_run_through_a_narrower_door_puts_those_abreast_behind_each_other() -> None:
    run = a_run(2)
    abreast = [run[0], *(body for body in a_run(1))]
    squeezed = through(abreast, across_m=[0.6, 1.1], width_m=0.7, of_m=0.95)
    assert squeezed[1].crossing_s - squeezed[0].crossing_s == pytest.approx(0.32, abs=0.01)


def test_rounded_edges_lie_on_whole_milliseconds() -> None:
    (edge,) = rounded([BeamEdge(t_s=1.23456, beam=Beam.OUTER, broken=True)], 0.001)
    assert edge.t_s == pytest.approx(1.235)


def test_day_has_as_many_laden_as_told_and_they_are_deeper() -> None:
    people = People(laden=0.3, laden_m=0.15)
    depths_m = [body.depth_m for body in day(a_run(), Habits(people=400), people, Random(5))]
    assert {round(depth_m or 0.0, 6) for depth_m in depths_m} == {0.26, 0.41}
    assert 90 <= sum(depth_m == pytest.approx(0.41) for depth_m in depths_m) <= 150


def test_leaf_that_is_pushed_ahead_breaks_its_beam_first() -> None:
    leaf = Leaf(ahead_s=(0.4, 0.4), leaves_s=(0.05, 0.05))
    first, second, third, *_ = with_leaf(a_run(1), Mount(), leaf, Random(1))
    assert (first.beam, first.broken) == (Beam.INNER, True)
    assert (second.beam, second.broken) == (Beam.OUTER, True)
    assert (third.beam, third.broken) == (Beam.INNER, False)
    assert second.t_s - first.t_s == pytest.approx(0.4)
    assert third.t_s - second.t_s == pytest.approx(0.05)


def test_leaf_that_is_held_hides_its_beam_until_they_are_gone() -> None:
    leaf = Leaf(beam=Beam.OUTER, ahead_s=(0.3, 0.3), leaves_s=(0.5, 0.5), is_held=True)
    edges = with_leaf(a_run(1), Mount(), leaf, Random(1))
    assert [(edge.beam, edge.broken) for edge in edges] == [
        (Beam.OUTER, True),
        (Beam.INNER, True),
        (Beam.INNER, False),
        (Beam.OUTER, False),
    ]
    assert edges[3].t_s - edges[2].t_s == pytest.approx(0.5)


def test_leaf_is_moved_by_the_share_who_do() -> None:
    plain, none = trace(a_run(), Mount()), with_leaf(a_run(), Mount(), Leaf(share=0.0), Random(1))
    assert none == plain
    assert with_leaf(a_run(), Mount(), Leaf(share=0.5), Random(1)) != plain


@pytest.mark.parametrize("name", ["leaf", "backpacks"])
def test_scene_is_of_lone_people(name: str) -> None:
    (scene,) = [scene for scene in SCENES if scene.name == name]
    ((width_m, bodies, edges),) = played(scene, {0.95: a_run()}, (1,))
    assert width_m == 0.95
    gaps_s = [b.crossing_s - a.crossing_s for a, b in pairwise(bodies)]
    assert min(gaps_s) > 1.0
    assert len(edges) > 3 * len(bodies)
