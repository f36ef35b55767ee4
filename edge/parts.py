"""What a node file names in, the watches of its channels out, their hardware open; one maker a kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from edge.config import Door, Post
from edge.drivers.beam_pair import BeamPair
from edge.drivers.light import TrafficLight
from edge.drivers.pins import PinFactory
from edge.drivers.thermometer import Reading, Thermometer
from edge.faults import FaultBook
from edge.indicator import Lamp
from edge.levels import LevelFile
from edge.signals.passage import BeamEdge, PassageDecoder, PassageSettings
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from edge.watches.door import DoorWatch, Passages
from edge.watches.post import IDLE_S, THERMOMETER, PostWatch
from edge.watches.sensor import Asker, Sensor
from edge.watches.watch import Watch
from protocol.clock import Clock

T = TypeVar("T")
#: Who looks at one bus: its name and what to call after a look go in.
MakeAsker = Callable[[str, Callable[[], None]], Asker]
#: The bus of boards without `/dev/i2c`, through Blinka.
BLINKA = "blinka"


class Closing(Protocol):
    """Hardware that is open."""

    def close(self) -> None:
        """Give it back."""


@dataclass(slots=True, kw_only=True)
class Hardware:
    """The ways to pins and buses, and what has been opened so far, to be closed if the rest cannot be had."""

    pins: PinFactory
    open_bus: Callable[[int], Any]
    make_asker: MakeAsker
    clock: Clock
    faults: FaultBook
    #: Called when there is news, by any thread.
    wake: Callable[[], None]
    #: The outbox's file; what else must survive a restart lies beside it.
    outbox: Path
    opened: list[Closing] = field(default_factory=list)
    lamps: dict[str, Lamp] = field(default_factory=dict)
    askers: dict[str, Asker] = field(default_factory=dict)
    buses: dict[str, Any] = field(default_factory=dict)

    def asker(self, bus: int | str) -> Asker:
        """Who looks at `bus`; the same for everybody on it."""
        name = f"bus-{bus}"
        if name not in self.askers:
            self.askers[name] = self.make_asker(name, self.wake)
        return self.askers[name]

    def bus(self, channel: str, number: int) -> Any:
        """The bus, opened for one channel; opened anew, because its adapter may have been unplugged."""
        if channel in self.buses:
            self.buses.pop(channel).close()
        self.buses[channel] = self.open_bus(number)
        return self.buses[channel]

    def sensor(
        self,
        channel: str,
        component: str,
        bus: int | str,
        open_look: Callable[[], Callable[[], T]],
        every_s: float,
    ) -> Sensor[T]:
        """A sensor on `bus`; `open_look` is called at its first look."""
        ticks = self.clock.monotonic
        return Sensor(channel, component, open_look, self.asker(bus), ticks, self.faults, every_s)

    def beside(self, channel: str, what: str) -> Path:
        """The file in which a channel keeps something over a restart."""
        return self.outbox.with_name(f"{self.outbox.name}.{channel}.{what}")

    def close(self) -> None:
        """Give back what has been opened."""
        for device in self.opened:
            device.close()


def door(config: Door, hardware: Hardware) -> Watch:
    """A door. Raises PinRefused."""
    edges: SimpleQueue[BeamEdge] = SimpleQueue()

    def see(edge: BeamEdge) -> None:
        edges.put(edge)
        hardware.wake()

    beams = BeamPair(config.beams, hardware.pins, see)
    hardware.opened.append(beams)
    settings = PassageSettings(spacing_m=config.spacing_m)
    if config.light is not None:
        light = TrafficLight(config.light, hardware.pins)
        hardware.lamps[config.channel] = light
        hardware.opened.append(light)
    passages = Passages(config.channel, PassageDecoder(settings), hardware.faults, settings.rest_s)
    return DoorWatch(config.channel, beams, edges, passages)


def post(config: Post, hardware: Hardware) -> Watch:
    """A post; its thermometer is opened at the first look."""
    level = LevelFile(hardware.beside(config.channel, "level"))
    screener = Screener(ScreeningSettings(), DEFAULT_LIMITS, level.load())
    open_look, bus = partial(_open_thermometer, config, hardware), str(config.thermometer.bus)
    if config.driver == "thermometer-adafruit":
        open_look, bus = partial(_open_adafruit, config, hardware), BLINKA
    thermometer = hardware.sensor(config.channel, THERMOMETER, bus, open_look, IDLE_S)
    return PostWatch(config.channel, thermometer, screener, hardware.faults, level.save)


def _open_thermometer(config: Post, hardware: Hardware) -> Callable[[], Reading]:
    bus = hardware.bus(config.channel, config.thermometer.bus)
    return Thermometer(config.thermometer, bus, hardware.clock.monotonic).read


def _open_adafruit(config: Post, hardware: Hardware) -> Callable[[], Reading]:
    # Imported here: only boards without /dev/i2c have it installed.
    from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

    return ThermometerAdafruit(config.thermometer, open_blinka_bus(), hardware.clock.monotonic).read
