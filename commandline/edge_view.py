"""A node file's channels in, each with its own code and hardware open, and a picture of what it sees, out."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from commandline.edge_bench import Bench
from commandline.edge_screen import Picture
from edge.channels import Channel
from edge.config import NodeConfig
from edge.drivers.air import AirReading
from edge.drivers.beam_pair import BeamPair
from edge.drivers.errors import DriverError
from edge.drivers.gauge import Level as Fill
from edge.drivers.pins import PinFactory
from edge.drivers.switch import SwitchConfig
from edge.drivers.thermometer import Reading
from edge.drivers.zone_counter import ZoneReading
from edge.faults import FaultBook, Stamp
from edge.hardware import Hardware
from edge.parts import watch_of
from edge.watches.line import Line
from edge.watches.sensor import Sensor
from edge.watches.watch import Watch
from protocol.events import AnyEvent, Contact, Dispense, Fault, Passage, Recovered, Screening, Treatment

T = TypeVar("T")


class Sight:
    """What the drivers of one channel gave last; the threads of the buses write, one field a component."""

    def __init__(self) -> None:
        #: Component → its newest readings.
        self.readings: dict[str, dict[str, object]] = {}
        #: Component → why its newest look gave nothing.
        self.errors: dict[str, str] = {}
        #: Component → the line it is on.
        self.lines: dict[str, Line] = {}


class ProbedHardware(Hardware):
    """The node's hardware, looked over the shoulder."""

    def begin(self) -> None:
        """No channel has been opened yet."""
        self.sights: dict[str, Sight] = {}

    def sight(self, channel: str) -> Sight:
        """What the drivers of that channel give."""
        return self.sights.setdefault(channel, Sight())

    def sensor(
        self,
        channel: str,
        component: str,
        bus: int | str,
        open_look: Callable[[], Callable[[], T]],
        every_s: float,
    ) -> Sensor[T]:
        """The node's own sensor; what its looks give is noted on the way."""
        sight = self.sight(channel)

        def open_seen() -> Callable[[], T]:
            look = _noting(open_look, component, sight)

            def look_and_note() -> T:
                value = _noting(look, component, sight)
                if value is not None:
                    sight.readings[component] = sight.readings.get(component, {}) | readings_of(value)
                return value

            return look_and_note

        return super().sensor(channel, component, bus, open_seen, every_s)

    def line(self, channel: str, component: str, config: SwitchConfig) -> Line:
        """The node's own line."""
        line = super().line(channel, component, config)
        self.sight(channel).lines[component] = line
        return line


def _noting(act: Callable[[], T], component: str, sight: Sight) -> T:
    try:
        value = act()
    except DriverError as error:
        sight.errors[component] = str(error)
        raise
    sight.errors.pop(component, None)
    return value


class ChannelView:
    """One channel: its watch, and what is known of it."""

    def __init__(self, config: Channel, sight: Sight) -> None:
        self.channel = config.channel
        self._kind = config.kind
        self._sight = sight
        self._watch: Watch | None = None
        self._beams: BeamPair | None = None
        self._counted: Counter[str] = Counter()
        self._last = ""
        self._faults: dict[str, str] = {}

    def open(self, config: Channel, hardware: Hardware) -> None:
        """Open its hardware; what cannot be opened becomes its fault."""
        before = len(hardware.opened)
        try:
            self._watch = watch_of(config, hardware)
        except DriverError as error:
            self._faults["pins"] = str(error)
        except KeyError as missing:
            self._faults["depends"] = f"needs the channel {missing}, which is not open"
        beams = [device for device in hardware.opened[before:] if isinstance(device, BeamPair)]
        self._beams = beams[0] if beams else None

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Let the channel work, and note what it would tell."""
        events = [] if self._watch is None else self._watch.step(stamp)
        for event in events:
            self._note(event)
        return events

    def picture(self, t_s: float) -> Picture:
        """What is known now."""
        readings: dict[str, object] = {}
        if self._beams is not None:
            try:
                outer, inner = self._beams.levels()
                readings = {"outer": _beam(outer), "inner": _beam(inner)}
            except DriverError as error:
                self._faults["beams"] = str(error)
        for component, line in self._sight.lines.items():
            readings[component] = {True: "active", False: "at rest", None: "unknown"}[line.is_active]
        # A copy: the threads of the buses go on writing.
        for values in list(self._sight.readings.values()):
            readings |= values
        return Picture(
            t_s=t_s,
            channel=self.channel,
            kind=self._kind,
            readings=readings,
            counted=dict(self._counted),
            last=self._last,
            faults=dict(self._sight.errors) | self._faults,
        )

    def close(self) -> None:
        """Give the hardware back."""
        if self._watch is not None:
            self._watch.close()

    def _note(self, event: AnyEvent) -> None:
        if isinstance(event, Fault):
            self._faults[event.component] = event.detail or event.code
        elif isinstance(event, Recovered):
            self._faults.pop(event.component, None)
        elif isinstance(event, Passage):
            self._counted[event.direction.value] += event.people
            self._last = (
                f"last {event.direction.value}: {event.people}, confidence {event.confidence or 0:.2f}"
            )
        elif isinstance(event, Screening):
            index = "" if event.index_c is None else f", index {event.index_c:+.2f} °C"
            self._counted[event.verdict.value] += 1
            self._last = f"verdict {event.verdict.value}{index}, attempt {event.attempt}"
        elif isinstance(event, Treatment):
            self._counted["treatments"] += 1
            self._last = f"{event.task.value} {event.action.value}"
        elif isinstance(event, Contact):
            self._last = "open" if event.open else "closed"
        elif isinstance(event, Dispense):
            self._counted["uses"] += 1
            self._last = "" if event.amount_ml is None else f"last {event.amount_ml:g} ml"


class NodeView:
    """The channels of a node, open, each with its view."""

    def __init__(
        self,
        config: NodeConfig,
        bench: Bench,
        pins: PinFactory,
        folder: Path,
        wake: Callable[[], None],
        only: Sequence[str] = (),
    ) -> None:
        """Of every channel, or of those named. `folder` takes what channels keep; the node's own is left."""
        self._hardware = ProbedHardware(
            pins=pins,
            open_bus=bench.open_bus,
            make_asker=bench.make_asker,
            clock=bench.clock,
            sleep=bench.sleep,
            faults=FaultBook({}),
            wake=wake,
            outbox=folder / "outbox.sqlite",
            lamps={},
            shown={},
        )
        self._hardware.begin()
        self._views: list[ChannelView] = []
        for channel in config.channels():
            if not only or channel.channel in only:
                view = ChannelView(channel, self._hardware.sight(channel.channel))
                view.open(channel, self._hardware)
                self._views.append(view)

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Let every channel work; what the node would tell."""
        return [event for view in self._views for event in view.step(stamp)]

    def pictures(self, t_s: float) -> list[Picture]:
        """What is known of each now, `t_s` seconds after the beginning."""
        return [view.picture(t_s) for view in self._views]

    def close(self) -> None:
        """Give the hardware back."""
        for view in self._views:
            view.close()
        self._hardware.close()


def readings_of(value: object) -> dict[str, object]:
    """The numbers of a driver's answer, by name with their unit; of a card only the name it was given."""
    if isinstance(value, Reading):
        return {
            "object_c": round(value.object_c, 2),
            "ambient_c": round(value.ambient_c, 2),
            "raw": f"0x{value.raw_object:04X}/0x{value.raw_ambient:04X}",
        }
    if isinstance(value, AirReading):
        return {
            "co2_ppm": value.co2_ppm,
            "temperature_c": round(value.temperature_c, 1),
            "humidity_percent": round(100 * value.humidity),
        }
    if isinstance(value, Fill):
        return {"level_percent": round(100 * value.level), "gauge_v": round(value.voltage_v, 3)}
    if isinstance(value, ZoneReading):
        name = f"{value.zone.value}_mm"
        return {name: value.status.value if value.distance_mm is None else value.distance_mm}
    if isinstance(value, str):
        return {"card": value}
    return {"value": str(value)}


def _beam(is_broken: bool) -> str:
    return "BROKEN" if is_broken else "free"
