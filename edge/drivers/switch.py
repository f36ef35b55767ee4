"""Buttons, contacts, keys, dispensers and motion sensors on GPIO pins: raw levels with stamps go to a sink.

One input line each, see `input_line`; what sets them apart is how they are wired and what active means. The
usual wiring is a contact between pin and ground: it reads low when it is closed, and a cut wire reads open.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.drivers.input_line import InputLine, LineConfig, Pin, Pull
from edge.drivers.pins import PinFactory
from edge.signals.debounce import DebounceSettings, Level
from edge.signals.presses import DispenserSettings, TreatmentSettings
from protocol.events import Task
from protocol.quantities import Duration


class SwitchConfig(LineConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a switch or a key is wired, and when it is believed."""

    #: A level must hold so long to be believed. Source: contacts bounce for 5 ms at most, twice that.
    settle: Duration = Duration("10ms")

    def __post_init__(self) -> None:
        """Refuse what the debouncer would refuse, while the file is being read."""
        if not 0.001 <= self.settle.seconds <= 2.0:
            raise ValueError(f'settle must be "1ms" to "2s", got "{self.settle.text}"')

    @property
    def debounce(self) -> DebounceSettings:
        """What its debouncer is set to."""
        return DebounceSettings(
            settle_s=self.settle.seconds, chatter_after_s=max(2.0, 4 * self.settle.seconds)
        )


class ButtonConfig(SwitchConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A button that says a treatment was started, done or aborted."""

    task: Task
    #: Held so long, or longer, it aborts.
    abort_after: Duration = Duration("3s")
    #: Held so long it is stuck: a fault, never an event.
    stuck_after: Duration = Duration("10s")
    #: A treatment nobody ended by then was forgotten; the next press starts another.
    longest: Duration = Duration("4h")

    def __post_init__(self) -> None:
        """Refuse what the signal would refuse, while the file is being read."""
        SwitchConfig.__post_init__(self)
        _ = self.treatment

    @property
    def treatment(self) -> TreatmentSettings:
        """What its signal is set to."""
        return TreatmentSettings(
            abort_after_s=self.abort_after.seconds,
            stuck_after_s=self.stuck_after.seconds,
            longest_s=self.longest.seconds,
        )


class ContactConfig(SwitchConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact at a window or a door: a reed switch and its magnet."""

    #: What the line is while the window or door is open. A reed to ground is closed by the magnet of a closed
    #: door: `inactive` when open, and a cut wire reads open.
    open_when: Literal["active", "inactive"] = "inactive"
    #: A sash rattles longer than a contact bounces.
    settle: Duration = Duration("200ms")

    def is_open(self, is_active: bool) -> bool:
        """Whether the window or door is open when the line is so."""
        return is_active == (self.open_when == "active")


class PirConfig(SwitchConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A passive infrared motion sensor.

    By default its output is high on motion (HC-SR501), or it is the normally closed contact of an alarm
    sensor to ground. The pull up makes a cut wire read motion: as an interlock needs it.
    """

    active_low: bool = False


class DispenserConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dispenser: a microswitch under its lever, and a float switch where it has one."""

    #: The lever's switch, to ground.
    press_pin: Pin
    #: The float switch, to ground; None: it has none.
    low_pin: Pin | None = None
    #: What the float's line is while little is left. `inactive`: the float lifts its magnet off a closed reed
    #: when the level falls, and a cut wire reads low.
    low_when: Literal["active", "inactive"] = "inactive"
    #: Millilitres a press gives, 0.1 to 10. Source: the dispenser's data sheet, or ten presses on a scale.
    ml_per_press: Annotated[float, Meta(ge=0.1, le=10.0)] = 1.5
    active_low: bool = True
    pull: Pull = "up"

    def __post_init__(self) -> None:
        """Two switches need two pins."""
        if self.press_pin == self.low_pin:
            raise ValueError(f"press_pin and low_pin must differ, got {self.press_pin} for both")

    @property
    def press(self) -> SwitchConfig:
        """The lever's switch."""
        return SwitchConfig(pin=self.press_pin, active_low=self.active_low, pull=self.pull)

    @property
    def low(self) -> SwitchConfig | None:
        """The float switch. It bobs: it is believed late."""
        if self.low_pin is None:
            return None
        settle = Duration("2s")
        return SwitchConfig(pin=self.low_pin, active_low=self.active_low, pull=self.pull, settle=settle)

    @property
    def dispenser(self) -> DispenserSettings:
        """What its signal is set to."""
        return DispenserSettings(ml_per_press=self.ml_per_press)

    def is_low(self, is_active: bool) -> bool:
        """Whether little is left when the float's line is so."""
        return is_active == (self.low_when == "active")


class Switch:
    """A switch, open for as long as somebody holds this object; active is what its config says.

    One that is active when it is opened is reported at once, from the constructor.
    """

    Config = SwitchConfig

    def __init__(
        self,
        config: SwitchConfig,
        pin_factory: PinFactory,
        sink: Callable[[float, bool], None],
        who: str = "switch",
    ) -> None:
        """`sink` is given (t_s, is_active) from gpiozero's thread: let it put both on a queue, and nothing
        more. `who` names the switch in errors.

        Raises PinRefused.
        """
        self._line = InputLine(who, config, pin_factory, sink)

    def __repr__(self) -> str:
        return f"Switch({self._line!r})"

    @property
    def missed_edges(self) -> int:
        """Edges that nobody reported; see `InputLine`."""
        return self._line.missed_edges

    def is_active(self) -> bool:
        """Whether it is active, read from the pin now. Raises HardwareMissing when closed, NotAnswering."""
        return self._line.level()

    def reread(self) -> list[Level]:
        """The edge that was missed, if one was; call it every 50 ms, after its queue. Raises NotAnswering."""
        return self._line.reread()

    def close(self) -> None:
        """Give the pin back; no edge comes afterwards. Closing twice is harmless."""
        self._line.close()
