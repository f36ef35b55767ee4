from collections import Counter
from random import Random

import pytest

from edge.drivers.errors import BusStuck, NotAnswering, ReadFailed, SensorError
from edge.drivers.thermometer import ThermometerConfig
from edge.drivers.thermometer_adafruit import ThermometerAdafruit
from simulator.i2c_bus import BlinkaBus, Fault, Flip, I2CBus
from simulator.mlx90614 import OBJECT, Mlx90614, to_raw


def a_bus() -> tuple[Mlx90614, I2CBus]:
    sensor = Mlx90614(lambda: 0.0)
    sensor.look_at(object_c=34.07, ambient_c=22.95)
    return sensor, I2CBus(sensor)


def a_thermometer(bus: I2CBus, retries: int = 2) -> ThermometerAdafruit:
    return ThermometerAdafruit(ThermometerConfig(retries=retries), BlinkaBus(bus), lambda: 0.0)


def test_reading_is_that_of_the_sensor_and_says_it_is_unchecked() -> None:
    sensor, bus = a_bus()
    reading = a_thermometer(bus).read()
    assert (reading.raw_object, reading.raw_ambient) == (sensor.ram[OBJECT], sensor.ram[0x06])
    assert reading.object_c == pytest.approx(34.07)
    assert not reading.checked


def test_every_word_survives_the_way_over_celsius() -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus)
    words = range(0x27AE, 0x7F91, 37)

    def read_back(word: int) -> int:
        sensor.ram[OBJECT] = word
        return thermometer.read().raw_object

    assert [read_back(word) for word in words] == list(words)


def test_damage_goes_unseen_which_is_why_it_is_unchecked() -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus)
    bus.faults.append(Flip((7,)))
    assert thermometer.read().raw_object == sensor.ram[OBJECT] ^ 1


@pytest.mark.parametrize("raw", [0xFFFF, 0xBC01], ids=["0xFFFF", "34.07 °C flagged"])
def test_flagged_word_is_won_back_and_refused(raw: int) -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus)
    sensor.ram[OBJECT] = raw
    with pytest.raises(SensorError, match=f"0x{raw:04X}"):
        thermometer.read()


def test_absent_sensor_is_not_answering() -> None:
    with pytest.raises(NotAnswering, match="0x5A"):
        a_thermometer(I2CBus())


@pytest.mark.parametrize("fault", [Fault.NACK, Fault.EIO])
def test_passing_fault_is_read_again(fault: Fault) -> None:
    _, bus = a_bus()
    thermometer = a_thermometer(bus)
    bus.faults.append(fault)
    assert thermometer.read().object_c == pytest.approx(34.07)


def test_dead_sensor_is_given_up_after_three_tries() -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus)
    before = bus.transfers
    sensor.dead = True
    with pytest.raises(NotAnswering):
        thermometer.read()
    assert bus.transfers - before == 3


def test_stuck_bus_is_not_asked_again() -> None:
    _, bus = a_bus()
    thermometer = a_thermometer(bus)
    before = bus.transfers
    bus.stuck = True
    with pytest.raises(BusStuck):
        thermometer.read()
    assert bus.transfers - before == 1


def test_lock_of_the_bus_is_given_back_after_a_fault() -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus, retries=0)
    sensor.dead = True
    with pytest.raises(NotAnswering):
        thermometer.read()
    sensor.dead = False
    assert thermometer.read().object_c == pytest.approx(34.07)


# What this driver can see, and what it cannot; the driver on smbus2 refuses all of it.

FAULTS = [Fault.NACK, Fault.EIO, Fault.STUCK, Fault.ALL_ONES]
NOT_TEMPERATURES = [0xFFFF, 0x0000, 0x7FFF, 0x8000, 0x27AC]


def shaken(sensor: Mlx90614, bus: I2CBus, eye: ThermometerAdafruit, random: Random) -> str:
    """What came of one read with faults here and there: `refused`, `true`, or `false` for a wrong one."""
    truth = random.choice([to_raw(random.uniform(20.0, 45.0))] * 9 + [random.choice(NOT_TEMPERATURES)])
    sensor.ram[OBJECT], sensor.ram[0x06] = truth, to_raw(random.uniform(5.0, 40.0))
    sensor.flag_next = random.choice([0, 0, 0, 1])
    bus.faults.clear()
    bus.faults.extend(random.choices([None, *FAULTS], [9, 1, 1, 1, 1], k=6))
    try:
        reading = eye.read()
    except ReadFailed:
        return "refused"
    assert not reading.checked
    return str((reading.raw_object, reading.raw_ambient) == (truth, sensor.ram[0x06])).lower()


def test_ten_thousand_reads_with_all_it_can_see_accept_nothing_false() -> None:
    sensor, bus = a_bus()
    eye, random = a_thermometer(bus), Random(21)
    kinds = Counter(shaken(sensor, bus, eye, random) for _ in range(10_000))
    assert kinds["false"] == 0
    assert min(kinds["true"], kinds["refused"]) > 1_000


def test_damaged_bits_are_what_it_cannot_see() -> None:
    sensor, bus = a_bus()
    thermometer = a_thermometer(bus)

    def taken(bit: int) -> bool:
        bus.faults.append(Flip((bit,)))
        try:
            return thermometer.read().raw_object != sensor.ram[OBJECT]
        except ReadFailed:
            return False

    # 16 bits a word, low byte first: bit 8 here is the error flag, bit 10 leaves the range (-130 °C).
    assert [bit for bit in range(16) if not taken(bit)] == [8, 10]


def test_two_sensors_on_one_bus_are_told_apart_by_address() -> None:
    left, right = Mlx90614(lambda: 0.0), Mlx90614(lambda: 0.0, address=0x5B)
    left.look_at(object_c=33.33)
    right.look_at(object_c=35.55)
    blinka = BlinkaBus(I2CBus(left, right))
    eyes = [ThermometerAdafruit(ThermometerConfig(address=one), blinka, lambda: 0.0) for one in (0x5A, 0x5B)]
    assert [eye.read().object_c for eye in eyes] == [pytest.approx(33.33), pytest.approx(35.55)]
