from collections.abc import Iterator
from typing import Any

import pytest

from edge.drivers.errors import HardwareMissing, PinRefused
from edge.drivers.relay import Relay, RelayConfig, RelayFailed
from simulator.pins import SimulatedPin, SimulatedPinFactory

PIN = 22


class FailingPin(SimulatedPin):
    """A pin that notes what it drives as an output, and fails as it is told."""

    #: Levels driven by outputs, in order.
    driven: list[bool]
    #: What holds the pin against whatever is written; None: nothing.
    held_at: bool | None
    refuses_writes: bool

    def __init__(self, factory: Any, info: Any) -> None:
        start: Any = super().__init__
        start(factory, info)
        self.driven, self.held_at, self.refuses_writes = [], None, False

    def output_with_state(self, state: bool) -> None:
        self.driven.append(bool(state))
        super().output_with_state(state)

    def _set_function(self, value: str) -> None:
        base: Any = super()
        self.driven += [bool(self._state)] * (value == "output")
        base._set_function(value)

    def _set_state(self, value: bool) -> None:
        if self.refuses_writes:
            raise Exception("bad handle")
        self.driven.append(bool(value))
        base: Any = super()
        base._set_state(value)

    def _get_state(self) -> bool:
        return bool(self._state) if self.held_at is None else self.held_at


class Bench:
    def __init__(self, config: RelayConfig) -> None:
        self.config = config
        self.factory = SimulatedPinFactory(lambda: 0.0)
        self.factory.pin_class = FailingPin
        self.pin: FailingPin = self.factory.pin(config.pin)
        self.relay = Relay(config, self.factory)

    @property
    def is_pulled(self) -> bool:
        """Whether the coil is under current."""
        return bool(self.pin._state) is self.config.active_high


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(RelayConfig(pin=PIN))
    yield made
    made.relay.close()


@pytest.mark.parametrize("active_high", [True, False], ids=["active high", "active low"])
def test_relay_is_off_from_the_first_moment_it_is_an_output(active_high: bool) -> None:
    bench = Bench(RelayConfig(pin=PIN, active_high=active_high))
    assert set(bench.pin.driven) == {not active_high}
    assert not bench.is_pulled
    assert repr(bench.relay) == "Relay(relay on pin 22, off)"


@pytest.mark.parametrize("active_high", [True, False], ids=["active high", "active low"])
def test_relay_does_as_it_is_told(active_high: bool) -> None:
    bench = Bench(RelayConfig(pin=PIN, active_high=active_high))
    seen = []
    for is_on in (True, True, False, True, False):
        bench.relay.switch(is_on)
        seen.append((bench.relay.is_on, bench.is_pulled))
    assert seen == [(is_on, is_on) for is_on in (True, True, False, True, False)]


def test_close_is_off_and_twice_is_harmless(bench: Bench) -> None:
    bench.relay.switch(True)
    bench.relay.close()
    bench.relay.close()
    assert not bench.is_pulled
    assert not bench.relay.is_on
    with pytest.raises(HardwareMissing, match="closed and off"):
        bench.relay.switch(True)


def test_pin_that_does_not_follow_is_a_fault_and_told_off(bench: Bench) -> None:
    bench.pin.held_at = False
    with pytest.raises(RelayFailed, match="relay on pin 22: told on, reads off; cut its power"):
        bench.relay.switch(True)
    assert not bench.relay.is_on
    assert bench.pin.driven[-1] is False


def test_relay_that_sticks_on_is_a_fault(bench: Bench) -> None:
    bench.relay.switch(True)
    bench.pin.held_at = True
    with pytest.raises(RelayFailed, match="told off, reads on"):
        bench.relay.switch(False)
    assert not bench.relay.is_on


def test_write_that_fails_is_a_fault_and_close_still_closes(bench: Bench) -> None:
    bench.pin.refuses_writes = True
    with pytest.raises(RelayFailed, match="cannot be switched \\(bad handle\\)"):
        bench.relay.switch(True)
    assert not bench.relay.is_on
    bench.relay.close()
    assert repr(bench.relay) == "Relay(relay on pin 22, closed)"


def test_relay_that_cannot_be_switched_off_is_not_opened() -> None:
    factory = SimulatedPinFactory(lambda: 0.0)
    factory.pin_class = FailingPin
    pin: FailingPin = factory.pin(PIN)
    pin.held_at = True
    with pytest.raises(RelayFailed, match="told off, reads on"):
        Relay(RelayConfig(pin=PIN), factory)
    pin.held_at = None
    Relay(RelayConfig(pin=PIN), factory).close()


def test_pulsed_relay_moves_at_every_call_and_rests_off() -> None:
    bench = Bench(RelayConfig(pin=PIN, drive="pulse"))
    moves = []
    for is_on in (True, True, True, True, False, False, True):
        bench.relay.switch(is_on)
        moves.append(bench.is_pulled)
    assert moves == [True, False, True, False, False, False, True]
    assert bench.relay.is_on


def test_pin_in_use_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(PinRefused, match="relay on pin 22"):
        Relay(RelayConfig(pin=PIN), bench.factory)


@pytest.mark.parametrize(
    ("pin", "active_high", "is_off"), [(9, True, True), (8, True, False), (8, False, True), (9, False, False)]
)
def test_config_knows_what_the_chip_does_while_it_boots(pin: int, active_high: bool, is_off: bool) -> None:
    assert RelayConfig(pin=pin, active_high=active_high).is_off_while_booting is is_off
