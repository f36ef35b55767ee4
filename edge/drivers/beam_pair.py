"""The two light beams of a door on GPIO pins: edges with the kernel's time stamps go to a sink.

Two raw lines, see `input_line`: nothing is debounced here, chatter goes through to `edge.signals.passage`.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from edge.drivers.errors import HardwareMissing
from edge.drivers.input_line import InputLine, LineConfig, Pin, Pull
from edge.drivers.pins import PinFactory
from edge.signals.passage import Beam, BeamEdge


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

    def line(self, beam: Beam) -> LineConfig:
        """The wiring of one beam, active where it is broken."""
        pin = self.outer_pin if beam is Beam.OUTER else self.inner_pin
        clear: Pull = "up" if self.active_low else "down"
        pull: Pull = "none" if self.pull == "none" else clear
        return LineConfig(pin=pin, active_low=self.active_low, pull=pull)


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
        self._lines: dict[Beam, InputLine] = {}
        self._is_closed = False
        try:
            for beam in (Beam.OUTER, Beam.INNER):
                who = f"beam {beam.name.lower()}"
                self._lines[beam] = InputLine(who, config.line(beam), pin_factory, _tell(sink, beam))
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else "open"
        return f"BeamPair(outer {self._config.outer_pin}, inner {self._config.inner_pin}, {state})"

    @property
    def missed_edges(self) -> int:
        """Edges that nobody reported, of both beams; see `InputLine`."""
        return sum(line.missed_edges for line in self._lines.values())

    @property
    def late_edges(self) -> int:
        """Edges dropped because a younger one, or a repair, was there before."""
        return sum(line.late_edges for line in self._lines.values())

    @property
    def restamped_edges(self) -> int:
        """Edges stamped by another clock, stamped again on arrival."""
        return sum(line.restamped_edges for line in self._lines.values())

    def levels(self) -> tuple[bool, bool]:
        """Whether the outer and the inner beam are broken, read from the pins now."""
        if self._is_closed:
            raise HardwareMissing(f"{self!r}: it is closed, there is no level to read")
        return self._lines[Beam.OUTER].level(), self._lines[Beam.INNER].level()

    def reread(self) -> list[BeamEdge]:
        """The edges that were missed, stamped now; call it every 50 ms. Raises NotAnswering.

        They are returned only, not given to the sink. Edges that wait in the sink's queue by now are older:
        take those first.
        """
        return [
            BeamEdge(t_s=level.t_s, beam=beam, broken=level.is_active)
            for beam, line in self._lines.items()
            for level in line.reread()
        ]

    def close(self) -> None:
        """Give the pins back; no edge comes afterwards. Closing twice is harmless."""
        self._is_closed = True
        for line in self._lines.values():
            line.close()


def _tell(sink: Callable[[BeamEdge], None], beam: Beam) -> Callable[[float, bool], None]:
    """Not a method: a pair that nobody holds must be able to go."""
    return lambda t_s, broken: sink(BeamEdge(t_s=t_s, beam=beam, broken=broken))
