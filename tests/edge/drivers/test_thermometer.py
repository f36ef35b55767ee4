import errno
from collections import Counter
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from edge.drivers.errors import BadChecksum, BusStuck, NotAnswering, OutOfRange, ReadFailed, SensorError
from edge.drivers.thermometer import Profile, Reading, Thermometer, ThermometerConfig, celsius, profile
from edge.drivers.thermometer_keep import KeptWords
from edge.drivers.thermometer_profile import ThermometerSetup
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.mlx90614 import AMBIENT, CONFIG1, EMISSIVITY, IDS, OBJECT, Mlx90614, to_raw


class Bench:
    """A sensor, its bus, its driver and a clock that moves only when the bus times out."""

    def __init__(self, *, nack_errno: int = errno.EREMOTEIO, retries: int = 2) -> None:
        self.now_s = 0.0
        self.sensor = Mlx90614(lambda: self.now_s)
        self.bus = I2CBus(self.sensor, nack_errno=nack_errno, wait=self.wait)
        self.thermometer = Thermometer(
            ThermometerConfig(retries=retries), open_smbus(self.bus), lambda: self.now_s
        )

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def outcome(self) -> Reading | ReadFailed:
        try:
            return self.thermometer.read()
        except ReadFailed as fault:
            return fault


def test_reading_known_quantity_of_the_datasheet() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT], bench.sensor.ram[AMBIENT] = 0x3AD2, 0x39A5
    reading = bench.thermometer.read()
    assert reading.object_c == pytest.approx(28.01)
    assert reading.ambient_c == pytest.approx(21.99)
    assert (reading.raw_object, reading.raw_ambient, reading.checked) == (0x3AD2, 0x39A5, True)


FAULTS = [Fault.NACK, Fault.EIO, Fault.STUCK, Fault.ALL_ONES]
NOT_TEMPERATURES = [0xFFFF, 0x0000, 0x7FFF, 0x8000, 0x27AC, 0xBA13]


def shaken_read(bench: Bench, random: Random) -> tuple[Reading | ReadFailed, bool]:
    """One read with everything that may go wrong at once; and whether what it gave is the truth."""
    sensor, bus = bench.sensor, bench.bus
    truth = random.choice([to_raw(random.uniform(20.0, 45.0))] * 9 + [random.choice(NOT_TEMPERATURES)])
    sensor.ram[OBJECT], sensor.ram[AMBIENT] = truth, to_raw(random.uniform(5.0, 40.0))
    sensor.flag_next = random.choice([0, 0, 0, 1])
    bus.faults.clear()
    flip = Flip(tuple(random.sample(range(24), random.randint(1, 3))))
    bus.faults.extend(random.choices([None, flip, *FAULTS], weights=[8, 4, 1, 1, 1, 1], k=6))
    outcome = bench.outcome()
    is_true = (
        isinstance(outcome, Reading)
        and (outcome.raw_object, outcome.raw_ambient) == (truth, sensor.ram[AMBIENT])
        and truth not in NOT_TEMPERATURES
    )
    return outcome, is_true


def test_ten_thousand_shaken_reads_accept_nothing_false() -> None:
    bench, random = Bench(), Random(21)
    reads = [shaken_read(bench, random) for _ in range(10_000)]
    kinds = Counter(type(outcome) for outcome, _ in reads)
    assert [outcome for outcome, is_true in reads if isinstance(outcome, Reading) and not is_true] == []
    assert kinds[Reading] > 3_000
    assert min(kinds[kind] for kind in (NotAnswering, BusStuck, BadChecksum, SensorError, OutOfRange)) > 50


def test_every_damage_of_up_to_three_bits_is_seen() -> None:
    bench = Bench(retries=0)
    bench.sensor.look_at(object_c=36.6)
    damages = [bits for size in (1, 2, 3) for bits in combinations(range(24), size)]
    bench.bus.faults.extend(Flip(bits) for bits in damages)
    assert Counter(type(bench.outcome()) for _ in damages) == {BadChecksum: 2_324}


def test_sensor_that_drops_off_while_read_is_not_believed() -> None:
    bench = Bench(retries=0)
    bench.bus.faults.append(Fault.ALL_ONES)
    with pytest.raises(BadChecksum):
        bench.thermometer.read()


@pytest.mark.parametrize("fault", [Fault.NACK, Fault.EIO, Fault.ALL_ONES, Flip((5,))])
def test_passing_damage_is_read_again(fault: Fault | Flip) -> None:
    bench = Bench()
    bench.sensor.look_at(object_c=36.61)
    bench.bus.faults.extend([fault, None, fault])
    assert bench.thermometer.read().object_c == pytest.approx(36.61)
    assert bench.bus.transfers == 5


@pytest.mark.parametrize("nack_errno", [errno.EREMOTEIO, errno.ENXIO, errno.EIO])
def test_dead_sensor_is_given_up_after_three_tries(nack_errno: int) -> None:
    bench = Bench(nack_errno=nack_errno)
    bench.sensor.dead = True
    with pytest.raises(NotAnswering, match=f"errno {nack_errno}"):
        bench.thermometer.read()
    assert bench.bus.transfers == 3


def test_stuck_bus_costs_one_time_out_and_no_more() -> None:
    bench = Bench()
    bench.bus.stuck = True
    with pytest.raises(BusStuck):
        bench.thermometer.read()
    assert (bench.bus.transfers, bench.now_s) == (1, 1.0)


def test_bus_that_recovers_gives_readings_again() -> None:
    bench = Bench()
    bench.bus.stuck = True
    assert isinstance(bench.outcome(), BusStuck)
    bench.bus.stuck = False
    assert isinstance(bench.outcome(), Reading)


def test_flagged_value_is_never_a_reading_and_not_asked_again() -> None:
    bench = Bench()
    bench.sensor.look_at(object_c=34.07)
    bench.sensor.flag_next = 1
    with pytest.raises(SensorError, match="0xBC01"):
        bench.thermometer.read()
    assert bench.bus.transfers == 2
    assert isinstance(bench.outcome(), Reading)


def test_all_ones_with_a_right_checksum_are_never_a_reading() -> None:
    bench = Bench()
    bench.sensor.ram[OBJECT] = 0xFFFF
    with pytest.raises(SensorError):
        bench.thermometer.read()


@pytest.mark.parametrize(
    ("word", "raw"),
    [(OBJECT, 0x0000), (OBJECT, 0x7FFF), (OBJECT, 0x27AD), (AMBIENT, 0x0000), (AMBIENT, to_raw(125.5))],
)
def test_value_that_cannot_be_measured_is_out_of_range(word: int, raw: int) -> None:
    bench = Bench()
    bench.sensor.ram[word] = raw
    with pytest.raises(OutOfRange, match=f"0x{raw:04X}"):
        bench.thermometer.read()


@pytest.mark.parametrize(("raw", "value_c"), [(0x3AD2, 28.01), (0x27AE, -69.99), (0x4DC4, 125.01)])
def test_celsius_known_quantities(raw: int, value_c: float) -> None:
    assert celsius(raw, "object", (-70.0, 380.0)) == pytest.approx(value_c)


def test_ids_are_the_four_factory_words() -> None:
    bench = Bench()
    assert bench.thermometer.read_ids() == tuple(bench.sensor.eeprom[IDS + n] for n in range(4))


def test_profile_is_read_from_the_eeprom() -> None:
    bench = Bench()
    bench.sensor.eeprom[EMISSIVITY], bench.sensor.eeprom[CONFIG1] = 0xFAE0, 0x9FB4
    found = bench.thermometer.read_profile()
    assert found.emissivity == pytest.approx(0.98, abs=1e-5)
    assert found == Profile(
        emissivity=0xFAE0 / 0xFFFF,
        raw_emissivity=0xFAE0,
        config1=0x9FB4,
        iir=4,
        fir=7,
        gain=3,
        dual=False,
    )


def test_profile_finds_the_second_zone() -> None:
    assert profile(0xFFFF, 0x0040).dual


def test_profile_survives_damage_too() -> None:
    bench = Bench()
    bench.bus.faults.append(Flip((0, 9)))
    assert bench.thermometer.read_profile().raw_emissivity == 0xFFFF


def test_two_sensors_on_one_bus_are_told_apart_by_address() -> None:
    left, right = Mlx90614(lambda: 0.0), Mlx90614(lambda: 0.0, address=0x5B)
    left.look_at(object_c=33.33)
    right.look_at(object_c=35.55)
    smbus = open_smbus(I2CBus(left, right))
    eyes = [Thermometer(ThermometerConfig(address=one), smbus, lambda: 0.0) for one in (0x5A, 0x5B)]
    assert [eye.read().object_c for eye in eyes] == [pytest.approx(33.33), pytest.approx(35.55)]
    left.dead = True
    with pytest.raises(NotAnswering, match="0x5A"):
        eyes[0].read()
    assert eyes[1].read().object_c == pytest.approx(35.55)


def test_sensor_readdressed_one_by_one_serves_beside_another() -> None:
    now_s = [0.0]
    first, second = Mlx90614(lambda: now_s[0]), Mlx90614(lambda: now_s[0])
    bus = I2CBus(first)

    def wait(seconds: float) -> None:
        now_s[0] += seconds

    setup = ThermometerSetup(
        ThermometerConfig(), open_smbus(bus), lambda: now_s[0], wait, KeptWords(Path("unused"))
    )
    assert setup.set_address(0x5B).needs_restart
    first.power_cycle()
    bus.parts.append(second)
    first.look_at(object_c=34.0)
    second.look_at(object_c=36.0)
    eyes = [Thermometer(ThermometerConfig(address=one), open_smbus(bus), lambda: 0.0) for one in (0x5B, 0x5A)]
    assert [eye.read().object_c for eye in eyes] == [
        pytest.approx(34.0, abs=0.01),
        pytest.approx(36.0, abs=0.01),
    ]


@pytest.mark.parametrize("cell", [EMISSIVITY, CONFIG1])
def test_profile_sees_a_cell_that_a_power_cut_left_erased(cell: int) -> None:
    bench = Bench()
    assert not bench.thermometer.read_profile().is_erased
    bench.sensor.eeprom[cell] = 0
    assert bench.thermometer.read_profile().is_erased
