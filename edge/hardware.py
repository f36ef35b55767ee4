"""The ways to a node's pins and buses, and all that has been opened on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from edge.drivers.buzzer import Buzzer, BuzzerConfig
from edge.drivers.pins import PinFactory
from edge.drivers.switch import Switch, SwitchConfig
from edge.faults import FaultBook
from edge.indicator import Lamp
from edge.signals.debounce import Debouncer
from edge.watches.contact import ContactWatch
from edge.watches.door import DoorWatch
from edge.watches.line import Line
from edge.watches.sensor import Asker, Sensor
from edge.watches.sound import Sound
from protocol.clock import Clock
from protocol.messages import Light

T = TypeVar("T")
#: Who looks at one bus: its name and what to call after a look go in.
MakeAsker = Callable[[str, Callable[[], None]], Asker]


class Closing(Protocol):
    """Hardware that is open."""

    def close(self) -> None:
        """Give it back; closing twice is harmless."""


class Input(Protocol):
    """Pins that are read."""

    @property
    def missed_edges(self) -> int:
        """Edges that nobody reported and reading the level again found."""


@dataclass(slots=True, kw_only=True)
class Hardware:
    """What the makers of channels need, and what they have opened, to be closed if the rest cannot be had."""

    pins: PinFactory
    open_bus: Callable[[int], Any]
    make_asker: MakeAsker
    clock: Clock
    #: Waits so many seconds; called by whoever looks at a bus, never by the node's step.
    sleep: Callable[[float], None]
    faults: FaultBook
    #: Called when there is news, by any thread.
    wake: Callable[[], None]
    #: The outbox's file; what else must survive a restart lies beside it.
    outbox: Path
    #: The light of each channel that has one; filled while channels are made.
    lamps: dict[str, Lamp]
    #: What they show.
    shown: Mapping[str, Light]
    doors: dict[str, DoorWatch] = field(default_factory=dict)
    contacts: dict[str, ContactWatch] = field(default_factory=dict)
    opened: list[Closing] = field(default_factory=list)
    #: What counts the edges that nobody reported.
    inputs: list[Input] = field(default_factory=list)
    #: The sensors on each bus.
    buses: dict[str, list[Sensor[Any]]] = field(default_factory=dict)
    _askers: dict[str, Asker] = field(default_factory=dict)
    _buses: dict[str, Any] = field(default_factory=dict)

    def bus(self, channel: str, number: int) -> Any:
        """The bus, opened for one channel; opened anew, because its adapter may have been unplugged."""
        if channel in self._buses:
            self._buses.pop(channel).close()
        self._buses[channel] = self.open_bus(number)
        return self._buses[channel]

    def sensor(
        self,
        channel: str,
        component: str,
        bus: int | str,
        open_look: Callable[[], Callable[[], T]],
        every_s: float,
    ) -> Sensor[T]:
        """A sensor on `bus`; `open_look` is called at its first look."""
        name = f"bus-{bus}"
        if name not in self._askers:
            self._askers[name] = self.make_asker(name, self.wake)
        asker, ticks = self._askers[name], self.clock.monotonic
        sensor = Sensor(channel, component, open_look, asker, ticks, self.faults, every_s)
        self.buses.setdefault(name, []).append(sensor)
        return sensor

    def line(self, channel: str, component: str, config: SwitchConfig) -> Line:
        """A switch. Raises PinRefused."""

        def open_switch(sink: Callable[[float, bool], None]) -> Switch:
            return Switch(config, self.pins, sink, f"{channel} {component}")

        line = Line(channel, component, open_switch, Debouncer(config.debounce), self.faults, self.wake)
        self.opened.append(line)
        self.inputs.append(line)
        return line

    def sound(self, config: BuzzerConfig | None) -> Sound:
        """The voice of a channel, silent without a buzzer. Raises PinRefused."""
        sound = Sound(None if config is None else Buzzer(config, self.pins))
        self.opened.append(sound)
        return sound

    def beside(self, channel: str, what: str) -> Path:
        """The file in which a channel keeps something over a restart."""
        return self.outbox.with_name(f"{self.outbox.name}.{channel}.{what}")

    def missed_edges(self) -> int:
        """Edges of all pins that nobody reported."""
        return sum(each.missed_edges for each in self.inputs)

    def close(self) -> None:
        """Give back what has been opened."""
        for device in self.opened:
            device.close()
