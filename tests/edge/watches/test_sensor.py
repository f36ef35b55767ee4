from collections.abc import Callable
from threading import Event

import pytest

from edge.bus_thread import BusThread
from edge.drivers.errors import BusStuck, NotAnswering, Stalled
from edge.faults import FaultBook, Stamp
from edge.watches.sensor import FAILED_AGAIN_S, FAILS, SILENT_S, STUCK_S, Look, Sensor
from protocol.events import AnyEvent, ClockState, Fault, Recovered
from tests.fakes.edge import FakeClock

EVERY_S = 1.0
STEP_S = 0.05


class LateAsker:
    """A bus that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], None]] = []

    def ask(self, look: Callable[[], None]) -> None:
        self.asked.append(look)

    def answer(self) -> None:
        self.asked.pop(0)()


class Bench:
    """A sensor that says 1, 2, 3, …, or nothing yet, or fails as it is told."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self.clock = FakeClock()
        self.bus = LateAsker()
        self.faults = FaultBook({})
        self.opened = 0
        self.looks = 0
        self.error: Exception | None = None
        self.has_nothing = False
        self.sensor = Sensor(
            "yard", "gauge", self._open, self.bus, self.clock.monotonic, self.faults, every_s
        )
        self.events: list[AnyEvent] = []
        self.seen: list[Look[int | None]] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            look, events = self.sensor.step(
                Stamp(self.clock.now(), self.clock.monotonic(), ClockState.SYNCED)
            )
            self.events += events
            self.seen += [look] if look is not None else []

    def answer(self) -> None:
        """The bus answers, and the node takes a step."""
        self.bus.answer()
        self.run(STEP_S)

    def _open(self) -> Callable[[], int | None]:
        self.opened += 1
        return self._look

    def _look(self) -> int | None:
        if self.error is not None:
            raise self.error
        if self.has_nothing:
            return None
        self.looks += 1
        return self.looks


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sensor_is_asked_once_and_not_again_before_it_has_answered(bench: Bench) -> None:
    bench.run(10 * EVERY_S)
    assert len(bench.bus.asked) == 1


def test_sensor_gives_an_answer_with_the_time_the_look_was_over(bench: Bench) -> None:
    bench.run(STEP_S)
    over_s = bench.clock.monotonic()
    bench.bus.answer()
    bench.run(0.5)
    assert [(look.t_s, look.value) for look in bench.seen] == [(over_s, 1)]


def test_sensor_that_does_not_answer_is_said_once_and_once_when_it_does(bench: Bench) -> None:
    bench.run(10 * SILENT_S)
    during = bench.faults.names
    bench.answer()
    assert [type(event) for event in bench.events] == [Fault, Recovered]
    assert (during, bench.faults.names) == (("yard gauge: stuck",), ())


def test_sensor_is_patient_for_as_long_as_the_kernel_may_take(bench: Bench) -> None:
    bench.run(SILENT_S - 2 * STEP_S)
    bench.answer()
    assert bench.events == []


def test_sensor_with_a_bug_gives_no_reading_and_goes_on(bench: Bench) -> None:
    bench.error = ZeroDivisionError("division by zero")
    for _ in range(FAILS):
        bench.run(EVERY_S)
        bench.answer()
    bench.error = None
    bench.run(STUCK_S)
    bench.answer()
    assert [type(event) for event in bench.events] == [Fault, Recovered]
    assert [look.value for look in bench.seen] == [1]


def test_sensor_that_failed_too_often_is_opened_anew(bench: Bench) -> None:
    bench.error = NotAnswering("no answer")
    for _ in range(FAILS):
        bench.run(EVERY_S)
        bench.answer()
    before = bench.opened
    bench.error = None
    bench.run(STUCK_S)
    bench.answer()
    assert (before, bench.opened) == (1, 2)


def test_sensor_that_stalls_is_not_opened_anew_because_its_driver_knows_for_how_long(bench: Bench) -> None:
    bench.error = Stalled("nothing measured")
    for _ in range(FAILS + 3):
        bench.run(STUCK_S)
        bench.answer()
    assert bench.opened == 1
    assert [type(event) for event in bench.events] == [Fault]


def test_sensor_that_has_nothing_to_say_yet_has_not_recovered(bench: Bench) -> None:
    bench.error = NotAnswering("no answer")
    for _ in range(FAILS):
        bench.run(EVERY_S)
        bench.answer()
    bench.error, bench.has_nothing = None, True
    bench.run(STUCK_S)
    bench.answer()
    before = [type(event) for event in bench.events]
    bench.has_nothing = False
    bench.run(EVERY_S)
    bench.answer()
    assert before == [Fault]
    assert [type(event) for event in bench.events] == [Fault, Recovered]


def test_sensor_that_fails_whenever_it_should_give_a_value_is_said(bench: Bench) -> None:
    for _ in range(FAILS):
        bench.error, bench.has_nothing = None, True
        bench.run(EVERY_S)
        bench.answer()
        bench.error = NotAnswering("no answer")
        bench.run(EVERY_S)
        bench.answer()
    assert [type(event) for event in bench.events] == [Fault]


def test_sensor_that_hangs_asks_for_no_step_once_that_is_said(bench: Bench) -> None:
    bench.run(SILENT_S / 2)
    due_s = bench.sensor.due_s
    bench.run(SILENT_S)
    said = bench.sensor.due_s
    bench.answer()
    assert due_s == pytest.approx(bench.clock.monotonic() - SILENT_S / 2, abs=3 * STEP_S)
    assert said == float("inf")
    assert bench.sensor.due_s < float("inf")


def test_sensor_without_a_pause_between_looks_is_left_alone_when_they_fail() -> None:
    bench = Bench(every_s=0.0)
    bench.error = NotAnswering("no answer")
    for _ in range(FAILS - 1):
        bench.run(FAILED_AGAIN_S)
        bench.answer()
    asked_at_once = len(bench.bus.asked)
    bench.run(FAILED_AGAIN_S)
    bench.answer()
    bench.run(STUCK_S - 2 * STEP_S)
    asked_soon = len(bench.bus.asked)
    bench.run(2 * STEP_S)
    assert (asked_at_once, asked_soon, len(bench.bus.asked)) == (0, 0, 1)


def test_sensor_on_a_stuck_bus_is_left_alone_for_a_while(bench: Bench) -> None:
    bench.error = BusStuck("held")
    bench.run(STEP_S)
    bench.answer()
    bench.run(2 * EVERY_S)
    assert bench.bus.asked == []


def test_sensor_can_be_looked_at_sooner(bench: Bench) -> None:
    bench.run(STEP_S)
    bench.answer()
    bench.sensor.again_in(0.1)
    bench.run(0.1)
    assert len(bench.bus.asked) == 1


def test_bus_thread_makes_the_looks_in_order_and_says_when_there_is_news() -> None:
    news, made = Event(), list[str]()
    thread = BusThread("bus-1", news.set)
    thread.ask(lambda: made.append("first"))
    thread.ask(lambda: made.append("second"))
    thread.close()
    assert made == ["first", "second"]
    assert news.is_set()


def test_bus_thread_that_hangs_holds_nobody_up() -> None:
    released = Event()
    thread = BusThread("bus-1", lambda: None)

    def hang() -> None:
        released.wait(60)

    thread.ask(hang)
    answered = Event()
    thread.ask(answered.set)
    thread.close(timeout_s=0.0)
    assert not answered.is_set()
    released.set()
    assert answered.wait(10)


def test_bus_thread_carries_a_sensor_and_its_errors() -> None:
    clock, news = FakeClock(), Event()
    thread = BusThread("bus-1", news.set)

    def look() -> int:
        raise NotAnswering("0x5A: no answer")

    sensor = Sensor("yard", "gauge", lambda: look, thread, clock.monotonic, FaultBook({}), EVERY_S)
    stamp = Stamp(clock.now(), clock.monotonic(), ClockState.SYNCED)
    sensor.step(stamp)
    assert news.wait(10)
    thread.close()
    assert sensor.step(stamp) == (None, [])
    assert sensor.failed == 1
