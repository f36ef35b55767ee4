"""The light at a door, red, amber and green, on GPIO pins: what to say goes in, lamps come on.

| says    | red | amber       | green |
| go      | -   | -           | on    |
| wait    | -   | on          | -     |
| stop    | on  | -           | -     |
| unknown | -   | blinks, 1 Hz | -    |

Unknown blinks, as a traffic light out of order does: it differs from wait, from stop, and from a node without
power, which is dark. Green is on for go alone, and goes out before another lamp comes on. The blink is
computed from the pin factory's clock at each call, so it needs no thread; where the calls stop, unknown stays
amber or dark. (A lamp that is on stays on in a process that hangs: the watchdog's restart puts it out.)
"""

from typing import Any, NamedTuple

from msgspec import Struct

from edge.drivers.errors import DriverError
from edge.drivers.input_line import Pin
from edge.drivers.pins import PinFactory, claiming, releasing
from protocol.messages import Light

#: One blink, on and off, seconds.
BLINK_S = 1.0


class LightFailed(DriverError):
    """The pin of a lamp cannot be written."""

    code = "light"


class LightConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the lamps are wired."""

    red_pin: Pin
    amber_pin: Pin
    green_pin: Pin
    #: Whether a high pin lights the lamp; relay boards are often the other way round.
    active_high: bool = True

    def __post_init__(self) -> None:
        """Three lamps need three pins."""
        pins = (self.red_pin, self.amber_pin, self.green_pin)
        if len(set(pins)) < len(pins):
            raise ValueError(f"red_pin, amber_pin and green_pin must differ, got {pins}")


class Lamps(NamedTuple):
    """Which lamps are on."""

    red: bool
    amber: bool
    green: bool


def lamps(light: Light, now_s: float) -> Lamps:
    """The lamps that say `light` at `now_s`, seconds of any clock."""
    if light is Light.UNKNOWN:
        return Lamps(red=False, amber=now_s % BLINK_S < BLINK_S / 2, green=False)
    return Lamps(red=light is Light.STOP, amber=light is Light.WAIT, green=light is Light.GO)


class TrafficLight:
    """The three lamps, open; dark until the first `show`."""

    Config = LightConfig

    def __init__(self, config: LightConfig, pin_factory: PinFactory) -> None:
        """Raises PinRefused."""
        from gpiozero.output_devices import DigitalOutputDevice

        self._factory = pin_factory
        self._devices: list[Any] = []
        self._shown = Lamps(red=False, amber=False, green=False)
        make: Any = DigitalOutputDevice  # gpiozero has no type stubs
        try:
            for name in Lamps._fields:
                pin = getattr(config, f"{name}_pin")
                with claiming(f"lamp {name} on pin {pin}"):
                    lamp = make(pin, active_high=config.active_high, pin_factory=pin_factory)
                self._devices.append(lamp)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        on = [name for name, is_on in self._shown._asdict().items() if is_on]
        return f"TrafficLight({', '.join(on) if on else 'dark'})"

    def show(self, light: Light) -> None:
        """Say `light`. Call it at every step, at least four times a second, for the blink of unknown.

        Raises LightFailed; the next call tries again. While a lamp cannot be put out, no other comes on.
        """
        self._light(lamps(light, float(self._factory.ticks())))

    def close(self) -> None:
        """All lamps off, pins given back. Closing twice is harmless."""
        devices, self._devices = self._devices, []
        self._shown = Lamps(red=False, amber=False, green=False)
        for device in devices:
            with releasing("light"):
                device.value = False
        for device in devices:
            with releasing("light"):
                device.close()

    def _light(self, wanted: Lamps) -> None:
        changes = [
            (name, device, after)
            for name, device, before, after in zip(
                Lamps._fields, self._devices, self._shown, wanted, strict=False
            )
            if before != after
        ]
        # Off before on: never two lamps at once.
        for name, device, is_on in sorted(changes, key=lambda change: change[2]):
            try:
                device.value = is_on
            except Exception as error:  # lgpio's own error has no base class but Exception
                raise LightFailed(f"lamp {name}: cannot be switched ({error})") from error
            self._shown = self._shown._replace(**{name: is_on})
