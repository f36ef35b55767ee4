import math
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import pytest

from edge.signals.passage import Outcome, PassageDecoder
from edge.signals.pulses import Beam, BeamEdge
from edge.signals.zones import ZoneFault, Zones, ZoneSettings, passage_settings

STEP_S = 0.025
FLOOR_MM = 2400.0
OUTER, INNER = Beam.OUTER, Beam.INNER


class Bench:
    """Zones fed in turn, outer first, every 25 ms."""

    def __init__(self, settings: ZoneSettings | None = None) -> None:
        self.zones = Zones(settings or ZoneSettings())
        self.looks = 0
        self.edges: list[BeamEdge] = []

    @property
    def now_s(self) -> float:
        return self.looks * STEP_S

    def feed(self, *pairs: tuple[float | None, float | None]) -> list[BeamEdge]:
        """Looks of outer and inner zone, pair by pair; gives the edges."""
        told: list[BeamEdge] = []
        for distance_mm in chain.from_iterable(pairs):
            beam = INNER if self.looks % 2 else OUTER
            told += self.zones.feed(self.now_s, beam, distance_mm)
            self.looks += 1
        self.edges += told
        return told

    def both(self, distance_mm: float | None, seconds: float) -> list[BeamEdge]:
        """Both zones see the same for so long."""
        return self.feed(*repeat((distance_mm, distance_mm), round(seconds / STEP_S / 2)))


def ready(settings: ZoneSettings | None = None) -> Bench:
    bench = Bench(settings)
    bench.both(FLOOR_MM, 2.0)
    return bench


def walker(at_s: float, from_s: float, gone_s: float) -> float:
    return 800.0 if from_s <= at_s < gone_s else FLOOR_MM


def told(edges: Sequence[BeamEdge]) -> list[tuple[Beam, bool]]:
    return [(edge.beam, edge.broken) for edge in edges]


def test_idle_distance_is_learned_in_a_second() -> None:
    bench = Bench()
    assert not bench.zones.is_ready
    bench.both(FLOOR_MM, 1.1)
    assert bench.zones.is_ready
    assert (bench.zones.idle_mm(OUTER), bench.zones.idle_mm(INNER)) == (FLOOR_MM, FLOOR_MM)


def test_walker_breaks_outer_then_inner() -> None:
    bench = ready()
    start_s = bench.now_s
    looks = [start_s + 2 * k * STEP_S for k in range(40)]
    bench.feed(
        *((walker(t, start_s + 0.2, start_s + 0.6), walker(t, start_s + 0.4, start_s + 0.8)) for t in looks)
    )
    assert told(bench.edges) == [(OUTER, True), (INNER, True), (OUTER, False), (INNER, False)]
    assert [edge.t_s - start_s for edge in bench.edges] == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.06)


def test_edge_lies_where_the_distance_passed_the_limit() -> None:
    # Limit 0.7 x 2400 = 1680. From 2400 to 1200 in 50 ms: passed after 0.6 of it.
    bench = ready()
    before_s = bench.now_s - 2 * STEP_S
    edges = bench.feed((1200.0, FLOOR_MM), (1200.0, FLOOR_MM))
    assert told(edges) == [(OUTER, True)]
    assert edges[0].t_s == pytest.approx(before_s + 0.6 * 2 * STEP_S)


def test_release_waits_for_the_least_of_two_and_is_stamped_at_the_first() -> None:
    bench = ready()
    bench.feed((800.0, FLOOR_MM), (800.0, FLOOR_MM))
    last_s = bench.now_s - 2 * STEP_S
    assert bench.feed((FLOOR_MM, FLOOR_MM)) == []
    edges = bench.feed((FLOOR_MM, FLOOR_MM), (FLOOR_MM, FLOOR_MM))
    # Limit 0.75 x 2400 = 1800: passed after 1000/1600 of the way.
    assert told(edges) == [(OUTER, False)]
    assert edges[0].t_s == pytest.approx(last_s + 0.625 * 2 * STEP_S)


def test_one_glance_at_the_floor_does_not_free_a_zone() -> None:
    bench = ready()
    pairs = [(800.0, FLOOR_MM), (FLOOR_MM, FLOOR_MM)]
    assert told(bench.feed(*pairs * 4, (800.0, FLOOR_MM))) == [(OUTER, True)]


@pytest.mark.parametrize(("distance_mm", "is_free"), [(1690.0, True), (1670.0, False)])
def test_limit_is_a_share_of_the_idle_distance(distance_mm: float, is_free: bool) -> None:
    bench = ready()
    bench.feed((distance_mm, FLOOR_MM), (distance_mm, FLOOR_MM))
    assert bench.zones.is_free is is_free


def test_hysteresis_keeps_a_zone_broken() -> None:
    bench = ready()
    bench.feed((1670.0, FLOOR_MM))
    bench.feed(*repeat((1790.0, FLOOR_MM), 5))
    assert not bench.zones.is_free
    bench.feed(*repeat((1810.0, FLOOR_MM), 2))
    assert bench.zones.is_free


def test_no_target_neither_breaks_nor_frees() -> None:
    bench = ready()
    assert bench.both(None, 2.0) == []
    assert bench.zones.is_free
    bench.feed((800.0, FLOOR_MM))
    bench.feed(*repeat((None, FLOOR_MM), 20))
    assert not bench.zones.is_free


def test_edge_after_blind_looks_lies_half_way_to_the_last_of_them() -> None:
    bench = ready()
    bench.feed((None, FLOOR_MM))
    last_s = bench.now_s - 2 * STEP_S
    edges = bench.feed((800.0, FLOOR_MM), (800.0, FLOOR_MM))
    assert [edge.t_s for edge in edges] == [pytest.approx(last_s + STEP_S)]


def test_zones_that_see_nothing_are_blind_until_they_do() -> None:
    bench = ready()
    bench.feed(*repeat((FLOOR_MM, None), round(9.9 / STEP_S / 2)))
    assert bench.zones.fault is None
    bench.feed(*repeat((FLOOR_MM, None), 10))
    assert bench.zones.fault is ZoneFault.BLIND
    bench.feed((FLOOR_MM, FLOOR_MM))
    assert bench.zones.fault is None


def test_zones_blind_from_the_start_are_not_ready() -> None:
    bench = Bench()
    bench.both(None, 11.0)
    assert (bench.zones.fault, bench.zones.is_ready) == (ZoneFault.BLIND, False)


def test_nobody_is_counted_before_the_floor_is_known() -> None:
    bench = Bench()
    assert bench.both(800.0, 5.0) == []
    assert bench.zones.idle_mm(OUTER) is None


def test_somebody_beneath_at_the_start_is_not_taken_for_the_floor_for_long() -> None:
    bench = Bench()
    bench.both(1300.0, 3.0)
    assert bench.zones.idle_mm(OUTER) == 1300.0
    bench.both(FLOOR_MM, 8.0)
    assert bench.zones.idle_mm(OUTER) == FLOOR_MM


def test_idle_distance_follows_slowly_after_a_minute() -> None:
    bench = ready()
    bench.both(2300.0, 57.0)
    assert bench.zones.idle_mm(OUTER) == FLOOR_MM
    bench.both(2300.0, 4.0)
    assert 2380.0 < (bench.zones.idle_mm(OUTER) or 0.0) < FLOOR_MM
    bench.both(2300.0, 240.0)
    assert bench.zones.idle_mm(OUTER) == pytest.approx(2300.0, abs=2.0)


def test_idle_distance_does_not_leap() -> None:
    bench = ready()
    bench.both(1750.0, 400.0)
    assert (bench.zones.idle_mm(OUTER), bench.zones.is_free) == (FLOOR_MM, True)


def test_furniture_that_somebody_passes_is_noticed_all_the_same() -> None:
    bench = ready()
    bench.feed(*repeat((1400.0, FLOOR_MM), 1000))
    bench.feed(*repeat((800.0, FLOOR_MM), 10))
    bench.feed(*repeat((1400.0, FLOOR_MM), round(298 / STEP_S / 2)))
    assert bench.zones.fault is None
    bench.feed(*repeat((1400.0, FLOOR_MM), 100))
    assert bench.zones.fault is ZoneFault.MOVED


def test_furniture_is_said_and_learned_and_forgotten() -> None:
    bench = ready()
    bench.feed(*repeat((1400.0, FLOOR_MM), round(299 / STEP_S / 2)))
    assert (bench.zones.fault, bench.zones.is_free) == (None, False)
    bench.feed(*repeat((1400.0, FLOOR_MM), round(3 / STEP_S / 2)))
    assert (bench.zones.fault, bench.zones.is_free) == (ZoneFault.MOVED, True)
    assert bench.zones.idle_mm(OUTER) == 1400.0
    bench.feed(*repeat((1400.0, FLOOR_MM), round(61 / STEP_S / 2)))
    assert bench.zones.fault is None


def test_furniture_too_high_to_pass_beneath_stays_a_fault_until_it_goes() -> None:
    bench = ready()
    bench.feed(*repeat((500.0, FLOOR_MM), round(400 / STEP_S / 2)))
    assert (bench.zones.fault, bench.zones.is_free) == (ZoneFault.MOVED, False)
    bench.both(FLOOR_MM, 59.0)
    assert (bench.zones.fault, bench.zones.is_free) == (ZoneFault.MOVED, True)
    bench.both(FLOOR_MM, 3.0)
    assert bench.zones.fault is None


def test_somebody_who_sways_is_no_furniture() -> None:
    bench = ready()
    sway = [800.0 + 60.0 * math.sin(0.9 * k * STEP_S) for k in range(round(400 / STEP_S / 2))]
    bench.feed(*((distance_mm, FLOOR_MM) for distance_mm in sway))
    assert (bench.zones.fault, bench.zones.is_free) == (None, False)


def test_edges_come_in_order_and_never_before_what_was_settled() -> None:
    bench = ready()
    settled: list[tuple[float, list[float]]] = []
    for outer_mm, inner_mm in jumps():
        before_s = bench.zones.settled_s
        settled.append((before_s, [edge.t_s for edge in bench.feed((outer_mm, inner_mm))]))
    stamps = [edge.t_s for edge in bench.edges]
    assert stamps == sorted(stamps)
    assert [t for before_s, times in settled for t in times if t < before_s] == []
    assert len(stamps) > 20


def jumps() -> Iterator[tuple[float | None, float | None]]:
    """Distances that jump, each zone in a rhythm of its own."""
    for k in range(200):
        yield (
            (FLOOR_MM, 800.0, None)[k * 7 // 5 % 3],
            (FLOOR_MM, 900.0, FLOOR_MM, None)[k * 5 // 7 % 4],
        )


def test_walker_through_the_decoder_of_passages() -> None:
    # The inner zone first, for 6 looks of 50 ms; the outer one 125 ms later (it is looked at 25 ms earlier).
    bench = ready()
    decoder = PassageDecoder(passage_settings(ceiling_m=2.4, apart_spads=4))
    free, inner = (FLOOR_MM, FLOOR_MM), (FLOOR_MM, 800.0)
    both, outer = (800.0, 800.0), (800.0, FLOOR_MM)
    edges = bench.feed(*[free] * 8, *[inner] * 3, *[both] * 3, *[outer] * 3, *[free] * 20)
    crossings = [crossing for edge in edges for crossing in decoder.feed(edge)]
    crossings += decoder.advance(bench.zones.settled_s)
    assert [(crossing.outcome, crossing.people) for crossing in crossings] == [(Outcome.OUT, 1)]


def test_passage_settings_known_quantity() -> None:
    # 2.4 - 1.7 + 0.15 = 0.85 m away, 4 SPADs of 27/16 degrees: 2 x 0.85 x tan(3.375 deg) = 0.1003 m.
    settings = passage_settings(ceiling_m=2.4, apart_spads=4)
    assert settings.spacing_m == pytest.approx(0.1003, abs=1e-4)
    assert settings.torso_m == pytest.approx(0.2503, abs=1e-4)


def test_ceiling_that_heads_reach_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ceiling_m must be 1\.95 or more, got 1\.9"):
        passage_settings(ceiling_m=1.9, apart_spads=4)


@pytest.mark.parametrize("t_s", [0.0, math.nan, math.inf])
def test_time_that_goes_back_is_refused(t_s: float) -> None:
    bench = ready()
    with pytest.raises(ValueError, match="not before the last look"):
        bench.zones.feed(t_s, OUTER, FLOOR_MM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("detect_share", 0.9),
        ("hysteresis_share", 0.3),
        ("window", 0),
        ("steady", 2),
        ("learn_share", 0.0),
        ("blind_s", math.inf),
        ("moved_s", -1.0),
    ],
)
def test_settings_out_of_range_are_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        ZoneSettings(**{field: value})  # type: ignore[arg-type]  # a table of fields of two types
