"""GPIO pins: the name of a pin factory goes in, that factory or an error comes out, never another one.

gpiozero left alone takes the first factory that loads, with a warning, down to an experimental one; RPi.GPIO
loads and then fails on kernels since 6.6. So the factory is made here, by name, and handed to every device.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from importlib import import_module
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct

from edge.drivers.errors import PinRefused, PinsUnavailable

log = logging.getLogger(__name__)


class PinKind(Enum):
    """What a node file may ask for."""

    #: The kernel's GPIO character device on a Raspberry Pi.
    LGPIO = "lgpio"
    #: gpiozero's pins without hardware: a laptop, a demonstration, a test.
    MOCK = "mock"


class GpioConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which chip and board `lgpio` works on, where it cannot find out alone."""

    #: `auto` finds the chip of the 40-pin header by its label; else the chip's own label, or its device as
    #: `gpiochip4`. Labels and devices: `gpiodetect`.
    chip: Annotated[str, Meta(pattern=r"^[\w:.-]{1,32}$")] = "auto"
    #: The board's revision code in hex, `a020d3` is a Pi 3 B+; it says which pins there are. None asks the
    #: machine. Only for a machine that has none to tell, such as a kernel with simulated pins.
    #: Source: raspberrypi.com, "Raspberry Pi revision codes".
    revision: Annotated[str, Meta(pattern=r"^[0-9a-f]{4,8}$")] | None = None


#: What finds everything out alone.
THIS_MACHINE = GpioConfig()


class PinFactory(Protocol):
    """What drivers use of gpiozero's `Factory`: it supplies the hardware, so it supplies the time."""

    def ticks(self) -> Any:
        """Seconds of the clock that stamps the edges; of the kernel's monotonic clock on a Pi."""

    def close(self) -> None:
        """Give every pin back."""


def open_pins(kind: PinKind, gpio: GpioConfig = THIS_MACHINE) -> PinFactory:
    """The pin factory of that kind; `gpio` is for lgpio alone. Raises PinsUnavailable with what to do."""
    try:
        if kind is PinKind.MOCK:
            # By name, because gpiozero has no type stubs; what leaves here has a type again.
            make: Any = import_module("gpiozero.pins.mock").MockFactory
            factory: PinFactory = make()
        else:
            from edge.drivers.header import open_header

            factory = open_header(gpio.chip, gpio.revision)
    except PinsUnavailable:
        raise
    except Exception as error:  # lgpio's own error has no base class but Exception
        raise why_unavailable(kind, error) from error
    return factory


def why_unavailable(kind: PinKind, error: Exception) -> PinsUnavailable:
    """The fault of opening a factory in words that say what to do."""
    who = f"pins {kind.value}"
    instead = 'or write `pins = "mock"` in the node file where there is no hardware'
    if isinstance(error, ModuleNotFoundError):
        return PinsUnavailable(f"{who}: {error.name} is not installed; pip install 'kuzet[edge]', {instead}")
    if isinstance(error, FileNotFoundError) and ".lgd-nfy" in str(error):
        return PinsUnavailable(
            f"{who}: lgpio cannot make its pipe `{error.filename}`; "
            "set LG_WD to a folder this user may write, /run/kuzet for example"
        )
    if type(error).__name__ == "PinUnknownPi":
        return PinsUnavailable(f"{who}: this machine is not a Raspberry Pi ({error}); use one, {instead}")
    return PinsUnavailable(
        f"{who}: cannot be opened ({error}); may this user open /dev/gpiochip0? "
        f"`sudo usermod -aG gpio <user>`, then log in again, {instead}"
    )


@contextmanager
def claiming(who: str) -> Iterator[None]:
    """Turn what gpiozero and lgpio say of a pin they will not give into PinRefused."""
    from gpiozero.exc import GPIOZeroError

    lgpio_error = getattr(sys.modules.get("lgpio"), "error", GPIOZeroError)
    try:
        yield
    except (GPIOZeroError, OSError, lgpio_error) as error:
        raise PinRefused(
            f"{who}: {error}; each pin serves one device: correct the pin numbers (BCM) in the node file"
        ) from error


@contextmanager
def releasing(who: str) -> Iterator[None]:
    """Give something back, or log that it would not go: whatever is closed after it must be closed too."""
    try:
        yield
    except Exception as error:  # lgpio's own error has no base class but Exception
        log.warning("pin=%s closed=badly why=%s", who, error)
