import gc
import logging
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest

from edge.drivers.beam_pair import BeamPair, BeamPairConfig
from edge.drivers.errors import HardwareMissing, PinRefused
from edge.signals.passage import Beam, BeamEdge
from simulator.pins import SimulatedBeam, SimulatedPin, SimulatedPinFactory

OUTER, INNER = 17, 27


class Door:
    """A door with two beams, a clock of its own, and the list of what its driver said."""

    def __init__(self, *, active_low: bool = True) -> None:
        self.now_s = 100.0
        self.edges: list[BeamEdge] = []
        self.factory = SimulatedPinFactory(lambda: self.now_s)
        self.outer = SimulatedBeam(self.factory, OUTER, active_low=active_low)
        self.inner = SimulatedBeam(self.factory, INNER, active_low=active_low)
        self.config = BeamPairConfig(outer_pin=OUTER, inner_pin=INNER, active_low=active_low)

    def open(self) -> BeamPair:
        self.pair = BeamPair(self.config, self.factory, self.edges.append)
        return self.pair


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.factory.close()


def an_edge(t_s: float, beam: Beam, broken: bool) -> BeamEdge:
    return BeamEdge(t_s=t_s, beam=beam, broken=broken)


@pytest.mark.parametrize("active_low", [True, False], ids=["active low", "active high"])
def test_passage_through_both_beams_is_four_stamped_edges(active_low: bool) -> None:
    door = Door(active_low=active_low)
    door.open()
    steps = [(door.outer, True), (door.inner, True), (door.outer, False), (door.inner, False)]
    for beam, broken in steps:
        door.now_s += 0.25
        beam.set(broken)
    assert door.edges == [
        an_edge(100.25, Beam.OUTER, True),
        an_edge(100.5, Beam.INNER, True),
        an_edge(100.75, Beam.OUTER, False),
        an_edge(101.0, Beam.INNER, False),
    ]


def test_levels_are_read_from_the_pins(door: Door) -> None:
    pair = door.open()
    door.inner.set(True, silently=True)
    assert pair.levels() == (False, True)


def test_chatter_goes_through_whole(door: Door) -> None:
    pair = door.open()
    door.outer.chatter(5)
    assert [edge.broken for edge in door.edges] == [True, False] * 5
    assert pair.missed_edges == 0


def test_ten_thousand_pulses_keep_every_edge_and_its_time(door: Door) -> None:
    door.open()
    times_s = [100.0 + 0.02 * n for n in range(20_000)]
    for t_s in times_s:
        door.now_s = t_s
        door.outer.set(not door.outer.is_broken)
    assert [edge.t_s for edge in door.edges] == times_s
    assert all(a.broken != b.broken for a, b in pairwise(door.edges))


def test_missed_edge_is_repaired_by_reading_the_level_again(door: Door) -> None:
    pair = door.open()
    door.outer.set(True)
    door.now_s = 100.30
    door.outer.set(False, silently=True)
    door.now_s = 100.35
    assert pair.reread() == [an_edge(100.35, Beam.OUTER, False)]
    assert pair.reread() == []
    assert pair.missed_edges == 1
    assert len(door.edges) == 1


def test_both_beams_are_repaired_at_once(door: Door) -> None:
    pair = door.open()
    door.outer.set(True, silently=True)
    door.inner.set(True, silently=True)
    assert [edge.beam for edge in pair.reread()] == [Beam.OUTER, Beam.INNER]
    assert pair.missed_edges == 2


def test_reread_of_beams_that_said_all_finds_nothing(door: Door) -> None:
    pair = door.open()
    door.outer.chatter(3)
    door.inner.set(True)
    assert pair.reread() == []
    assert pair.missed_edges == 0


def test_edge_after_a_lost_one_is_passed_on_and_counted(door: Door) -> None:
    pair = door.open()
    door.outer.set(True)
    door.outer.set(False, silently=True)
    door.outer.set(True)
    assert [edge.broken for edge in door.edges] == [True, True]
    assert pair.missed_edges == 1


def test_edge_that_comes_after_its_repair_is_dropped(door: Door) -> None:
    pair = door.open()
    stamped_s = door.now_s
    door.outer.set(True, silently=True)
    door.now_s = 100.004
    assert len(pair.reread()) == 1
    late_pin = door.factory.pin(OUTER)
    late_pin.when_changed(stamped_s, late_pin.state)
    assert door.edges == []
    assert pair.late_edges == 1
    door.outer.set(False)
    assert door.edges == [an_edge(100.004, Beam.OUTER, False)]


def test_edge_older_than_the_last_of_its_beam_is_dropped(door: Door) -> None:
    pair = door.open()
    door.outer.set(True)
    door.factory.pin(OUTER).when_changed(99.9, 1)
    assert door.edges == [an_edge(100.0, Beam.OUTER, True)]
    assert pair.late_edges == 1


def test_stamp_of_another_clock_is_replaced(door: Door) -> None:
    pair = door.open()
    door.factory.pin(INNER).when_changed(1_760_000_000.0, 0)
    assert door.edges == [an_edge(100.0, Beam.INNER, True)]
    assert pair.restamped_edges == 1


def test_beam_broken_at_the_start_is_reported_at_once(door: Door) -> None:
    door.inner.set(True)
    pair = door.open()
    assert door.edges == [an_edge(100.0, Beam.INNER, True)]
    assert pair.missed_edges == 0
    assert pair.levels() == (False, True)


def test_pair_that_is_held_outlives_the_garbage_collector(door: Door) -> None:
    door.open()
    gc.collect()
    door.outer.set(True)
    assert len(door.edges) == 1


def test_pair_that_nobody_holds_gives_its_pins_back(door: Door) -> None:
    BeamPair(door.config, door.factory, door.edges.append)
    gc.collect()
    door.open()
    door.outer.set(True)
    assert len(door.edges) == 1


def test_sink_that_fails_does_not_stop_the_next_edge(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    taken: list[BeamEdge] = []

    def sink(edge: BeamEdge) -> None:
        taken.append(edge)
        raise RuntimeError("queue closed")

    pair = BeamPair(door.config, door.factory, sink)
    with caplog.at_level(logging.ERROR):
        door.outer.chatter(1)
    assert len(taken) == 2
    assert "edge lost" in caplog.text
    pair.close()


def test_close_twice_is_harmless_and_ends_the_edges(door: Door) -> None:
    pair = door.open()
    pair.close()
    pair.close()
    door.outer.set(True)
    assert door.edges == []
    assert pair.reread() == []
    with pytest.raises(HardwareMissing, match="closed"):
        pair.levels()


def test_pin_that_calls_on_after_its_device_is_closed_is_not_heard(door: Door) -> None:
    class Clinging(SimulatedPin):
        """As lgpio's: closing it leaves its callback in place."""

        def close(self) -> None:
            pass

    door.factory.reset()
    door.factory.pin_class = Clinging
    door.open().close()
    door.factory.pin(OUTER).drive(False)
    assert door.edges == []


def test_pins_are_free_again_after_close(door: Door) -> None:
    door.open().close()
    door.open()
    door.outer.set(True)
    assert len(door.edges) == 1


def test_pin_in_use_is_refused_and_the_first_pin_given_back(door: Door) -> None:
    shared = door.open()
    with pytest.raises(PinRefused, match="beam inner on pin 27"):
        BeamPair(BeamPairConfig(outer_pin=5, inner_pin=INNER), door.factory, door.edges.append)
    again = BeamPair(BeamPairConfig(outer_pin=5, inner_pin=6), door.factory, door.edges.append)
    again.close()
    shared.close()


def test_pin_with_a_fixed_resistor_is_refused() -> None:
    door = Door()
    with pytest.raises(PinRefused, match="beam outer on pin 2"):
        BeamPair(BeamPairConfig(outer_pin=2, inner_pin=3, active_low=False), door.factory, door.edges.append)


def test_pins_without_pull_serve_boards_with_their_own_resistors(door: Door) -> None:
    door.outer.set(False)
    door.inner.set(False)
    config = BeamPairConfig(outer_pin=OUTER, inner_pin=INNER, pull="none")
    pair = BeamPair(config, door.factory, door.edges.append)
    door.outer.set(True)
    assert pair.levels() == (True, False)
    assert door.factory.pin(OUTER).pull == "floating"


def test_config_with_one_pin_for_both_is_refused() -> None:
    with pytest.raises(ValueError, match="must differ, got 17"):
        BeamPairConfig(outer_pin=17, inner_pin=17)


def test_config_from_a_file_bounds_the_pins() -> None:
    with pytest.raises(msgspec.ValidationError, match="outer_pin"):
        msgspec.convert({"outer_pin": 40, "inner_pin": 4}, BeamPairConfig)
