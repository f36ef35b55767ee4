"""What is mounted beside a node's doors, and the hands on it: panels, windows, dispensers, air sensors.

One object a node: its switches are on simulated pins, its gauges and air sensors modelled chips on buses.
"""

from collections.abc import Iterable

from edge.channels import Air, Button, Contact, Dispenser
from edge.config import NodeConfig
from edge.drivers.air import AirConfig
from edge.drivers.gauge import GaugeConfig
from edge.drivers.switch import ButtonConfig, ContactConfig, DispenserConfig
from hub.layout import Sensor, SensorKind
from protocol.clock import Clock
from simulator.ads1115 import Ads1115
from simulator.i2c_bus import I2CBus
from simulator.pins import SimulatedPinFactory, SimulatedSwitch
from simulator.scd41 import Scd41
from simulator.staff import task_of

#: What a dispenser holds, millilitres, and what a press takes.
HOLDS_ML, PRESS_ML = 900.0, 1.0
#: Its gauge, empty and full, volts.
EMPTY_V, FULL_V = 0.4, 2.9
#: Kinds that need a pin each.
ON_A_PIN = (SensorKind.BUTTON, SensorKind.WINDOW, SensorKind.DOOR_CONTACT, SensorKind.DISPENSER)
ON_A_BUS = (SensorKind.AIR, SensorKind.DISPENSER)
Channels = tuple[tuple[Button, ...], tuple[Contact, ...], tuple[Dispenser, ...], tuple[Air, ...]]


def channels_of(sensors: Iterable[Sensor], pins: Iterable[int], first_bus: int) -> Channels:
    """The channels of a node's sensors: a pin for each switch, a bus for each chip. Lamps are not simulated.

    Raises ValueError for a button whose channel ends with no task.
    """
    pin, bus = iter(pins), first_bus
    buttons: list[Button] = []
    contacts: list[Contact] = []
    dispensers: list[Dispenser] = []
    airs: list[Air] = []
    for one in sensors:
        if one.kind is SensorKind.BUTTON:
            task = task_of(one.channel)
            if task is None:
                raise ValueError(
                    f"sensor `{one.id}`: expected a channel that ends with its task, for example "
                    f"`{one.space}-airing`, got `{one.channel}`; rename it to simulate it"
                )
            buttons.append(Button(channel=one.channel, button=ButtonConfig(pin=next(pin), task=task)))
        elif one.kind in (SensorKind.WINDOW, SensorKind.DOOR_CONTACT):
            contacts.append(Contact(channel=one.channel, contact=ContactConfig(pin=next(pin))))
        elif one.kind is SensorKind.DISPENSER:
            lever = DispenserConfig(press_pin=next(pin), ml_per_press=PRESS_ML)
            gauge = GaugeConfig(bus=bus, empty_v=EMPTY_V, full_v=FULL_V)
            dispensers.append(Dispenser(channel=one.channel, lever=lever, gauge=gauge))
            bus += 1
        elif one.kind is SensorKind.AIR:
            airs.append(Air(channel=one.channel, sensor=AirConfig(bus=bus)))
            bus += 1
    return tuple(buttons), tuple(contacts), tuple(dispensers), tuple(airs)


class Fittings:
    """The outside world's side of one node's buttons, contacts, dispensers and air sensors."""

    def __init__(self, config: NodeConfig, clock: Clock, pins: SimulatedPinFactory) -> None:
        self._clock = clock
        self._slept_s = 0.0
        self._switches = {one.channel: SimulatedSwitch(pins, one.button.pin) for one in config.buttons}
        self._switches |= {one.channel: SimulatedSwitch(pins, one.contact.pin) for one in config.contacts}
        self._switches |= {
            one.channel: SimulatedSwitch(pins, one.lever.press_pin) for one in config.dispensers
        }
        contacts = {one.channel for one in config.contacts}
        for channel, switch in self._switches.items():
            # The magnet of a shut window closes its contact; nobody holds a button or a lever.
            switch.set(channel in contacts)
        self._airs = {one.channel: Scd41(self._ticks) for one in config.air}
        self._gauges = {one.channel: Ads1115(self._ticks) for one in config.dispensers}
        self._levels = dict.fromkeys(self._gauges, 1.0)
        for channel in self._gauges:
            self.fill(channel)
        #: The chips' buses by number.
        self.buses = {one.sensor.bus: I2CBus(self._airs[one.channel]) for one in config.air}
        self.buses |= {
            one.gauge.bus: I2CBus(self._gauges[one.channel])
            for one in config.dispensers
            if one.gauge is not None
        }

    def sleep(self, seconds: float) -> None:
        """Let the chips believe that so much time has passed: what waits for them holds nobody up."""
        self._slept_s += seconds

    def hold(self, channel: str, held: bool) -> None:
        """Press a button or lever, or let it go."""
        self._switches[channel].set(held)

    def open(self, channel: str, is_open: bool) -> None:
        """Open a window, or shut it."""
        self._switches[channel].set(not is_open)

    def level(self, channel: str) -> float:
        """How full a dispenser is, 0 to 1."""
        return self._levels[channel]

    def take(self, channel: str) -> None:
        """A press takes its part out of a dispenser."""
        self._levels[channel] = max(0.0, self._levels[channel] - PRESS_ML / HOLDS_ML)
        self._gauges[channel].volts[0] = EMPTY_V + (FULL_V - EMPTY_V) * self._levels[channel]

    def fill(self, channel: str) -> None:
        """Fill a dispenser up."""
        self._levels[channel] = 1.0
        self._gauges[channel].volts[0] = FULL_V

    def breathe(self, channel: str, co2_ppm: float) -> None:
        """Put that air around an air sensor."""
        self._airs[channel].air(round(co2_ppm))

    def _ticks(self) -> float:
        return self._clock.monotonic() + self._slept_s
