"""What `kuzet edge check` says of a broker that does not take the node."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from commandline.edge_bench import ask_broker
from protocol.broker import BrokerConfig, Publication, Session, Subscription
from tests.brokers import MosquittoServer, find_mosquitto, free_port, mosquitto  # noqa: F401  # the fixture
from tests.servers import find_program

#: Only ends a test that has failed, seconds.
WITHIN_S = 60.0
KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


class LockedBroker(MosquittoServer):
    """Mosquitto that wants TLS, a user and a password; its certificate is for `localhost`."""

    lines: tuple[str, ...] = ()

    def _configuration(self) -> str:
        return super()._configuration() + "\n".join(self.lines) + "\n"


def openssl(folder: Path, line: str) -> None:
    command = [find_program("openssl", "openssl"), *line.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> Path:
    """A certificate authority made for a test."""
    openssl(folder, f"req -x509 {KEY} -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem")
    return folder / f"{name}.pem"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return make_authority(tmp_path, "campus")


@pytest.fixture
def locked(tmp_path: Path, authority: Path) -> Iterator[LockedBroker]:
    named = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    signed = f"-CA {authority} -CAkey campus.key -CAcreateserial -copy_extensions copy -days 2"
    openssl(tmp_path, f"req {KEY} {named} -keyout broker.key -out broker.csr")
    openssl(tmp_path, f"x509 -req -in broker.csr {signed} -out broker.pem")
    passwords = tmp_path / "passwords"
    maker = find_program("mosquitto_passwd", "mosquitto")
    subprocess.run([maker, "-b", "-c", passwords, "n", "right"], check=True, capture_output=True)
    server = LockedBroker(find_mosquitto(), tmp_path / "locked")
    server.lines = (
        "allow_anonymous false",
        f"password_file {passwords}",
        f"cafile {authority}",
        f"certfile {tmp_path / 'broker.pem'}",
        f"keyfile {tmp_path / 'broker.key'}",
    )
    server.start()
    yield server
    server.stop()


def to(
    port: int, *, host: str = "localhost", password: str | None = "right", ca: Path | None = None
) -> BrokerConfig:
    return BrokerConfig(
        host=host,
        port=port,
        client_id="n-check",
        username=None if password is None else "n",
        password=password,
        ca_file=None if ca is None else str(ca),
    )


@pytest.mark.broker
def test_broker_that_takes_the_node_is_good(locked: LockedBroker, authority: Path) -> None:
    assert ask_broker(to(locked.port, ca=authority), WITHIN_S) is None


@pytest.mark.broker
def test_broker_says_each_reason_apart(locked: LockedBroker, authority: Path, tmp_path: Path) -> None:
    other = make_authority(tmp_path, "other")
    said = [
        ask_broker(to(locked.port, ca=authority, password="wrong"), WITHIN_S),
        ask_broker(to(locked.port, ca=authority, password=None), WITHIN_S),
        ask_broker(to(locked.port, ca=other), WITHIN_S),
        ask_broker(to(locked.port, ca=authority, host="127.0.0.1"), WITHIN_S),
        ask_broker(to(locked.port), WITHIN_S),
    ]
    at = f"localhost:{locked.port}"
    assert [str(fault).split(";")[0].split(" (")[0] for fault in said] == [
        f"$.broker: {at} refuses the user `n` with this password",
        f"$.broker: {at} refuses a node without a user",
        f"$.broker.ca_file: the certificate of {at} is not signed by {other}: take the file of the broker's "
        "own authority",
        f"$.broker.host: the certificate of 127.0.0.1:{locked.port} is not for the name `127.0.0.1`: write "
        "the name it is for, or make one for this name",
        f"$.broker: {at} ended the connection without an answer",
    ]


@pytest.mark.broker
def test_plain_broker_asked_with_tls_is_told(
    mosquitto: MosquittoServer,  # noqa: F811
    authority: Path,
) -> None:
    fault = ask_broker(to(mosquitto.port, ca=authority), WITHIN_S)
    assert fault is not None
    assert fault.startswith("$.broker.port: ")
    assert "TLS" in fault


def test_broker_that_is_not_there_is_told() -> None:
    port = free_port()
    fault = ask_broker(to(port, host="127.0.0.1"), 0.05)
    assert (
        fault
        == f"$.broker: nothing listens at 127.0.0.1:{port}; is the broker running, and is that its port?"
    )


def test_broker_whose_name_leads_nowhere_is_told() -> None:
    broker = BrokerConfig(host=f"{'a' * 64}.invalid", client_id="n-check", allow_plaintext=True)
    assert str(ask_broker(broker, 0.05)).startswith("$.broker.host: the name `a")


def test_what_answers_nothing_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fault = ask_broker(to(port, host="127.0.0.1"), 0.3)
    assert fault == f"$.broker: 127.0.0.1:{port} takes a connection and answers nothing; is it a broker?"


def test_what_is_no_broker_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = threading.Thread(target=answer_once, args=(listener, b"HTTP/1.1 400 Bad Request"))
        server.start()
        fault = ask_broker(to(port, host="127.0.0.1"), WITHIN_S)
        server.join()
    assert fault == (
        f"$.broker: 127.0.0.1:{port} answers as no broker does (48 54 54 50); is it another service's port?"
    )


@pytest.mark.parametrize(("code", "word"), [(2, "its client id"), (3, "service unavailable"), (9, "code 9")])
def test_refusal_that_has_nothing_to_do_with_the_user_is_told(code: int, word: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = threading.Thread(target=answer_once, args=(listener, bytes([0x20, 2, 0, code])))
        server.start()
        fault = ask_broker(to(port, host="127.0.0.1"), WITHIN_S)
        server.join()
    assert fault == f"$.broker: 127.0.0.1:{port} refuses this node: {word}; its log says more"


def answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(answer)
        # Until the other side has gone, whether or not it has read all of it.
        with suppress(ConnectionError):
            connection.recv(1000)


@pytest.mark.broker
def test_long_words_reach_the_broker_whole(locked: LockedBroker, authority: Path) -> None:
    # Longer than one byte of length can say.
    broker = to(locked.port, ca=authority, password="x" * 300)
    assert "refuses the user `n` with this password" in str(ask_broker(broker, WITHIN_S))


@pytest.mark.broker
def test_asking_a_broker_publishes_nothing_and_leaves_no_will(
    mosquitto: MosquittoServer,  # noqa: F811
) -> None:
    heard: list[str] = []
    is_marked = threading.Event()
    actions: dict[bool, Callable[[], None]] = {True: is_marked.set, False: lambda: None}

    def hear(topic: str, payload: bytes, retained: bool) -> None:
        heard.append(topic)
        actions[topic == "mark"]()

    plain = to(mosquitto.port, host="127.0.0.1", password=None)
    listener = Session(
        BrokerConfig(port=mosquitto.port, client_id="listener"),
        on_message=hear,
        subscriptions=(Subscription("#"),),
    )
    listener.start()
    listener.wait_connected(WITHIN_S)
    assert ask_broker(plain, WITHIN_S) is None
    listener.publish(Publication(topic="mark", payload=b""))
    assert is_marked.wait(WITHIN_S)
    listener.stop()
    assert heard == ["mark"]
