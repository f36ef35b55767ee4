"""The broker comes back, and every node at once, each with what it kept. `KUZET_HERD` says how many."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from commandline.defaults import CAMPUS, REGIME
from protocol.broker import BrokerConfig, Publication, Session
from protocol.codec import decode_message, encode_batch, encode_event
from protocol.messages import Ack
from protocol.topics import Topics
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.builders import EPOCH, a_passage

NODES = int(os.environ.get("KUZET_HERD", "200"))
EACH = 10
#: All must be durable by then; what was not acknowledged is sent again this often, seconds.
PROMISED_S, AGAIN_S = 60.0, 2.0
TOPICS = Topics("demo")


class Node:
    """Sends what it kept when it is connected, and again until the hub says that it is durable."""

    def __init__(self, number: int, port: int) -> None:
        self.is_durable = threading.Event()
        self._sent_s = -1e9
        self._topic = TOPICS.events(f"node-{number}")
        events = [encode_event(a_passage(seq)) for seq in range(1, EACH + 1)]
        self._message = encode_batch(EPOCH, events)
        self.session = Session(
            BrokerConfig(port=port, client_id=f"node-{number}"),
            on_message=self._hear,
            subscriptions=[TOPICS.ack(f"node-{number}")],
        )
        self.session.start()

    def send(self) -> None:
        now_s = time.monotonic()
        is_due = now_s - self._sent_s >= AGAIN_S and not self.is_durable.is_set()
        if is_due and self.session.publish(Publication(topic=self._topic, payload=self._message)):
            self._sent_s = now_s

    def _hear(self, _topic: str, payload: bytes, _retained: bool) -> None:
        ack = decode_message(payload, Ack)
        if ack.seq == EACH and not ack.missing:
            self.is_durable.set()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PROMISED_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {PROMISED_S:g} s until {what}"
        time.sleep(0.01)


@pytest.fixture
def hub(tmp_path: Path, mosquitto: MosquittoServer) -> Iterator[Path]:  # noqa: F811
    """A running hub; gives its folder."""
    words = ["--data", str(tmp_path / "hub"), "--campus", str(CAMPUS), "--regime", str(REGIME)]
    command = [sys.executable, "-m", "kuzet", "hub", "run", *words, "--broker-port", str(mosquitto.port)]
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield tmp_path / "hub"
    child.kill()
    child.wait()


@pytest.fixture
def nodes(mosquitto: MosquittoServer) -> Iterator[list[Node]]:  # noqa: F811
    """All connected, and then the broker is gone."""
    herd = [Node(number, mosquitto.port) for number in range(NODES)]
    wait_until(lambda: all(node.session.is_connected for node in herd), "every node was connected")
    mosquitto.kill()
    wait_until(
        lambda: not any(node.session.is_connected for node in herd), "every node knew that it was gone"
    )
    yield herd
    mosquitto.kill()
    for node in herd:
        node.session.stop(timeout_s=0.0)


@pytest.mark.broker
def test_nodes_that_come_back_at_once_lose_nothing(
    mosquitto: MosquittoServer,  # noqa: F811
    hub: Path,
    nodes: list[Node],
) -> None:
    mosquitto.start()
    began_s = time.monotonic()

    def all_durable() -> bool:
        for node in nodes:
            node.send()
        return all(node.is_durable.is_set() for node in nodes)

    wait_until(all_durable, "everything was durable")
    print(f"{NODES} nodes durable after {time.monotonic() - began_s:.1f} s")
    with closing(sqlite3.connect(f"file:{hub / 'hub.db'}?mode=ro", uri=True)) as store:
        rows = store.execute(
            "SELECT s.node, j.seq FROM journal j JOIN source s ON s.id = j.source"
        ).fetchall()
    assert sorted(rows) == sorted(
        (f"node-{number}", seq) for number in range(NODES) for seq in range(1, EACH + 1)
    )
