import gc
import logging
from collections.abc import Iterator

import pytest

from edge.drivers.errors import HardwareMissing, NotAnswering, PinRefused
from edge.drivers.input_line import InputLine, LineConfig, Pull
from edge.signals.debounce import Level
from simulator.pins import SimulatedPin, SimulatedPinFactory, SimulatedSwitch

PIN = 17


class Bench:
    """One line, a clock of its own, and the list of what its driver said."""

    def __init__(self, *, active_low: bool = True) -> None:
        self.now_s = 100.0
        self.heard: list[tuple[float, bool]] = []
        self.factory = SimulatedPinFactory(lambda: self.now_s)
        self.switch = SimulatedSwitch(self.factory, PIN, active_low=active_low)
        self.config = LineConfig(pin=PIN, active_low=active_low, pull="up" if active_low else "down")

    def hear(self, t_s: float, is_active: bool) -> None:
        self.heard.append((t_s, is_active))

    def open(self) -> InputLine:
        self.line = InputLine("bell", self.config, self.factory, self.hear)
        return self.line


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.factory.close()


@pytest.mark.parametrize("active_low", [True, False], ids=["active low", "active high"])
def test_edges_reach_the_sink_with_their_stamps(active_low: bool) -> None:
    bench = Bench(active_low=active_low)
    bench.open()
    bench.switch.set(True)
    bench.now_s = 100.25
    bench.switch.set(False)
    assert bench.heard == [(100.0, True), (100.25, False)]


def test_line_at_rest_says_nothing_when_it_is_opened(bench: Bench) -> None:
    assert bench.open().level() is False
    assert bench.heard == []


def test_active_line_is_reported_at_once(bench: Bench) -> None:
    bench.switch.set(True)
    assert bench.open().level() is True
    assert bench.heard == [(100.0, True)]
    assert bench.line.missed_edges == 0


def test_lost_edge_is_repaired_once_and_counted(bench: Bench) -> None:
    line = bench.open()
    bench.switch.set(True, silently=True)
    bench.now_s = 100.05
    assert line.reread() == [Level(100.05, True)]
    assert line.reread() == []
    assert (line.missed_edges, bench.heard) == (1, [])


def test_edge_after_a_lost_one_is_passed_on_and_counted(bench: Bench) -> None:
    line = bench.open()
    bench.switch.set(True)
    bench.switch.set(False, silently=True)
    bench.switch.set(True)
    assert [is_active for _, is_active in bench.heard] == [True, True]
    assert line.missed_edges == 1


def test_edge_that_comes_after_its_repair_is_dropped_and_counted(bench: Bench) -> None:
    line = bench.open()
    bench.switch.set(True, silently=True)
    bench.now_s = 100.004
    line.reread()
    bench.factory.pin(PIN).when_changed(100.0, 0)
    assert (bench.heard, line.late_edges) == ([], 1)


def test_stamp_of_another_clock_is_replaced_and_counted(bench: Bench) -> None:
    line = bench.open()
    bench.factory.pin(PIN).when_changed(1_760_000_000.0, 0)
    assert (bench.heard, line.restamped_edges) == ([(100.0, True)], 1)


@pytest.mark.parametrize(("pull", "set_to"), [("up", "up"), ("down", "down"), ("none", "floating")])
def test_pull_resistor_is_as_the_config_says(bench: Bench, pull: Pull, set_to: str) -> None:
    InputLine("bell", LineConfig(pin=PIN, pull=pull), bench.factory, bench.hear)
    assert bench.factory.pin(PIN).pull == set_to


def test_gpiozeros_own_debouncing_stays_off(bench: Bench) -> None:
    bench.open()
    assert bench.factory.pin(PIN).bounce is None


def test_line_outlives_the_garbage_collector_while_it_is_held(bench: Bench) -> None:
    bench.open()
    gc.collect()
    bench.switch.set(True)
    assert len(bench.heard) == 1


def test_line_that_nobody_holds_gives_its_pin_back(bench: Bench) -> None:
    InputLine("bell", bench.config, bench.factory, bench.hear)
    gc.collect()
    assert bench.open().level() is False


def test_sink_that_fails_is_logged_and_asked_again(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def fail(t_s: float, is_active: bool) -> None:
        bench.hear(t_s, is_active)
        raise RuntimeError("queue closed")

    line = InputLine("bell", bench.config, bench.factory, fail)
    with caplog.at_level(logging.ERROR):
        bench.switch.set(True)
        bench.switch.set(False)
    assert len(bench.heard) == 2
    assert "edge lost: the sink failed line=bell on pin 17" in caplog.text
    line.close()


def test_close_twice_is_harmless_and_ends_the_edges(bench: Bench) -> None:
    line = bench.open()
    line.close()
    line.close()
    bench.switch.set(True)
    assert bench.heard == []
    assert line.reread() == []
    assert repr(line) == "InputLine(bell on pin 17, closed)"
    with pytest.raises(HardwareMissing, match="bell on pin 17: it is closed"):
        line.level()


def test_pin_in_use_is_refused_by_name(bench: Bench) -> None:
    bench.open()
    with pytest.raises(PinRefused, match="bell on pin 17"):
        InputLine("bell", bench.config, bench.factory, bench.hear)


def test_level_that_cannot_be_read_is_a_fault_with_the_lines_name(bench: Bench) -> None:
    class Broken(SimulatedPin):
        is_broken = False

        def _get_state(self) -> bool:
            if self.is_broken:
                raise Exception("bad handle")
            return bool(self._state)

    bench.factory.reset()
    bench.factory.pin_class = Broken
    line = bench.open()
    Broken.is_broken = True
    with pytest.raises(NotAnswering, match="bell on pin 17: its level cannot be read: bad handle"):
        line.level()
    with pytest.raises(NotAnswering):
        line.reread()
    line.close()


def test_pin_that_cannot_be_given_back_is_logged_and_closed(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    class Gone(SimulatedPin):
        def close(self) -> None:
            raise Exception("no such device")

    bench.factory.reset()
    bench.factory.pin_class = Gone
    line = bench.open()
    with caplog.at_level(logging.WARNING):
        line.close()
    assert "pin=bell on pin 17 closed=badly why=no such device" in caplog.text
    assert repr(line) == "InputLine(bell on pin 17, closed)"
    Gone.close = SimulatedPin.close  # type: ignore[method-assign] # gpiozero closes it once more
