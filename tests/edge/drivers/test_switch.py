import random
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import msgspec
import pytest

from edge.drivers.errors import HardwareMissing, PinRefused
from edge.drivers.switch import (
    ButtonConfig,
    ContactConfig,
    DispenserConfig,
    PirConfig,
    Switch,
    SwitchConfig,
)
from edge.signals.debounce import Debouncer, Level
from edge.signals.presses import DispenserLever, TreatmentButton
from protocol.config import decode_table
from protocol.events import Action, Task
from simulator.pins import SimulatedPinFactory, SimulatedSwitch

PIN = 22


class Wall:
    """A wall with one switch on it, its driver and its debouncer, stepped every 50 ms."""

    def __init__(self, config: SwitchConfig) -> None:
        self.now_s = 100.0
        self.factory = SimulatedPinFactory(lambda: self.now_s)
        self.hand = SimulatedSwitch(self.factory, config.pin, active_low=config.active_low)
        self.queue: SimpleQueue[Level] = SimpleQueue()
        self.switch = Switch(config, self.factory, self.put, who="switch under test")
        self.debouncer = Debouncer(config.debounce)

    def put(self, t_s: float, is_active: bool) -> None:
        self.queue.put(Level(t_s, is_active))

    def step(self) -> list[Level]:
        """As a node does it: what the callbacks put there is older than what is read now."""
        reread = self.switch.reread()
        queued = [self.queue.get() for _ in range(self.queue.qsize())]
        changes = [change for level in queued + reread for change in self.debouncer.feed(level)]
        return changes + self.debouncer.advance(self.now_s)

    def wait(self, for_s: float) -> list[Level]:
        until_s = self.now_s + for_s
        changes = self.step()
        while self.now_s + 0.05 < until_s:
            self.now_s += 0.05
            changes += self.step()
        self.now_s = until_s
        return changes + self.step()

    def set_clock(self, t_s: float) -> None:
        self.now_s = t_s


@pytest.fixture
def wall() -> Iterator[Wall]:
    made = Wall(SwitchConfig(pin=PIN))
    yield made
    made.switch.close()


def decoded(table: dict[str, Any], kind: Any) -> Any:
    """What a node file's table becomes, or its faults."""
    faults: list[str] = []
    config = decode_table(table, kind, "$", faults)
    return faults or config


def test_switch_is_active_as_its_wiring_says(wall: Wall) -> None:
    assert not wall.switch.is_active()
    wall.hand.set(True)
    assert wall.switch.is_active()
    assert wall.queue.get() == Level(100.0, True)


def test_switch_that_is_closed_reads_nothing(wall: Wall) -> None:
    wall.switch.close()
    wall.switch.close()
    with pytest.raises(HardwareMissing, match="switch under test on pin 22"):
        wall.switch.is_active()


def test_switch_on_a_pin_in_use_is_refused(wall: Wall) -> None:
    with pytest.raises(PinRefused, match="window on pin 22"):
        Switch(SwitchConfig(pin=PIN), wall.factory, wall.put, who="window")


def test_ten_thousand_bouncing_presses_are_counted_exactly(wall: Wall) -> None:
    rng = random.Random(3)
    presses = 0
    for _ in range(10_000):
        wall.hand.bounce(True, rng, wall.set_clock)
        presses += sum(change.is_active for change in wall.wait(rng.uniform(0.020, 0.1)))
        wall.hand.bounce(False, rng, wall.set_clock)
        presses += sum(change.is_active for change in wall.wait(rng.uniform(0.020, 0.1)))
    assert presses == 10_000
    assert wall.switch.missed_edges == 0


def test_presses_whose_edges_get_lost_are_counted_exactly(wall: Wall) -> None:
    rng = random.Random(4)
    presses = 0
    for _ in range(2_000):
        # Long enough for a re-read, every 50 ms, and the settling of each change.
        wall.hand.set(True, silently=rng.random() < 0.2)
        presses += sum(change.is_active for change in wall.wait(0.12))
        wall.hand.set(False, silently=rng.random() < 0.2)
        presses += sum(change.is_active for change in wall.wait(0.12))
    assert presses == 2_000
    assert wall.switch.missed_edges > 500


def test_button_from_the_file_starts_and_ends_a_treatment() -> None:
    config = decoded({"pin": PIN, "task": "airing"}, ButtonConfig)
    wall, button = Wall(config), TreatmentButton(config.treatment)
    actions = []
    for held_s in (0.2, 0.2, 0.2, 4.0):
        wall.hand.bounce(True, random.Random(1), wall.set_clock)
        actions += [said.action for change in wall.wait(held_s) for said in button.feed(change)]
        wall.hand.bounce(False, random.Random(2), wall.set_clock)
        actions += [said.action for change in wall.wait(2.0) for said in button.feed(change)]
    assert config.task is Task.AIRING
    assert actions == [Action.STARTED, Action.DONE, Action.STARTED, Action.ABORTED]


def test_dispenser_from_the_file_tells_its_uses() -> None:
    config = decoded({"press_pin": PIN, "ml_per_press": 0.8, "low_pin": 23}, DispenserConfig)
    wall, lever = Wall(config.press), DispenserLever(config.dispenser)
    uses = []
    for _ in range(2):
        wall.hand.set(True)
        uses += [use for change in wall.wait(0.3) for use in lever.feed(change)]
        wall.hand.set(False)
        uses += [use for change in wall.wait(0.5) for use in lever.feed(change)]
    uses += lever.advance(wall.now_s + 3.0)
    assert [(use.presses, use.amount_ml) for use in uses] == [(2, 1.6)]
    assert config.low.pin == 23


@pytest.mark.parametrize(
    ("open_when", "active", "is_open"),
    [("active", True, True), ("active", False, False), ("inactive", True, False), ("inactive", False, True)],
)
def test_contact_is_open_as_the_file_says(open_when: str, active: bool, is_open: bool) -> None:
    config = decoded({"pin": PIN, "open_when": open_when}, ContactConfig)
    assert config.is_open(active) is is_open


def test_contact_with_a_cut_wire_reads_open() -> None:
    config = ContactConfig(pin=PIN)
    wall = Wall(config)
    wall.hand.set(True)
    assert not config.is_open(wall.switch.is_active())
    wall.hand.stick(False)
    assert config.is_open(wall.switch.is_active())


def test_motion_sensor_with_a_cut_wire_reads_motion() -> None:
    factory = SimulatedPinFactory(lambda: 0.0)
    pir = Switch(PirConfig(pin=PIN), factory, lambda t_s, is_active: None, who="motion sensor")
    assert pir.is_active()
    factory.pin(PIN).drive(False)
    assert not pir.is_active()
    pir.close()


def test_float_is_low_as_the_file_says_and_with_a_cut_wire() -> None:
    lifts = DispenserConfig(press_pin=PIN, low_pin=23)
    sinks = DispenserConfig(press_pin=PIN, low_pin=23, low_when="active")
    assert [lifts.is_low(False), lifts.is_low(True)] == [True, False]
    assert [sinks.is_low(False), sinks.is_low(True)] == [False, True]


def test_dispenser_without_a_float_has_no_line_for_it() -> None:
    assert DispenserConfig(press_pin=PIN).low is None


@pytest.mark.parametrize(
    ("table", "kind", "fault"),
    [
        ({"pin": 28}, SwitchConfig, "pin"),
        ({"pin": 5, "settle": "3s"}, SwitchConfig, 'settle must be "1ms" to "2s"'),
        ({"pin": 5}, ButtonConfig, "task"),
        ({"pin": 5, "task": "airing", "abort_after": "12s"}, ButtonConfig, "abort_after_s must be"),
        ({"pin": 5, "task": "airing", "longest": "500ms"}, ButtonConfig, "longest_s must be"),
        ({"pin": 5, "task": "airing", "settle": "3s"}, ButtonConfig, "settle must be"),
        ({"pin": 5, "open_when": "maybe"}, ContactConfig, "open_when"),
        ({"press_pin": 5, "ml_per_press": 0.05}, DispenserConfig, "ml_per_press"),
        ({"press_pin": 5, "low_pin": 5}, DispenserConfig, "must differ"),
        ({"pin": 5, "pul": "up"}, PirConfig, "pul"),
    ],
)
def test_config_from_a_file_names_its_fault(table: dict[str, Any], kind: Any, fault: str) -> None:
    assert any(fault in said for said in decoded(table, kind))


def test_configs_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        SwitchConfig(pin=5).pin = 6  # type: ignore[misc] # the point of it
    assert msgspec.structs.replace(SwitchConfig(pin=5), pin=6).pin == 6
