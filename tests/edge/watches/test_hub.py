from edge.faults import FaultBook, Stamp
from edge.indicator import Standing
from edge.watches.hub import AWAY_S, FIRST_S, HubWatch
from protocol.events import AnyEvent, ClockState, Fault
from tests.fakes.edge import FakeClock

STEP_S = 0.5


class Bench:
    """A node whose standing is set by hand."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.standing = Standing.WAITING
        self.watch = HubWatch(lambda: self.standing, FaultBook({}))

    def run(self, standing: Standing, seconds: float) -> list[AnyEvent]:
        self.standing = standing
        events: list[AnyEvent] = []
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            events += self.watch.step(Stamp(self.clock.now(), self.clock.monotonic(), ClockState.SYNCED))
        return events


def test_hub_that_is_away_is_said_once_and_once_when_it_is_back() -> None:
    bench = Bench()
    bench.run(Standing.FOLLOWING, 10)
    away = bench.run(Standing.ALONE, 10 * AWAY_S) + bench.run(Standing.STALE, 10 * AWAY_S)
    back = bench.run(Standing.FOLLOWING, 10)
    assert [type(event).__name__ for event in away + back] == ["Fault", "Recovered"]


def test_hub_that_restarts_is_not_said() -> None:
    bench = Bench()
    bench.run(Standing.FOLLOWING, 10)
    assert bench.run(Standing.ALONE, AWAY_S - 1) + bench.run(Standing.FOLLOWING, 10) == []


def test_hub_that_never_spoke_is_said_after_a_minute() -> None:
    bench = Bench()
    assert bench.run(Standing.WAITING, FIRST_S - 1) == []
    (said,) = bench.run(Standing.WAITING, FIRST_S)
    assert isinstance(said, Fault)
    assert (said.channel, said.component, said.code) == ("node", "hub", "away")
    assert "does the hub know this node" in said.detail
