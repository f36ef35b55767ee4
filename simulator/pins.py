"""GPIO pins without hardware, in a clock of the caller's: gpiozero's mock pins, and hands to break the beams.

gpiozero's `MockPin` stamps its edges with the machine's clock and lets a pull resistor win over whatever
drives the pin; here the factory's clock stamps them, and the outside world wins. Like `MockPin` it ignores
bounce.
"""

from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin
from gpiozero.pins.pi import PiPin

#: The revision code of a Pi 4 B, so that no variable of the environment decides which board is played.
REVISION = "c03114"


class SimulatedPin(MockPin):
    """A pin that something outside may drive."""

    _driven: bool | None = None

    def drive(self, high: bool, *, silently: bool = False) -> None:
        """Set the level from outside; `silently` is an edge that the kernel loses."""
        self._driven = high
        pin: Any = self
        if silently or self._when_changed is None:
            pin._change_state(high)
        elif high:
            pin.drive_high()
        else:
            pin.drive_low()

    def _set_pull(self, value: str) -> None:
        base: Any = super()
        base._set_pull(value)
        if self._driven is not None:
            base._change_state(self._driven)

    def _call_when_changed(self, ticks: float | None = None, state: bool | None = None) -> None:
        call: Any = PiPin._call_when_changed
        call(self, self.factory.ticks(), self._state)


class SimulatedPinFactory(MockFactory):
    """A board of such pins whose `ticks()` are the caller's."""

    # The overrides below that only pass on give gpiozero's methods the types it does not have.

    def __init__(self, ticks: Callable[[], float]) -> None:
        """`ticks` gives seconds that never go back; virtual time is welcome."""
        start: Any = super().__init__
        start(revision=REVISION, pin_class=SimulatedPin)
        self._ticks = ticks

    def close(self) -> None:
        """Close every pin."""
        base: Any = super()
        base.close()

    def pin(self, name: object, pin_class: type[MockPin] | None = None, **kwargs: object) -> Any:
        """The pin with that BCM number."""
        base: Any = super()
        return base.pin(name, pin_class, **kwargs)

    def reset(self) -> None:
        """Forget every pin and who has it."""
        base: Any = super()
        base.reset()

    def ticks(self) -> float:  # type: ignore[override] # MockFactory's is static, a clock of one's own is not
        """Seconds of the caller's clock."""
        return self._ticks()


class SimulatedBeam:
    """The outside world's side of one beam."""

    def __init__(self, factory: SimulatedPinFactory, pin: int, *, active_low: bool = True) -> None:
        self._pin: SimulatedPin = factory.pin(pin)
        self._broken_level = not active_low
        self.is_broken = False

    def set(self, broken: bool, *, silently: bool = False) -> None:
        """Break or free the beam; `silently` is an edge that the kernel loses."""
        self.is_broken = broken
        self._pin.drive(self._broken_level if broken else not self._broken_level, silently=silently)

    def chatter(self, times: int) -> None:
        """Flicker as a receiver does at the rim of a shadow: away and back again, `times` times."""
        for _ in range(times):
            self.set(not self.is_broken)
            self.set(not self.is_broken)
