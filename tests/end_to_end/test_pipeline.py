"""A real broker and a real hub process, and everything a stranger may throw at them."""

import queue
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from commandline.workbench import Workbench
from protocol.broker import Publication, Receiver, Session
from protocol.clock import SystemClock
from tests.brokers import find_mosquitto
from tests.builders import EPOCH, a_message, a_passage

ROOT = Path(__file__).parents[2]
NODE, ROOM = "floor-a1-1", "a-103"
#: Only ends a test that has failed, seconds.
WAIT_S = 60.0
CLOCK = SystemClock()
#: What makes a passage one of the room; the hub counts today's.
GOOD = {"channel": "door-a-103"}


class Stranger:
    """Anybody with a connection: publishes what it likes and hears what the hub says."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._acks: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self._states: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self._session: Session = bench.connect(f"stranger-{secrets.token_hex(2)}", lambda *_: None)
        bench.connect("acks", self._put(self._acks), bench.topics.ack(NODE))
        bench.connect("states", self._put(self._states), bench.topics.space_state(ROOM))

    @staticmethod
    def _put(where: queue.SimpleQueue[dict[str, object]]) -> Receiver:
        return lambda _topic, payload, _retained: where.put(msgspec.json.decode(payload))

    def send(self, payload: bytes, leaf: str = "events") -> None:
        topic = self._bench.topics.events(NODE).removesuffix("events") + leaf
        assert self._session.publish(Publication(topic=topic, payload=payload))

    def wait_acknowledged(self, seq: int) -> None:
        while self._acks.get(timeout=WAIT_S)["seq"] != seq:
            pass

    def wait_occupancy(self, people: int) -> dict[str, object]:
        while (state := self._states.get(timeout=WAIT_S))["occupancy"] != people:
            pass
        return state


@pytest.fixture
def bench() -> Iterator[Workbench]:
    find_mosquitto()
    with Workbench(ROOT / "deploy" / "campus.toml", ROOT / "deploy" / "regime") as running:
        yield running


def rejected(bench: Workbench) -> list[str]:
    store = sqlite3.connect(bench.data / "hub.db")
    faults = [fault for (fault,) in store.execute("SELECT fault FROM rejected ORDER BY id")]
    store.close()
    return faults


@pytest.mark.broker
def test_each_illegal_message_is_counted_with_its_fault_and_the_next_good_one_is_taken(
    bench: Workbench,
) -> None:
    stranger = Stranger(bench)
    illegal = [
        (b"this is not JSON", "malformed"),
        (b"x" * (16 * 1024 + 1), "16385 bytes"),
        (a_message(a_passage(1, **GOOD)).replace(b'"direction"', b'"took_s":NaN,"direction"'), "took_s"),
        (a_message(a_passage(2, **GOOD)).replace(b'"in"', b'"up"'), "direction"),
        (a_message(a_passage(3, **GOOD)).replace(b"passage", b"levitation"), "kind"),
    ]
    for payload, _ in illegal:
        stranger.send(payload)
    stranger.send(a_message(a_passage(4, at=CLOCK.now(), **GOOD)))
    state = stranger.wait_occupancy(1)
    assert state["state"] == "open"
    stranger.wait_acknowledged(4)
    faults = rejected(bench)
    assert len(faults) == len(illegal)
    assert [fault for (_, part), fault in zip(illegal, faults, strict=True) if part not in fault] == []


@pytest.mark.broker
@pytest.mark.parametrize("leaf", ["hello", "status", "health", "signal", "unheard-of"])
def test_nonsense_on_any_topic_stops_nothing(bench: Workbench, leaf: str) -> None:
    stranger = Stranger(bench)
    for payload in (b"", b"{}", b"\xff", b"[" * 5000, b'{"epoch": NaN}'):
        stranger.send(payload, leaf)
    stranger.send(a_message(a_passage(1, **GOOD)))
    stranger.wait_acknowledged(1)


@pytest.mark.broker
def test_repeats_and_any_order_give_the_same_room(bench: Workbench) -> None:
    stranger = Stranger(bench)
    for seq in (3, 1, 3, 2, 1, 5, 4, 5):
        stranger.send(a_message(a_passage(seq, at=CLOCK.now(), **GOOD), epoch=EPOCH))
    stranger.wait_occupancy(5)
    stranger.wait_acknowledged(5)
