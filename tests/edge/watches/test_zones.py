from pathlib import Path

import pytest

from edge.assembly import build_node
from edge.config import read_node_config
from edge.drivers.vl53l1x import RangeStatus
from edge.drivers.zone_counter import ZoneReading
from edge.faults import FaultBook, Stamp
from edge.signals.passage import Beam, PassageDecoder, PassageSettings
from edge.signals.zones import Zones, ZoneSettings
from edge.watches.door import Passages
from edge.watches.sensor import AtOnce, Sensor
from edge.watches.zones import SENSOR, ZoneWatch
from protocol.codec import decode_event
from protocol.events import AnyEvent, ClockState, Direction, Fault, Passage, Recovered
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.pins import SimulatedPinFactory
from simulator.vl53l1x import Vl53l1x
from simulator.zone_scene import Roi, Sight
from tests.fakes.edge import Connector, FakeClock

STEP_S = 0.05
FLOOR_MM, SHOULDERS_MM = 2400.0, 950.0
NODE = """
site = "demo"
node = "hall"
outbox = "OUTBOX"
pins = "mock"
[[doors]]
channel = "gate"
driver = "zone-counter"
zones = { bus = 3, timing_budget_ms = 20 }
"""


class Gate:
    """A node whose only door has a sensor above it."""

    def __init__(self, folder: Path) -> None:
        path = folder / "node.toml"
        path.write_text(NODE.replace("OUTBOX", str(folder / "outbox.sqlite")), encoding="utf-8")
        self.clock = FakeClock()
        #: From when to when somebody stands in the zone of the higher and of the lower columns.
        self.high_s = self.low_s = (0.0, 0.0)
        self.part = Vl53l1x(self.clock.monotonic, self.see)
        bus = I2CBus(self.part, wait=self.clock.advance)
        self.node = build_node(
            read_node_config(path),
            self.clock,
            SimulatedPinFactory(self.clock.monotonic),
            lambda number: open_smbus(bus),
            Connector(),
            clock_state=lambda: ClockState.SYNCED,
            make_asker=lambda name, wake: AtOnce(),
            sleep=self.clock.advance,
        )

    def see(self, zone: Roi, t_s: float, budget_ms: float) -> Sight:
        from_s, to_s = self.high_s if zone.left >= 8 else self.low_s
        distance_mm = SHOULDERS_MM if from_s <= t_s < to_s else FLOOR_MM
        # Noise, as in a living one: an identical answer is an old one.
        signal_kcps = 2000.0 + (t_s * 997.0) % 100.0
        return Sight(distance_m=distance_mm / 1000, signal_kcps=signal_kcps, ambient_kcps=300.0, sigma_mm=5.0)

    def run(self, seconds: float) -> None:
        until_s = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until_s:
            self.clock.advance(0.005)
            self.node.step()

    def said(self) -> list[AnyEvent]:
        rows = self.node.outbox.pending(0, 1000, 10**9)
        return [event for row in rows if (event := decode_event(row.body)).channel == "gate"]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_zone_counter_counts_who_walks_in_and_out_below_it(gate: Gate) -> None:
    gate.run(3)
    now_s = gate.clock.monotonic()
    # The inner zone is that of the higher columns.
    gate.low_s, gate.high_s = (now_s, now_s + 0.6), (now_s + 0.3, now_s + 0.9)
    gate.run(3)
    now_s = gate.clock.monotonic()
    gate.high_s, gate.low_s = (now_s, now_s + 0.6), (now_s + 0.3, now_s + 0.9)
    gate.run(3)
    passages = [event for event in gate.said() if isinstance(event, Passage)]
    assert [(one.direction, one.people) for one in passages] == [(Direction.IN, 1), (Direction.OUT, 1)]


def test_zone_counter_that_is_unplugged_is_said_and_counts_again_when_it_is_back(gate: Gate) -> None:
    gate.run(3)
    gate.part.dead = True
    gate.run(10)
    gate.part.dead = False
    gate.part.power_cycle()
    gate.run(10)
    now_s = gate.clock.monotonic()
    gate.low_s, gate.high_s = (now_s, now_s + 0.6), (now_s + 0.3, now_s + 0.9)
    gate.run(3)
    said = [type(event) for event in gate.said()]
    assert said == [Fault, Recovered, Passage]


class Ceiling:
    """A watch whose sensor looks at one zone after the other, over a restart with a fault going on."""

    def __init__(self, code: str) -> None:
        self.clock = FakeClock()
        self.distance_mm: int | None = None
        self.zone = Beam.OUTER
        faults = FaultBook({("gate", "zones"): code})
        sensor = Sensor("gate", SENSOR, lambda: self.look, AtOnce(), self.clock.monotonic, faults, 0.0)
        settings = PassageSettings()
        passages = Passages("gate", PassageDecoder(settings), faults, settings.rest_s)
        self.watch = ZoneWatch("gate", sensor, Zones(ZoneSettings()), passages, faults)
        self.said: list[type[AnyEvent]] = []

    def look(self) -> ZoneReading:
        self.zone = Beam.INNER if self.zone is Beam.OUTER else Beam.OUTER
        return ZoneReading(
            t_s=self.clock.monotonic(),
            zone=self.zone,
            distance_mm=self.distance_mm,
            status=RangeStatus.SIGNAL if self.distance_mm is None else RangeStatus.VALID,
            signal_kcps=2000,
            ambient_kcps=300,
        )

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            stamp = Stamp(self.clock.now(), self.clock.monotonic(), ClockState.SYNCED)
            self.said += [type(event) for event in self.watch.step(stamp)]


@pytest.mark.parametrize("distance_mm", [None, 600])
def test_zones_that_ailed_before_a_restart_are_well_when_they_have_seen_the_floor(
    distance_mm: int | None,
) -> None:
    ceiling = Ceiling("blind")
    ceiling.distance_mm = distance_mm
    ceiling.run(60.0)
    during = ceiling.said.copy()
    ceiling.distance_mm = round(FLOOR_MM)
    ceiling.run(60.0)
    assert during == []
    assert ceiling.said == [Recovered]
