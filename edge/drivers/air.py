"""SCD41 room air sensor on an open bus: checked CO2, temperature and humidity come out, or an error.

Part: Sensirion SCD40/SCD41, data sheet "SCD4x" (chapters below are those of version 1.3). The sensor
measures on its own, every 5 s or every 30 s, and gives each measurement once; meanwhile it takes no command
but reading and `stop`, so everything else stops it first. Settings are written to its RAM at every start and
never to its EEPROM, which wears out (2,000 writes) and would outlive what a node file says.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.drivers.errors import BadChecksum, OutOfRange, SettingFailed, SettingRefused, Stalled
from edge.drivers.i2c import Combined, read, with_retries, write

# Commands (data sheet 3.4, table 9).
START_PERIODIC = 0x21B1
START_LOW_POWER = 0x21AC
STOP_PERIODIC = 0x3F86
READ_MEASUREMENT = 0xEC05
GET_DATA_READY = 0xE4B8
SET_ALTITUDE = 0x2427
SET_SELF_CALIBRATION = 0x2416
SET_TEMPERATURE_OFFSET = 0x241D
GET_SERIAL_NUMBER = 0x3682
FORCE_RECALIBRATION = 0x362F

#: What a command takes before its answer may be fetched or the next may come, seconds (table 9).
COMMAND_S = 0.001
STOP_S = 0.5
RECALIBRATION_S = 0.4
#: Constant air that a forced recalibration needs before it, seconds (3.7.1: more than 3 minutes).
SETTLED_S = 180.0
#: Measurements that may be missing before the sensor counts as stalled (a power cut leaves it idle).
MISSED = 3

#: x^8 + x^5 + x^4 + 1, started with ones (3.11).
CRC_POLYNOMIAL = 0x31
#: The last eleven bits of the data-ready word are 0 while there is nothing new (3.8.2).
READY_MASK = 0x07FF
#: Output range (data sheet 1.1): 0 is the sensor's word for no measurement.
CO2_RANGE_PPM = (1, 40_000)
TEMPERATURE_RANGE_C = (-10.0, 60.0)
#: What outdoor air, or a test gas, may have for a forced recalibration, ppm.
REFERENCE_RANGE_PPM = (400, 2_000)


class AirConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the sensor is and how it measures."""

    #: `/dev/i2c-<bus>`.
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    #: 7-bit address; every SCD4x has 0x62.
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x62
    #: Height above the sea, metres: thin air reads low, some 10 % a kilometre. Almaty: 800, Astana: 350.
    altitude_m: Annotated[int, Meta(ge=0, le=3000)] = 0
    #: `periodic` measures every 5 s, `low-power` every 30 s.
    mode: Literal["periodic", "low-power"] = "periodic"
    #: Let the sensor take the lowest value of a week for outdoor air (400 ppm). Off: a room that never comes
    #: down to that, a dormitory in winter, would teach its sensor to read too low: airing would come late.
    self_calibration: bool = False
    #: What the sensor warms itself by in its case, °C; None leaves the factory's 4. CO2 does not need it.
    temperature_offset_c: Annotated[float, Meta(ge=0.0, le=20.0)] | None = None
    #: Further tries after damage on the wire.
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    #: No try is begun later than this after the first, seconds.
    deadline_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.1

    @property
    def interval_s(self) -> float:
        """Seconds from one measurement to the next."""
        return 5.0 if self.mode == "periodic" else 30.0


class AirReading(Struct, frozen=True, kw_only=True):
    """One measurement."""

    co2_ppm: int
    temperature_c: float
    #: Relative humidity, 0 to 1.
    humidity: float
    #: The words as the sensor gave them, kept as evidence.
    raw: tuple[int, int, int]


class AirSensor:
    """An SCD41 behind an open bus. Every word it passes on has had its checksum checked."""

    Config = AirConfig

    def __init__(
        self,
        config: AirConfig,
        bus: Combined,
        ticks: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """`sleep` waits that many seconds of the clock that `ticks` reads."""
        self._config = config
        self._bus = bus
        self._ticks = ticks
        self._sleep = sleep
        #: When measuring began; None while the sensor does not measure, as far as is known.
        self._started_s: float | None = None
        #: When a measurement was last had, or the first was asked for; None while nobody wants one.
        self._heard_s: float | None = None
        #: Times the sensor was started because it had fallen silent.
        self.restarts = 0

    def __repr__(self) -> str:
        return f"AirSensor(0x{self._config.address:02X} on bus {self._config.bus})"

    def read(self) -> AirReading | None:
        """The measurement since the last call, or None when there is none yet; starts the sensor if need be.

        Starting takes half a second. Raises NotAnswering, BusStuck, BadChecksum, OutOfRange; or Stalled from
        when several measurements are overdue until one comes: meanwhile the sensor is started anew.
        """
        if self._started_s is None:
            self.start()
            self._require_progress()
            return None
        (ready,) = self._ask(GET_DATA_READY, 1)
        if not ready & READY_MASK:
            if self._ticks() - max(self._started_s, self._heard_s or self._started_s) > self._patience_s:
                self._started_s = None
                self.restarts += 1
            self._require_progress()
            return None
        self._heard_s = self._ticks()
        # No second try: a measurement is given once, the next one comes in some seconds.
        co2, temperature, humidity = self._ask_once(READ_MEASUREMENT, 3)
        return reading(co2, temperature, humidity)

    def start(self) -> None:
        """Set the sensor as the config says and let it measure; half a second. Raises as `read` does."""
        self._halt()
        config = self._config
        self._tell(SET_ALTITUDE, config.altitude_m)
        self._tell(SET_SELF_CALIBRATION, int(config.self_calibration))
        if config.temperature_offset_c is not None:
            self._tell(SET_TEMPERATURE_OFFSET, to_offset_word(config.temperature_offset_c))
        self._tell(START_PERIODIC if config.mode == "periodic" else START_LOW_POWER)
        self._started_s = self._ticks()
        if self._heard_s is None:
            self._heard_s = self._started_s

    def stop(self) -> None:
        """Let it rest until the next `read` or `start`. Raises as `read` does."""
        self._heard_s = None
        self._halt()

    def read_serial(self) -> int:
        """The 48-bit number that tells this sensor from every other; the next `read` starts it again."""
        self.stop()
        first, second, third = self._ask(GET_SERIAL_NUMBER, 3)
        return first << 32 | second << 16 | third

    def recalibrate(self, ppm: int) -> int:
        """Make the sensor read `ppm` in the air it is in now; the correction it made comes out, ppm.

        The air must have been the same for three minutes of measuring, fresh and with nobody breathing on the
        sensor: outdoor air is 420 to 430 ppm. Afterwards it measures again.
        Raises SettingRefused (nothing changed), SettingFailed, or as `read` does.
        """
        low, high = REFERENCE_RANGE_PPM
        if not low <= ppm <= high:
            raise SettingRefused(f"{self!r}: expected a reference of {low} to {high} ppm, got {ppm}")
        ran_s = 0.0 if self._started_s is None else self._ticks() - self._started_s
        if ran_s < SETTLED_S:
            raise SettingRefused(
                f"{self!r}: it has measured for {ran_s:.0f} s; leave it in the reference air for "
                f"{SETTLED_S:.0f} s, then recalibrate"
            )
        self.stop()
        try:
            self._tell(FORCE_RECALIBRATION, ppm)
            self._sleep(RECALIBRATION_S)
            (answer,) = self._fetch(FORCE_RECALIBRATION, 1)
        finally:
            self.start()
        if answer == 0xFFFF:
            raise SettingFailed(
                f"{self!r}: the recalibration failed; let it measure for 3 minutes and repeat it"
            )
        return answer - 0x8000

    def _halt(self) -> None:
        """End measuring, which may have gone on since before this program."""
        self._started_s = None
        self._tell(STOP_PERIODIC)
        self._sleep(STOP_S)

    @property
    def _patience_s(self) -> float:
        return MISSED * self._config.interval_s

    def _require_progress(self) -> None:
        """Raises Stalled when a measurement should have come by now."""
        silent_s = 0.0 if self._heard_s is None else self._ticks() - self._heard_s
        if silent_s > self._patience_s:
            raise Stalled(
                f"{self!r}: nothing measured for {silent_s:.0f} s; it is started anew; "
                "if that goes on, check its supply (205 mA peaks)"
            )

    def _tell(self, command: int, argument: int | None = None) -> None:
        data = b"" if argument is None else _with_crc(argument)
        sent = command.to_bytes(2, "big") + data
        self._again(lambda: write(self._bus, self._config.address, sent, self._who(command)))
        self._sleep(COMMAND_S)

    def _ask(self, command: int, words: int) -> tuple[int, ...]:
        return self._again(lambda: self._ask_once(command, words))

    def _ask_once(self, command: int, words: int) -> tuple[int, ...]:
        write(self._bus, self._config.address, command.to_bytes(2, "big"), self._who(command))
        self._sleep(COMMAND_S)
        return self._fetch(command, words)

    def _fetch(self, command: int, count: int) -> tuple[int, ...]:
        who = self._who(command)
        answer = read(self._bus, self._config.address, 3 * count, who)
        return tuple(_word(answer[at : at + 3], who) for at in range(0, 3 * count, 3))

    def _again(self, ask: Callable[[], tuple[int, ...] | None]) -> tuple[int, ...]:
        return with_retries(ask, self._config.retries, self._config.deadline_s, self._ticks) or ()

    def _who(self, command: int) -> str:
        return f"0x{self._config.address:02X} command 0x{command:04X}"


def crc8(data: bytes) -> int:
    """Sensirion's checksum of one word: 0xBEEF has 0x92 (data sheet 3.11)."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ CRC_POLYNOMIAL if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


def reading(co2: int, temperature: int, humidity: int) -> AirReading:
    """The measurement behind three words (data sheet 3.5.2). Raises OutOfRange."""
    temperature_c = -45.0 + 175.0 * temperature / 0xFFFF
    for name, value, (low, high), unit in (
        ("CO2", co2, CO2_RANGE_PPM, "ppm"),
        ("temperature", temperature_c, TEMPERATURE_RANGE_C, "°C"),
    ):
        if not low <= value <= high:
            raise OutOfRange(
                f"air: expected {name} of {low:g} to {high:g} {unit}, got {value:.6g}; check the sensor"
            )
    return AirReading(
        co2_ppm=co2,
        temperature_c=temperature_c,
        humidity=humidity / 0xFFFF,
        raw=(co2, temperature, humidity),
    )


def to_offset_word(offset_c: float) -> int:
    """The word of a temperature offset: 5.4 °C is 0x07E6 (data sheet 3.6.1)."""
    return round(offset_c * 0xFFFF / 175.0)


def _with_crc(word: int) -> bytes:
    data = word.to_bytes(2, "big")
    return data + bytes((crc8(data),))


def _word(three: bytes, who: str) -> int:
    expected = crc8(three[:2])
    if three[2] != expected:
        raise BadChecksum(
            f"{who}: expected checksum 0x{expected:02X}, got 0x{three[2]:02X}; "
            "damaged on the wire: check length, pull-ups and bus speed"
        )
    return int.from_bytes(three[:2], "big")
