import pytest

from edge.drivers.errors import BusStuck, NotAnswering, SensorError
from edge.drivers.thermometer import ThermometerConfig
from edge.drivers.thermometer_adafruit import ThermometerAdafruit
from simulator.i2c_bus import BlinkaBus, Fault, Flip, I2CBus
from simulator.mlx90614 import OBJECT, Mlx90614


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
