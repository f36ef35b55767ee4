import pytest

from simulator.ads1115 import Ads1115
from simulator.i2c_wires import I2CBus, Message


class Bench:
    """A converter on a bus, in a clock that stands still unless moved."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.converter = Ads1115(lambda: self.now_s)
        self.bus = I2CBus(self.converter)

    def register(self, number: int) -> int:
        messages = Message(0x48, bytes([number])), Message(0x48, count=2)
        return int.from_bytes(self.bus.transfer(*messages)[1], "big")

    def convert(self, word: int) -> int:
        self.bus.transfer(Message(0x48, b"\x01" + word.to_bytes(2, "big")))
        self.now_s += 0.01
        return self.register(0)


def test_registers_after_a_reset_are_the_datasheets() -> None:
    bench = Bench()
    assert [bench.register(number) for number in range(4)] == [0x0000, 0x8583, 0x8000, 0x7FFF]


@pytest.mark.parametrize(
    ("volts", "raw"), [(1.0, 0x3E80), (2.048, 0x7FFF), (3.0, 0x7FFF), (-62.5e-6, 0xFFFF), (-3.0, 0x8000)]
)
def test_conversion_known_quantities(volts: float, raw: int) -> None:
    bench = Bench()
    bench.converter.volts[0] = volts
    assert bench.convert(0xC583) == raw


def test_difference_of_two_inputs() -> None:
    bench = Bench()
    bench.converter.volts = [1.5, 0.5, 0.0, 0.0]
    assert bench.convert(0x8583) == 0x3E80


def test_conversion_takes_its_time() -> None:
    bench = Bench()
    bench.converter.volts[0] = 1.0
    bench.bus.transfer(Message(0x48, bytes.fromhex("01C583")))
    assert bench.register(1) == 0x4583
    assert bench.register(0) == 0
    bench.now_s += 1 / 128
    assert bench.register(1) == 0xC583
    assert bench.register(0) == 0x3E80


def test_general_call_resets_it() -> None:
    bench = Bench()
    bench.convert(0xC583)
    bench.bus.transfer(Message(0x00, b"\x06"))
    assert bench.register(1) == 0x8583
