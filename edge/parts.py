"""What a node file names in, the watches of its channels out, their hardware open; one maker a kind."""

from collections.abc import Callable
from functools import partial
from queue import SimpleQueue

import msgspec

from edge.calibration.checked import last
from edge.channels import Air, Button, Channel, Contact, Dispenser, Door, Lamp, Post, Tags
from edge.drivers.air import AirReading, AirSensor
from edge.drivers.beam_pair import BeamPair, BeamPairConfig
from edge.drivers.errors import HardwareMissing, SettingFailed
from edge.drivers.gauge import Gauge
from edge.drivers.gauge import Level as Fill
from edge.drivers.light import TrafficLight
from edge.drivers.relay import Relay
from edge.drivers.tag_reader import TagReader
from edge.drivers.thermometer import Reading, Thermometer
from edge.drivers.zone_counter import ZoneCounter, ZoneCounterConfig, ZoneReading
from edge.hardware import Hardware
from edge.kept import Kept
from edge.signals.air import AirMonitor, AirSettings
from edge.signals.fan import guard_of
from edge.signals.interlock import Kept as LampHours
from edge.signals.passage import BeamEdge, PassageDecoder, PassageSettings
from edge.signals.presses import DispenserLever
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from edge.signals.tones import Tone
from edge.signals.zones import Zones, ZoneSettings, passage_settings
from edge.watches import dispenser as dispensers
from edge.watches import treatment as treatments
from edge.watches import zones as zone_doors
from edge.watches.air import AIR, CO2, LOOK_S, AirWatch
from edge.watches.contact import CONTACT, ContactWatch
from edge.watches.dispenser import DispenserWatch
from edge.watches.door import DoorWatch, Passages
from edge.watches.lamp import KEY, MOTION, LampWatch
from edge.watches.post import IDLE_S, THERMOMETER, PostWatch
from edge.watches.sound import Sound
from edge.watches.treatment import BUTTON, TAG_READER, ButtonWatch, TagWatch
from edge.watches.watch import Watch
from edge.watches.zones import SENSOR, ZoneWatch
from protocol.messages import Light

#: The bus of boards without `/dev/i2c`, through Blinka.
BLINKA = "blinka"
#: °C a number of a post's level may be: 0 between its parts, then spreads, then foreheads.
LEAST_C, MOST_C = 0.0, 45.0


def watch_of(config: Channel, hardware: Hardware) -> Watch:
    """The watch of a channel. Raises PinRefused and the other errors of opening pins."""
    return _MAKERS[type(config)](config, hardware)


def _door(config: Door, hardware: Hardware) -> Watch:
    if config.light is not None:
        light = TrafficLight(config.light, hardware.pins)
        hardware.lamps[config.channel] = light
        hardware.opened.append(light)
    sound = hardware.sound(config.buzzer)

    def warn_of_entry(now_s: float) -> None:
        if hardware.shown.get(config.channel) is Light.STOP:
            sound.say(Tone.STOP_ENTRY, now_s)

    if config.zones is not None:
        return _zones(config.channel, config.zones, hardware, sound, warn_of_entry)
    assert config.beams is not None
    return _beams(config, config.beams, hardware, sound, warn_of_entry)


def _beams(
    config: Door,
    beams: BeamPairConfig,
    hardware: Hardware,
    sound: Sound,
    on_entry: Callable[[float], None],
) -> Watch:
    edges: SimpleQueue[BeamEdge] = SimpleQueue()

    def see(edge: BeamEdge) -> None:
        edges.put(edge)
        hardware.wake()

    pair = BeamPair(beams, hardware.pins, see)
    hardware.opened.append(pair)
    hardware.inputs.append(pair)
    settings = PassageSettings(spacing_m=config.spacing_m)
    decoder = PassageDecoder(settings)
    passages = Passages(config.channel, decoder, hardware.faults, settings.rest_s, on_entry)
    watch = DoorWatch(config.channel, pair, edges, passages, hardware.faults, sound)
    hardware.doors[config.channel] = watch
    return watch


def _zones(
    channel: str,
    config: ZoneCounterConfig,
    hardware: Hardware,
    sound: Sound,
    on_entry: Callable[[float], None],
) -> Watch:
    def open_look() -> Callable[[], ZoneReading]:
        bus = hardware.bus(channel, config.bus)
        return ZoneCounter(config, bus, hardware.clock.monotonic, hardware.sleep).look

    sensor = hardware.sensor(channel, SENSOR, config.bus, open_look, zone_doors.LOOK_S)
    settings = passage_settings(ceiling_m=config.ceiling_m, apart_spads=config.roi_apart)
    decoder = PassageDecoder(settings)
    passages = Passages(channel, decoder, hardware.faults, settings.rest_s, on_entry)
    return ZoneWatch(channel, sensor, Zones(ZoneSettings()), passages, hardware.faults, sound)


def _post(config: Post, hardware: Hardware) -> Watch:
    level = Kept(hardware.beside(config.channel, "level"), LEAST_C, MOST_C)
    screener = Screener(ScreeningSettings(), DEFAULT_LIMITS, level.load())
    open_look, bus = partial(_open_thermometer, config, hardware), str(config.thermometer.bus)
    if config.driver == "thermometer-adafruit":
        open_look, bus = partial(_open_adafruit, config, hardware), BLINKA
    thermometer = hardware.sensor(config.channel, THERMOMETER, bus, open_look, IDLE_S)
    sound = hardware.sound(config.buzzer)
    return PostWatch(config.channel, thermometer, screener, hardware.faults, level.save, sound)


def _open_thermometer(config: Post, hardware: Hardware) -> Callable[[], Reading]:
    bus = hardware.bus(config.channel, config.thermometer.bus)
    thermometer = Thermometer(config.thermometer, bus, hardware.clock.monotonic)
    if thermometer.read_profile().is_erased:
        # It answers, well formed, and some degrees off: nobody is screened by it.
        how = "`kuzet edge calibrate eeprom` restores it"
        raise SettingFailed(f"{thermometer!r}: its memory was erased by a power cut: {how}")
    return partial(_corrected, thermometer.read, config.offset_c)


def _open_adafruit(config: Post, hardware: Hardware) -> Callable[[], Reading]:
    # Imported here: only boards without /dev/i2c have it installed.
    from edge.drivers.thermometer_adafruit import ThermometerAdafruit, open_blinka_bus

    thermometer = ThermometerAdafruit(config.thermometer, open_blinka_bus(), hardware.clock.monotonic)
    return partial(_corrected, thermometer.read, config.offset_c)


def _corrected(read: Callable[[], Reading], offset_c: float) -> Reading:
    """The reading by what a black body said of this sensor; its raw words stay as they were."""
    reading = read()
    return msgspec.structs.replace(reading, object_c=reading.object_c + offset_c)


def _air(config: Air, hardware: Hardware) -> Watch:
    def open_look() -> Callable[[], AirReading | None]:
        bus = hardware.bus(config.channel, config.sensor.bus)
        return AirSensor(config.sensor, bus, hardware.clock.monotonic, hardware.sleep).read

    sensor = hardware.sensor(config.channel, AIR, config.sensor.bus, open_look, LOOK_S)
    # Taught in fresh air since its fault: it is judged anew. Asked at every start, to know the next one.
    is_taught = _is_checked_anew(config, hardware)
    is_implausible = hardware.faults.is_going_on(config.channel, CO2) and not is_taught
    monitor = AirMonitor(AirSettings(every_s=config.every.seconds), is_implausible=is_implausible)
    return AirWatch(config.channel, sensor, monitor, hardware.faults)


def _is_checked_anew(config: Channel, hardware: Hardware) -> bool:
    """Whether somebody has checked the channel since the node's last start; that needs the node stopped."""
    check = last(hardware.outbox, config.channel)
    if check is None:
        return False
    seen, checked_at = Kept(hardware.beside(config.channel, "check-seen")), (check.at.timestamp(),)
    is_new = seen.load() != checked_at
    seen.save(checked_at)
    return is_new and check.passed


def _button(config: Button, hardware: Hardware) -> Watch:
    button = config.button
    line = hardware.line(config.channel, BUTTON, button)
    kept = Kept(hardware.beside(config.channel, "started"))
    return ButtonWatch(config.channel, button.task, line, button.treatment, hardware.faults, kept)


def _tags(config: Tags, hardware: Hardware) -> Watch:
    def open_look() -> Callable[[], str | None]:
        bus = hardware.bus(config.channel, config.reader.bus)
        return TagReader(config.reader, bus, hardware.clock.monotonic, hardware.sleep).poll

    every_s = treatments.LOOK_S
    reader = hardware.sensor(config.channel, TAG_READER, config.reader.bus, open_look, every_s)
    return TagWatch(config.channel, reader)


def _contact(config: Contact, hardware: Hardware) -> Watch:
    line = hardware.line(config.channel, CONTACT, config.contact)
    watch = ContactWatch(config.channel, line, config.contact.is_open)
    hardware.contacts[config.channel] = watch
    return watch


def _dispenser(config: Dispenser, hardware: Hardware) -> Watch:
    lever, gauge, low = config.lever, None, None
    if config.gauge is not None:
        open_look = partial(_open_gauge, config, hardware)
        gauge = hardware.sensor(
            config.channel, dispensers.GAUGE, config.gauge.bus, open_look, dispensers.LOOK_S
        )
    line = hardware.line(config.channel, dispensers.LEVER, lever.press)
    if lever.low is not None:
        low = hardware.line(config.channel, dispensers.FLOAT, lever.low)
    return DispenserWatch(
        config.channel, line, DispenserLever(lever.dispenser), hardware.faults, gauge, low, lever.is_low
    )


def _open_gauge(config: Dispenser, hardware: Hardware) -> Callable[[], Fill]:
    assert config.gauge is not None
    bus = hardware.bus(config.channel, config.gauge.bus)
    return Gauge(config.gauge, bus, hardware.clock.monotonic, hardware.sleep).read


def _lamp(config: Lamp, hardware: Hardware) -> Watch:
    unseen = [name for name in config.doors if name not in hardware.doors]
    unseen += [name for name in config.contacts if name not in hardware.contacts]
    if unseen:
        raise HardwareMissing(f"{', '.join(unseen)} could not be opened: the lamp stays off")
    relay = Relay(config.relay, hardware.pins)
    hardware.opened.append(relay)
    hours = Kept(hardware.beside(config.channel, "hours"))
    lamp_s, airing_left_s = (*hours.load(), 0.0, 0.0)[:2]
    guard = guard_of(config.interlock, LampHours(lamp_s=lamp_s, airing_left_s=airing_left_s))
    return LampWatch(
        config.channel,
        relay,
        guard,
        hardware.line(config.channel, KEY, config.key),
        hardware.faults,
        hardware.sound(config.buzzer),
        hours,
        motion=None if config.motion is None else hardware.line(config.channel, MOTION, config.motion),
        doors=[hardware.doors[name] for name in config.doors],
        contacts=[hardware.contacts[name] for name in config.contacts],
        whole_s=config.interlock.longest.seconds,
        treats=config.interlock.kind == "uv",
    )


_MAKERS: dict[type[Channel], Callable[..., Watch]] = {
    Door: _door,
    Post: _post,
    Air: _air,
    Button: _button,
    Tags: _tags,
    Contact: _contact,
    Dispenser: _dispenser,
    Lamp: _lamp,
}
