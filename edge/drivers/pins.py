"""GPIO pins: the name of a pin factory goes in, that factory or an error comes out, never another one.

gpiozero left alone takes the first factory that loads, with a warning, down to an experimental one; RPi.GPIO
loads and then fails on kernels since 6.6. So the factory is made here, by name, and handed to every device.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from importlib import import_module
from typing import Any, Protocol

from edge.drivers.errors import PinRefused, PinsUnavailable


class PinKind(Enum):
    """What a node file may ask for."""

    #: The kernel's GPIO character device on a Raspberry Pi.
    LGPIO = "lgpio"
    #: gpiozero's pins without hardware: a laptop, a demonstration, a test.
    MOCK = "mock"


class PinFactory(Protocol):
    """What drivers use of gpiozero's `Factory`: it supplies the hardware, so it supplies the time."""

    def ticks(self) -> Any:
        """Seconds of the clock that stamps the edges; of the kernel's monotonic clock on a Pi."""

    def close(self) -> None:
        """Give every pin back."""


def open_pins(kind: PinKind) -> PinFactory:
    """The pin factory of that kind. Raises PinsUnavailable with what to do about it."""
    name, class_name = {
        PinKind.LGPIO: ("gpiozero.pins.lgpio", "LGPIOFactory"),
        PinKind.MOCK: ("gpiozero.pins.mock", "MockFactory"),
    }[kind]
    try:
        # By name, because gpiozero has no type stubs; what leaves here has a type again.
        make: Any = getattr(import_module(name), class_name)
        factory: PinFactory = make()
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
            f"{who}: lgpio wants to write `{error.filename}` into the working directory; "
            "set LG_WD to a folder this user may write, /run/kuzet for example"
        )
    if isinstance(error, FileNotFoundError) or type(error).__name__ == "PinUnknownPi":
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
