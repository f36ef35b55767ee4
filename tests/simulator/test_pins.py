import random
from itertools import pairwise
from typing import Any

import pytest
from gpiozero.input_devices import DigitalInputDevice

from edge.signals.debounce import Level
from simulator.pins import BOUNCE_S, SimulatedBeam, SimulatedPinFactory, SimulatedSwitch, bouncing


class Board:
    """A board in a clock of its own, and what its pin 17 told gpiozero."""

    def __init__(self) -> None:
        self.now_s = 5.0
        self.factory = SimulatedPinFactory(lambda: self.now_s)
        self.heard: list[tuple[float, bool]] = []

    def hear(self, ticks: float, state: bool) -> None:
        self.heard.append((ticks, bool(state)))


def test_edges_are_stamped_by_the_callers_clock() -> None:
    board = Board()
    pin = board.factory.pin(17)
    pin.when_changed = board.hear
    board.now_s = 7.5
    pin.drive(True)
    board.now_s = 8.0
    pin.drive(False)
    assert board.heard == [(7.5, True), (8.0, False)]


def test_silent_edge_changes_the_level_and_says_nothing() -> None:
    board = Board()
    pin = board.factory.pin(17)
    pin.when_changed = board.hear
    pin.drive(True, silently=True)
    assert bool(pin.state)
    assert board.heard == []


def test_outside_world_wins_over_the_pull_resistor() -> None:
    board = Board()
    pin = board.factory.pin(17)
    pin.drive(False)
    pin.pull = "up"
    assert not pin.state


def test_pull_resistor_decides_where_nothing_drives() -> None:
    pin = Board().factory.pin(17)
    pin.pull = "up"
    assert bool(pin.state)


@pytest.mark.parametrize("active_low", [True, False])
def test_beam_breaks_to_its_level(active_low: bool) -> None:
    board = Board()
    beam = SimulatedBeam(board.factory, 17, active_low=active_low)
    beam.set(True)
    assert bool(board.factory.pin(17).state) is not active_low
    beam.set(False)
    assert bool(board.factory.pin(17).state) is active_low


def test_chatter_ends_where_it_began() -> None:
    board = Board()
    beam = SimulatedBeam(board.factory, 17)
    beam.set(True)
    board.factory.pin(17).when_changed = board.hear
    beam.chatter(3)
    assert len(board.heard) == 6
    assert beam.is_broken
    assert not board.factory.pin(17).state


def test_gpiozero_device_measures_in_virtual_time() -> None:
    board = Board()
    beam = SimulatedBeam(board.factory, 17)
    make: Any = DigitalInputDevice
    device = make(17, pull_up=True, pin_factory=board.factory)
    beam.set(True)
    board.now_s += 3600.0
    assert device.active_time == 3600.0
    device.close()


def test_environment_does_not_choose_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_MOCK_REVISION", "0002")
    assert SimulatedPinFactory(lambda: 0.0).board_info.model == "4B"


def test_bounce_is_short_and_ends_where_the_contact_went() -> None:
    rng = random.Random(1)
    bursts = [bouncing(7.0, True, rng) for _ in range(1000)]
    assert {burst[-1].is_active for burst in bursts} == {True}
    assert {burst[0] for burst in bursts} == {Level(7.0, True)}
    assert max(burst[-1].t_s for burst in bursts) <= 7.0 + BOUNCE_S
    assert {len(burst) for burst in bursts} == {1, 3, 5, 7, 9, 11}
    assert all(a.is_active != b.is_active for burst in bursts for a, b in pairwise(burst))


@pytest.mark.parametrize("active_low", [True, False])
def test_switch_goes_to_its_level(active_low: bool) -> None:
    board = Board()
    switch = SimulatedSwitch(board.factory, 17, active_low=active_low)
    switch.set(True)
    assert bool(board.factory.pin(17).state) is not active_low


def test_switch_bounces_in_the_callers_clock() -> None:
    board = Board()
    switch = SimulatedSwitch(board.factory, 17, active_low=False)
    board.factory.pin(17).when_changed = board.hear

    def wait_to(t_s: float) -> None:
        board.now_s = t_s

    switch.bounce(True, random.Random(1), wait_to)
    assert board.heard == bouncing(5.0, True, random.Random(1))
    assert len(board.heard) > 1


def test_lost_edge_of_a_switch_changes_its_level_alone() -> None:
    board = Board()
    switch = SimulatedSwitch(board.factory, 17, active_low=False)
    board.factory.pin(17).when_changed = board.hear
    switch.set(True, silently=True)
    assert bool(board.factory.pin(17).state)
    assert board.heard == []


def test_stuck_switch_stays_until_it_is_freed_and_is_then_what_it_was_made() -> None:
    board = Board()
    pin = board.factory.pin(17)
    switch = SimulatedSwitch(board.factory, 17, active_low=False)
    switch.stick(True)
    seen = [bool(pin.state)]
    switch.set(True)
    switch.set(False)
    seen.append(bool(pin.state))
    switch.free()
    seen.append(bool(pin.state))
    assert seen == [True, True, False]


def test_output_is_never_at_another_level_than_its_first() -> None:
    pin = Board().factory.pin(17)
    pin.output_with_state(True)
    assert [state.state for state in pin.states] == [False, True]
    assert pin.function == "output"
    assert pin.state
