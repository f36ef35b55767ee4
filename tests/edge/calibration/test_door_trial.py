import dataclasses
from collections.abc import Callable

import pytest

from edge.calibration.door_trial import DoorTrial, TrialResult, Way
from edge.signals.passage import Beam, BeamEdge, Outcome, PassageDecoder, PassageSettings

WALKERS = 10
SPEED_M_S = 1.0
BODY_M = 0.26


def walker(
    way: Way, start_s: float, *, spacing_m: float = 0.10, speed_m_s: float = SPEED_M_S
) -> list[BeamEdge]:
    """The edges of somebody of 26 cm."""
    first, second = (Beam.OUTER, Beam.INNER) if way is Way.IN else (Beam.INNER, Beam.OUTER)
    lag_s, blocked_s = spacing_m / speed_m_s, BODY_M / speed_m_s
    edges = [
        BeamEdge(t_s=start_s, beam=first, broken=True),
        BeamEdge(t_s=start_s + lag_s, beam=second, broken=True),
        BeamEdge(t_s=start_s + blocked_s, beam=first, broken=False),
        BeamEdge(t_s=start_s + lag_s + blocked_s, beam=second, broken=False),
    ]
    return sorted(edges, key=lambda edge: edge.t_s)


def everybody(edges: list[BeamEdge]) -> list[BeamEdge]:
    return edges


def swapped(edges: list[BeamEdge]) -> list[BeamEdge]:
    other = {Beam.OUTER: Beam.INNER, Beam.INNER: Beam.OUTER}
    return [dataclasses.replace(edge, beam=other[edge.beam]) for edge in edges]


def without_inner(edges: list[BeamEdge]) -> list[BeamEdge]:
    return [edge for edge in edges if edge.beam is Beam.OUTER]


def nobody(edges: list[BeamEdge]) -> list[BeamEdge]:
    return []


def without_the_first_two(edges: list[BeamEdge]) -> list[BeamEdge]:
    return [edge for edge in edges if edge.t_s % 1000.0 > 10.0]


def trial(
    door: Callable[[list[BeamEdge]], list[BeamEdge]] = everybody,
    *,
    spacing_m: float = 0.10,
    true_spacing_m: float = 0.10,
) -> TrialResult:
    """Ten in from 1000 s on, ten out from 2000 s on, five seconds apart; `door` is what it does to edges."""
    decoder = PassageDecoder(PassageSettings(spacing_m=spacing_m))
    test = DoorTrial(spacing_m)
    for number, way in enumerate(Way):
        test.begin(way)
        start_s = 1000.0 * (number + 1)
        walked = [walker(way, start_s + 5.0 * i + 1.0, spacing_m=true_spacing_m) for i in range(WALKERS)]
        for edge in door([edge for edges in walked for edge in edges]):
            for crossing in decoder.feed(edge):
                test.crossing(crossing)
            test.edge(edge)
        for crossing in decoder.advance(start_s + 500.0):
            test.crossing(crossing)
    return test.result(WALKERS)


def test_trial_of_a_good_door_counts_everybody() -> None:
    result = trial()
    assert result.is_good
    assert [(way.way, way.right, way.wrong) for way in result.ways] == [(Way.IN, 10, 0), (Way.OUT, 10, 0)]
    assert (result.walked, result.errors, result.advice) == (20, 0, ())


def test_trial_measures_the_people() -> None:
    result = trial()
    assert result.speed_m_s == pytest.approx(1.0)
    assert result.body_m == pytest.approx(0.26)


def test_trial_measures_people_who_take_their_time() -> None:
    # One beam is free long before the other one.
    test = DoorTrial(0.10)
    test.begin(Way.IN)
    for edge in walker(Way.IN, 0.0, speed_m_s=0.2):
        test.edge(edge)
    result = test.result(1)
    assert result.speed_m_s == pytest.approx(0.2)
    assert result.body_m == pytest.approx(0.26)


def test_trial_of_a_door_whose_beams_are_swapped_says_so() -> None:
    result = trial(swapped)
    assert not result.is_good
    assert [(way.right, way.wrong, way.errors) for way in result.ways] == [(0, 10, 20), (0, 10, 20)]
    assert result.advice == (
        "the door is the wrong way round: swap outer_pin and inner_pin in the node file",
    )


def test_trial_of_a_door_with_a_blind_beam_says_which() -> None:
    result = trial(without_inner)
    assert not result.is_good
    (advice,) = result.advice
    assert advice.startswith("the inner beam is blind: broken 0 times, the outer one 20 times")


def test_trial_of_a_door_without_supply_says_so() -> None:
    (advice,) = trial(nobody).advice
    assert advice.startswith("nobody was seen")


def test_trial_with_a_wrong_spacing_guesses_the_right_one() -> None:
    result = trial(spacing_m=0.05, true_spacing_m=0.20)
    assert result.body_m == pytest.approx(0.065)
    (advice,) = result.advice
    assert "people measure 6 cm" in advice
    assert "about 0.20 m?" in advice


def test_trial_says_how_many_were_missed() -> None:
    result = trial(without_the_first_two)
    assert [way.right for way in result.ways] == [8, 8]
    assert result.errors == 4
    assert result.advice[0].startswith("4 of 20 were missed")


def test_trial_says_how_many_were_too_many() -> None:
    test = DoorTrial(0.10)
    decoder = PassageDecoder(PassageSettings())
    test.begin(Way.IN)
    edges = [edge for i in range(WALKERS + 1) for edge in walker(Way.IN, 5.0 * i)]
    for edge in edges:
        test.edge(edge)
        for crossing in decoder.feed(edge):
            test.crossing(crossing)
    for crossing in decoder.advance(500.0):
        test.crossing(crossing)
    assert test.counted(Outcome.IN) == WALKERS + 1
    result = test.result(WALKERS)
    assert not result.is_good
    assert result.advice[0].startswith("1 counted too many")


def test_trial_counts_nothing_before_it_begins() -> None:
    test = DoorTrial(0.10)
    for edge in walker(Way.IN, 0.0):
        test.edge(edge)
    assert test.counted(Outcome.IN) == 0
    assert test.result(0).advice == ("nobody was seen: check the supply of the receivers and both pins",)
