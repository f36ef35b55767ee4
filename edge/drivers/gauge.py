"""ADS1115 converter on an open bus: how full a dispenser is comes out, 0 to 1, or an error.

Part: Texas Instruments ADS1115, data sheet SBAS444. Something in the dispenser (a float, a weighing cell with
its amplifier) gives a voltage; what it gives empty and full is measured once and written in the node file.
The part has no checksum, so what it was set to is read back and the result is read twice: one
damaged transfer is seen, the same bit damaged in two that follow each other is not.
"""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta, Struct

from edge.drivers.errors import BadChecksum, OutOfRange, Stalled
from edge.drivers.i2c import Combined, with_retries, write_read

# Registers (SBAS444 9.6.1).
CONVERSION, CONFIG = 0x00, 0x01
#: Bit 15: written, start one conversion; read, none is going on.
START = IDLE = 0x8000
#: Bits 14 to 12: input 0 against ground; the others follow.
INPUT_0 = 0b100
#: Bits 11 to 9, by the full scale they give, volts (table 9-3).
RANGES_V = {0.256: 0b101, 0.512: 0b100, 1.024: 0b011, 2.048: 0b010, 4.096: 0b001, 6.144: 0b000}
#: Bit 8: rest between conversions.
SINGLE_SHOT = 0x0100
#: Bits 7 to 5: 128 a second. Bits 1 and 0: no comparator.
RATE_128, NO_COMPARATOR = 0b100 << 5, 0b11
#: A conversion takes 7.8 ms, 10 % more in a slow part, and 25 µs to wake (SBAS444 7.5, 9.4.2).
CONVERSION_S = 0.009
LOOKS = 5
COUNTS = 1 << 15
#: What a level may be beyond empty and full before the gauge, or its wire, is broken.
SLACK = 0.1


class GaugeConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the converter is and what its voltage means."""

    #: `/dev/i2c-<bus>`.
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    #: 7-bit address by the pin ADDR: ground 0x48, supply 0x49, SDA 0x4A, SCL 0x4B.
    address: Annotated[int, Meta(ge=0x48, le=0x4B)] = 0x48
    #: AIN0 to AIN3, against ground.
    input: Annotated[int, Meta(ge=0, le=3)] = 0
    #: What the gauge gives when the dispenser is empty and full, volts; either may be the larger one.
    empty_v: Annotated[float, Meta(ge=0.0, le=5.5)]
    full_v: Annotated[float, Meta(ge=0.0, le=5.5)]
    #: Further tries after damage on the wire.
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    #: No try is begun later than this after the first, seconds.
    deadline_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.1

    def __post_init__(self) -> None:
        """A gauge whose two ends cannot be told apart measures nothing."""
        if abs(self.full_v - self.empty_v) < 0.05:
            raise ValueError(
                f"empty_v and full_v must be 0.05 V apart, got {self.empty_v:g} and {self.full_v:g}"
            )

    @property
    def range_v(self) -> float:
        """The narrowest full scale that holds both ends and a tenth more, volts."""
        most_v = max(self.empty_v, self.full_v) + SLACK * abs(self.full_v - self.empty_v)
        return min((range_v for range_v in RANGES_V if range_v > most_v), default=max(RANGES_V))


class Level(Struct, frozen=True, kw_only=True):
    """One look at the gauge."""

    #: 0 empty, 1 full.
    level: float
    voltage_v: float
    #: The word as the converter gave it, two's complement.
    raw: int


class Gauge:
    """One input of an ADS1115 behind an open bus."""

    Config = GaugeConfig

    def __init__(
        self,
        config: GaugeConfig,
        bus: Combined,
        ticks: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """`sleep` waits that many seconds of the clock that `ticks` reads."""
        self._config = config
        self._bus = bus
        self._ticks = ticks
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"Gauge(0x{self._config.address:02X} input {self._config.input} on bus {self._config.bus})"

    def read(self) -> Level:
        """How full it is now; takes some 10 ms.

        Raises NotAnswering, BusStuck, BadChecksum, Stalled or OutOfRange; then there is no level.
        """
        config = self._config
        raw = with_retries(self._converted, config.retries, config.deadline_s, self._ticks)
        if raw in (0x7FFF, 0x8000):
            raise OutOfRange(f"{self!r}: expected at most ±{config.range_v:g} V, got more; check its supply")
        voltage_v = to_volts(raw, config.range_v)
        level = (voltage_v - config.empty_v) / (config.full_v - config.empty_v)
        if not -SLACK <= level <= 1.0 + SLACK:
            raise OutOfRange(
                f"{self!r}: expected {config.empty_v:g} V (empty) to {config.full_v:g} V (full), "
                f"got {voltage_v:.3f} V; check the wire, or measure empty_v and full_v again"
            )
        return Level(level=min(max(level, 0.0), 1.0), voltage_v=voltage_v, raw=raw)

    def _converted(self) -> int:
        wanted = settings_word(self._config)
        busy = wanted & ~IDLE
        who = repr(self)
        # Read back in the same transfer: it must be at work now, or the result would be the last one again.
        self._expect(busy, self._ask(bytes((CONFIG, wanted >> 8, wanted & 0xFF))))
        for _ in range(LOOKS):
            self._sleep(CONVERSION_S)
            found = self._ask(bytes((CONFIG,)))
            self._expect(busy, found & ~IDLE)
            if found & IDLE:
                break
        else:
            raise Stalled(f"{who}: no conversion after {LOOKS * CONVERSION_S:.2f} s; power-cycle it")
        result = self._ask(bytes((CONVERSION,)))
        self._expect(result, self._ask(bytes((CONVERSION,))))
        return result

    def _ask(self, sent: bytes) -> int:
        return int.from_bytes(write_read(self._bus, self._config.address, sent, 2, repr(self)), "big")

    def _expect(self, expected: int, found: int) -> None:
        if found != expected:
            raise BadChecksum(f"{self!r}: expected 0x{expected:04X}, got 0x{found:04X}; damaged on the wire")


def settings_word(config: GaugeConfig) -> int:
    """The word that starts one conversion: 0xC583 for input 0 at ±2.048 V."""
    inputs = (INPUT_0 + config.input) << 12
    return START | inputs | RANGES_V[config.range_v] << 9 | SINGLE_SHOT | RATE_128 | NO_COMPARATOR


def to_volts(raw: int, range_v: float) -> float:
    """Volts of a word in two's complement: 62.5 µV a count at ±2.048 V."""
    signed = raw - 2 * COUNTS if raw & 0x8000 else raw
    return signed * range_v / COUNTS
