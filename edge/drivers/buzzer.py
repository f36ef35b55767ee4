"""An active buzzer on a GPIO pin: what it plays goes in at each step, sound comes out.

The beeps are computed from the time at each call, as the light's blink is, so it needs no thread. Where the
calls stop in the middle of a beep it stays on, until the watchdog's restart: a noise is the safe side.
"""

from typing import Any

from msgspec import Struct

from edge.drivers.errors import DriverError
from edge.drivers.input_line import Pin
from edge.drivers.pins import PinFactory, claiming, releasing
from edge.signals.tones import Playing


class BuzzerFailed(DriverError):
    """The buzzer's pin cannot be written."""

    code = "buzzer"


class BuzzerConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the buzzer is wired: an active one, that sounds on direct current, behind a transistor."""

    pin: Pin
    #: Whether a high pin sounds it.
    active_high: bool = True


class Buzzer:
    """The buzzer, open; silent until the first `show`."""

    Config = BuzzerConfig

    def __init__(self, config: BuzzerConfig, pin_factory: PinFactory) -> None:
        """Raises PinRefused."""
        from gpiozero.output_devices import DigitalOutputDevice

        make: Any = DigitalOutputDevice  # gpiozero has no type stubs
        self._who = f"buzzer on pin {config.pin}"
        with claiming(self._who):
            self._device: Any = make(config.pin, active_high=config.active_high, pin_factory=pin_factory)
        self._is_on = False

    def __repr__(self) -> str:
        return f"Buzzer({'closed' if self._device is None else 'on' if self._is_on else 'silent'})"

    def show(self, playing: Playing | None, now_s: float) -> None:
        """Sound as `playing` has it at `now_s`; None is silence. Call it at every step, every 0.05 s.

        Raises BuzzerFailed; then it is taken to be what it was, and the next call tries again.
        """
        is_on = playing is not None and playing.pattern.is_on(now_s - playing.since_s)
        if self._device is not None and is_on != self._is_on:
            try:
                self._device.value = is_on
            except Exception as error:  # lgpio's own error has no base class but Exception
                raise BuzzerFailed(f"{self._who}: cannot be switched ({error})") from error
            self._is_on = is_on

    def close(self) -> None:
        """Silence, pin given back. Closing twice is harmless."""
        with releasing("buzzer"):
            self.show(None, 0.0)
        device, self._device = self._device, None
        if device is not None:
            with releasing("buzzer"):
                device.close()
