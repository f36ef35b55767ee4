"""An outage ends, over a network that is still bad: cut again and again, and once silent. All comes, once.

`KUZET_OUTAGE=259200` is 72 hours at one event a second; `KUZET_OUTAGE_CUTS` says how often it is cut.
"""

import os
import queue
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from commandline.defaults import CAMPUS, REGIME
from commandline.workbench import Workbench
from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from protocol.broker import BrokerConfig, Session
from protocol.clock import SystemClock
from protocol.codec import decode_message
from protocol.events import Verdict
from protocol.messages import Ack
from tests.builders import EPOCH, a_passage, a_screening
from tests.network import BadNetwork

EVENTS = int(os.environ.get("KUZET_OUTAGE", "20000"))
CUTS = int(os.environ.get("KUZET_OUTAGE_CUTS", "5"))
SEED = int(os.environ.get("KUZET_SEED", "20261124"))
NODE = "floor-a1-1"
#: The least that a session may be told: so soon it finds a silent connection dead.
KEEPALIVE_S = 5


class Node:
    """A node that was away: outbox, session and publisher, over the bad network."""

    def __init__(self, folder: Path, bench: Workbench, network: BadNetwork) -> None:
        self.outbox = Outbox.open(folder / "outbox.sqlite", lambda: EPOCH)
        self._acks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        topics = bench.topics
        self.session = Session(
            BrokerConfig(port=network.port, client_id=NODE, keepalive_s=KEEPALIVE_S),
            on_message=lambda _topic, payload, _retained: self._acks.put(payload),
            subscriptions=(topics.ack(NODE),),
        )
        self.publisher = Publisher(self.outbox, self.session, topics.events(NODE), random.random)
        self._clock = SystemClock()

    def step(self) -> None:
        """Send what is due; take one acknowledgement, or wait a moment for it."""
        self.publisher.step(self._clock.monotonic())
        try:
            ack = decode_message(self._acks.get(timeout=0.01), Ack)
        except queue.Empty:
            return
        self.outbox.acknowledge(ack)
        self.publisher.acknowledged(ack, self._clock.monotonic())

    def close(self) -> None:
        self.session.stop()
        self.outbox.close()


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with Workbench(CAMPUS, REGIME) as running:
        yield running


@pytest.fixture
def network(bench: Workbench) -> Iterator[BadNetwork]:
    between = BadNetwork(bench.port)
    yield between
    between.close()


@pytest.fixture
def node(tmp_path: Path, bench: Workbench, network: BadNetwork) -> Iterator[Node]:
    back = Node(tmp_path, bench, network)
    yield back
    back.close()


def stored(bench: Workbench) -> list[int]:
    """What the hub has of the node, in the order it became durable."""
    query = "SELECT j.seq FROM journal j JOIN source s ON s.id = j.source WHERE s.node = ? ORDER BY position"
    with closing(sqlite3.connect(f"file:{bench.data / 'hub.db'}?mode=ro", uri=True)) as database:
        return [seq for (seq,) in database.execute(query, (NODE,))]


@pytest.mark.broker
@pytest.mark.timeout(120 + EVENTS // 500)
def test_all_of_an_outage_comes_once_over_a_network_that_is_cut_and_silent(
    bench: Workbench, network: BadNetwork, node: Node
) -> None:
    chance = random.Random(SEED)
    for first in range(0, EVENTS, 5000):
        node.outbox.put([a_passage()] * min(5000, EVENTS - first))
    node.session.start()
    alarms = []
    for number in range(CUTS):
        goal = node.outbox.depth - EVENTS // (CUTS + 2) + chance.randint(0, 100)
        while node.outbox.depth > goal:
            node.step()
        alarms += node.outbox.put([a_screening(verdict=Verdict.ELEVATED)])
        node.step()
        if number == CUTS // 2:
            connects = node.session.connects
            network.swallow()
            while node.session.is_connected:
                node.step()
            network.heal()
            while node.session.connects == connects:
                node.step()
        else:
            network.cut()
    while node.outbox.depth:
        node.step()

    came = stored(bench)
    assert sorted(came) == list(range(1, EVENTS + CUTS + 1))
    # Of each alarm older events were waiting when it was kept, and most of these came after it.
    place = {seq: index for index, seq in enumerate(came)}
    behind = [sum(other < seq for other in came[place[seq] :]) for seq in alarms]
    assert sum(count > 0 for count in behind) >= len(alarms) - 1
    assert node.outbox.fallbacks == 0
