"""A node and a hub of another version: what it sees is kept, it says why, and it goes on when they agree."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.assembly import build_node
from edge.node import STEP_S, Node
from protocol.codec import encode
from protocol.events import ClockState
from protocol.messages import Ack, Hello
from protocol.wire import WIRE, Wire
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from tests.edge.node_bench import INNER, OUTER, TOPICS, a_config
from tests.fakes.edge import Connector, FakeClock, FakeSession


class Bench:
    """A node that speaks the versions it is told, at a free door."""

    def __init__(self, folder: Path, wire: Wire) -> None:
        self.clock, self.connector = FakeClock(), Connector()
        pins = SimulatedPinFactory(self.clock.monotonic)
        self.outer, self.inner = SimulatedBeam(pins, OUTER), SimulatedBeam(pins, INNER)
        self.outer.set(False)
        self.inner.set(False)
        self.node: Node = build_node(
            a_config(folder / "outbox.sqlite"),
            self.clock,
            pins,
            lambda number: None,
            self.connector,
            clock_state=lambda: ClockState.SYNCED,
            jitter=lambda: 0.5,
            wire=wire,
        )
        self.node.start()
        self.session.come_up()

    @property
    def session(self) -> FakeSession:
        return self.connector.session

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            self.node.step()

    def go_in(self) -> None:
        for beam, broken in (
            (self.outer, True),
            (self.inner, True),
            (self.outer, False),
            (self.inner, False),
        ):
            beam.set(broken)
            self.node.step()
            self.clock.advance(0.1)
        self.run(0.5)

    def hub_says(self, wire: Wire, seq: int = 0) -> None:
        self.session.deliver_ack("demo", "entrance-a", Ack(epoch=self.node.outbox.epoch, seq=seq, wire=wire))
        self.run(0.1)

    def hub_of_before_says(self) -> None:
        """An acknowledgement as it was before versions were said."""
        said = b'{"epoch":"%b","seq":0,"missing":[]}' % self.node.outbox.epoch.encode()
        self.session.deliver(TOPICS.ack("entrance-a"), said)
        self.run(0.1)

    def versions(self) -> list[int]:
        """In which version each message of events was written."""
        return [msgspec.json.decode(payload).get("wire", 1) for payload in self.session.payloads("events")]


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[list[Bench]]:
    made: list[Bench] = []
    yield made
    for bench in made:
        bench.node.stop()


def a_bench(benches: list[Bench], folder: Path, wire: Wire) -> Bench:
    benches.append(Bench(folder, wire))
    return benches[-1]


def test_hello_says_which_versions_it_speaks(tmp_path: Path, benches: list[Bench]) -> None:
    bench = a_bench(benches, tmp_path, WIRE)
    bench.run(0.1)
    (hello,) = bench.session.payloads("hello")
    assert msgspec.json.decode(hello, type=Hello).wire == WIRE


def test_node_writes_for_a_hub_of_the_version_before_as_that_reads(
    tmp_path: Path, benches: list[Bench]
) -> None:
    bench = a_bench(benches, tmp_path, Wire(1, 2))
    bench.hub_of_before_says()
    bench.go_in()
    assert bench.versions() == [1]
    assert bench.node.faults == ()


def test_node_writes_the_newest_version_that_both_speak(tmp_path: Path, benches: list[Bench]) -> None:
    bench = a_bench(benches, tmp_path, Wire(2, 3))
    bench.hub_says(Wire(1, 2))
    bench.go_in()
    assert bench.versions() == [2]


def test_node_too_new_keeps_what_it_sees_and_says_so_until_the_hub_was_updated(
    tmp_path: Path, benches: list[Bench]
) -> None:
    bench = a_bench(benches, tmp_path, Wire(4, 5))
    bench.hub_of_before_says()
    for _ in range(3):
        bench.go_in()
    bench.run(30)
    kept = bench.node.outbox.depth
    assert kept >= 3
    assert bench.session.payloads("events") == []
    assert bench.node.faults == ("hub-version: too-old",)
    assert b"hub-version: too-old" in bench.session.payloads("health")[-1]
    bench.hub_says(Wire(4, 5))
    bench.run(0.2)
    # With its recovery.
    sent = msgspec.json.decode(bench.session.payloads("events")[0])
    assert [event["seq"] for event in sent["events"]] == list(range(1, kept + 2))
    assert not bench.node.faults


def test_node_that_is_too_old_says_that_it_is_the_one_to_be_updated(
    tmp_path: Path, benches: list[Bench]
) -> None:
    bench = a_bench(benches, tmp_path, Wire(1, 2))
    bench.hub_says(Wire(3, 4))
    bench.go_in()
    assert bench.node.faults == ("hub-version: too-new",)
    assert bench.session.payloads("events") == []


def test_node_that_no_longer_speaks_version_one_waits_until_it_has_heard_the_hub(
    tmp_path: Path, benches: list[Bench]
) -> None:
    bench = a_bench(benches, tmp_path, Wire(2, 3))
    bench.go_in()
    assert bench.session.payloads("events") == []
    assert bench.node.faults == ()
    bench.hub_says(Wire(2, 3))
    assert bench.versions() == [3]


def test_acknowledgement_that_cannot_be_read_still_says_its_version(
    tmp_path: Path, benches: list[Bench]
) -> None:
    bench = a_bench(benches, tmp_path, Wire(1, 2))
    bench.session.deliver(TOPICS.ack("entrance-a"), b'{"epochs":{},"wire":[8,9]}')
    bench.run(0.1)
    assert bench.node.faults == ("hub-version: too-new",)


def test_acknowledgement_of_ours_is_read_by_a_node_of_before() -> None:
    said = msgspec.json.decode(encode(Ack(epoch="0" * 26, seq=3, wire=WIRE)))
    assert {"epoch", "seq", "missing"} <= set(said)
