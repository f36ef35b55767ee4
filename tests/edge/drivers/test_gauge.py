from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from edge.drivers.errors import BadChecksum, BusStuck, NotAnswering, OutOfRange, ReadFailed, Stalled
from edge.drivers.gauge import Gauge, GaugeConfig, Level, settings_word, to_volts
from simulator.ads1115 import Ads1115
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus


class Bench:
    """A converter, its bus, its driver and a clock that moves when somebody waits."""

    def __init__(self, config: GaugeConfig | None = None) -> None:
        self.now_s = 0.0
        self.on_wait: Callable[[], None] = lambda: None
        self.converter = Ads1115(lambda: self.now_s)
        self.bus = I2CBus(self.converter, wait=self.wait)
        wanted = config or GaugeConfig(empty_v=0.5, full_v=1.5)
        self.gauge = Gauge(wanted, open_smbus(self.bus), lambda: self.now_s, self.wait)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.on_wait()

    def at(self, volts: float) -> Level:
        self.converter.volts[0] = volts
        return self.gauge.read()

    def outcome(self) -> Level | ReadFailed:
        try:
            return self.gauge.read()
        except ReadFailed as fault:
            return fault


# Known quantities: Texas Instruments SBAS444, 9.3.3, 9.5.4 and 9.6.3.


@pytest.mark.parametrize(
    ("raw", "range_v", "volts"),
    [
        pytest.param(0x0001, 2.048, 62.5e-6, id="one count"),
        pytest.param(0x3E80, 2.048, 1.0, id="1 V"),
        pytest.param(0x7FFF, 2.048, 2.048 - 62.5e-6, id="full scale"),
        pytest.param(0xFFFF, 2.048, -62.5e-6, id="minus one count"),
        pytest.param(0x8000, 2.048, -2.048, id="minus full scale"),
        pytest.param(0x0001, 6.144, 187.5e-6, id="one count at 6.144 V"),
        pytest.param(0x0001, 0.256, 7.8125e-6, id="one count at 0.256 V"),
    ],
)
def test_to_volts_known_quantities(raw: int, range_v: float, volts: float) -> None:
    assert to_volts(raw, range_v) == pytest.approx(volts)


@pytest.mark.parametrize(
    ("input_number", "full_v", "word"),
    [(0, 1.5, 0xC583), (3, 1.5, 0xF583), (0, 3.3, 0xC383), (1, 5.0, 0xD183), (0, 0.2, 0xCB83)],
)
def test_settings_known_quantities(input_number: int, full_v: float, word: int) -> None:
    config = GaugeConfig(empty_v=0.0, full_v=full_v, input=input_number)
    assert settings_word(config) == word


@pytest.mark.parametrize(
    ("empty_v", "full_v", "range_v"),
    [(0.0, 0.9, 1.024), (0.0, 0.95, 2.048), (3.0, 0.3, 4.096), (0.0, 5.5, 6.144)],
)
def test_range_holds_both_ends_and_a_tenth_more(empty_v: float, full_v: float, range_v: float) -> None:
    assert GaugeConfig(empty_v=empty_v, full_v=full_v).range_v == range_v


# The level.


@pytest.mark.parametrize(
    ("volts", "level"), [(0.5, 0.0), (1.0, 0.5), (1.5, 1.0), (0.41, 0.0), (1.59, 1.0), (0.75, 0.25)]
)
def test_level_lies_between_empty_and_full(volts: float, level: float) -> None:
    seen = Bench().at(volts)
    assert seen.level == pytest.approx(level, abs=1e-4)
    assert seen.voltage_v == pytest.approx(volts, abs=1e-4)


def test_gauge_may_fall_as_the_dispenser_fills() -> None:
    assert Bench(GaugeConfig(empty_v=1.5, full_v=0.5)).at(0.75).level == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize("volts", [0.0, 0.39, 1.61, 2.0], ids=["wire off", "too low", "too high", "far off"])
def test_voltage_that_no_level_has_is_out_of_range(volts: float) -> None:
    with pytest.raises(OutOfRange, match="check the wire"):
        Bench().at(volts)


@pytest.mark.parametrize("volts", [5.0, -5.0])
def test_voltage_beyond_the_converter_is_out_of_range(volts: float) -> None:
    with pytest.raises(OutOfRange, match=r"at most ±2\.048 V"):
        Bench().at(volts)


def test_each_input_is_its_own() -> None:
    bench = Bench(GaugeConfig(empty_v=0.0, full_v=2.0, input=2))
    bench.converter.volts = [0.1, 0.2, 0.5, 0.4]
    assert bench.gauge.read().level == pytest.approx(0.25, abs=1e-4)


def test_slow_conversion_is_waited_for() -> None:
    bench = Bench()
    bench.converter.slow = 3.0
    assert bench.at(1.0).level == pytest.approx(0.5, abs=1e-4)


def test_conversion_that_does_not_end_is_stalled() -> None:
    bench = Bench()
    bench.converter.slow = 100.0
    with pytest.raises(Stalled):
        bench.gauge.read()


def test_converter_that_lost_its_power_meanwhile_gives_no_level() -> None:
    bench = Bench(GaugeConfig(empty_v=0.0, full_v=1.0, retries=0))
    bench.on_wait = bench.converter.power_cycle
    with pytest.raises(BadChecksum):
        bench.at(0.7)


def test_absent_converter_is_not_answering() -> None:
    bench = Bench()
    bench.converter.dead = True
    with pytest.raises(NotAnswering, match="Gauge"):
        bench.gauge.read()


def test_stuck_bus_is_asked_once() -> None:
    bench = Bench()
    bench.bus.stuck = True
    with pytest.raises(BusStuck):
        bench.gauge.read()
    assert bench.bus.transfers == 1


@pytest.mark.parametrize("bit", [6, 7, 8], ids=["other register", "no register", "no start"])
def test_start_that_was_lost_on_the_wire_does_not_give_the_last_level_again(bit: int) -> None:
    bench = Bench(GaugeConfig(empty_v=0.5, full_v=1.5, retries=0))
    bench.at(1.0)
    bench.converter.volts[0] = 1.4
    bench.bus.faults.append(Flip((bit,), written=True))
    assert isinstance(bench.outcome(), BadChecksum)


def shaken(bench: Bench, random: Random) -> tuple[Level | ReadFailed, bool]:
    """One read with one damaged transfer in it; and whether what it gave is the truth."""
    volts = random.uniform(0.5, 1.5)
    bench.converter.volts[0] = volts
    bench.bus.faults.clear()
    flip = Flip((random.randrange(24),), written=random.random() < 0.5)
    fault = random.choice([flip, flip, flip, *Fault])
    bench.bus.faults.extend([None] * random.randrange(5) + [fault])
    outcome = bench.outcome()
    return outcome, isinstance(outcome, Level) and abs(outcome.voltage_v - volts) < 1e-3


def test_no_damaged_transfer_makes_a_false_level() -> None:
    bench, random = Bench(), Random(3)
    reads = [shaken(bench, random) for _ in range(3_000)]
    assert [one for one, is_true in reads if isinstance(one, Level) and not is_true] == []
    assert Counter(type(one) for one, _ in reads)[Level] > 1_000


# The file.


@pytest.mark.parametrize("full_v", [1.0, 1.04], ids=["equal", "too near"])
def test_config_whose_ends_are_one_is_refused(full_v: float) -> None:
    with pytest.raises(ValueError, match=r"0\.05 V apart"):
        GaugeConfig(empty_v=1.0, full_v=full_v)
