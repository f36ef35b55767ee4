from collections.abc import Sequence
from queue import SimpleQueue

import pytest

from edge.faults import FaultBook, Stamp
from edge.signals.passage import Beam, BeamEdge, PassageDecoder, PassageSettings
from edge.watches.door import LAG_S, DoorWatch, Passages
from protocol.events import AnyEvent, ClockState, Direction, Passage, Recovered
from tests.fakes.edge import START, FakeBeams


def edges_of_one_going_in(start_s: float) -> list[BeamEdge]:
    return [
        BeamEdge(t_s=start_s, beam=Beam.OUTER, broken=True),
        BeamEdge(t_s=start_s + 0.1, beam=Beam.INNER, broken=True),
        BeamEdge(t_s=start_s + 0.2, beam=Beam.OUTER, broken=False),
        BeamEdge(t_s=start_s + 0.3, beam=Beam.INNER, broken=False),
    ]


class Bench:
    """A door whose beams are set by hand."""

    def __init__(self, faults: FaultBook | None = None) -> None:
        settings = PassageSettings()
        self.beams = FakeBeams()
        self.edges: SimpleQueue[BeamEdge] = SimpleQueue()
        self.faults = faults or FaultBook({})
        self.passages = Passages("main", PassageDecoder(settings), self.faults, settings.rest_s)
        self.door = DoorWatch("main", self.beams, self.edges, self.passages, self.faults)

    def step_at(self, now_s: float, edges: Sequence[BeamEdge] = ()) -> list[AnyEvent]:
        for edge in edges:
            self.edges.put(edge)
        return self.door.step(Stamp(START, now_s, ClockState.SYNCED))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_door_takes_the_edges_of_a_step_in_any_order(bench: Bench) -> None:
    events = bench.step_at(1.4, edges_of_one_going_in(1.0)[::-1]) + bench.step_at(2.0)
    assert [event.direction for event in events if isinstance(event, Passage)] == [Direction.IN]
    assert bench.passages.late_edges == 0


def test_door_moves_an_edge_forward_that_comes_too_late_and_counts_it(bench: Bench) -> None:
    first, *others = edges_of_one_going_in(1.0)
    bench.step_at(1.0 + LAG_S + 0.01)
    events = bench.step_at(1.4, [first, *others]) + bench.step_at(2.0)
    assert [event.direction for event in events if isinstance(event, Passage)] == [Direction.IN]
    assert bench.passages.late_edges == 1


def test_door_reads_the_levels_again_each_fifty_milliseconds_and_no_more(bench: Bench) -> None:
    for thousandths in range(1000):
        bench.step_at(thousandths / 1000)
    assert bench.beams.looks == pytest.approx(20, abs=1)


def test_door_takes_an_edge_that_only_the_level_tells_of(bench: Bench) -> None:
    first, *others = edges_of_one_going_in(1.0)
    bench.beams.missed = [first]
    events = bench.step_at(1.05) + bench.step_at(1.4, others) + bench.step_at(2.0)
    assert [event.direction for event in events if isinstance(event, Passage)] == [Direction.IN]


def test_door_takes_a_fault_from_before_a_restart_back_when_its_beams_are_free() -> None:
    bench = Bench(FaultBook({("main", "beams"): "obstructed"}))
    bench.beams.broken[Beam.OUTER] = True
    before = bench.step_at(1.0)
    bench.beams.broken[Beam.OUTER] = False
    after = bench.step_at(2.0)
    assert before == []
    assert [type(event) for event in after] == [Recovered]
