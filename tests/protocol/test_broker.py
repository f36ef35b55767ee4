import queue

import pytest

from protocol.broker import BrokerConfig, Publication, Session
from protocol.errors import BrokerUnreachable
from tests.brokers import MosquittoServer, free_port, mosquitto

__all__ = ["mosquitto"]
WAIT_S = 20.0


class Ear:
    """Receives into a queue; raises on a poisonous message."""

    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()

    def hear(self, topic: str, payload: bytes, retained: bool) -> None:
        if payload == b"poison":
            raise RuntimeError("a bug in a receiver")
        self.heard.put((topic, payload, retained))

    def next(self) -> tuple[str, bytes, bool]:
        return self.heard.get(timeout=WAIT_S)


def session_on(
    broker: MosquittoServer, name: str, ear: Ear, *topics: str, will: Publication | None = None
) -> Session:
    config = BrokerConfig(port=broker.port, client_id=name, keepalive_s=5)
    session = Session(config, on_message=ear.hear, subscriptions=topics, will=will, jitter=lambda: 0.0)
    session.start()
    session.wait_connected(WAIT_S)
    return session


@pytest.mark.broker
def test_session_carries_a_message(mosquitto: MosquittoServer) -> None:
    ear = Ear()
    session = session_on(mosquitto, "a", ear, "t/#")
    assert session.publish(Publication(topic="t/1", payload=b"hello"))
    assert ear.next() == ("t/1", b"hello", False)
    session.stop()


@pytest.mark.broker
def test_poison_does_not_kill_the_loop(mosquitto: MosquittoServer) -> None:
    ear = Ear()
    session = session_on(mosquitto, "a", ear, "t/#")
    session.publish(Publication(topic="t/1", payload=b"poison"))
    session.publish(Publication(topic="t/1", payload=b"after"))
    assert ear.next()[1] == b"after"
    assert session.callback_errors == 1
    session.stop()


@pytest.mark.broker
def test_session_comes_back_after_the_broker_was_killed(mosquitto: MosquittoServer) -> None:
    ear = Ear()
    session = session_on(mosquitto, "a", ear, "t/#")
    mosquitto.kill()
    mosquitto.start()
    other = session_on(mosquitto, "b", Ear())
    while session.connects < 2:
        session.wait_connected(WAIT_S)
    other.publish(Publication(topic="t/2", payload=b"again", retain=True))
    assert ear.next()[1] == b"again"
    session.stop()
    other.stop()


@pytest.mark.broker
def test_last_will_is_said_for_the_dead_and_not_for_the_polite(mosquitto: MosquittoServer) -> None:
    ear = Ear()
    watcher = session_on(mosquitto, "watcher", ear, "status/#")
    polite = session_on(mosquitto, "p", Ear(), will=Publication(topic="status/p", payload=b"lost"))
    polite.stop(Publication(topic="status/p", payload=b"offline"))
    assert ear.next()[1] == b"offline"
    first = session_on(mosquitto, "d", Ear(), will=Publication(topic="status/d", payload=b"lost"))
    # Another client with its id throws it off: for the broker that is a death.
    thief = session_on(mosquitto, "d", Ear())
    assert ear.next()[1] == b"lost"
    for session in (first, thief, watcher):
        session.stop()


@pytest.mark.broker
def test_every_connection_subscribes_and_leaves_its_will(mosquitto: MosquittoServer) -> None:
    ear, will_ear = Ear(), Ear()
    will = Publication(topic="status/a", payload=b"lost")
    session = session_on(mosquitto, "a", ear, "t/#", will=will)
    mosquitto.kill()
    mosquitto.start()
    watcher = session_on(mosquitto, "watcher", will_ear, "status/#")
    while session.connects < 2:
        session.wait_connected(WAIT_S)
    watcher.publish(Publication(topic="t/1", payload=b"again", retain=True))
    assert ear.next()[1] == b"again"
    thief = session_on(mosquitto, "a", Ear())
    assert will_ear.next() == ("status/a", b"lost", False)
    for one in (session, thief, watcher):
        one.stop()


def test_no_broker_is_said_in_time() -> None:
    session = Session(BrokerConfig(port=free_port(), client_id="a"), on_message=Ear().hear)
    session.start()
    with pytest.raises(BrokerUnreachable, match="is it running"):
        session.wait_connected(0.3)
    assert not session.publish(Publication(topic="t", payload=b""))
    session.stop()


@pytest.mark.parametrize("host", ["192.0.2.7", "broker.example"])
def test_plaintext_to_another_machine_needs_a_word(host: str) -> None:
    with pytest.raises(ValueError, match="allow_plaintext"):
        BrokerConfig(host=host, client_id="a")
    assert BrokerConfig(host=host, client_id="a", allow_plaintext=True).host == host
