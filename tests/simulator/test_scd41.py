import errno

from simulator.i2c_wires import I2CBus, Message
from simulator.scd41 import SERIAL, Scd41

START, STOP, READY, READ = "21b1", "3f86", "e4b8", "ec05"


class Bench:
    """A sensor on a bus, in a clock that stands still unless moved."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.sensor = Scd41(lambda: self.now_s)
        self.bus = I2CBus(self.sensor)

    def tell(self, command: str, takes_s: float = 0.001) -> int | None:
        try:
            self.bus.transfer(Message(0x62, bytes.fromhex(command)))
        except OSError as error:
            return error.errno
        self.now_s += takes_s
        return None

    def fetch(self, count: int) -> str:
        return self.bus.transfer(Message(0x62, count=count))[0].hex()

    def ask(self, command: str, count: int) -> str:
        assert self.tell(command) is None
        return self.fetch(count)


def test_measurement_is_the_datasheets_example() -> None:
    bench = Bench()
    bench.tell(START)
    bench.now_s += 5.0
    assert bench.ask(READY, 3).startswith("8006")
    assert bench.ask(READ, 9) == "01f43366 67a25eb93c".replace(" ", "")


def test_nothing_new_is_the_datasheets_example() -> None:
    bench = Bench()
    bench.tell(START)
    assert bench.ask(READY, 3) == "8000a2"


def test_measurement_is_given_once() -> None:
    bench = Bench()
    bench.tell(START)
    bench.now_s += 7.0
    bench.ask(READ, 9)
    assert bench.ask(READY, 3) == "8000a2"


def test_serial_number_is_the_datasheets_example() -> None:
    assert SERIAL == (0xF896, 0x9F07, 0x3BBE)
    assert Bench().ask("3682", 9) == "f896319f07c23bbe89"


def test_recalibration_is_the_datasheets_example() -> None:
    bench = Bench()
    bench.sensor.air(530)
    assert bench.tell("362f01e0b4", takes_s=0.4) is None
    assert bench.fetch(3) == "7fce7b"


def test_measuring_sensor_takes_reading_and_stop_only() -> None:
    bench = Bench()
    bench.tell(START)
    assert bench.tell("3682") == errno.EREMOTEIO
    assert bench.sensor.complaints == ["command 0x3682 while measuring"]
    assert bench.tell(STOP, takes_s=0.5) is None
    assert bench.tell("3682") is None


def test_stopping_takes_half_a_second() -> None:
    bench = Bench()
    bench.tell(STOP, takes_s=0.4)
    assert bench.tell("3682") == errno.EREMOTEIO
    bench.now_s += 0.1
    assert bench.tell("3682") is None


def test_setting_with_a_wrong_checksum_is_refused() -> None:
    bench = Bench()
    assert bench.tell("2416000080") == errno.EREMOTEIO
    assert bench.tell("2416000081") is None
