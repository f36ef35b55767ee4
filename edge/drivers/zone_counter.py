"""VL53L1X time-of-flight sensor over a door: how far its two zones see in turn, or why that is not known.

Part: STMicroelectronics VL53L1X, I2C at 400 kHz at most, data sheet DS12385, registers in
`edge.drivers.vl53l1x`.

The part has no checksum. In its place: the model number is asked for at every opening, and every error opens
it anew; settings are read back, the zone before each ranging; each result is read twice and must come out
the same, and differ from the one before (ranging noise never repeats 17 bytes: what does is old); only what
the part calls valid, and what lies within its reach, is a distance.

Each ranging is started by itself, never in a row: while the part ranges in a row it takes a new zone only
now and then (SparkFun_VL53L1X_Arduino_Library#41), and a distance would be told of the wrong zone.

Several sensors on one bus: all have address 0x29 at power-on. Hold all but one in reset by XSHUT, write the
new address to register 0x0001, release the next; it is lost when the power is. A node takes one.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from edge.drivers import vl53l1x as chip
from edge.drivers.errors import (
    BadChecksum,
    DriverError,
    HardwareMissing,
    OutOfRange,
    SensorError,
    SettingFailed,
    Stalled,
)
from edge.drivers.i2c import Combined, with_retries, write, write_read
from edge.drivers.vl53l1x import STATUSES, VALID, RangeStatus
from edge.signals.pulses import Beam

T = TypeVar("T")

#: Seconds the part may take to boot (DS12385: 1.2 ms) and for the first ranging, which calibrates (100 ms).
BOOT_S, FIRST_S = 0.1, 0.5
#: Seconds between two questions whether a ranging is over.
POLL_S = 0.001


class ZoneCounterConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the sensor is, what its zones are and how long it looks at each."""

    #: `/dev/i2c-<bus>`. A bus of its own at 400 kHz is best: thermometers keep theirs to 100 kHz, and a look
    #: holds up its neighbours.
    bus: Annotated[int, Meta(ge=0, le=255)] = 1
    #: 7-bit address; 0x29 after power-on.
    address: Annotated[int, Meta(ge=0x08, le=0x77)] = 0x29
    #: Metres from the floor to the sensor.
    ceiling_m: Annotated[float, Meta(ge=2.0, le=3.5)] = 2.4
    #: Milliseconds of one ranging. Walkers want 20; a floor seen too weakly wants 33; 15 is for `short` only.
    timing_budget_ms: Literal[15, 20, 33, 50, 100] = 20
    #: `long` reaches 4 m, `short` 1.3 m, with less harm from daylight: no floor is that near.
    reach: Literal["long", "short"] = "long"
    #: SPADs of a zone along the walking direction. Few make followers distinct, many see darker floors.
    roi_width: Literal[4, 6, 8] = 4
    #: SPADs between the middles of the zones; 8 with 8 is the maker's layout (167 and 231), where a body
    #: often leaves one zone before it reaches the other.
    roi_apart: Literal[4, 6, 8] = 4
    #: Which zone is on the room's side: that of the higher SPAD numbers or the other. Walk in once: if it
    #: counts you out, take the other.
    inner_zone: Literal["high", "low"] = "high"
    #: Least light of a target, thousands of counts per second, in steps of 8. None asks as much of each SPAD
    #: as the maker does: 256 for 4 columns. Lower it where `probe` shows less from a dark floor.
    least_signal_kcps: Annotated[int, Meta(ge=8, le=1024)] | None = None
    #: Whether the breakout feeds the sensor 2.8 V (all common ones do) rather than 1.8 V.
    io_2v8: bool = True
    #: Further tries after damage on the wire.
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    #: Seconds a look may take beyond the ranging itself.
    deadline_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.1

    def __post_init__(self) -> None:
        """Not every budget is there for every reach."""
        if (self.reach, self.timing_budget_ms) not in chip.MACRO_PERIODS:
            raise ValueError(f"timing_budget_ms must be 20 or more for reach `{self.reach}`, got 15")

    def centre(self, zone: Beam) -> int:
        """Number of the SPAD in the middle of a zone (UM2555)."""
        side = 1 if (zone is Beam.INNER) == (self.inner_zone == "high") else -1
        return chip.FIRST_SPAD + chip.SPAD_STEP * (chip.SPADS // 2 + side * self.roi_apart // 2)


class ZoneReading(Struct, frozen=True, kw_only=True):
    """One look of one zone."""

    zone: Beam
    #: Middle of the ranging, seconds of the clock that `ticks` reads; it may lie well before the look.
    t_s: float
    #: Millimetres to what the zone sees, None where the part does not call it valid: that is not "empty".
    distance_mm: int | None
    status: RangeStatus
    #: Light of the target and of everything else, thousands of counts per second.
    signal_kcps: int
    ambient_kcps: int


class ZoneCounter:
    """A VL53L1X behind an open bus, which looks at its two zones in turn."""

    Config = ZoneCounterConfig

    def __init__(
        self,
        config: ZoneCounterConfig,
        bus: Combined,
        ticks: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """`sleep` waits that many seconds of the clock that `ticks` reads."""
        self._config = config
        self._bus = bus
        self._ticks = ticks
        self._sleep = sleep
        self._zone = Beam.INNER
        #: When the ranging under way began; None when the part is not set up.
        self._started_s: float | None = None
        self._last = b""
        #: Times the sensor was set up.
        self.openings = 0

    def __repr__(self) -> str:
        return f"ZoneCounter(0x{self._config.address:02X} on bus {self._config.bus})"

    def look(self) -> ZoneReading:
        """What one zone sees; the next call tells of the other one. Sets the sensor up if need be.

        Takes what is left of the ranging under way, which began when the last look ended; setting up takes
        0.2 s more. Raises NotAnswering, BusStuck, BadChecksum, Stalled, SensorError, OutOfRange,
        SettingFailed, or HardwareMissing when another part answers; then there is no reading, and the next
        call sets the sensor up anew.
        """
        try:
            started_s = self._open() if self._started_s is None else self._started_s
            self._await_ready(started_s, self._budget_s, self._config.deadline_s)
            result = self._result()
            zone = self._zone
            self._start(Beam.OUTER if zone is Beam.INNER else Beam.INNER)
            return self._reading(zone, started_s + self._budget_s / 2, result)
        except DriverError:
            self._started_s = None
            raise

    def read_model(self) -> int:
        """The model number, 0xEACC of every VL53L1X. Raises NotAnswering, BusStuck or BadChecksum."""
        return int.from_bytes(self._read_twice(chip.MODEL_ID, 2), "big")

    @property
    def _budget_s(self) -> float:
        return self._config.timing_budget_ms / 1000.0

    @property
    def _roi_size(self) -> bytes:
        """All rows, as many columns as a zone is wide."""
        return bytes([chip.SPADS - 1 << 4 | self._config.roi_width - 1])

    def _open(self) -> float:
        """Set the part up and start the first ranging of the outer zone; gives when."""
        self.openings += 1
        self._last = b""
        model = self.read_model()
        if model != chip.MODEL:
            raise HardwareMissing(
                f"{self!r}: expected model 0x{chip.MODEL:04X}, got 0x{model:04X}; "
                "another part has this address: correct `address` in the node file"
            )
        until_s = self._ticks() + BOOT_S
        while not self._read(chip.FIRMWARE_STATUS, 1)[0] & 1:
            self._wait_until(until_s, "does not boot")
        config = self._config
        self._write(chip.MODE_START, bytes([chip.STOPPED]))
        settings = bytearray(chip.SETTINGS)
        settings[0x2E - chip.FIRST_SETTING] = int(config.io_2v8)
        self._write(chip.FIRST_SETTING, bytes(settings))
        # The first ranging calibrates the part's supply (VHV); those after it start from there.
        self._write(chip.MODE_START, bytes([chip.RANGING_IN_A_ROW]))
        self._await_ready(self._ticks(), 0.0, FIRST_S)
        self._write(chip.INTERRUPT_CLEAR, b"\x01")
        self._write(chip.MODE_START, bytes([chip.STOPPED]))
        self._write(chip.VHV_LOOP_BOUND, b"\x09")
        self._write(chip.VHV_INIT, b"\x00")
        for index, value in self._choices().items():
            self._write(index, value)
            settings[index - chip.FIRST_SETTING : index - chip.FIRST_SETTING + len(value)] = value
        for index, count in chip.READ_BACK.items():
            self._confirm(
                index, bytes(settings[index - chip.FIRST_SETTING : index - chip.FIRST_SETTING + count])
            )
        return self._start(Beam.OUTER)

    def _choices(self) -> dict[int, bytes]:
        """The registers in which this sensor differs from the table."""
        config = self._config
        first, second = chip.MACRO_PERIODS[config.reach, config.timing_budget_ms]
        limit_kcps = config.least_signal_kcps or chip.SIGNAL_LIMIT_KCPS * config.roi_width // chip.SPADS
        choices = dict(chip.SHORT) if config.reach == "short" else {}
        choices |= {0x5E: first.to_bytes(2, "big"), 0x61: second.to_bytes(2, "big")}
        choices |= {0x66: (limit_kcps >> 3).to_bytes(2, "big")}
        return choices | {chip.ROI_SIZE: self._roi_size}

    def _start(self, zone: Beam) -> float:
        """Forget the last result and start a ranging of `zone`; gives when."""
        centre = bytes([self._config.centre(zone)])
        self._write(chip.ROI_CENTRE, centre)
        # With its size, which was written once: a part that lost its supply meanwhile has lost that too.
        self._confirm(chip.ROI_CENTRE, centre + self._roi_size)
        self._write(chip.INTERRUPT_CLEAR, b"\x01")
        self._zone = zone
        self._started_s = started_s = self._ticks()
        self._write(chip.MODE_START, bytes([chip.ONE_RANGING]))
        return started_s

    def _await_ready(self, started_s: float, ranging_s: float, deadline_s: float) -> None:
        left_s = started_s + ranging_s - self._ticks()
        if left_s > 0.0:
            self._sleep(left_s)
        until_s = max(self._ticks(), started_s + ranging_s) + deadline_s
        # Bit 0 is the interrupt line, active high; read twice, as everything that is believed.
        while not self._read_twice(chip.TIO_HV_STATUS, 1)[0] & 1:
            self._wait_until(until_s, "gives no range")

    def _wait_until(self, until_s: float, what: str) -> None:
        if self._ticks() >= until_s:
            raise Stalled(f"{self!r}: answers and {what}; check its supply, power-cycle it")
        self._sleep(POLL_S)

    def _result(self) -> bytes:
        result = self._read_twice(chip.RESULT, chip.RESULT_BYTES)
        if result == b"\xff" * chip.RESULT_BYTES:
            raise BadChecksum(f"{self!r}: expected a result, got nothing but ones; check its wires")
        if result == self._last and STATUSES.get(result[0] & 0x1F) in VALID:
            raise BadChecksum(f"{self!r}: expected a new result, got the last one again")
        self._last = result
        return result

    def _reading(self, zone: Beam, t_s: float, result: bytes) -> ZoneReading:
        """What the bytes from 0x89 on say: status, 0x90 ambient, 0x96 distance, 0x98 signal."""
        status = STATUSES.get(result[0] & 0x1F, RangeStatus.OTHER)
        if status is RangeStatus.HARDWARE:
            raise SensorError(
                f"{self!r}: its laser or supply has failed (status {result[0]:#04x}); replace it"
            )
        distance_mm = int.from_bytes(result[13:15], "big")
        low_mm, high_mm = chip.RANGE_MM
        if status in VALID and not low_mm <= distance_mm <= high_mm:
            raise OutOfRange(
                f"{self!r}: expected {low_mm} to {high_mm} mm, got {distance_mm}; clean its window"
            )
        return ZoneReading(
            zone=zone,
            t_s=t_s,
            distance_mm=distance_mm if status in VALID else None,
            status=status,
            signal_kcps=int.from_bytes(result[15:17], "big") * 8,
            ambient_kcps=int.from_bytes(result[7:9], "big") * 8,
        )

    def _confirm(self, index: int, expected: bytes) -> None:
        got = self._read_twice(index, len(expected))
        if got != expected:
            raise SettingFailed(f"{self!r}: expected {expected.hex()} in 0x{index:04X}, got {got.hex()}")

    def _read_twice(self, index: int, count: int) -> bytes:
        """The registers from `index` on, read until two readings in a row agree."""

        def agreed() -> bytes:
            first, second = self._once(index, count), self._once(index, count)
            if first != second:
                raise BadChecksum(f"{self!r}: 0x{index:04X} read twice differs: damaged on the wire")
            return first

        return self._retried(agreed)

    def _read(self, index: int, count: int) -> bytes:
        return self._retried(lambda: self._once(index, count))

    def _once(self, index: int, count: int) -> bytes:
        return write_read(self._bus, self._config.address, index.to_bytes(2, "big"), count, repr(self))

    def _write(self, index: int, value: bytes) -> None:
        sent = index.to_bytes(2, "big") + value
        self._retried(lambda: write(self._bus, self._config.address, sent, repr(self)))

    def _retried(self, act: Callable[[], T]) -> T:
        return with_retries(act, self._config.retries, self._config.deadline_s, self._ticks)
