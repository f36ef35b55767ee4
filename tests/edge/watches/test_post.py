import random
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.assembly import build_node
from edge.channels import Post
from edge.config import NodeConfig
from edge.drivers.errors import BusStuck, BusUnavailable, DriverError, NotAnswering
from edge.drivers.pins import PinKind
from edge.faults import FaultBook, Stamp
from edge.node import Node
from edge.signals.screening import DEFAULT_LIMITS, Screener, ScreeningSettings
from edge.watches.post import IDLE_S, LEVEL_S, PRESENT_S, PostWatch
from edge.watches.sensor import FAILS, MISSING_S, STUCK_S, AtOnce, Sensor
from protocol.codec import decode_event, decode_message
from protocol.events import (
    AnyEvent,
    ClockState,
    Fault,
    Recovered,
    Screening,
    Verdict,
)
from protocol.messages import Ack, Health, ScreeningLimits, Signal
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.mlx90614 import EMISSIVITY, Mlx90614
from simulator.pins import SimulatedPinFactory
from tests.fakes.edge import Connector, FakeClock, FakeEye

STEP_S = 0.05


class Bench:
    """A post with an eye that sees what it is told."""

    def __init__(
        self,
        open_eye: Callable[[], FakeEye] | None = None,
        going_on: tuple[str, str] | None = None,
        baseline: tuple[float, ...] = (),
    ) -> None:
        """`going_on`: component and code of a fault, `baseline`: what people showed, before a restart."""
        self.clock = FakeClock()
        self.eye = FakeEye()
        self.opened = 0
        self.faults = FaultBook({} if going_on is None else {("thermometer", going_on[0]): going_on[1]})
        screener = Screener(ScreeningSettings(), DEFAULT_LIMITS, baseline)
        self.levels: list[tuple[float, ...]] = []
        opener = open_eye or self._open
        self.thermometer = Sensor(
            "thermometer",
            "thermometer",
            lambda: opener().read,
            AtOnce(),
            self.clock.monotonic,
            self.faults,
            IDLE_S,
        )
        self.post = PostWatch("thermometer", self.thermometer, screener, self.faults, self.levels.append)
        self.events: list[AnyEvent] = []

    def run(self, seconds: float) -> int:
        """Steps of 50 ms; gives how often the eye looked."""
        before = self.eye.looks
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            stamp = Stamp(self.clock.now(), self.clock.monotonic(), ClockState.SYNCED)
            self.events += self.post.step(stamp)
        return self.eye.looks - before

    def said(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    def _open(self) -> FakeEye:
        self.opened += 1
        return self.eye


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_post_looks_twice_a_second_while_nobody_is_there(bench: Bench) -> None:
    assert bench.run(10.0) == pytest.approx(10.0 / IDLE_S, abs=1)


def test_post_looks_ten_times_a_second_while_somebody_stands_there(bench: Bench) -> None:
    bench.eye.object_c = 34.9
    bench.run(1.0)
    assert bench.run(3.0) == pytest.approx(3.0 / PRESENT_S, abs=1)


def test_post_gives_one_verdict_for_one_approach(bench: Bench) -> None:
    bench.run(2.0)
    bench.eye.object_c = 34.5
    bench.run(3.0)
    bench.eye.object_c = 22.0
    bench.run(3.0)
    (screening,) = bench.events
    assert isinstance(screening, Screening)
    assert (screening.verdict, screening.channel, screening.skin_c) == (Verdict.PASS, "thermometer", 34.5)


def test_post_says_a_broken_thermometer_once_and_its_return_once(bench: Bench) -> None:
    bench.run(1.0)
    bench.eye.error = NotAnswering("0x5A: no answer")
    bench.run(30.0)
    during = bench.faults.names
    bench.eye.error = None
    bench.run(5.0)
    assert bench.said() == ["Fault", "Recovered"]
    assert during == ("thermometer thermometer: silent",)
    assert bench.faults.names == ()


def test_post_says_nothing_of_a_few_bad_looks(bench: Bench) -> None:
    bench.eye.error = NotAnswering("0x5A: no answer")
    bench.run((FAILS - 1) * IDLE_S - STEP_S)
    bench.eye.error = None
    bench.run(5.0)
    assert bench.said() == []


@pytest.mark.parametrize(
    ("error", "wait_s"), [(BusStuck("held"), STUCK_S), (BusUnavailable("no such bus"), MISSING_S)]
)
def test_post_leaves_a_bus_alone_that_will_not_answer_at_once(
    bench: Bench, error: DriverError, wait_s: float
) -> None:
    bench.eye.error = error
    looks = [bench.run(STEP_S), bench.run(wait_s - STEP_S), bench.run(2 * STEP_S)]
    assert looks == [1, 0, 1]


def test_post_says_missing_hardware_at_once_and_opens_it_when_it_is_there() -> None:
    errors: list[DriverError] = [BusUnavailable("/dev/i2c-1: no such bus")]
    eye = FakeEye()

    def open_eye() -> FakeEye:
        for error in errors:
            raise error
        return eye

    bench = Bench(open_eye)
    bench.run(STEP_S)
    assert bench.said() == ["Fault"]
    errors.clear()
    bench.run(MISSING_S + 1.0)
    assert bench.said() == ["Fault", "Recovered"]
    assert isinstance(bench.events[0], Fault)
    assert isinstance(bench.events[1], Recovered)
    assert eye.looks > 0


def test_post_counts_failed_looks_in_a_row_only(bench: Bench) -> None:
    for _ in range(3):
        bench.eye.error = NotAnswering("0x5A: no answer")
        bench.run((FAILS - 1) * IDLE_S)
        bench.eye.error = None
        bench.run(IDLE_S)
    assert bench.thermometer.failed >= FAILS
    assert bench.said() == []


def test_post_keeps_the_level_of_who_came_now_and_then(bench: Bench) -> None:
    bench.run(2.0)
    bench.eye.object_c = 34.5
    bench.run(2.0)
    bench.eye.object_c = 22.0
    assert bench.levels == []
    bench.run(LEVEL_S)
    # Who came last, as at 24 °C of air: 34.5 + 0.15 × 2.
    (level,) = bench.levels
    assert level[-1] == pytest.approx(34.8)


def test_post_screens_nobody_by_a_word_that_stands_still(bench: Bench) -> None:
    bench.run(2.0)
    bench.eye.object_c, bench.eye.is_frozen = 34.5, True
    bench.run(30.0)
    assert list(bench.faults.names) == ["thermometer value: stands-still"]
    bench.eye.is_frozen = False
    bench.run(2.0)
    assert list(bench.faults.names) == []
    assert bench.said().count("Fault") == bench.said().count("Recovered") == 1


def people_at(bench: Bench, people: int, skin_c: float, rng: random.Random) -> None:
    """One after the other, each for a second and a half."""
    for _ in range(people):
        bench.eye.object_c = skin_c + rng.gauss(0.0, 0.4)
        bench.run(1.5)
        bench.eye.object_c = 22.0
        bench.run(3.0)


def test_post_whose_thermometer_has_moved_says_so_once_and_once_when_it_is_back(bench: Bench) -> None:
    rng = random.Random(1)
    for _ in range(8):
        people_at(bench, 60, 34.5, rng)
        bench.clock.advance(16 * 3600.0)
    before = [event for event in bench.events if isinstance(event, Fault)]
    people_at(bench, 200, 36.0, rng)
    said = [event for event in bench.events if isinstance(event, Fault)]
    assert before == []
    assert [(event.component, event.channel) for event in said] == [("level", "thermometer")]
    assert "black body" in said[0].detail


def test_post_that_reads_high_one_morning_is_logged_and_several_in_a_row_is_a_fault(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(2)
    for _ in range(8):
        people_at(bench, 60, 34.5, rng)
        bench.clock.advance(16 * 3600.0)
    people_at(bench, 200, 35.1, rng)
    assert "channel=thermometer shifted=True" in caplog.text
    assert bench.said().count("Fault") == 0
    for _ in range(2):
        bench.clock.advance(16 * 3600.0)
        people_at(bench, 200, 35.1, rng)
    assert list(bench.faults.names) == ["thermometer level: shifted"]


def test_post_whose_word_stands_still_over_a_restart_screens_nobody_until_it_moves() -> None:
    bench = Bench(going_on=("value", "stands-still"))
    bench.eye.object_c, bench.eye.is_frozen = 34.5, True
    bench.run(20.0)
    during = bench.said()
    bench.eye.is_frozen = False
    bench.run(1.0)
    assert during == []
    assert bench.said()[0] == "Recovered"


def test_post_whose_word_stands_still_is_not_taken_back_because_the_air_beside_it_warms(bench: Bench) -> None:
    bench.run(2.0)
    bench.eye.object_c, bench.eye.is_frozen = 34.5, True
    bench.run(30.0)
    bench.eye.ambient_c = 34.0
    bench.run(30.0)
    said = [name for name in bench.said() if name != "Screening"]
    assert said == ["Fault"]


def test_post_that_had_moved_is_taken_back_by_people_who_show_it_and_not_by_a_restart() -> None:
    rng = random.Random(2)
    before = Bench()
    for _ in range(8):
        people_at(before, 60, 34.5, rng)
        before.clock.advance(16 * 3600.0)
    for _ in range(3):
        people_at(before, 200, 35.1, rng)
        before.clock.advance(16 * 3600.0)
    before.post.keep()
    after = Bench(going_on=("level", "shifted"), baseline=before.levels[-1])
    people_at(after, 60, 35.1, rng)
    during = [event for event in after.events if isinstance(event, Fault | Recovered)]
    people_at(after, 200, 34.5, rng)
    said = [event for event in after.events if isinstance(event, Fault | Recovered)]
    assert list(before.faults.names) == ["thermometer level: shifted"]
    assert during == []
    assert [(type(event), event.code) for event in said] == [(Recovered, "shifted")]


def a_node(folder: Path, clock: FakeClock, part: Mlx90614, connector: Connector) -> Node:
    """A node of one post with the real driver, on a modelled bus."""
    bus = I2CBus(part)
    part.look_at(object_c=22.0, ambient_c=22.0)
    return build_node(
        NodeConfig(
            site="demo",
            node="entrance-a",
            outbox=str(folder / "outbox.sqlite"),
            pins=PinKind.MOCK,
            posts=(Post(channel="thermometer"),),
        ),
        clock,
        SimulatedPinFactory(clock.monotonic),
        lambda number: open_smbus(bus),
        connector,
        clock_state=lambda: ClockState.SYNCED,
        make_asker=lambda name, wake: AtOnce(),
    )


def test_sensor_whose_memory_was_erased_screens_nobody_until_it_is_restored(tmp_path: Path) -> None:
    clock, connector = FakeClock(), Connector()
    part = Mlx90614(clock.monotonic)
    emissivity, part.eeprom[EMISSIVITY] = part.eeprom[EMISSIVITY], 0
    node = a_node(tmp_path, clock, part, connector)
    part.look_at(object_c=34.9)
    for step in range(200):
        clock.advance(STEP_S)
        node.step()
        if step == 100:
            part.eeprom[EMISSIVITY] = emissivity
            part.look_at(object_c=22.0)
    events = [decode_event(row.body) for row in node.outbox.pending(0, 10, 10_000)]
    node.stop()
    assert [(type(event), event.code) for event in events if isinstance(event, (Fault, Recovered))] == [
        (Fault, "unset"),
        (Recovered, "unset"),
    ]
    assert not any(isinstance(event, Screening) for event in events)


def test_health_tells_what_people_show_at_each_post_and_how_far_it_has_moved(tmp_path: Path) -> None:
    clock, connector, rng = FakeClock(), Connector(), random.Random(3)
    part = Mlx90614(clock.monotonic)
    node = a_node(tmp_path, clock, part, connector)
    connector.session.come_up()
    node.step()
    for _ in range(40):
        for object_c, steps in ((34.6 + rng.gauss(0.0, 0.3), 30), (22.0, 40)):
            part.look_at(object_c=object_c)
            for _ in range(steps):
                clock.advance(STEP_S)
                node.step()
    healths = [decode_message(payload, Health) for payload in connector.session.payloads("health")]
    node.stop()
    assert healths[0].posts == {}
    told = healths[-1].posts["thermometer"]
    # 34.6 °C at 22 °C of air is 34.9 °C at 24 °C.
    assert told.level_c == pytest.approx(34.9, abs=0.2)
    assert not told.is_shifted


def test_node_screens_with_the_real_driver_on_a_modelled_bus_by_the_limits_of_the_hub(
    tmp_path: Path,
) -> None:
    clock, connector = FakeClock(), Connector()
    part = Mlx90614(clock.monotonic)
    node = a_node(tmp_path, clock, part, connector)
    connector.session.come_up()
    limits = ScreeningLimits(repeat_over_c=-50.0, elevated_over_c=50.0, too_cold_under_c=-50.0)
    signal = Signal(as_of=clock.now(), valid_s=30.0, screening=limits)
    connector.session.deliver_signal("demo", "entrance-a", signal)
    for object_c in (22.0, 34.9, 22.0):
        part.look_at(object_c=object_c, ambient_c=22.0)
        for _ in range(60):
            clock.advance(STEP_S)
            node.step()
    events = [decode_event(row.body) for row in node.outbox.pending(0, 10, 10_000)]
    node.outbox.acknowledge(Ack(epoch=node.outbox.epoch, seq=0))
    node.stop()
    assert [event.verdict for event in events if isinstance(event, Screening)] == [Verdict.REPEAT]
