import errno
from collections import Counter, deque
from itertools import chain, repeat
from random import Random

import msgspec
import pytest

from edge.drivers.errors import (
    BadChecksum,
    BusStuck,
    DriverError,
    HardwareMissing,
    NotAnswering,
    OutOfRange,
    SensorError,
    SettingFailed,
    Stalled,
)
from edge.drivers.vl53l1x import FIRST_SETTING, SETTINGS, RangeStatus
from edge.drivers.zone_counter import ZoneCounter, ZoneCounterConfig, ZoneReading
from edge.signals.pulses import Beam
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.vl53l1x import Vl53l1x
from simulator.zone_scene import Roi, Sight

OUTER_COLUMNS, INNER_COLUMNS = Roi(left=4, right=8), Roi(left=8, right=12)


class Bench:
    """A sensor, its bus, its driver and a clock that moves when somebody waits or reads it."""

    def __init__(self, config: ZoneCounterConfig | None = None) -> None:
        self.now_s = 0.0
        #: What the next rangings see, millimetres; then 2,400 for ever.
        self.distances_mm: deque[float] = deque()
        self.seen: list[tuple[Roi, int]] = []
        self.sensor = Vl53l1x(self.ticks, self.see)
        self.bus = I2CBus(self.sensor, wait=self.wait)
        self.counter = ZoneCounter(config or ZoneCounterConfig(), open_smbus(self.bus), self.ticks, self.wait)
        self._noise = Random(4)
        self.wait(0.002)

    def ticks(self) -> float:
        self.now_s += 0.0001
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def see(self, zone: Roi, t_s: float, budget_ms: float) -> Sight:
        distance_mm = self.distances_mm.popleft() if self.distances_mm else 2400.0
        self.seen.append((zone, round(distance_mm)))
        return Sight(
            distance_m=distance_mm / 1000.0,
            signal_kcps=self._noise.uniform(1500.0, 3000.0),
            ambient_kcps=self._noise.uniform(0.0, 500.0),
            sigma_mm=5.0,
        )

    def words(self, index: int, count: int) -> str:
        return bytes(self.sensor.registers[index : index + count]).hex()


def test_opening_writes_the_makers_table() -> None:
    bench = Bench(ZoneCounterConfig(io_2v8=False, timing_budget_ms=100, roi_width=8))
    bench.counter.look()
    written = bytes(bench.sensor.registers[FIRST_SETTING : FIRST_SETTING + len(SETTINGS)])
    differ = {FIRST_SETTING + k for k in range(len(SETTINGS)) if written[k] != SETTINGS[k]}
    # Macro period B of 100 ms, the signal limit of half an array, the zone, what was cleared and started; the
    # interrupt line is not a setting.
    assert differ <= {0x31, 0x62, 0x67, 0x7F, 0x80, 0x86, 0x87}
    assert bench.sensor.complaints == []


@pytest.mark.parametrize(
    ("reach", "budget_ms", "periods"),
    [
        ("long", 20, "001e 0022"),
        ("long", 33, "0060 006e"),
        ("long", 50, "00ad 00c6"),
        ("long", 100, "01cc 01ea"),
        ("short", 15, "001d 0027"),
        ("short", 20, "0051 006e"),
        ("short", 33, "00d6 006e"),
    ],
)
def test_timing_budget_known_quantities_of_the_ultra_lite_driver(
    reach: str, budget_ms: int, periods: str
) -> None:
    config = msgspec.convert({"reach": reach, "timing_budget_ms": budget_ms}, ZoneCounterConfig)
    bench = Bench(config)
    bench.distances_mm.extend(repeat(900.0, 3))
    first, second = bench.counter.look(), bench.counter.look()
    assert f"{bench.words(0x5E, 2)} {bench.words(0x61, 2)}" == periods
    assert second.t_s - first.t_s == pytest.approx(budget_ms / 1000.0, abs=0.004)
    assert bench.sensor.complaints == []


def test_short_reach_sets_the_six_registers_of_um2510() -> None:
    bench = Bench(ZoneCounterConfig(reach="short"))
    bench.counter.look()
    told = [bench.words(index, count) for index, count in ((0x4B, 1), (0x60, 1), (0x63, 1), (0x69, 1))]
    assert told == ["14", "07", "05", "38"]
    assert bench.words(0x78, 4) == "07050606"


@pytest.mark.parametrize(("width", "least", "word"), [(8, None, "0040"), (4, None, "0020"), (4, 100, "000c")])
def test_signal_limit_is_in_steps_of_8_kcps(width: int, least: int | None, word: str) -> None:
    config = msgspec.convert({"roi_width": width, "least_signal_kcps": least}, ZoneCounterConfig)
    bench = Bench(config)
    bench.counter.look()
    assert bench.words(0x66, 2) == word


@pytest.mark.parametrize(
    ("width", "apart", "low", "high"),
    [(8, 8, 167, 231), (4, 4, 183, 215), (6, 6, 175, 223), (4, 8, 167, 231)],
)
def test_middles_of_zones_are_spads_of_one_row(width: int, apart: int, low: int, high: int) -> None:
    config = msgspec.convert({"roi_width": width, "roi_apart": apart}, ZoneCounterConfig)
    assert (config.centre(Beam.OUTER), config.centre(Beam.INNER)) == (low, high)


def test_inner_zone_follows_the_mounting() -> None:
    config = ZoneCounterConfig(inner_zone="low")
    assert (config.centre(Beam.OUTER), config.centre(Beam.INNER)) == (215, 183)


def test_zones_are_looked_at_in_turn() -> None:
    bench = Bench()
    bench.distances_mm.extend([2400, 700, 2390, 710, 2380])
    looks = [bench.counter.look() for _ in range(4)]
    assert [look.zone for look in looks] == [Beam.OUTER, Beam.INNER, Beam.OUTER, Beam.INNER]
    assert [look.distance_mm for look in looks] == [700, 2390, 710, 2380]
    assert [zone for zone, _ in bench.seen[1:]] == [OUTER_COLUMNS, INNER_COLUMNS] * 2
    assert bench.sensor.complaints == []


def test_look_is_stamped_in_the_middle_of_its_ranging() -> None:
    bench = Bench()
    bench.counter.look()
    _, began_s = bench.sensor.rangings[-1]
    bench.wait(5.0)
    assert bench.counter.look().t_s == pytest.approx(began_s + 0.01 + 0.0235, abs=0.004)


@pytest.mark.parametrize(
    ("raw", "status", "distance_mm"),
    [
        (9, RangeStatus.VALID, 2400),
        (19, RangeStatus.VALID_UNCOMPARED, 2400),
        (4, RangeStatus.SIGNAL, None),
        (5, RangeStatus.OUT_OF_BOUNDS, None),
        (6, RangeStatus.SIGMA, None),
        (7, RangeStatus.WRAPPED, None),
        (8, RangeStatus.TOO_NEAR, None),
        (13, RangeStatus.OTHER, None),
        (31, RangeStatus.OTHER, None),
    ],
)
def test_only_a_valid_range_is_a_distance(raw: int, status: RangeStatus, distance_mm: int | None) -> None:
    bench = Bench()
    bench.sensor.statuses.extend([9, raw])
    look = bench.counter.look()
    assert (look.status, look.distance_mm) == (status, distance_mm)
    assert bench.counter.openings == 1


@pytest.mark.parametrize("raw", [1, 2, 3])
def test_failed_laser_is_an_error(raw: int) -> None:
    bench = Bench()
    bench.sensor.statuses.extend([9, raw])
    with pytest.raises(SensorError, match="laser or supply"):
        bench.counter.look()


@pytest.mark.parametrize("distance_mm", [0, 39, 4501, 65535])
def test_distance_beyond_the_part_is_no_reading(distance_mm: int) -> None:
    bench = Bench()
    bench.sensor.statuses.extend([9, 9])
    bench.distances_mm.extend([2400, distance_mm])
    with pytest.raises(OutOfRange, match="clean its window"):
        bench.counter.look()


def test_another_part_at_the_address_is_named() -> None:
    bench = Bench()
    bench.sensor.registers[0x010F:0x0111] = b"\xee\xaa"
    with pytest.raises(HardwareMissing, match="expected model 0xEACC, got 0xEEAA"):
        bench.counter.look()


def test_absent_sensor_does_not_answer() -> None:
    bench = Bench()
    bench.sensor.dead = True
    with pytest.raises(NotAnswering):
        bench.counter.look()


def test_hung_sensor_is_given_up_after_the_deadline() -> None:
    bench = Bench()
    bench.counter.look()
    bench.sensor.hung = True
    before_s = bench.now_s
    with pytest.raises(Stalled, match="gives no range"):
        bench.counter.look()
    assert bench.now_s - before_s == pytest.approx(0.12, abs=0.01)


def test_stuck_bus_is_not_asked_again() -> None:
    bench = Bench()
    bench.counter.look()
    bench.bus.faults.append(Fault.STUCK)
    transfers = bench.bus.transfers
    with pytest.raises(BusStuck):
        bench.counter.look()
    assert bench.bus.transfers == transfers + 1


def test_sensor_is_set_up_anew_after_an_error() -> None:
    bench = Bench()
    bench.counter.look()
    bench.sensor.dead = True
    with pytest.raises(NotAnswering):
        bench.counter.look()
    bench.sensor.dead = False
    bench.sensor.power_cycle()
    bench.wait(0.002)
    assert bench.counter.look().distance_mm == 2400
    assert bench.sensor.complaints == []


def test_sensor_that_lost_its_settings_unnoticed_is_found_out() -> None:
    bench = Bench()
    bench.counter.look()
    bench.sensor.registers[0x80] = 0xFF
    with pytest.raises(SettingFailed, match="0x007F"):
        bench.counter.look()
    assert bench.counter.look().distance_mm == 2400


def test_result_that_repeats_is_old() -> None:
    bench = Bench()
    bench.counter.look()
    bench.sensor.freeze = True
    with pytest.raises(BadChecksum, match="the last one again"):
        bench.counter.look()


def test_damage_on_the_wire_is_asked_again() -> None:
    bench = Bench()
    bench.counter.look()
    # Four transfers find the ranging over; the next two carry its result.
    bench.bus.faults.extend([None, None, Flip((106,))])
    assert bench.counter.look().distance_mm == 2400
    assert bench.counter.openings == 1


def shaken_look(bench: Bench, random: Random) -> ZoneReading | DriverError:
    """One look with damage and faults thrown in."""
    flips = (
        Flip(tuple(random.sample(range(136), random.randint(1, 3))), written=random.random() < 0.3)
        for _ in repeat(None)
    )
    faults = [Fault.NACK, Fault.EIO, Fault.STUCK, Fault.ALL_ONES]
    bench.bus.faults.clear()
    bench.bus.faults.extend(
        random.choices([None, next(flips), random.choice(faults)], weights=[60, 5, 2])[0] for _ in range(40)
    )
    try:
        return bench.counter.look()
    except DriverError as fault:
        return fault


def test_2500_shaken_looks_accept_nothing_false() -> None:
    bench, random = Bench(), Random(5)
    false = 0
    kinds: Counter[type] = Counter()
    for number in range(2_500):
        bench.distances_mm.clear()
        bench.distances_mm.extend([600 + number % 1800 for _ in range(3)])
        before = len(bench.seen)
        outcome = shaken_look(bench, random)
        kinds[type(outcome)] += 1
        columns = {Beam.OUTER: OUTER_COLUMNS, Beam.INNER: INNER_COLUMNS}
        told = [(columns[look.zone], look.distance_mm) for look in [outcome] if isinstance(look, ZoneReading)]
        recent = bench.seen[max(before - 2, 0) :]
        false += sum(1 for zone, distance_mm in told if distance_mm and (zone, distance_mm) not in recent)
    assert false == 0
    assert kinds[ZoneReading] > 1_000
    assert min(kinds[kind] for kind in (NotAnswering, BusStuck, BadChecksum)) > 10


def test_budget_of_15_ms_is_for_short_reach_only() -> None:
    with pytest.raises(ValueError, match="20 or more for reach `long`"):
        ZoneCounterConfig(timing_budget_ms=15)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `adress`"):
        msgspec.convert({"adress": 0x29}, ZoneCounterConfig)


def test_adapter_that_is_not_a_pis_is_understood() -> None:
    bench = Bench()
    counter = ZoneCounter(
        ZoneCounterConfig(),
        open_smbus(I2CBus(nack_errno=errno.ENXIO)),
        bench.ticks,
        bench.wait,
    )
    with pytest.raises(NotAnswering):
        counter.look()


def test_status_names_are_all_used() -> None:
    bench = Bench()
    bench.sensor.statuses.extend(chain([9], [9, 19, 4, 5, 6, 7, 8, 0]))
    told = {bench.counter.look().status for _ in range(8)}
    assert told == set(RangeStatus) - {RangeStatus.HARDWARE}
