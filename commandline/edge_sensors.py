"""A node file in, its sensors and pins one by one out: where each is, how it is opened, who it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from commandline.edge_bench import Bench, find_profile
from edge.channels import Air, Button, Channel, Contact, Dispenser, Door, Lamp, Post, Tags
from edge.config import NodeConfig
from edge.drivers.air import AirConfig, AirSensor
from edge.drivers.beam_pair import BeamPair, BeamPairConfig
from edge.drivers.buzzer import Buzzer
from edge.drivers.gauge import Gauge, GaugeConfig
from edge.drivers.light import TrafficLight
from edge.drivers.pins import PinFactory
from edge.drivers.relay import Relay
from edge.drivers.switch import Switch, SwitchConfig
from edge.drivers.tag_reader import TagReader, TagReaderConfig
from edge.drivers.thermometer import Profile, Thermometer, ThermometerConfig
from edge.drivers.thermometer_profile import WantedProfile, read_wanted
from edge.drivers.vl53l1x import MODEL
from edge.drivers.zone_counter import ZoneCounter, ZoneCounterConfig
from protocol.errors import ConfigError

#: The table of a node file that holds a kind of channel.
TABLES: dict[type[Channel], str] = {
    Door: "doors",
    Post: "posts",
    Air: "air",
    Button: "buttons",
    Tags: "tags",
    Contact: "contacts",
    Dispenser: "dispensers",
    Lamp: "lamps",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a sensor said of itself."""

    #: Its ids and settings, for people.
    says: str
    #: What is wrong with it although it answers, each with what to do.
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPart:
    """A sensor that a node file names."""

    #: Where in the file: `$.posts[0].thermometer`.
    at: str
    channel: str
    #: The part: `MLX90614`.
    name: str
    bus: int
    address: int
    #: Ask it who it is, on the open bus. Raises DriverError.
    identify: Callable[[Any], Found]


class Closing(Protocol):
    """Pins that are open."""

    def close(self) -> None:
        """Give them back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPart:
    """Something on pins that a node file names."""

    at: str
    channel: str
    #: Raises PinRefused.
    open: Callable[[PinFactory], Closing]


def channels_at(config: NodeConfig) -> Iterator[tuple[str, Channel]]:
    """Every channel with its place in the file: `$.doors[0]`."""
    counts: dict[str, int] = {}
    for channel in config.channels():
        table = TABLES[type(channel)]
        yield f"$.{table}[{counts.get(table, 0)}]", channel
        counts[table] = counts.get(table, 0) + 1


def sensors_of(config: NodeConfig, file: Path, bench: Bench) -> list[SensorPart]:
    """The sensors on buses of the kernel; what goes through Blinka is not here."""
    parts: list[SensorPart] = []

    def add(at: str, channel: Channel, name: str, where: Any, identify: Callable[[Any], Found]) -> None:
        parts.append(
            SensorPart(
                at=at,
                channel=channel.channel,
                name=name,
                bus=where.bus,
                address=where.address,
                identify=identify,
            )
        )

    for at, channel in channels_at(config):
        if isinstance(channel, Post) and channel.driver == "thermometer":
            asked = partial(_thermometer, channel.thermometer, file, channel.channel, bench)
            add(f"{at}.thermometer", channel, "MLX90614", channel.thermometer, asked)
        elif isinstance(channel, Air):
            add(f"{at}.sensor", channel, "SCD41", channel.sensor, partial(_air, channel.sensor, bench))
        elif isinstance(channel, Tags):
            add(f"{at}.reader", channel, "PN532", channel.reader, partial(_reader, channel.reader, bench))
        elif isinstance(channel, Dispenser) and channel.gauge is not None:
            add(f"{at}.gauge", channel, "ADS1115", channel.gauge, partial(_gauge, channel.gauge, bench))
        elif isinstance(channel, Door) and channel.zones is not None:
            add(f"{at}.zones", channel, "VL53L1X", channel.zones, partial(_zones, channel.zones, bench))
    return parts


def profile_faults(config: NodeConfig, file: Path) -> Iterator[str]:
    """What is wrong with the profiles that a node file names, whatever the sensors say."""
    for at, channel in channels_at(config):
        if isinstance(channel, Post) and channel.thermometer.profile is not None:
            try:
                read_wanted(find_profile(file, channel.thermometer.profile))
            except ConfigError as error:
                yield from (f"{at}.thermometer.profile: {fault}" for fault in error.faults)


def pins_of(config: NodeConfig) -> Iterator[PinPart]:
    """Everything on pins, each to be opened alone, so that a refused one hides no other."""
    for at, channel in channels_at(config):
        for part, opened in _pins_of(channel):
            yield PinPart(at=f"{at}.{part}", channel=channel.channel, open=opened)


def _pins_of(channel: Channel) -> Iterator[tuple[str, Callable[[PinFactory], Closing]]]:
    buzzer = getattr(channel, "buzzer", None)
    if buzzer is not None:
        yield "buzzer", partial(Buzzer, buzzer)
    if isinstance(channel, Door):
        if channel.beams is not None:
            yield "beams", partial(_beams, channel.beams)
        if channel.light is not None:
            yield "light", partial(TrafficLight, channel.light)
    elif isinstance(channel, Button):
        yield "button", partial(_switch, channel.button)
    elif isinstance(channel, Contact):
        yield "contact", partial(_switch, channel.contact)
    elif isinstance(channel, Dispenser):
        yield "lever.press_pin", partial(_switch, channel.lever.press)
        if channel.lever.low is not None:
            yield "lever.low_pin", partial(_switch, channel.lever.low)
    elif isinstance(channel, Lamp):
        yield "relay", partial(Relay, channel.relay)
        yield "key", partial(_switch, channel.key)
        if channel.motion is not None:
            yield "motion", partial(_switch, channel.motion)


def _beams(config: BeamPairConfig, pins: PinFactory) -> BeamPair:
    return BeamPair(config, pins, lambda edge: None)


def _switch(config: SwitchConfig, pins: PinFactory) -> Switch:
    return Switch(config, pins, lambda t_s, is_active: None)


def differences(profile: Profile, wanted: WantedProfile) -> tuple[str, ...]:
    """What of a sensor's settings is not as wanted: `emissivity is 1.000 and shall be 0.980`."""
    told = []
    if profile.raw_emissivity != wanted.raw_emissivity:
        told.append(f"emissivity is {profile.emissivity:.3f} and shall be {wanted.emissivity:.3f}")
    for name, code, shall in (("IIR", profile.iir, wanted.iir), ("FIR", profile.fir, wanted.fir)):
        if code != shall:
            told.append(f"{name} is {code} and shall be {shall}")
    return tuple(told)


def _thermometer(config: ThermometerConfig, file: Path, channel: str, bench: Bench, bus: Any) -> Found:
    thermometer = Thermometer(config, bus, bench.clock.monotonic)
    ids = thermometer.read_ids()
    profile = thermometer.read_profile()
    says = (
        f"ids {'-'.join(f'{word:04X}' for word in ids)}, emissivity {profile.emissivity:.3f}, "
        f"IIR {profile.iir}, FIR {profile.fir}"
    )
    faults = list(_profile_faults(config, profile, file, channel))
    reading = thermometer.read()
    says += f"; object {reading.object_c:.2f} °C, ambient {reading.ambient_c:.2f} °C"
    return Found(says=says, faults=tuple(faults))


def _profile_faults(config: ThermometerConfig, profile: Profile, file: Path, channel: str) -> Iterator[str]:
    how = f"`kuzet edge calibrate eeprom {file} {channel}` sets it; then switch the sensor off and on"
    if profile.is_erased:
        yield f"its EEPROM was erased by a power cut: {how}"
        return
    if config.profile is None:
        return
    try:
        wanted = read_wanted(find_profile(file, config.profile))
    except ConfigError:
        # Said by `profile_faults`, whether or not the sensor answers.
        return
    different = differences(profile, wanted)
    if different:
        yield f"{', '.join(different)} by {config.profile}: {how}"


def _air(config: AirConfig, bench: Bench, bus: Any) -> Found:
    serial = AirSensor(config, bus, bench.clock.monotonic, bench.sleep).read_serial()
    return Found(says=f"serial {serial:012X}")


def _reader(config: TagReaderConfig, bench: Bench, bus: Any) -> Found:
    firmware = TagReader(config, bus, bench.clock.monotonic, bench.sleep).read_firmware()
    says = f"chip 0x{firmware.chip:02X}, firmware {firmware.version}.{firmware.revision}"
    return Found(says=f"{says}, {len(config.cards)} cards")


def _gauge(config: GaugeConfig, bench: Bench, bus: Any) -> Found:
    level = Gauge(config, bus, bench.clock.monotonic, bench.sleep).read()
    return Found(says=f"input {config.input}: {level.voltage_v:.3f} V, level {level.level:.0%}")


def _zones(config: ZoneCounterConfig, bench: Bench, bus: Any) -> Found:
    model = ZoneCounter(config, bus, bench.clock.monotonic, bench.sleep).read_model()
    is_other = model != MODEL
    fault = f"expected model 0x{MODEL:04X}, got 0x{model:04X}: another part has this address"
    return Found(says=f"model 0x{model:04X}", faults=(fault,) if is_other else ())
