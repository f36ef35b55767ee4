"""GPIO pins without hardware, in a clock of the caller's: gpiozero's mock pins, and hands to move the inputs.

gpiozero's `MockPin` stamps its edges with the machine's clock and lets a pull resistor win over whatever
drives the pin; here the factory's clock stamps them, and the outside world wins. Like `MockPin` it ignores
bounce. An output takes its first level in the moment it becomes one, as `edge.drivers.header` has it.
"""

import random
from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin
from gpiozero.pins.pi import PiPin

from edge.signals.debounce import Level

#: The revision code of a Pi 4 B, so that no variable of the environment decides which board is played.
REVISION = "c03114"
#: A contact bounces no longer than this, seconds. Source: reliability, promise 22.
BOUNCE_S = 0.005


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

    def output_with_state(self, state: bool) -> None:
        """Become an output that is at `state` from its first moment."""
        pin: Any = self
        pin._change_state(bool(state))
        pin.function = "output"

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


def bouncing(at_s: float, is_active: bool, rng: random.Random, *, within_s: float = BOUNCE_S) -> list[Level]:
    """The edges of one closing or opening of a contact: 1 to 11 within `within_s`, the last one true."""
    times_s = sorted(rng.uniform(0.0, within_s) for _ in range(2 * rng.randrange(6)))
    return [
        Level(at_s + after_s, is_active == (number % 2 == 0))
        for number, after_s in enumerate([0.0, *times_s])
    ]


class SimulatedSwitch:
    """The outside world's side of a button, contact, key or motion sensor: what it does, and how it fails."""

    def __init__(self, factory: SimulatedPinFactory, pin: int, *, active_low: bool = True) -> None:
        self._factory = factory
        self._pin: SimulatedPin = factory.pin(pin)
        self._active_level = not active_low
        self._is_stuck = False
        #: What it would be if it were not stuck.
        self.is_active = False

    def set(self, active: bool, *, silently: bool = False) -> None:
        """Close or open it; `silently` is an edge that the kernel loses."""
        self.is_active = active
        if not self._is_stuck:
            self._drive(active, silently)

    def bounce(self, active: bool, rng: random.Random, wait_to: Callable[[float], None]) -> None:
        """Close or open it as real contacts do; `wait_to` sets the clock to each edge's time."""
        for level in bouncing(self._factory.ticks(), active, rng):
            wait_to(level.t_s)
            self.set(level.is_active)

    def stick(self, active: bool) -> None:
        """Hold the line there, whatever the switch does: a short circuit, a jammed lever, a cut wire."""
        self._is_stuck = True
        self._drive(active, silently=False)

    def free(self) -> None:
        """Repair it: the line follows the switch again."""
        self._is_stuck = False
        self._drive(self.is_active, silently=False)

    def _drive(self, active: bool, silently: bool) -> None:
        self._pin.drive(self._active_level if active else not self._active_level, silently=silently)
