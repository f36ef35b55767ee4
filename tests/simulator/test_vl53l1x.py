import pytest

from simulator.i2c_bus import I2CBus, Message
from simulator.vl53l1x import Vl53l1x
from simulator.zone_scene import Roi, Sight

#: The default table of the maker's ultra lite driver, as a master writes it: index 0x002D, then 91 bytes.
TABLE = bytes.fromhex(
    "002d 000000 0102000208000810010100000000ff00 0f00000000 00200b0000020a21000005"
    "00000000c8000038ff010008000001cc0f01f10d0168008008b800000000 0f89"
    "00000000000000010f0d0e0e000002c7ff9b000000010000"
)
LEFT, RIGHT = Roi(left=0, right=8), Roi(left=8, right=16)


class Bench:
    """A sensor that sees 1,000 mm on the left and 2,000 mm on the right, in a clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.signal_kcps = 4000.0
        self.sigma_mm = 5.0
        self.sensor = Vl53l1x(lambda: self.now_s, self.see)
        self.bus = I2CBus(self.sensor)
        self.wait(0.002)

    def see(self, zone: Roi, t_s: float, budget_ms: float) -> Sight:
        return Sight(
            distance_m=1.0 if zone == LEFT else 2.0,
            signal_kcps=self.signal_kcps,
            ambient_kcps=80.0,
            sigma_mm=self.sigma_mm,
        )

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def write(self, index: int, *values: int) -> None:
        self.bus.transfer(Message(0x29, index.to_bytes(2, "big") + bytes(values)))

    def read(self, index: int, count: int) -> bytes:
        return self.bus.transfer(Message(0x29, index.to_bytes(2, "big")), Message(0x29, count=count))[1]

    def set_up(self) -> None:
        self.bus.transfer(Message(0x29, TABLE))

    def one_ranging(self, centre: int) -> bytes:
        """The 17 bytes of a ranging of a zone of 8 columns, with the table's 100 ms."""
        self.write(0x007F, centre, 0xF7)
        self.write(0x0086, 0x01)
        self.write(0x0087, 0x10)
        self.wait(0.1)
        assert self.read(0x0031, 1)[0] & 1
        return self.read(0x0089, 17)


def test_sensor_tells_its_model() -> None:
    assert Bench().read(0x010F, 2).hex() == "eacc"


def test_sensor_is_silent_until_it_has_booted() -> None:
    bench = Bench()
    bench.sensor.power_cycle()
    assert not bench.sensor.answers(0x29)
    bench.wait(0.0013)
    assert bench.sensor.answers(0x29)
    assert bench.read(0x00E5, 1)[0] & 1


def test_table_has_91_bytes() -> None:
    assert len(TABLE) == 2 + 0x88 - 0x2D


@pytest.mark.parametrize(("centre", "distance_mm"), [(167, 1000), (231, 2000)])
def test_ranging_sees_its_zone(centre: int, distance_mm: int) -> None:
    bench = Bench()
    bench.set_up()
    result = bench.one_ranging(centre)
    assert result[0] == 9
    assert int.from_bytes(result[13:15], "big") == distance_mm
    assert int.from_bytes(result[15:17], "big") * 8 == 4000
    assert int.from_bytes(result[7:9], "big") * 8 == 80
    assert bench.sensor.complaints == []


def test_ranging_is_not_over_before_its_budget() -> None:
    bench = Bench()
    bench.set_up()
    bench.write(0x0087, 0x10)
    bench.wait(0.099)
    assert not bench.read(0x0031, 1)[0] & 1
    bench.wait(0.001)
    assert bench.read(0x0031, 1)[0] & 1


def test_rangings_in_a_row_take_a_new_zone_late() -> None:
    bench = Bench()
    bench.set_up()
    bench.write(0x007F, 167, 0xF7)
    bench.write(0x0087, 0x40)
    bench.wait(0.1)
    bench.read(0x0031, 1)
    bench.write(0x007F, 231)
    bench.write(0x0086, 0x01)
    bench.wait(0.1)
    assert int.from_bytes(bench.read(0x0096, 2), "big") == 1000
    assert bench.sensor.complaints == ["the zone was changed during a ranging"]


def test_sensor_that_was_not_set_up_does_not_range() -> None:
    bench = Bench()
    bench.write(0x0087, 0x10)
    bench.wait(1.0)
    assert not bench.read(0x0031, 1)[0] & 1
    assert bench.sensor.complaints == ["a ranging was started before the part was set up"]


@pytest.mark.parametrize(("signal_kcps", "sigma_mm", "status"), [(1024, 90, 9), (1016, 5, 4), (4000, 91, 6)])
def test_limits_of_signal_and_noise_are_the_tables(signal_kcps: float, sigma_mm: float, status: int) -> None:
    bench = Bench()
    bench.set_up()
    bench.signal_kcps, bench.sigma_mm = signal_kcps, sigma_mm
    assert bench.one_ranging(167)[0] == status


def test_zone_beyond_the_array_is_clipped() -> None:
    bench = Bench()
    bench.set_up()
    assert bench.one_ranging(151)[0] == 13


def test_hung_sensor_answers_and_never_ends() -> None:
    bench = Bench()
    bench.set_up()
    bench.sensor.hung = True
    bench.write(0x0087, 0x10)
    bench.wait(10.0)
    assert bench.read(0x010F, 2).hex() == "eacc"
    assert not bench.read(0x0031, 1)[0] & 1


def test_power_cycle_loses_the_settings() -> None:
    bench = Bench()
    bench.set_up()
    bench.sensor.power_cycle()
    bench.wait(0.002)
    assert bench.read(0x007F, 2).hex() == "c7ff"
    assert bench.read(0x0046, 1) == b"\x00"


def test_injected_status_is_told_once() -> None:
    bench = Bench()
    bench.set_up()
    bench.sensor.statuses.append(7)
    assert [bench.one_ranging(167)[0] for _ in range(2)] == [7, 9]
