"""What a session writes, byte by byte: the test is the broker, and reads no faster than it asks."""

import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pytest

from protocol.broker import BrokerConfig, Publication, Session

WAIT_S = 20.0
CONNECT, PUBLISH, PINGREQ, DISCONNECT = 0x10, 0x30, 0xC0, 0xE0
CONNACK, PINGRESP = b"\x20\x02\x00\x00", b"\xd0\x00"
TOPIC = "t"
#: Together several times what the buffers of both sockets hold (Linux: 4 MB), bytes.
BIG = 1_000_000
BIG_COUNT = 12
ROUNDS = 5


class Wire:
    """The broker's end of one accepted connection."""

    def __init__(self, wire: socket.socket) -> None:
        wire.settimeout(WAIT_S)
        self._wire = wire
        kind, _ = self._next_frame()
        assert kind == CONNECT
        wire.sendall(CONNACK)

    def next_publish(self) -> bytes:
        """The next PUBLISH's payload; a ping before it is answered, anything else is garbled."""
        kind, payload = self._next_message()
        assert kind == PUBLISH, f"PUBLISH expected, got a frame of type {kind:#x}"
        return payload

    def payloads_until_disconnect(self, *, acknowledging: bool) -> list[bytes]:
        """Whatever comes until a DISCONNECT."""
        payloads = []
        kind, payload = self._next_message(acknowledging=acknowledging)
        while kind == PUBLISH:
            payloads.append(payload)
            kind, payload = self._next_message(acknowledging=acknowledging)
        assert kind == DISCONNECT, f"DISCONNECT expected, got a frame of type {kind:#x}"
        return payloads

    def cut(self) -> None:
        """End the connection without a word."""
        self._wire.close()

    def _next_message(self, *, acknowledging: bool = False) -> tuple[int, bytes]:
        kind, body = self._next_frame()
        while kind == PINGREQ:
            self._wire.sendall(PINGRESP)
            kind, body = self._next_frame()
        head = len(TOPIC) + 2
        if kind == PUBLISH:
            assert body[2:head] == TOPIC.encode(), f"the topic {TOPIC} expected, got {body[:head]!r}"
            if acknowledging:
                self._wire.sendall(b"\x40\x02" + body[head : head + 2])
        return kind, body[head + 2 :]

    def _next_frame(self) -> tuple[int, bytes]:
        """Type without flags, and everything behind the length."""
        kind = self._exactly(1)[0] & 0xF0
        length, shift, is_last = 0, 0, False
        while not is_last:
            digit = self._exactly(1)[0]
            length |= (digit & 0x7F) << shift
            shift += 7
            is_last = digit < 0x80
        assert length <= 2 * BIG, f"nobody sends a frame of {length} bytes"
        return kind, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            some = self._wire.recv(count - len(received))
            assert some, "the session ended the connection"
            received += some
        return bytes(received)


class FakeBroker:
    """A listening socket whose connections the test reads by itself."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Small, and passed on to what it accepts: a writer soon has half a frame on the way.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._listener.settimeout(WAIT_S)
        self._accepted: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for wire in (self._listener, *self._accepted):
            wire.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        port = self._listener.getsockname()[1]
        assert isinstance(port, int)
        return port

    def accept(self) -> Wire:
        """The next connection, accepted by TCP and MQTT."""
        wire, _ = self._listener.accept()
        self._accepted.append(wire)
        return Wire(wire)


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    with FakeBroker() as broker:
        yield broker


@pytest.fixture
def session(broker: FakeBroker) -> Iterator[Session]:
    config = BrokerConfig(port=broker.port, client_id="a")
    session = Session(config, on_message=lambda *_: None, jitter=lambda: 0.0)
    session.start()
    yield session
    session.stop(timeout_s=0.0)


def test_publish_leaves_the_writing_to_the_session(broker: FakeBroker, session: Session) -> None:
    wire = broker.accept()
    session.wait_connected(WAIT_S)
    sent_to = []

    def note_send(_frame: object, event: str, callee: Any) -> None:
        if event == "c_call" and callee.__name__ == "send":
            sent_to.append(callee.__self__.getpeername()[1])

    sys.setprofile(note_send)
    session.publish(Publication(topic=TOPIC, payload=b"A"))
    sys.setprofile(None)
    # What it does send wakes the session's thread.
    assert len(sent_to) == 1
    assert broker.port not in sent_to
    assert wire.next_publish() == b"A"


def test_publishing_threads_do_not_mix_their_frames(broker: FakeBroker, session: Session) -> None:
    wire = broker.accept()
    session.wait_connected(WAIT_S)

    def publish(letter: bytes) -> None:
        for _ in range(BIG_COUNT):
            session.publish(Publication(topic=TOPIC, payload=letter * BIG))

    letters = (b"A", b"B", b"C")
    heard: Counter[tuple[bytes, int]] = Counter()
    # Frames mix while the buffers fill: they are filled and emptied a few times.
    for _ in range(ROUNDS):
        threads = [threading.Thread(target=publish, args=(letter,), daemon=True) for letter in letters]
        for thread in threads:
            thread.start()
        for _ in range(BIG_COUNT * len(letters)):
            payload = wire.next_publish()
            heard[payload[:1], payload.count(payload[:1])] += 1
        for thread in threads:
            thread.join()
    assert heard == {(letter, BIG): ROUNDS * BIG_COUNT for letter in letters}


def test_lost_connection_leaves_no_message_for_the_next(broker: FakeBroker, session: Session) -> None:
    for number in (b"1", b"2"):
        wire = broker.accept()
        session.wait_connected(WAIT_S)
        assert session.publish(Publication(topic=TOPIC, payload=number))
        assert wire.next_publish() == number
        # Nobody acknowledges it any more.
        wire.cut()
    wire = broker.accept()
    session.wait_connected(WAIT_S)
    leaving = threading.Thread(target=session.stop, args=(Publication(topic=TOPIC, payload=b"goodbye"),))
    leaving.start()
    assert wire.payloads_until_disconnect(acknowledging=True) == [b"goodbye"]
    leaving.join()


def test_stop_says_everything_before_it_disconnects(broker: FakeBroker, session: Session) -> None:
    wire = broker.accept()
    session.wait_connected(WAIT_S)
    for _ in range(BIG_COUNT):
        session.publish(Publication(topic=TOPIC, payload=b"A" * BIG))
    leaving = threading.Thread(target=session.stop, kwargs={"timeout_s": WAIT_S})
    leaving.start()
    assert wire.payloads_until_disconnect(acknowledging=False) == [b"A" * BIG] * BIG_COUNT
    leaving.join()


def test_stop_leaves_a_broker_that_reads_nothing(broker: FakeBroker, session: Session) -> None:
    broker.accept()
    session.wait_connected(WAIT_S)
    for _ in range(BIG_COUNT):
        session.publish(Publication(topic=TOPIC, payload=b"A" * BIG))
    session.stop(timeout_s=0.0)
    assert not [one for one in threading.enumerate() if one.name == "mqtt-a"]
