"""MLX90614 infrared thermometer on an open bus: a checked reading comes out, or an error, never a guess.

Part: Melexis MLX90614, SMBus at 100 kHz at most, datasheet 3901090614.
Known quantity: raw 0x3AD2 is 28.01 °C; the bytes B4 07 B5 D2 3A have the packet error code 0x30.
"""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta, Struct

from edge.drivers.errors import OutOfRange, SensorError
from edge.drivers.i2c import Combined, read_word, with_retries
from protocol.clock import SystemClock

# RAM, read as it stands; EEPROM cells are read with 0x20 added.
AMBIENT = 0x06
OBJECT = 0x07
EMISSIVITY = 0x24
CONFIG1 = 0x25
SMBUS_ADDRESS = 0x2E
IDS = (0x3C, 0x3D, 0x3E, 0x3F)

#: The most significant bit of a temperature is the sensor's error flag; 0xFFFF ("1037.55 °C") carries it too.
ERROR_FLAG = 0x8000
KELVIN_PER_COUNT = 0.02
ZERO_CELSIUS_K = 273.15
#: What the sensor can measure at all, °C (datasheet, first page). What skin can be is for screening to say.
OBJECT_RANGE_C = (-70.0, 380.0)
AMBIENT_RANGE_C = (-40.0, 125.0)

_CLOCK = SystemClock()


class ThermometerConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the sensor is and how long to ask."""

    #: `/dev/i2c-<bus>`.
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    #: 7-bit address; 0x5A from the factory.
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x5A
    #: Further tries after damage on the wire; two settle nearly all of it.
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    #: No try is begun later than this after the first, seconds. A reading takes about 1.2 ms at 100 kHz.
    deadline_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.1
    #: File of `firmware_config/sensors/` that says how the sensor is to be set; None leaves it as it is.
    profile: str | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """One look of the thermometer."""

    #: What it points at, °C.
    object_c: float
    #: The sensor's own case, °C.
    ambient_c: float
    #: The words as the sensor gave them, kept as evidence.
    raw_object: int
    raw_ambient: int
    #: Whether a packet error code vouches for the words.
    checked: bool


class Profile(Struct, frozen=True, kw_only=True):
    """How the sensor is set, from its EEPROM."""

    #: What the sensor takes its target's emissivity to be, 0 to 1; skin is 0.98.
    emissivity: float
    raw_emissivity: int
    #: The word at 0x05; its factory bits must never change.
    config1: int
    #: Infinite-impulse-response code, 0 to 7; 4 means none.
    iir: int
    #: Finite-impulse-response code, 0 to 7; below 4 is not recommended by the maker.
    fir: int
    #: Amplification code, 0 to 7.
    gain: int
    #: Whether the part has two zones.
    dual: bool

    @property
    def is_erased(self) -> bool:
        """Whether a cell is empty: the power failed between its erase and its write. It must be set again."""
        return self.raw_emissivity == 0 or self.config1 == 0


class Thermometer:
    """An MLX90614 behind an open bus. Every word it passes on has had its packet error code checked."""

    Config = ThermometerConfig

    def __init__(
        self, config: ThermometerConfig, bus: Combined, ticks: Callable[[], float] = _CLOCK.monotonic
    ) -> None:
        self._config = config
        self._bus = bus
        self._ticks = ticks

    def __repr__(self) -> str:
        return f"Thermometer(0x{self._config.address:02X} on bus {self._config.bus})"

    def read(self) -> Reading:
        """Object and ambient now.

        Raises NotAnswering, BusStuck, BadChecksum, SensorError or OutOfRange; then there is no reading.
        """
        raw_object, raw_ambient = self._words(OBJECT, AMBIENT)
        return reading(raw_object, raw_ambient, checked=True)

    def read_ids(self) -> tuple[int, int, int, int]:
        """The four factory words that tell this sensor from every other. Raises as `read` does."""
        first, second, third, fourth = self._words(*IDS)
        return first, second, third, fourth

    def read_profile(self) -> Profile:
        """Emissivity and filters; look at `is_erased`. Raises as `read` does."""
        return profile(*self._words(EMISSIVITY, CONFIG1))

    def _words(self, *commands: int) -> tuple[int, ...]:
        config = self._config
        # All of them anew after damage, so that what is passed on together was read together.
        return with_retries(
            lambda: tuple(read_word(self._bus, config.address, command) for command in commands),
            config.retries,
            config.deadline_s,
            self._ticks,
        )


def celsius(raw: int, who: str, range_c: tuple[float, float]) -> float:
    """°C of a temperature word. Raises SensorError when it is flagged, OutOfRange when it cannot be."""
    if raw & ERROR_FLAG:
        raise SensorError(f"{who}: the sensor flags 0x{raw:04X} as wrong; wait for it, then power-cycle it")
    value_c = raw * KELVIN_PER_COUNT - ZERO_CELSIUS_K
    low_c, high_c = range_c
    if not low_c <= value_c <= high_c:
        raise OutOfRange(
            f"{who}: expected {low_c:g} to {high_c:g} °C, got {value_c:.2f} (0x{raw:04X}); check the sensor"
        )
    return value_c


def reading(raw_object: int, raw_ambient: int, *, checked: bool) -> Reading:
    """The reading behind two words. Raises SensorError or OutOfRange."""
    return Reading(
        object_c=celsius(raw_object, "object", OBJECT_RANGE_C),
        ambient_c=celsius(raw_ambient, "ambient", AMBIENT_RANGE_C),
        raw_object=raw_object,
        raw_ambient=raw_ambient,
        checked=checked,
    )


def profile(raw_emissivity: int, config1: int) -> Profile:
    """What the two EEPROM words say (bits as in the Linux driver mlx90614.c)."""
    return Profile(
        emissivity=raw_emissivity / 0xFFFF,
        raw_emissivity=raw_emissivity,
        config1=config1,
        iir=config1 & 0b111,
        fir=config1 >> 8 & 0b111,
        gain=config1 >> 11 & 0b111,
        dual=bool(config1 >> 6 & 1),
    )
