"""One raw input line on a GPIO pin: levels with the kernel's time stamps go to a sink.

Nothing is debounced here (`bounce_time` of gpiozero loses edges and sticks; its mock ignores it): chatter
goes through whole, and `edge.signals` makes sense of it where that can be tested. What is seen to here is
that no line stays believed in a state it is not in: kernels and lgpio do lose edges, so the level is read
again and again.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from edge.drivers.errors import HardwareMissing, NotAnswering
from edge.drivers.pins import PinFactory, claiming, releasing
from edge.signals.debounce import Level

log = logging.getLogger(__name__)

#: BCM numbers of the 40-pin header.
Pin = Annotated[int, Meta(ge=0, le=27)]
#: The resistor inside the chip: `up` to 3.3 V, `down` to ground, `none` where the board has its own.
Pull = Literal["up", "down", "none"]
#: A stamp further than this from the factory's clock was taken by another clock, seconds: lgpio on kernels
#: before 5.7 counts from 1970, not from the start of the machine.
OTHER_CLOCK_S = 86_400.0


class LineConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one input is wired."""

    pin: Pin
    #: Whether the line is active when the pin reads low, as with anything that closes to ground.
    active_low: bool = True
    pull: Pull = "up"


class InputLine:
    """A line, open for as long as somebody holds this object.

    Its stamps never go back. A line that is active when it is opened is reported at once, from the
    constructor.
    """

    def __init__(
        self, who: str, config: LineConfig, pin_factory: PinFactory, sink: Callable[[float, bool], None]
    ) -> None:
        """`who` names it in errors. `sink` is given (t_s, is_active) from gpiozero's thread: let it put both
        on a queue, and nothing more.

        Raises PinRefused.
        """
        from gpiozero.input_devices import InputDevice

        self._who = f"{who} on pin {config.pin}"
        self._factory = pin_factory
        self._sink = sink
        self._lock = Lock()
        self._active_state = not config.active_low
        #: What the last edge, or the last repair, said.
        self._is_active = False
        self._since_s = float("-inf")
        #: Edges that nobody reported: found by reading the level again, or given away by the next edge, which
        #: says what was known already (it is passed on: the signal knows what to make of it).
        self.missed_edges = 0
        #: Edges that came after `reread` had repaired them, or after a younger edge; dropped.
        self.late_edges = 0
        #: Edges stamped by another clock, stamped again on arrival.
        self.restamped_edges = 0
        self._device: Any = None
        make: Any = InputDevice  # gpiozero has no type stubs
        if config.pull == "none":
            wiring: dict[str, object] = {"pull_up": None, "active_state": self._active_state}
        else:
            wiring = {"pull_up": config.pull == "up"}
        with claiming(self._who):
            self._device = make(config.pin, pin_factory=pin_factory, **wiring)
            # The pin itself, not gpiozero's events above it: those drop the time stamp, and swallow the
            # second of two edges of one direction. gpiozero refers to the method weakly: `self` is held.
            self._pin = self._device.pin
            self._pin.bounce = None
            self._pin.edges = "both"
            self._pin.when_changed = self._changed
        for level in self._repaired():
            sink(*level)

    def __repr__(self) -> str:
        return f"InputLine({self._who}, {'closed' if self._device is None else 'open'})"

    def level(self) -> bool:
        """Whether it is active, read from the pin now. Raises HardwareMissing when closed, NotAnswering."""
        if self._device is None:
            raise HardwareMissing(f"{self._who}: it is closed, there is no level to read")
        try:
            return bool(self._pin.state) == self._active_state
        except Exception as error:  # lgpio's own error has no base class but Exception
            raise NotAnswering(f"{self._who}: its level cannot be read: {error}") from error

    def reread(self) -> list[Level]:
        """The edge that was missed, stamped now, if one was; call it every 50 ms. None once closed.

        It is returned only, not given to the sink. Edges that wait in the sink's queue by now are older: take
        those first. Raises NotAnswering.
        """
        levels = self._repaired()
        self.missed_edges += len(levels)
        return levels

    def close(self) -> None:
        """Give the pin back; no edge comes afterwards. Closing twice is harmless."""
        device, self._device = self._device, None
        if device is not None:
            with releasing(self._who):
                self._pin.when_changed = None  # lgpio's pins keep calling after their device is closed
            with releasing(self._who):
                device.close()

    def _repaired(self) -> list[Level]:
        if self._device is None:
            return []
        with self._lock:
            # The time before the level: an edge in between is younger than the repair, and is heard.
            now_s = float(self._factory.ticks())
            is_active = self.level()
            if is_active == self._is_active:
                return []
            self._is_active = is_active
            self._since_s = now_s
            return [Level(now_s, is_active)]

    def _changed(self, ticks: float, state: float) -> None:
        """An edge from gpiozero's thread. Never raises: lgpio's only thread would die of it, silently."""
        stamp_s, is_active = float(ticks), bool(state) == self._active_state
        with self._lock:
            now_s = float(self._factory.ticks())
            if abs(now_s - stamp_s) > OTHER_CLOCK_S:
                self.restamped_edges += 1
                stamp_s = now_s
            if stamp_s < self._since_s:
                self.late_edges += 1
                return
            self.missed_edges += is_active == self._is_active
            self._is_active = is_active
            self._since_s = stamp_s
        try:
            self._sink(stamp_s, is_active)
        except Exception:
            log.exception("edge lost: the sink failed line=%s active=%s", self._who, is_active)
