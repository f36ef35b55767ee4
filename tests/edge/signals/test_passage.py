from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signals.passage import (
    Beam,
    BeamEdge,
    Crossing,
    Outcome,
    PassageDecoder,
    PassageSettings,
    decode,
)

SETTINGS = PassageSettings()
#: An hour after the first walkers.
LATER_S = 3600.0


def edges_of(path: str, times_s: Iterable[float]) -> list[BeamEdge]:
    """The edges of a path of states (outer 1, inner 2), one time for each step."""
    states = [int(word) for word in path.split()]
    edges = []
    for before, after, t_s in zip(states, states[1:], times_s, strict=False):
        for beam, bit in ((Beam.OUTER, 1), (Beam.INNER, 2)):
            edges += [BeamEdge(t_s=t_s, beam=beam, broken=bool(after & bit))] * ((before ^ after) & bit > 0)
    return edges


def walk(at_s: float, speed_m_s: float, inward: bool = True, torso_m: float = 0.26) -> list[BeamEdge]:
    """A body through beams 0.10 m apart."""
    delay_s, length_s = 0.10 / speed_m_s, torso_m / speed_m_s
    path = "0 1 3 2 0" if inward else "0 2 3 1 0"
    return edges_of(path, [at_s, at_s + delay_s, at_s + length_s, at_s + length_s + delay_s])


def lone_walkers(people: int, torso_m: float = 0.26) -> list[BeamEdge]:
    """Ten seconds apart, each at their own speed."""
    return [edge for k in range(people) for edge in walk(10.0 * k, 0.8 + 0.05 * (k % 7), torso_m=torso_m)]


def together(*walks: list[BeamEdge]) -> list[BeamEdge]:
    """The edges when a beam is broken by whoever covers it."""
    covered = {beam: 0 for beam in Beam}
    edges = []
    for edge in sorted((edge for steps in walks for edge in steps), key=lambda edge: edge.t_s):
        before = covered[edge.beam]
        covered[edge.beam] += 1 if edge.broken else -1
        edges += [edge] * ((before == 0) != (covered[edge.beam] == 0))
    return edges


def outcomes(crossings: Iterable[Crossing]) -> list[tuple[Outcome, int]]:
    return [(crossing.outcome, crossing.people) for crossing in crossings]


def mirrored(edges: Iterable[BeamEdge]) -> list[BeamEdge]:
    other = {Beam.OUTER: Beam.INNER, Beam.INNER: Beam.OUTER}
    return [BeamEdge(t_s=edge.t_s, beam=other[edge.beam], broken=edge.broken) for edge in edges]


@pytest.mark.parametrize(
    ("path", "times_s", "expected"),
    [
        pytest.param("0 1 3 2 0", (0.0, 0.10, 0.26, 0.36), [(Outcome.IN, 1)], id="in"),
        pytest.param("0 2 3 1 0", (0.0, 0.10, 0.26, 0.36), [(Outcome.OUT, 1)], id="out"),
        pytest.param("0 1 0", (0.0, 0.4), [(Outcome.TURNED_BACK, 1)], id="only the outer beam"),
        pytest.param("0 2 0", (0.0, 0.4), [(Outcome.TURNED_BACK, 1)], id="only the inner beam"),
        pytest.param("0 1 3 1 0", (0.0, 0.1, 0.5, 0.6), [(Outcome.TURNED_BACK, 1)], id="turned outside"),
        pytest.param("0 2 3 2 0", (0.0, 0.1, 0.5, 0.6), [(Outcome.TURNED_BACK, 1)], id="turned inside"),
        pytest.param(
            "0 1 3 2 3 1 0", (0.0, 0.1, 0.3, 0.7, 0.9, 1.0), [(Outcome.TURNED_BACK, 1)], id="turned late"
        ),
        pytest.param("0 1 2 0", (0.0, 0.2, 0.4), [(Outcome.AMBIGUOUS, 0)], id="never both"),
        pytest.param("0 2 1 0", (0.0, 0.2, 0.4), [(Outcome.AMBIGUOUS, 0)], id="never both, outward"),
        pytest.param("0 3 0", (0.0, 0.3), [(Outcome.AMBIGUOUS, 0)], id="both at once"),
        pytest.param("0 3 2 0", (0.0, 0.26, 0.36), [(Outcome.AMBIGUOUS, 0)], id="no leading edge"),
        pytest.param("0 3 1 0", (0.0, 0.26, 0.36), [(Outcome.AMBIGUOUS, 0)], id="no leading edge, outward"),
        pytest.param("0 1 3", (0.0, 0.1), [(Outcome.OBSTRUCTED, 0)], id="stays broken"),
        pytest.param(
            "0 1 3 2 0",
            (0.0, 0.1, 9.0, 9.1),
            [(Outcome.OBSTRUCTED, 0), (Outcome.IN, 1), (Outcome.CLEARED, 0)],
            id="stood there, then went on",
        ),
        pytest.param(
            "0 1 3 1 0",
            (0.0, 0.1, 9.0, 9.1),
            [(Outcome.OBSTRUCTED, 0), (Outcome.CLEARED, 0)],
            id="a door leaf, open for a while",
        ),
        pytest.param(
            "0 1 3 2 0",
            (0.0, 0.1, 50.0, 50.1),
            [(Outcome.OBSTRUCTED, 0), (Outcome.CLEARED, 0)],
            id="stuck for longer than anybody stands",
        ),
        pytest.param(
            "0 1 3 2 3 1 3 2 0",
            (0.0, 0.11, 0.29, 0.33, 0.40, 0.44, 0.62, 0.73),
            [(Outcome.IN, 1), (Outcome.IN, 1)],
            id="follower on the heels",
        ),
    ],
)
def test_passage_follows_the_table_of_paths(
    path: str, times_s: tuple[float, ...], expected: list[tuple[Outcome, int]]
) -> None:
    assert outcomes(decode(edges_of(path, times_s), SETTINGS)) == expected


@given(speed_m_s=st.floats(0.35, 2.2), inward=st.booleans())
def test_passage_of_a_lone_walker_is_one_person(speed_m_s: float, inward: bool) -> None:
    (crossing,) = decode(walk(1.0, speed_m_s, inward), SETTINGS)
    assert (crossing.outcome, crossing.people) == (Outcome.IN if inward else Outcome.OUT, 1)
    assert crossing.took_s == pytest.approx(0.36 / speed_m_s)
    assert crossing.t_s == pytest.approx(1.0 + 0.36 / speed_m_s)


@pytest.mark.parametrize("headway_s", [0.12, 0.18, 0.24, 0.29, 0.33, 0.40, 0.60])
def test_passage_counts_a_follower_whether_or_not_the_beams_were_free(headway_s: float) -> None:
    pair = together(walk(LATER_S, 0.9), walk(LATER_S + headway_s, 0.9))
    crossings = decode([*lone_walkers(10), *pair], SETTINGS)
    assert {crossing.outcome for crossing in crossings} == {Outcome.IN}
    assert sum(crossing.people for crossing in crossings) == 12


def test_passage_of_two_abreast_is_one_person_only_the_pulse_could_prove_more() -> None:
    assert outcomes(decode(together(walk(0.0, 0.9), walk(0.01, 0.9)), SETTINGS)) == [(Outcome.IN, 1)]


def test_passage_of_people_each_their_own_way_is_told_apart() -> None:
    edges = together(walk(0.0, 0.9), walk(0.5, 0.9, inward=False), walk(1.1, 0.9))
    assert outcomes(decode(edges, SETTINGS)) == [(Outcome.IN, 1), (Outcome.OUT, 1), (Outcome.IN, 1)]


def test_passage_learns_deeper_bodies_from_lone_walkers() -> None:
    winter_coat = PassageSettings(torso_m=0.20)
    lone = [edge for k in range(30) for edge in walk(10.0 * k, 0.9)]
    assert outcomes(decode(lone, winter_coat))[-1] == (Outcome.IN, 1)
    pair = together(walk(1000.0, 0.9), walk(1000.15, 0.9))
    assert outcomes(decode([*lone, *pair], winter_coat))[-1] == (Outcome.IN, 2)


def test_passage_is_decided_within_a_second_after_the_beams_are_free() -> None:
    decoder = PassageDecoder(SETTINGS)
    early = [crossing for edge in walk(0.0, 1.0) for crossing in decoder.feed(edge)]
    assert early == []
    assert outcomes(decoder.advance(0.36 + 1.0)) == [(Outcome.IN, 1)]


def test_passage_of_an_endless_stream_is_told_while_it_lasts() -> None:
    stream = together(*(walk(0.38 * k, 0.9) for k in range(60)))
    decoder = PassageDecoder(SETTINGS)
    told = [crossing for edge in stream for crossing in decoder.feed(edge)]
    assert sum(crossing.people for crossing in told) >= 40
    told += decoder.advance(60.0)
    assert sum(crossing.people for crossing in told) == 60


def test_passage_obstruction_is_said_once_and_cleared_once() -> None:
    decoder = PassageDecoder(SETTINGS)
    for edge in edges_of("0 1 3", (0.0, 0.1)):
        decoder.feed(edge)
    said = [crossing for k in range(1, 40) for crossing in decoder.advance(0.1 + k)]
    said += decoder.feed(BeamEdge(t_s=50.0, beam=Beam.OUTER, broken=False))
    said += decoder.feed(BeamEdge(t_s=50.1, beam=Beam.INNER, broken=False))
    said += decoder.advance(51.0)
    assert outcomes(said) == [(Outcome.OBSTRUCTED, 0), (Outcome.CLEARED, 0)]
    assert said[0].t_s == pytest.approx(3.1)


def test_passage_counts_again_after_an_obstruction() -> None:
    blocked = edges_of("0 1 3 1 0", (0.0, 0.1, 20.0, 20.2))
    assert outcomes(decode([*blocked, *walk(30.0, 1.0)], SETTINGS))[-1] == (Outcome.IN, 1)


def test_passage_before_an_obstruction_is_not_lost_with_it() -> None:
    edges = together(walk(0.0, 0.9), walk(0.45, 0.9)[:3])
    assert outcomes(decode(edges, SETTINGS)) == [(Outcome.IN, 1), (Outcome.OBSTRUCTED, 0)]


def test_passage_decoder_keeps_up_with_a_beam_that_flickers_beside_a_stuck_one() -> None:
    flicker = [BeamEdge(t_s=1.0 + 0.05 * k, beam=Beam.INNER, broken=k % 2 == 0) for k in range(20_000)]
    stuck = [BeamEdge(t_s=0.5, beam=Beam.OUTER, broken=True), *flicker]
    crossings = decode([*stuck, BeamEdge(t_s=2000.0, beam=Beam.OUTER, broken=False)], SETTINGS)
    notices = [c.outcome for c in crossings if c.outcome in (Outcome.OBSTRUCTED, Outcome.CLEARED)]
    assert notices == [Outcome.OBSTRUCTED, Outcome.CLEARED]
    assert not [crossing for crossing in crossings if crossing.outcome in (Outcome.IN, Outcome.OUT)]


@pytest.mark.parametrize("lost", range(4))
def test_passage_with_one_lost_edge_is_still_counted(lost: int) -> None:
    spoiled = walk(2.0, 0.9)
    del spoiled[lost]
    crossings = decode([*walk(0.0, 0.9), *spoiled, *walk(LATER_S, 0.9)], SETTINGS)
    people = sum(crossing.people for crossing in crossings if crossing.outcome is Outcome.IN)
    assert people == 3


@pytest.mark.parametrize("torso_m", [0.20, 0.23, 0.26, 0.29, 0.32, 0.34])
def test_passage_of_lone_walkers_is_one_person_each_however_deep_they_are(torso_m: float) -> None:
    assert outcomes(decode(lone_walkers(30, torso_m), SETTINGS)) == [(Outcome.IN, 1)] * 30


def test_passage_learns_shallower_bodies_from_lone_walkers() -> None:
    pair = together(walk(LATER_S, 0.9, torso_m=0.21), walk(LATER_S + 0.08, 0.9, torso_m=0.21))
    assert outcomes(decode([*lone_walkers(30, 0.21), *pair], SETTINGS))[-1] == (Outcome.IN, 2)


def test_passage_of_who_slows_down_between_the_beams_is_one_person() -> None:
    slowing = edges_of("0 1 3 2 0", (LATER_S, LATER_S + 0.10, LATER_S + 0.34, LATER_S + 0.51))
    assert outcomes(decode([*lone_walkers(10), *slowing], SETTINGS))[-1] == (Outcome.IN, 1)


def test_passage_of_two_who_meet_in_the_doorway_is_one_each_way_where_people_meet() -> None:
    near_misses = [
        edge
        for k in range(12)
        for edge in together(walk(20.0 * k, 0.9), walk(20.0 * k + 0.6, 0.9, inward=False))
    ]
    meeting = together(walk(LATER_S, 0.9), walk(LATER_S + 0.2, 0.9, inward=False))
    told = outcomes(decode([*near_misses, *meeting], SETTINGS))
    assert sorted(told[-2:], key=str) == [(Outcome.IN, 1), (Outcome.OUT, 1)]


def test_passage_of_the_same_edges_is_somebody_turning_back_where_nobody_meets() -> None:
    meeting = together(walk(LATER_S, 0.9), walk(LATER_S + 0.2, 0.9, inward=False))
    assert outcomes(decode([*lone_walkers(30), *meeting], SETTINGS))[-1] == (Outcome.TURNED_BACK, 1)


def test_passage_of_who_turns_back_before_a_follower_is_told_apart() -> None:
    turner = edges_of("0 1 3 1 0", (LATER_S, LATER_S + 0.11, LATER_S + 0.65, LATER_S + 0.76))
    edges = together(turner, walk(LATER_S + 0.70, 0.9))
    told = decode([*lone_walkers(10), *edges], SETTINGS)[10:]
    assert sorted(outcomes(told), key=str) == [(Outcome.IN, 1), (Outcome.TURNED_BACK, 1)]


def test_passage_counts_ten_thousand_pulses_with_bounces_exactly() -> None:
    random = Random(7)
    edges = []
    for k in range(5000):
        for edge in walk(3.0 * k, random.uniform(0.6, 1.6), inward=k % 3 > 0):
            flicks_s = sorted(random.uniform(0.0, 0.005) for _ in range(2 * random.randint(0, 3)))
            edges.append(edge)
            for n, flick_s in enumerate(flicks_s):
                broken = edge.broken if n % 2 else not edge.broken
                edges.append(BeamEdge(t_s=edge.t_s + flick_s, beam=edge.beam, broken=broken))
    # As a file gives them: in order, rounded to a millisecond.
    edges = [replace(edge, t_s=round(edge.t_s, 3)) for edge in sorted(edges, key=lambda edge: edge.t_s)]
    told = outcomes(decode(edges, SETTINGS))
    assert told.count((Outcome.IN, 1)) == 3333
    assert told.count((Outcome.OUT, 1)) == 1667
    assert len(told) == 5000


def test_passage_counts_exactly_where_chatter_is_seen_once_a_millisecond() -> None:
    """Of what a beam did within a millisecond only the last level is told: the first may be told twice."""
    random = Random(8)
    edges = []
    for k in range(2000):
        for edge in walk(3.0 * k, random.uniform(0.6, 1.6), inward=k % 3 > 0):
            levels = [edge.broken if n % 2 else not edge.broken for n in range(2 * random.randint(0, 4))]
            told = {0: edge.broken} | {int(random.uniform(0.0, 5.0)): level for level in levels}
            if levels:
                told[5] = edge.broken
            edges += [
                BeamEdge(t_s=edge.t_s + 0.001 * tick, beam=edge.beam, broken=told[tick])
                for tick in sorted(told)
            ]
    told_twice = sum(
        one.broken == other.broken
        for beam in Beam
        for one, other in pairwise(edge for edge in edges if edge.beam is beam)
    )
    counted = outcomes(decode(sorted(edges, key=lambda edge: edge.t_s), SETTINGS))
    assert told_twice > 1000
    assert (counted.count((Outcome.IN, 1)), counted.count((Outcome.OUT, 1))) == (1333, 667)
    assert len(counted) == 2000


walkers = st.lists(
    st.tuples(st.floats(0.25, 3.0), st.floats(0.5, 1.6), st.booleans()), min_size=1, max_size=8
)


def scene(people: list[tuple[float, float, bool]]) -> list[BeamEdge]:
    at_s, walks = 0.0, []
    for headway_s, speed_m_s, inward in people:
        at_s += headway_s
        walks.append(walk(at_s, speed_m_s, inward))
    return together(*walks)


@settings(deadline=None)
@given(people=walkers)
def test_passage_swaps_directions_when_the_beams_are_swapped(people: list[tuple[float, float, bool]]) -> None:
    swap = {Outcome.IN: Outcome.OUT, Outcome.OUT: Outcome.IN}
    edges = scene(people)
    straight = [(swap.get(c.outcome, c.outcome), c.people, c.t_s) for c in decode(edges, SETTINGS)]
    assert [(c.outcome, c.people, c.t_s) for c in decode(mirrored(edges), SETTINGS)] == straight


@settings(deadline=None)
@given(people=walkers, later_s=st.integers(0, 100_000))
def test_passage_is_the_same_at_any_time_of_day(
    people: list[tuple[float, float, bool]], later_s: int
) -> None:
    # Whole steps of 1/1024 s, so that adding whole seconds changes no difference between two times.
    edges = [replace(edge, t_s=round(edge.t_s * 1024) / 1024) for edge in scene(people)]
    later = [replace(edge, t_s=edge.t_s + later_s) for edge in edges]
    told = [(c.outcome, c.people, c.t_s + later_s) for c in decode(edges, SETTINGS)]
    assert [(c.outcome, c.people, c.t_s) for c in decode(later, SETTINGS)] == told


@settings(deadline=None)
@given(people=walkers, step_s=st.floats(0.01, 1.0))
def test_passage_is_the_same_however_often_time_is_told(
    people: list[tuple[float, float, bool]], step_s: float
) -> None:
    edges, now_s = scene(people), 0.0
    decoder, live = PassageDecoder(SETTINGS), []
    for edge in edges:
        while now_s + step_s < edge.t_s:
            now_s += step_s
            live += decoder.advance(now_s)
        live += decoder.feed(edge)
    live += decoder.advance(edges[-1].t_s + 10.0)
    assert live == decode(edges, SETTINGS)


@settings(deadline=None)
@given(people=walkers, data=st.data())
def test_passage_ignores_chatter_after_an_edge(
    people: list[tuple[float, float, bool]], data: st.DataObject
) -> None:
    edges = scene([(headway_s + 0.6, speed_m_s, inward) for headway_s, speed_m_s, inward in people])
    flick = st.floats(0.0, SETTINGS.bounce_s / 2)
    noisy = []
    for edge in edges:
        first_s, second_s = sorted(data.draw(st.tuples(flick, flick)))
        noisy += [
            edge,
            BeamEdge(t_s=edge.t_s + first_s, beam=edge.beam, broken=not edge.broken),
            BeamEdge(t_s=edge.t_s + second_s, beam=edge.beam, broken=edge.broken),
        ]
    noisy.sort(key=lambda edge: edge.t_s)
    assert decode(noisy, SETTINGS) == decode(edges, SETTINGS)


@settings(deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(0.0, 5.0), st.sampled_from(Beam), st.booleans()), max_size=60),
)
def test_passage_bears_any_edges(steps: list[tuple[float, Beam, bool]]) -> None:
    at_s, edges = 0.0, []
    for gap_s, beam, broken in steps:
        at_s += gap_s
        edges.append(BeamEdge(t_s=at_s, beam=beam, broken=broken))
    crossings = decode(edges, SETTINGS)
    said = [c.outcome for c in crossings if c.outcome in (Outcome.OBSTRUCTED, Outcome.CLEARED)]
    assert said == [Outcome.OBSTRUCTED, Outcome.CLEARED] * (len(said) // 2) + [Outcome.OBSTRUCTED] * (
        len(said) % 2
    )
    assert all(0.0 <= crossing.confidence <= 1.0 for crossing in crossings)


@pytest.mark.parametrize("t_s", [0.5, float("nan"), float("inf")])
def test_passage_refuses_a_time_that_cannot_follow(t_s: float) -> None:
    decoder = PassageDecoder(SETTINGS)
    decoder.feed(BeamEdge(t_s=1.0, beam=Beam.OUTER, broken=True))
    with pytest.raises(ValueError, match="time must be finite and not go back"):
        decoder.feed(BeamEdge(t_s=t_s, beam=Beam.OUTER, broken=False))


def test_passage_settings_refuse_a_body_that_cannot_break_both_beams() -> None:
    with pytest.raises(ValueError, match="torso_m must be between 1 and 20 times spacing_m"):
        PassageSettings(spacing_m=0.30)


@pytest.mark.parametrize("spacing_m", [0.0, -0.1, float("nan"), float("inf")])
def test_passage_settings_refuse_an_impossible_spacing(spacing_m: float) -> None:
    with pytest.raises(ValueError, match="spacing_m must be a positive number"):
        PassageSettings(spacing_m=spacing_m)
