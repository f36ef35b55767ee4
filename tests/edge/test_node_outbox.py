"""A whole node and its outbox: full, damaged, in use, and over a broker that loses everything."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event

import msgspec
import pytest

from edge.assembly import build_node
from edge.errors import OutboxInUse
from edge.node import STEP_S
from edge.outbox.keeper import MAX_HELD
from edge.outbox.outbox import Outbox
from protocol.broker import BrokerConfig, Publication, Session
from protocol.codec import decode_event, encode
from protocol.events import ClockState, Contact, Fault, Passage, Recovered
from protocol.messages import Ack
from simulator.pins import SimulatedPinFactory
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.edge.node_bench import (
    TOPICS,
    Bench,
    faults_in,
    fill_memory,
)
from tests.edge.outbox.test_outbox import limit_pages
from tests.fakes.edge import START, Connector


def test_node_says_once_that_its_outbox_is_filling_and_once_that_it_is_no_more(bench: Bench) -> None:
    bench.node.outbox._max_events = 10
    bench.session.go_down()
    for _ in range(7):
        bench.go_in()
    bench.session.come_up()
    bench.acknowledge(4)
    bench.run(0.1)
    quota = [each for each in faults_in(bench.kept()) if each[2] == "outbox-quota"]
    assert quota == [
        ("Fault", "node", "outbox-quota", "filling"),
        ("Recovered", "node", "outbox-quota", "filling"),
    ]


def test_node_keeps_events_in_memory_while_the_disk_is_full_and_loses_none(bench: Bench) -> None:
    limit_pages(bench.node.outbox, 0)
    for _ in range(60):
        bench.signal(free=100)
        bench.go_in()
    stuck_at = bench.node.outbox.newest_seq
    bench.run(10.0)
    assert stuck_at < 60
    assert bench.healths()[-1].faults == ("outbox: full",)
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    events = bench.kept()
    assert [event.seq for event in events] == list(range(1, 63))
    assert sum(isinstance(event, Passage) for event in events) == 60
    assert [kind for kind, *_ in faults_in(events)] == ["Fault", "Recovered"]
    assert bench.node.outbox.dropped == 0


def test_node_declares_what_found_no_room(bench: Bench) -> None:
    limit_pages(bench.node.outbox, 0)
    fill_memory(bench)
    limit_pages(bench.node.outbox, 10_000)
    bench.run(2.0)
    outbox = bench.node.outbox
    assert outbox.dropped > 0
    recovered = [event for event in bench.kept() if isinstance(event, Recovered)]
    assert outbox.newest_seq + outbox.dropped == MAX_HELD + 300 + 2
    assert [event.detail for event in all_recovered(outbox)] == [
        f"{outbox.dropped} events found no room and are lost"
    ]
    assert recovered == []  # it is behind the first thousand


def all_recovered(outbox: Outbox) -> list[Recovered]:
    events = [decode_event(row.body) for row in outbox.pending(0, 100_000, 10**9)]
    return [event for event in events if isinstance(event, Recovered)]


def test_node_says_that_a_damaged_outbox_was_moved_aside_and_takes_it_back_once_seen_to(
    bench: Bench, tmp_path: Path
) -> None:
    bench.go_in()
    bench.crash()
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(os.urandom(5000))
    bench.boot()
    bench.run(0.1)
    assert faults_in(bench.kept()) == [("Fault", "node", "old-outbox", "damaged")]
    bench.crash()
    (tmp_path / "outbox.sqlite.damaged-1").unlink()
    bench.boot()
    bench.run(0.1)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def test_node_refuses_an_outbox_in_use(bench: Bench) -> None:
    with pytest.raises(OutboxInUse):
        build_node(
            bench.config,
            bench.clock,
            SimulatedPinFactory(bench.clock.monotonic),
            lambda number: None,
            Connector(),
        )


class Hub:
    """A listener that keeps what it hears and can answer."""

    def __init__(self, port: int, wake: Callable[[], None]) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._wake = wake
        self.session = Session(
            BrokerConfig(client_id="hub", port=port, keepalive_s=5),
            on_message=self._hear,
            subscriptions=[TOPICS.all_events, TOPICS.all_statuses, TOPICS.all_hellos],
        )
        self.session.start()
        self.session.wait_connected(60.0)

    def topics(self) -> set[str]:
        return {topic.rsplit("/", 1)[1] for topic, _ in self.heard}

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        self.heard.append((topic, payload))
        self._wake()


def comes_true(bench: Bench, news: Event, is_true: Callable[[], bool]) -> bool:
    """Step on each piece of news, at least each 50 ms of real time, until it is true; bounded."""
    return any(is_true_after_a_step(bench, news, is_true) for _ in range(400))


def is_true_after_a_step(bench: Bench, news: Event, is_true: Callable[[], bool]) -> bool:
    bench.run(STEP_S)
    news.wait(STEP_S)
    news.clear()
    return is_true()


@pytest.mark.broker
def test_node_over_a_broker_that_loses_everything_loses_nothing(
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
) -> None:
    bench = Bench(tmp_path)
    bench.node.stop()
    broker = msgspec.structs.replace(bench.config.broker, port=mosquitto.port)
    news = Event()
    bench.node = node = build_node(
        msgspec.structs.replace(bench.config, broker=broker),
        bench.clock,
        bench.pins,
        lambda number: None,
        Session,
        wake=news.set,
        clock_state=lambda: ClockState.SYNCED,
    )
    hub = Hub(mosquitto.port, news.set)
    node.start()
    assert comes_true(bench, news, lambda: "hello" in hub.topics())
    bench.go_in()
    assert comes_true(bench, news, lambda: "events" in hub.topics())
    hub.heard.clear()
    mosquitto.restart()
    assert comes_true(bench, news, lambda: "events" in hub.topics())
    ack = Publication(
        topic=TOPICS.ack("entrance-a"), payload=encode(Ack(epoch=node.outbox.epoch, seq=1)), retain=True
    )
    assert comes_true(bench, news, lambda: hub.session.publish(ack))
    assert comes_true(bench, news, lambda: node.outbox.depth == 0)
    node.stop()
    hub.session.stop()


def test_faults_find_room_in_memory_when_nothing_else_does(bench: Bench) -> None:
    bench.node.keeper.held.extend([Contact(seq=1, at=START, channel="window", open=True)] * MAX_HELD)
    limit_pages(bench.node.outbox, 0)
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.outer.set(True)
    bench.run(5.0)
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    limit_pages(bench.node.outbox, 10_000)
    bench.run(3.0)
    rows = bench.node.outbox.pending(MAX_HELD, 100, 10**9)
    told = [decode_event(row.body) for row in rows]
    assert ("main", "beams") in {
        (event.channel, event.component) for event in told if isinstance(event, Fault)
    }
    assert bench.node.outbox.faults["main", "beams"] == "obstructed"


def test_outbox_that_was_put_back_from_a_copy_is_a_fault(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(50)
    bench.run(31.0)
    assert bench.node.outbox.depth > 0
    assert "outbox-copy: restored" in bench.healths()[-1].faults
