"""The two light beams of a door on GPIO pins: edges with the kernel's time stamps go to a sink.

Nothing is debounced here (`bounce_time` of gpiozero loses edges and sticks; its mock ignores it): chatter
goes through to `edge.signals.passage`, where it can be tested. What is seen to here is that no beam stays
believed in a state it is not in: kernels and lgpio do lose edges, so the level is read again and again.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from edge.drivers.errors import HardwareMissing
from edge.drivers.pins import PinFactory, claiming
from edge.signals.passage import Beam, BeamEdge

log = logging.getLogger(__name__)

#: BCM numbers of the 40-pin header.
Pin = Annotated[int, Meta(ge=0, le=27)]
#: A stamp further than this from the factory's clock was taken by another clock, seconds: lgpio on kernels
#: before 5.7 counts from 1970, not from the start of the machine.
OTHER_CLOCK_S = 86_400.0


class BeamPairConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the receivers of the two beams are wired."""

    #: Receiver of the beam on the side people come in from, BCM number.
    outer_pin: Pin
    #: Receiver of the beam on the room's side, BCM number.
    inner_pin: Pin
    #: Whether a broken beam reads low, as with the usual open-collector receivers.
    active_low: bool = True
    #: `clear` pulls the pin to what a free beam reads (an open-collector receiver needs it); `none` where the
    #: board has its own resistors. A cut wire reads free with `clear`: only the balance of doors shows it.
    pull: Literal["clear", "none"] = "clear"

    def __post_init__(self) -> None:
        """Two beams need two pins."""
        if self.outer_pin == self.inner_pin:
            raise ValueError(f"outer_pin and inner_pin must differ, got {self.outer_pin} for both")


class BeamPair:
    """Both beams, open for as long as somebody holds this object.

    The times of each beam's edges never go back. A beam that is broken when the pair is opened is reported at
    once, from the constructor.
    """

    Config = BeamPairConfig

    def __init__(
        self, config: BeamPairConfig, pin_factory: PinFactory, sink: Callable[[BeamEdge], None]
    ) -> None:
        """`sink` is called from gpiozero's thread: let it put the edge on a queue, and nothing more.

        Raises PinRefused.
        """
        self._config = config
        self._factory = pin_factory
        self._sink = sink
        self._lock = Lock()
        #: Edges that nobody reported: found by reading the level again, or given away by the next edge, which
        #: says what was known already (it is passed on: `passage` knows what to make of it).
        self.missed_edges = 0
        #: Edges that came after `reread` had repaired them, or after a younger edge of the beam; dropped.
        self.late_edges = 0
        #: Edges stamped by another clock, stamped again on arrival.
        self.restamped_edges = 0
        self._inputs: list[_Input] = []
        try:
            for beam, pin in ((Beam.OUTER, config.outer_pin), (Beam.INNER, config.inner_pin)):
                self._inputs.append(_Input(self, beam, pin, config, pin_factory))
        except BaseException:
            self.close()
            raise
        for edge in self._repaired():
            sink(edge)

    def __repr__(self) -> str:
        state = "open" if self._inputs else "closed"
        return f"BeamPair(outer {self._config.outer_pin}, inner {self._config.inner_pin}, {state})"

    def levels(self) -> tuple[bool, bool]:
        """Whether the outer and the inner beam are broken, read from the pins now."""
        if not self._inputs:
            raise HardwareMissing(f"{self!r}: it is closed, there is no level to read")
        outer, inner = (each.level() for each in self._inputs)
        return outer, inner

    def reread(self) -> list[BeamEdge]:
        """The edges that were missed, stamped now; call it every 50 ms.

        They are returned only, not given to the sink. Edges that wait in the sink's queue by now are older:
        take those first.
        """
        edges = self._repaired()
        self.missed_edges += len(edges)
        return edges

    def close(self) -> None:
        """Give the pins back; no edge comes afterwards. Closing twice is harmless."""
        inputs, self._inputs = self._inputs, []
        for each in inputs:
            each.close()

    def _repaired(self) -> list[BeamEdge]:
        edges = []
        for each in self._inputs:
            with self._lock:
                broken = each.level()
                if broken != each.known_broken:
                    each.known_broken = broken
                    each.known_since_s = float(self._factory.ticks())
                    edges.append(BeamEdge(t_s=each.known_since_s, beam=each.beam, broken=broken))
        return edges

    def _take(self, each: "_Input", stamp_s: float, broken: bool) -> None:
        """An edge from gpiozero's thread. Never raises: lgpio's only thread would die of it, silently."""
        with self._lock:
            now_s = float(self._factory.ticks())
            if abs(now_s - stamp_s) > OTHER_CLOCK_S:
                self.restamped_edges += 1
                stamp_s = now_s
            if stamp_s < each.known_since_s:
                self.late_edges += 1
                return
            self.missed_edges += broken == each.known_broken
            each.known_broken = broken
            each.known_since_s = stamp_s
        try:
            self._sink(BeamEdge(t_s=stamp_s, beam=each.beam, broken=broken))
        except Exception:
            log.exception("edge lost: the sink failed beam=%s broken=%s", each.beam, broken)


class _Input:
    """One receiver."""

    def __init__(
        self, pair: BeamPair, beam: Beam, pin: int, config: BeamPairConfig, pin_factory: PinFactory
    ) -> None:
        from gpiozero.input_devices import InputDevice

        self.beam = beam
        #: What the last edge, or the last repair, said.
        self.known_broken = False
        self.known_since_s = float("-inf")
        self._pair = pair
        self._broken_state = not config.active_low
        make: Any = InputDevice  # gpiozero has no type stubs
        if config.pull == "none":
            wiring: dict[str, object] = {"pull_up": None, "active_state": self._broken_state}
        else:
            wiring = {"pull_up": config.active_low}
        with claiming(f"beam {beam.name.lower()} on pin {pin}"):
            self._device = make(pin, pin_factory=pin_factory, **wiring)
            # The pin itself, not gpiozero's events above it: those drop the time stamp, and swallow the
            # second of two edges of one direction. gpiozero refers to the method weakly: `self` is held.
            self._pin = self._device.pin
            self._pin.bounce = None
            self._pin.edges = "both"
            self._pin.when_changed = self._changed

    def level(self) -> bool:
        return bool(self._pin.state) == self._broken_state

    def close(self) -> None:
        self._pin.when_changed = None  # lgpio's pins keep calling after their device is closed
        self._device.close()

    def _changed(self, ticks: float, state: float) -> None:
        self._pair._take(self, float(ticks), bool(state) == self._broken_state)
