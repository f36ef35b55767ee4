"""A modelled ADS1115: bytes of a transfer go in, bytes and acknowledges come out, as the part gives them.

The outside world is `volts`; what may go wrong inside the part are `dead` and `slow`. Registers, their values
after a reset, the reset by general call, the time of a conversion and the clipping at the ends of its range
are the data sheet's (Texas Instruments SBAS444).
"""

from collections.abc import Callable

from edge.drivers.gauge import CONFIG, CONVERSION, COUNTS, RANGES_V, START

RESET_CONFIG = 0x8583
GENERAL_CALL, RESET = 0x00, 0x06
RATES_HZ = (8, 16, 32, 64, 128, 250, 475, 860)
_LOW, _HIGH = 0x02, 0x03


class Ads1115:
    """One converter. `ticks` gives seconds that never jump back; virtual time is welcome."""

    def __init__(self, ticks: Callable[[], float], *, address: int = 0x48) -> None:
        self._ticks = ticks
        self._address = address
        #: Volts at the four inputs, against ground.
        self.volts = [0.0, 0.0, 0.0, 0.0]
        #: Without power or with a broken wire: acknowledges nothing.
        self.dead = False
        #: How much longer than it should a conversion takes.
        self.slow = 1.0
        self.power_cycle()

    def power_cycle(self) -> None:
        """Off and on, or a general call: registers as the factory set them."""
        self.registers = {CONVERSION: 0, CONFIG: RESET_CONFIG, _LOW: 0x8000, _HIGH: 0x7FFF}
        self._pointer = CONVERSION
        self._done_s: float | None = None

    # The wire, message by message.

    def answers(self, address: int) -> bool:
        """Whether the part acknowledges this address; it also hears a general call."""
        return not self.dead and address in (self._address, GENERAL_CALL)

    def receive(self, address: int, data: bytes) -> None:
        """A register's number, and its new value behind it when it is written."""
        if address == GENERAL_CALL:
            if data[:1] == bytes((RESET,)):
                self.power_cycle()
            return
        if not data:
            return
        self._pointer = data[0] & 0b11
        if len(data) == 3 and self._pointer != CONVERSION:
            word = int.from_bytes(data[1:], "big")
            self.registers[self._pointer] = word & ~START if self._pointer == CONFIG else word
            if self._pointer == CONFIG and word & START:
                rate_hz = RATES_HZ[word >> 5 & 0b111]
                self._done_s = self._ticks() + self.slow / rate_hz

    def send(self, address: int, count: int) -> bytes:
        """The register that the pointer is at, high byte first."""
        if address == GENERAL_CALL:
            return b"\xff" * count
        self._convert()
        word = self.registers[self._pointer]
        if self._pointer == CONFIG and self._done_s is None:
            word |= START
        return word.to_bytes(2, "big").ljust(count, b"\xff")[:count]

    def stop(self) -> None:
        """The end of a transfer; the pointer stays."""

    # Inside.

    def _convert(self) -> None:
        if self._done_s is None or self._ticks() < self._done_s:
            return
        self._done_s = None
        config = self.registers[CONFIG]
        first, second = _inputs(config >> 12 & 0b111)
        difference_v = self.volts[first] - (self.volts[second] if second is not None else 0.0)
        counts = round(difference_v / _range_v(config) * COUNTS)
        self.registers[CONVERSION] = max(-COUNTS, min(counts, COUNTS - 1)) & 0xFFFF


def _inputs(code: int) -> tuple[int, int | None]:
    """The two inputs that are compared; None is ground."""
    return [(0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None)][code]


def _range_v(config: int) -> float:
    code = config >> 9 & 0b111
    return next((range_v for range_v, one in RANGES_V.items() if one == code), 0.256)
