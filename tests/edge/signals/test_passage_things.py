from collections.abc import Callable
from random import Random

import pytest

from edge.signals.passage import BeamEdge, Crossing, Outcome, PassageSettings, decode
from tests.edge.signals.test_passage import (
    LATER_S,
    edges_of,
    lone_walkers,
    mirrored,
    outcomes,
    together,
    walk,
)

SETTINGS = PassageSettings()
#: Of somebody who comes at a time and at a speed: when the leaf holds the inner beam.
Leaf = Callable[[Random, float, float], tuple[float, float]]


def held(from_s: float, until_s: float) -> list[BeamEdge]:
    """A thing in the inner beam."""
    return edges_of("0 2 0", (from_s, until_s))


def directions(crossings: list[Crossing]) -> list[Outcome]:
    return [c.outcome for c in crossings if c.outcome in (Outcome.IN, Outcome.OUT)]


def days(leaf: Leaf, people: int = 120, seed: int = 77) -> tuple[list[BeamEdge], list[Outcome]]:
    """Lone walkers of both directions, each with the leaf at the inner beam."""
    random, walks, truth = Random(seed), [], []
    for k in range(people):
        at_s, speed_m_s, inward = 8.0 * k, random.uniform(0.7, 1.4), random.random() < 0.5
        truth.append(Outcome.IN if inward else Outcome.OUT)
        walks += [walk(at_s, speed_m_s, inward), held(*leaf(random, at_s, at_s + 0.36 / speed_m_s))]
    return together(*walks), truth


def held_open(random: Random, came_s: float, left_s: float) -> tuple[float, float]:
    return came_s - random.uniform(0.3, 0.8), left_s + random.uniform(0.3, 0.8)


def pushed_ahead(random: Random, came_s: float, left_s: float) -> tuple[float, float]:
    return came_s - random.uniform(0.3, 0.6), came_s + random.uniform(0.0, 0.2)


def falls_to(random: Random, came_s: float, left_s: float) -> tuple[float, float]:
    return left_s - random.uniform(0.0, 0.15), left_s + random.uniform(0.3, 0.6)


@pytest.mark.parametrize("mirror", [list, mirrored])
@pytest.mark.parametrize(("before_s", "after_s"), [(0.3, 0.3), (0.8, 0.9), (1.5, 1.2)])
def test_passage_while_a_leaf_holds_the_other_beam_has_no_sure_direction(
    before_s: float, after_s: float, mirror: Callable[[list[BeamEdge]], list[BeamEdge]]
) -> None:
    edges = together(walk(LATER_S, 1.1), held(LATER_S - before_s, LATER_S + 0.33 + after_s))
    told = decode([*lone_walkers(40), *mirror(edges)], SETTINGS)[40:]
    assert all(c.confidence <= 0.5 for c in told if c.outcome in (Outcome.IN, Outcome.OUT))
    assert (Outcome.AMBIGUOUS, 1) in outcomes(told)


def test_passage_beside_a_leaf_that_is_always_held_is_never_told_a_direction() -> None:
    edges, _ = days(held_open)
    told = decode(edges, SETTINGS)
    assert sum(c.confidence > 0.5 for c in told if c.outcome in (Outcome.IN, Outcome.OUT)) <= 1
    assert outcomes(told).count((Outcome.AMBIGUOUS, 1)) >= 110


@pytest.mark.parametrize("leaf", [pushed_ahead, falls_to])
def test_passage_keeps_its_direction_where_the_order_of_the_edges_tells_it_beside_a_leaf(leaf: Leaf) -> None:
    edges, truth = days(leaf)
    told = directions(decode(edges, SETTINGS))
    assert told.count(Outcome.IN) == pytest.approx(truth.count(Outcome.IN), abs=0.1 * len(truth))
    assert told.count(Outcome.OUT) == pytest.approx(truth.count(Outcome.OUT), abs=0.1 * len(truth))


def test_passage_takes_a_leaf_that_swings_again_and_again_for_nobody() -> None:
    sweeps = [edge for k in range(100) for edge in held(10.0 * k, 10.0 * k + 0.3 + 0.01 * (k % 40))]
    told = outcomes(decode([*lone_walkers(20), *sweeps_after(sweeps)], SETTINGS))[20:]
    assert told.count((Outcome.AMBIGUOUS, 0)) >= 90


def sweeps_after(edges: list[BeamEdge]) -> list[BeamEdge]:
    return [BeamEdge(t_s=LATER_S + edge.t_s, beam=edge.beam, broken=edge.broken) for edge in edges]


def test_passage_of_those_who_turn_back_at_either_beam_again_and_again_is_somebody() -> None:
    turns = [
        edge
        for k in range(60)
        for edge in walk(10.0 * k, 1.0)
        + edges_of("0 1 0" if k % 2 else "0 2 0", (10.0 * k + 5.0, 10.0 * k + 5.5))
    ]
    told = outcomes(decode(turns, SETTINGS))
    assert told.count((Outcome.TURNED_BACK, 1)) >= 58


def test_passage_does_not_take_a_flick_of_a_beam_for_somebody() -> None:
    flick = edges_of("0 1 0", (LATER_S, LATER_S + 0.012))
    assert outcomes(decode([*lone_walkers(10), *flick], SETTINGS))[10:] == [(Outcome.AMBIGUOUS, 0)]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_passage_of_lone_people_with_backpacks_is_one_person_each(share: float) -> None:
    random, edges = Random(78), []
    for k in range(400):
        laden_m = 0.15 if random.random() < share else 0.0
        depth_m = random.lognormvariate(0.0, 0.1) * 0.26 + laden_m
        edges += walk(6.0 * k, random.uniform(0.7, 1.4), torso_m=depth_m)
    # Once the door has learned that they come alone.
    people = sum(c.people for c in decode(edges, SETTINGS) if c.t_s > 1200.0)
    assert people == pytest.approx(200, abs=8)


@pytest.mark.parametrize("headway_s", [0.1, 0.15, 0.2])
def test_passage_of_two_is_not_one_laden_where_people_follow_each_other(headway_s: float) -> None:
    near = [edge for k in range(40) for edge in together(walk(20.0 * k, 0.9), walk(20.0 * k + 0.7, 0.9))]
    pair = together(walk(LATER_S, 0.9), walk(LATER_S + headway_s, 0.9))
    told = decode([*near, *pair], SETTINGS)
    assert sum(c.people for c in told if c.t_s > LATER_S) == 2
