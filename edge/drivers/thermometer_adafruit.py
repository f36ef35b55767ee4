"""MLX90614 through Adafruit's driver, for boards without `/dev/i2c`: readings come out, marked unchecked.

`adafruit_mlx90614` reads two bytes and leaves the packet error code on the wire, so damage on the way cannot
be seen here: `Reading.checked` is False. It also passes the error flag on as a temperature (34.07 °C flagged
reads 689.43, 0xFFFF reads 1037.55); the word is won back from the temperature and refused.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from edge.drivers.errors import BusUnavailable, NotAnswering
from edge.drivers.i2c import read_fault, with_retries
from edge.drivers.thermometer import KELVIN_PER_COUNT, ZERO_CELSIUS_K, Reading, ThermometerConfig, reading
from protocol.clock import SystemClock

T = TypeVar("T")

_CLOCK = SystemClock()


class ThermometerAdafruit:
    """An MLX90614 behind a CircuitPython I2C bus (`busio.I2C`, or the simulator's sibling)."""

    #: `bus` is not used: the board has one.
    Config = ThermometerConfig

    def __init__(
        self, config: ThermometerConfig, bus: object, ticks: Callable[[], float] = _CLOCK.monotonic
    ) -> None:
        """Raises NotAnswering when nothing acknowledges at the address."""
        from adafruit_mlx90614 import MLX90614

        self._config = config
        self._ticks = ticks
        # Any: the package has no stubs, and its own annotation wants a busio.I2C it never needs.
        driver: Any = MLX90614
        self._sensor = self._asked(lambda: driver(bus, config.address))

    def __repr__(self) -> str:
        return f"ThermometerAdafruit(0x{self._config.address:02X})"

    def read(self) -> Reading:
        """Object and ambient now, unchecked. Raises NotAnswering, BusStuck, SensorError or OutOfRange."""
        sensor = self._sensor
        object_c, ambient_c = self._asked(lambda: (sensor.object_temperature, sensor.ambient_temperature))
        return reading(_word_of(object_c), _word_of(ambient_c), checked=False)

    def _asked(self, question: Callable[[], T]) -> T:
        return with_retries(
            lambda: self._once(question), self._config.retries, self._config.deadline_s, self._ticks
        )

    def _once(self, question: Callable[[], T]) -> T:
        who = f"0x{self._config.address:02X}"
        try:
            return question()
        except OSError as error:
            raise read_fault(error, who) from error
        except (ValueError, RuntimeError) as error:
            # ValueError: its probe found nothing. RuntimeError: what Blinka's USB adapters raise.
            raise NotAnswering(f"{who}: no answer ({error}); check power, wiring and address") from error


def open_blinka_bus() -> object:
    """The board's I2C bus as Blinka knows it. Raises BusUnavailable with what to do about it."""
    try:
        board: Any = import_module("board")  # untyped, and it looks for the board while being imported
        bus: object = board.I2C()
    except (ImportError, NotImplementedError, AttributeError, RuntimeError, ValueError, OSError) as error:
        raise BusUnavailable(
            f"Blinka: no I2C bus on this board ({error}); plug the USB adapter in and set its variable "
            "(BLINKA_MCP2221=1, BLINKA_FT232H=1), or use the driver thermometer on a bus of the kernel"
        ) from error
    return bus


def _word_of(value_c: float) -> int:
    return round((value_c + ZERO_CELSIUS_K) / KELVIN_PER_COUNT)
