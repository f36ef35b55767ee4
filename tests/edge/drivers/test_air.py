from collections import Counter
from random import Random

import pytest

from edge.drivers.air import (
    SET_ALTITUDE,
    SET_SELF_CALIBRATION,
    SET_TEMPERATURE_OFFSET,
    AirConfig,
    AirReading,
    AirSensor,
    crc8,
    reading,
    to_offset_word,
)
from edge.drivers.errors import (
    BadChecksum,
    BusStuck,
    NotAnswering,
    OutOfRange,
    ReadFailed,
    SettingFailed,
    SettingRefused,
    Stalled,
)
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.scd41 import Scd41


class Bench:
    """A sensor, its bus, its driver and a clock that moves when somebody waits."""

    def __init__(self, config: AirConfig | None = None) -> None:
        self.now_s = 100.0
        self.sensor = Scd41(lambda: self.now_s)
        self.bus = I2CBus(self.sensor, wait=self.wait)
        self.air = self.opened(config or AirConfig())

    def opened(self, config: AirConfig) -> AirSensor:
        return AirSensor(config, open_smbus(self.bus), lambda: self.now_s, self.wait)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def after(self, seconds: float) -> AirReading | None:
        self.wait(seconds)
        return self.air.read()

    def outcome(self, seconds: float) -> AirReading | ReadFailed | None:
        try:
            return self.after(seconds)
        except ReadFailed as fault:
            return fault

    def run(self, seconds: float) -> list[AirReading]:
        seen = [self.after(1.0) for _ in range(round(seconds))]
        return [one for one in seen if one is not None]


# Known quantities: Sensirion, data sheet "SCD4x", version 1.3.


@pytest.mark.parametrize(
    ("word", "checksum"),
    [
        pytest.param(0xBEEF, 0x92, id="3.11, the example of the checksum"),
        pytest.param(0x0000, 0x81, id="3.7.3, self-calibration off"),
        pytest.param(0x0001, 0xB0, id="3.7.2, self-calibration on"),
        pytest.param(0x01E0, 0xB4, id="3.7.1, reference of 480 ppm"),
        pytest.param(0x7FCE, 0x7B, id="3.7.1, correction of -50 ppm"),
        pytest.param(0x03DB, 0x42, id="3.6.5, pressure"),
        pytest.param(0xF896, 0x31, id="3.9.2, serial number"),
    ],
)
def test_crc8_known_quantities(word: int, checksum: int) -> None:
    assert crc8(word.to_bytes(2, "big")) == checksum


def test_reading_known_quantity_of_the_datasheet() -> None:
    seen = reading(0x01F4, 0x6667, 0x5EB9)
    assert seen.co2_ppm == 500
    assert seen.temperature_c == pytest.approx(25.0, abs=0.01)
    assert seen.humidity == pytest.approx(0.37, abs=0.0001)
    assert seen.raw == (0x01F4, 0x6667, 0x5EB9)


def test_offset_known_quantity_of_the_datasheet() -> None:
    assert to_offset_word(5.4) == 0x07E6


def test_serial_number_known_quantity_of_the_datasheet() -> None:
    assert Bench().air.read_serial() == 273_325_796_834_238


@pytest.mark.parametrize(
    "words",
    [(0, 0x6667, 0x5EB9), (40_001, 0x6667, 0x5EB9), (500, 0, 0x5EB9), (500, 0xFFFF, 0x5EB9)],
    ids=["no CO2", "too much CO2", "-45 °C", "130 °C"],
)
def test_value_that_cannot_be_measured_is_out_of_range(words: tuple[int, int, int]) -> None:
    with pytest.raises(OutOfRange):
        reading(*words)


# Measuring.


def test_sensor_is_started_by_the_first_read_and_gives_one_reading_in_five_seconds() -> None:
    bench = Bench()
    assert bench.air.read() is None
    assert len(bench.run(60.0)) == 12
    assert bench.sensor.complaints == []


def test_low_power_gives_one_reading_in_thirty_seconds() -> None:
    bench = Bench(AirConfig(mode="low-power"))
    bench.air.read()
    assert len(bench.run(120.0)) == 4


def test_sensor_is_set_as_the_config_says() -> None:
    bench = Bench(AirConfig(altitude_m=800, temperature_offset_c=5.4))
    bench.air.start()
    assert bench.sensor.settings == {
        SET_ALTITUDE: 800,
        SET_SELF_CALIBRATION: 0,
        SET_TEMPERATURE_OFFSET: 0x07E6,
    }


def test_self_calibration_is_on_only_where_it_is_wanted() -> None:
    bench = Bench(AirConfig(self_calibration=True))
    bench.air.start()
    assert bench.sensor.settings[SET_SELF_CALIBRATION] == 1


def test_sensor_that_was_measuring_before_this_program_is_stopped_first() -> None:
    bench = Bench()
    bench.air.start()
    again = bench.opened(AirConfig(altitude_m=350))
    assert again.read() is None
    assert bench.sensor.settings[SET_ALTITUDE] == 350
    assert bench.sensor.complaints == []
    assert len(bench.run(11.0)) == 2


def test_sensor_that_lost_its_power_is_named_and_set_again() -> None:
    bench = Bench(AirConfig(altitude_m=800))
    bench.air.read()
    bench.run(10.0)
    bench.sensor.power_cycle()
    outcomes = [bench.outcome(1.0) for _ in range(40)]
    assert {type(one) for one in outcomes if isinstance(one, ReadFailed)} == {Stalled}
    assert sum(isinstance(one, AirReading) for one in outcomes) >= 3
    assert isinstance(outcomes[-5:].pop(), AirReading | None)
    assert (bench.air.restarts, bench.sensor.settings[SET_ALTITUDE]) == (1, 800)


def test_sensor_that_never_measures_is_stalled_until_it_does() -> None:
    bench = Bench()
    bench.air.read()
    bench.sensor.idles = True
    before = [bench.outcome(1.0) for _ in range(60)]
    assert before[:14] == [None] * 14
    assert {type(one) for one in before[15:]} == {Stalled}
    assert bench.sensor.starts == 4
    bench.sensor.idles = False
    after = [bench.outcome(1.0) for _ in range(30)]
    heard = [isinstance(one, AirReading) for one in after].index(True)
    assert {type(one) for one in after[:heard]} <= {Stalled}
    assert not any(isinstance(one, ReadFailed) for one in after[heard:])


def test_stopped_sensor_is_started_by_the_next_read_and_is_no_fault() -> None:
    bench = Bench()
    bench.air.read()
    bench.run(10.0)
    bench.air.stop()
    bench.wait(600.0)
    assert not bench.sensor.is_measuring
    assert len(bench.run(12.0)) == 2


def test_absent_sensor_is_not_answering() -> None:
    bench = Bench()
    bench.sensor.dead = True
    with pytest.raises(NotAnswering, match="0x62 command 0x3F86"):
        bench.air.read()


def test_sensor_that_comes_back_is_started() -> None:
    bench = Bench()
    bench.air.read()
    bench.sensor.dead = True
    assert isinstance(bench.outcome(5.0), NotAnswering)
    bench.sensor.power_cycle()
    bench.sensor.dead = False
    outcomes = [bench.outcome(1.0) for _ in range(40)]
    assert any(isinstance(one, AirReading) for one in outcomes)


def test_stuck_bus_is_asked_once() -> None:
    bench = Bench()
    bench.air.read()
    bench.bus.stuck = True
    before = bench.bus.transfers
    with pytest.raises(BusStuck):
        bench.air.read()
    assert bench.bus.transfers - before == 1


@pytest.mark.parametrize("fault", [Fault.NACK, Flip((4,)), Fault.ALL_ONES], ids=str)
def test_passing_damage_to_the_question_is_asked_again(fault: Fault | Flip) -> None:
    bench = Bench()
    bench.air.read()
    bench.bus.faults.extend([None, fault])
    assert isinstance(bench.after(5.0), AirReading)


def test_damaged_measurement_is_lost_and_not_made_up() -> None:
    bench = Bench()
    bench.air.read()
    bench.bus.faults.extend([None, None, None, Flip((20,))])
    assert isinstance(bench.outcome(5.0), BadChecksum)
    assert bench.after(0.1) is None
    assert isinstance(bench.after(5.0), AirReading)


def shaken(bench: Bench, random: Random) -> tuple[AirReading | ReadFailed | None, bool]:
    """One read with everything that may go wrong at once; and whether what it gave is the truth."""
    truth = (random.randint(390, 3000), random.randint(0x5000, 0x7000), random.randint(0, 0xFFFF))
    bench.sensor.words = truth
    bench.bus.faults.clear()
    flip = Flip(tuple(random.sample(range(72), random.randint(1, 3))), written=random.random() < 0.2)
    faults = [None, flip, Fault.NACK, Fault.EIO, Fault.STUCK, Fault.ALL_ONES]
    bench.bus.faults.extend(random.choices(faults, weights=[12, 3, 1, 1, 1, 1], k=8))
    outcome = bench.outcome(5.0)
    return outcome, isinstance(outcome, AirReading) and outcome.raw == truth


def test_five_thousand_shaken_reads_accept_nothing_false() -> None:
    bench, random = Bench(), Random(41)
    reads = [shaken(bench, random) for _ in range(5_000)]
    kinds = Counter(type(outcome) for outcome, _ in reads)
    assert [one for one, is_true in reads if isinstance(one, AirReading) and not is_true] == []
    assert kinds[AirReading] > 1_000
    assert min(kinds[kind] for kind in (NotAnswering, BusStuck, BadChecksum)) > 50


# Recalibration.


def test_recalibration_makes_the_sensor_read_the_reference() -> None:
    bench = Bench()
    bench.sensor.error_ppm = -120
    bench.sensor.air(425)
    bench.air.read()
    assert bench.run(200.0)[-1].co2_ppm == 305
    assert bench.air.recalibrate(425) == 120
    assert bench.run(10.0)[-1].co2_ppm == 425
    assert bench.sensor.complaints == []


def test_recalibration_known_quantity_of_the_datasheet() -> None:
    bench = Bench()
    bench.air.read()
    bench.run(200.0)
    bench.sensor.recalibration_answer = 0x7FCE
    assert bench.air.recalibrate(480) == -50


def test_recalibration_too_early_is_refused() -> None:
    bench = Bench()
    bench.air.read()
    bench.run(60.0)
    with pytest.raises(SettingRefused, match="leave it in the reference air for 180 s"):
        bench.air.recalibrate(425)


@pytest.mark.parametrize("ppm", [0, 399, 2001])
def test_recalibration_to_no_outdoor_air_is_refused(ppm: int) -> None:
    with pytest.raises(SettingRefused, match="400 to 2000 ppm"):
        Bench().air.recalibrate(ppm)


def test_recalibration_that_fails_is_said_and_the_sensor_measures_on() -> None:
    bench = Bench()
    bench.air.read()
    bench.run(200.0)
    bench.sensor.recalibration_answer = 0xFFFF
    with pytest.raises(SettingFailed, match="recalibration failed"):
        bench.air.recalibrate(425)
    assert bench.sensor.is_measuring
    assert bench.run(10.0)
