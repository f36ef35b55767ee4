"""A bench without hardware: modelled buses, simulated pins and a clock that goes when somebody waits."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commandline.edge_bench import Bench
from edge.bus_thread import BusThread
from edge.config import NodeConfig
from edge.drivers.errors import BusUnavailable
from edge.drivers.pins import PinFactory
from simulator.ads1115 import Ads1115
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.mlx90614 import Mlx90614
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from simulator.pn532 import Pn532
from simulator.scd41 import Scd41
from tests.fakes.edge import FakeClock


class ModelBench:
    """One machine: bus 1 with a thermometer and an air sensor, bus 3 with a tag reader, and a gauge."""

    def __init__(self, root: Path, ticks: Callable[[], float] | None = None) -> None:
        """`ticks` replaces the fake clock where threads wait for real."""
        self.clock = FakeClock()
        self._ticks = ticks or self.clock.monotonic
        #: Called with the seconds of every wait, before they pass.
        self.while_waiting: Callable[[float], None] = lambda seconds: None
        self.thermometer = Mlx90614(self._ticks, emissivity=0.98)
        self.air = Scd41(self._ticks)
        self.gauge = Ads1115(self._ticks)
        self.reader = Pn532(self._ticks)
        self.buses: dict[int, Any] = {
            1: I2CBus(self.thermometer, self.air, self.gauge),
            3: I2CBus(self.reader),
        }
        self.pins = SimulatedPinFactory(self.clock.monotonic)
        self.bench = Bench(
            clock=self.clock,
            open_pins=self._open_pins,
            open_bus=self._open_bus,
            make_asker=BusThread,
            sleep=self._sleep,
            root=root,
        )

    def door(self, outer: int = 17, inner: int = 27) -> tuple[SimulatedBeam, SimulatedBeam]:
        """Hands for the two beams on these pins, both free."""
        beams = SimulatedBeam(self.pins, outer), SimulatedBeam(self.pins, inner)
        for beam in beams:
            beam.set(False)
        return beams

    def _open_pins(self, config: NodeConfig) -> PinFactory:
        return self.pins

    def _open_bus(self, number: int) -> Any:
        if number not in self.buses:
            raise BusUnavailable(f"/dev/i2c-{number}: no such bus")
        bus = self.buses[number]
        return open_smbus(bus) if isinstance(bus, I2CBus) else bus

    def _sleep(self, seconds: float) -> None:
        self.while_waiting(seconds)
        self.clock.advance(seconds)


class HangingBus:
    """A bus whose transfers never come back, as a kernel may have it."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def write_quick(self, address: int) -> None:
        self._never.wait()

    def close(self) -> None:
        """Never asked."""
