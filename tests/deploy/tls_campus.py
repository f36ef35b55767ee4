"""A campus whose broker asks for certificates: the commands' own files, a real mosquitto, a real hub."""

import os
import queue
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import kuzet
from hub.enrolment.office import Office
from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.codec import decode_message
from protocol.messages import Ack
from protocol.topics import Topics
from tests.brokers import find_mosquitto
from tests.builders import EPOCH, a_message, a_passage
from tests.servers import ServerProcess

ROOT = Path(__file__).parents[2]
#: Only ends a test that has failed, seconds.
WAIT_S = 60.0
TOPICS = Topics("demo")


def kuzet_command(*words: object) -> None:
    """One command of ours, in this process; it must succeed."""
    assert kuzet.main([str(word) for word in words]) == 0


class CampusBroker(ServerProcess):
    """`kuzet broker run` on files of `kuzet broker config`."""

    name = "broker"

    def __init__(self, folder: Path, days: int = 180) -> None:
        super().__init__(find_mosquitto(), folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = folder / "ca"
        self.files = folder / "broker"
        where = ["--ca", self.authority, "--out", self.files, "--host", self.host, "--port", self.port]
        # Where tests run as root nobody else can read their folder.
        who = ["--user", "root"] if os.geteuid() == 0 else []
        kuzet_command("broker", "config", *where, "--listen", self.host, "--days", days, *who)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "kuzet", "broker", "run", "--ca", str(self.authority)]

    def kill_mosquitto(self) -> None:
        """Kill -9 of the broker itself; its keeper ends with it."""
        os.kill(int((self.files / "state" / "mosquitto.pid").read_text(encoding="ascii")), signal.SIGKILL)
        assert self._process is not None
        self._process.wait(WAIT_S)

    @property
    def ca_file(self) -> Path:
        return self.files / "ca.crt"

    def enrol(self, node: str, *more: str) -> Path:
        """`kuzet node add`, unpacked; its folder."""
        bundle, there = self._folder / f"{node}.tar", self._folder / node
        kuzet_command("node", "add", node, "--ca", self.authority, "--out", bundle, *more)
        with tarfile.open(bundle) as tar:
            tar.extractall(there, filter="data")
        bundle.unlink()
        return there

    def connection(self, node: str, own: Path) -> BrokerConfig:
        """How whoever holds `own` connects."""
        return BrokerConfig(
            host=self.host,
            port=self.port,
            client_id=node,
            ca_file=str(self.ca_file),
            certificate_file=str(own),
            keepalive_s=5,
        )

    def office(self) -> Office:
        return Office(self.authority, SystemClock().now)

    def lines(self, beginning: str) -> list[str]:
        """What its log says that begins so, the time left away."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        return re.findall(rf"broker (?:INFO|WARNING) ({re.escape(beginning)}.*)", text)

    def wait_lines(self, beginning: str, count: int) -> list[str]:
        """Those, as soon as so many are there."""
        wait_until(lambda: len(self.lines(beginning)) >= count, f"{count} times `{beginning}`")
        return self.lines(beginning)


class CampusHub:
    """`kuzet hub run` with a certificate of the campus."""

    def __init__(self, broker: CampusBroker, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.log = folder / "hub.log"
        file = folder / "hub.toml"
        file.write_text(
            f"""\
campus = "{ROOT / "deploy" / "campus.toml"}"
regime = "{ROOT / "deploy" / "regime"}"
data = "{self.data}"
[broker]
host = "{broker.host}"
port = {broker.port}
client_id = "hub"
ca_file = "{broker.ca_file}"
certificate_file = "{broker.files / "hub.pem"}"
""",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "kuzet", "hub", "run", "--config", str(file)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(WAIT_S)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        store = sqlite3.connect(self.data / "hub.db")
        try:
            return store.execute(query).fetchall()
        finally:
            store.close()


class Node:
    """An honest node: says passages of its one door and waits until they are durable."""

    def __init__(self, broker: CampusBroker, node: str, own: Path) -> None:
        self.node = node
        self.heard: list[tuple[str, bytes]] = []
        self._acks: queue.SimpleQueue[Ack] = queue.SimpleQueue()
        self.session = Session(
            broker.connection(node, own),
            on_message=self._hear,
            subscriptions=(TOPICS.ack(node), TOPICS.signal(node)),
            jitter=lambda: 0.0,
        )
        self.session.start()
        self.session.wait_connected(WAIT_S)

    def message(self, seq: int) -> bytes:
        return a_message(a_passage(seq, channel="door-a-103"), epoch=EPOCH)

    def say(self, seq: int) -> None:
        """Say it until it is acknowledged."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            self.session.publish(Publication(topic=TOPICS.events(self.node), payload=self.message(seq)))
            try:
                while self._acks.get(timeout=1.0).seq < seq:
                    pass
            except queue.Empty:
                continue
            return
        raise TimeoutError(f"{self.node}: {seq} was not acknowledged within {WAIT_S} s")

    def _hear(self, topic: str, payload: bytes, _retained: bool) -> None:
        self.heard.append((topic, payload))
        if topic == TOPICS.ack(self.node):
            self._acks.put(decode_message(payload, Ack))


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until it holds; the deadline only ends a test that has failed."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {WAIT_S:g} s for {what}"
        time.sleep(0.02)


def running(broker: CampusBroker) -> Iterator[CampusBroker]:
    """For fixtures."""
    broker.start()
    yield broker
    broker.stop()
