from collections.abc import Callable

import pytest

from edge.drivers.errors import DriverError, NotAnswering
from edge.faults import FaultBook, Stamp
from edge.signals.debounce import Debouncer, DebounceSettings, Level
from edge.watches.line import REREAD_S, RESTED_S, Line
from protocol.events import AnyEvent, ClockState, Fault, Recovered
from tests.fakes.edge import START

STEP_S = 0.05
SETTLE_S = 0.01
CHATTER_S = 2.0


class FakeInput:
    """A line whose missed edges are set."""

    def __init__(self) -> None:
        self.missed: list[Level] = []
        self.missed_edges = 0
        self.error: DriverError | None = None

    def reread(self) -> list[Level]:
        if self.error is not None:
            raise self.error
        missed, self.missed = self.missed, []
        return missed

    def close(self) -> None:
        """Nothing is held."""


class Bench:
    """A line that moves as it is told."""

    def __init__(self, going_on: str = "", first: Level | None = None, settle_s: float = SETTLE_S) -> None:
        self.input = FakeInput()
        self.see: Callable[[float, bool], None] = lambda t_s, is_active: None
        self.first = first
        self.faults = FaultBook({("gel", "lever"): going_on} if going_on else {})
        settings = DebounceSettings(settle_s=settle_s, chatter_after_s=CHATTER_S)
        self.line = Line("gel", "lever", self._open, Debouncer(settings), self.faults, lambda: None)
        self.now_s = 100.0
        self.events: list[AnyEvent] = []
        self.settled: list[Level] = []

    def _open(self, see: Callable[[float, bool], None]) -> FakeInput:
        self.see = see
        if self.first is not None:
            see(*self.first)
        return self.input

    def step(self) -> None:
        settled, events = self.line.step(Stamp(START, self.now_s, ClockState.SYNCED))
        self.settled += settled
        self.events += events

    def run(self, seconds: float, *, chatters: bool = False) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            for after_s in (0.0, 0.008, 0.016, 0.024, 0.032, 0.040, 0.048) if chatters else ():
                self.see(self.now_s - STEP_S + after_s, after_s in (0.0, 0.016, 0.032, 0.048))
            self.step()

    @property
    def told(self) -> list[type[AnyEvent]]:
        return [type(event) for event in self.events]


def test_level_that_is_read_again_is_younger_than_the_step_that_reads_it() -> None:
    bench = Bench()
    bench.run(1.0)
    at_s = bench.now_s + STEP_S + 0.0003
    bench.input.missed = [Level(at_s, True)]
    bench.run(1.0)
    assert bench.settled == [Level(at_s, True)]


def test_step_that_comes_before_what_was_seen_already_is_none_too_early() -> None:
    bench = Bench()
    bench.run(1.0)
    at_s = bench.now_s + STEP_S + 0.02
    bench.see(at_s, True)
    bench.run(STEP_S)
    bench.now_s += 0.001
    bench.step()
    bench.see(at_s + 0.001, False)
    bench.see(at_s + 0.002, True)
    bench.run(1.0)
    assert bench.settled == [Level(at_s, True)]


@pytest.mark.parametrize("settle_s", [SETTLE_S, 1.0])
def test_line_that_is_active_at_the_start_is_nothing_until_it_has_settled(settle_s: float) -> None:
    bench = Bench(first=Level(100.0 + STEP_S, True), settle_s=settle_s)
    seen = []
    for _ in range(round(2.0 / STEP_S)):
        bench.run(STEP_S)
        seen.append(bench.line.is_active)
    assert seen[0] is None
    assert seen[-1] is True
    assert False not in seen


def test_line_that_could_not_be_read_is_nothing_until_it_has_settled_again() -> None:
    bench = Bench(settle_s=1.0)
    bench.run(0.5)
    bench.input.error = NotAnswering("its level cannot be read")
    bench.run(0.5)
    during = bench.line.is_active
    bench.input.error, bench.input.missed = None, [Level(bench.now_s, True)]
    bench.run(0.5)
    after = bench.line.is_active
    bench.run(1.0)
    assert (during, after, bench.line.is_active) == (None, None, True)


def test_line_that_chatters_is_said_once_and_once_when_it_has_rested_for_a_while() -> None:
    bench = Bench()
    bench.run(5.0, chatters=True)
    before = bench.told
    bench.run(RESTED_S / 2)
    soon = bench.told
    bench.run(RESTED_S)
    assert before == soon == [Fault]
    assert bench.told == [Fault, Recovered]


def test_line_that_chatters_over_a_restart_is_not_said_to_be_well() -> None:
    bench = Bench("chatter")
    bench.run(10.0, chatters=True)
    assert bench.told == []
    bench.run(RESTED_S + 2 * REREAD_S)
    assert bench.told == [Recovered]
