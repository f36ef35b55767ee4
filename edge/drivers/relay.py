"""A relay on a GPIO pin: on or off goes in; off wherever there is any doubt.

Off when it is opened, when it is closed, when a write fails, and when the pin does not read what was written.
What a program cannot promise is that the pin goes low when the program is killed: the Raspberry Pi's kernel
keeps a pin as it was (raspberrypi/linux#6117) unless config.txt has `dtparam=strict_gpiod`; and a program
that hangs changes nothing. With `drive = "pulse"` the pin moves at every call while the relay is on, and a
charge pump or a retriggerable timer lets the relay go when it stops. Either way the series chain of contacts
decides.
"""

from typing import Any, Literal

from msgspec import Struct

from edge.drivers.errors import DriverError, HardwareMissing
from edge.drivers.input_line import Pin
from edge.drivers.pins import PinFactory, claiming, releasing

#: BCM pins up to here are pulled up until somebody sets them, the others down. Source: BCM2835 ARM
#: Peripherals, table 6-31; the same on later boards.
LAST_PULLED_UP = 8


class RelayFailed(DriverError):
    """The relay's pin does not do what it is told."""

    code = "relay"


class RelayConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the relay is wired, through its normally open contact."""

    pin: Pin
    #: Whether a high pin switches it on; boards with opto-couplers are often `false`.
    active_high: bool = True
    #: `level` holds the pin; `pulse` moves it at every step, for a relay behind a charge pump or a timer.
    drive: Literal["level", "pulse"] = "level"

    @property
    def is_off_while_booting(self) -> bool:
        """Whether the chip's own resistors keep it off until this program runs; a lamp's relay needs it."""
        return self.active_high == (self.pin > LAST_PULLED_UP)


class Relay:
    """The relay, open and off."""

    Config = RelayConfig

    def __init__(self, config: RelayConfig, pin_factory: PinFactory) -> None:
        """Raises PinRefused, or RelayFailed when it cannot be switched off."""
        from gpiozero.output_devices import DigitalOutputDevice

        self._who = f"relay on pin {config.pin}"
        self._pulses = config.drive == "pulse"
        self._is_on = False
        make: Any = DigitalOutputDevice  # gpiozero has no type stubs
        with claiming(self._who):
            self._device: Any = make(
                config.pin, active_high=config.active_high, initial_value=False, pin_factory=pin_factory
            )
        try:
            self._write(False)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"Relay({self._who}, {'closed' if self._device is None else 'on' if self._is_on else 'off'})"

    @property
    def is_on(self) -> bool:
        """What it was told last; False after any failure."""
        return self._is_on

    def switch(self, is_on: bool) -> None:
        """Switch it; call it at every step, also unchanged: the pin is written and read again each time.

        Raises RelayFailed, having tried to switch it off; HardwareMissing when it is closed.
        """
        if self._device is None:
            raise HardwareMissing(f"{self._who}: it is closed and off")
        level = is_on and not (self._pulses and self._is_on and bool(self._device.value))
        try:
            self._write(level)
        except RelayFailed:
            self._is_on = False
            self._write_off_blindly()
            raise
        self._is_on = is_on

    def close(self) -> None:
        """Off, pin given back. Closing twice is harmless."""
        self._is_on = False
        if self._device is not None:
            self._write_off_blindly()
            device, self._device = self._device, None
            with releasing(self._who):
                device.close()

    def _write(self, level: bool) -> None:
        try:
            self._device.value = level
            read = bool(self._device.value)
        except Exception as error:  # lgpio's own error has no base class but Exception
            raise RelayFailed(f"{self._who}: cannot be switched ({error}); cut its power") from error
        if read != level:
            # lgpio does not tell of a write that failed, and a short circuit holds a pin against it.
            said, reads = ("on", "off") if level else ("off", "on")
            raise RelayFailed(f"{self._who}: told {said}, reads {reads}; cut its power and check its wiring")

    def _write_off_blindly(self) -> None:
        with releasing(self._who):
            self._device.value = False
