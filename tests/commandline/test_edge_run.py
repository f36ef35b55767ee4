import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from protocol.broker import BrokerConfig, Session
from protocol.codec import decode_message
from protocol.messages import NodeState, Status
from tests.brokers import MosquittoServer, mosquitto  # noqa: F401  # the fixture
from tests.edge.test_config import DOOR, LIGHT

_CHILD = """
import argparse, sys
from commandline import edge_run
parser = argparse.ArgumentParser()
edge_run.add_arguments(parser)
sys.exit(edge_run.run(parser.parse_args(sys.argv[1:])))
"""


class Watcher:
    """Hears what the node says of itself."""

    def __init__(self, port: int) -> None:
        self._statuses: SimpleQueue[Status] = SimpleQueue()
        self.session = Session(
            BrokerConfig(client_id="watcher", port=port, keepalive_s=5),
            on_message=lambda topic, payload, retained: self._statuses.put(decode_message(payload, Status)),
            subscriptions=["kuzet/1/demo/node/n/status"],
        )
        self.session.start()
        self.session.wait_connected(60.0)

    def next_state(self) -> NodeState:
        return self._statuses.get(timeout=60.0).state


@pytest.fixture
def watcher(mosquitto: MosquittoServer) -> Iterator[Watcher]:  # noqa: F811
    watcher = Watcher(mosquitto.port)
    yield watcher
    watcher.session.stop()


@pytest.fixture
def node(
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
) -> Iterator[subprocess.Popen[bytes]]:
    file = tmp_path / "node.toml"
    file.write_text(
        f'site = "demo"\nnode = "n"\noutbox = "{tmp_path / "outbox.sqlite"}"\npins = "mock"\n'
        f"{DOOR}{LIGHT}\n[broker]\nport = {mosquitto.port}\nkeepalive = '5s'\n",
        encoding="utf-8",
    )
    child = subprocess.Popen([sys.executable, "-c", _CHILD, "--config", str(file)], stderr=subprocess.DEVNULL)
    yield child
    child.kill()
    child.wait()


@pytest.mark.broker
def test_edge_run_finishes_its_step_and_says_goodbye_when_asked_to_stop(
    watcher: Watcher, node: subprocess.Popen[bytes]
) -> None:
    online = watcher.next_state()
    node.send_signal(signal.SIGTERM)
    assert (online, watcher.next_state()) == (NodeState.ONLINE, NodeState.OFFLINE)
    assert node.wait(60.0) == 0


@pytest.mark.broker
def test_edge_run_that_is_killed_is_said_to_be_lost(watcher: Watcher, node: subprocess.Popen[bytes]) -> None:
    online = watcher.next_state()
    node.kill()
    assert (online, watcher.next_state()) == (NodeState.ONLINE, NodeState.LOST)


def test_edge_run_says_the_faults_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    file.write_text('site = "demo"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, "--config", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{file}: $: required key `node` is missing",
        f"{file}: $: required key `outbox` is missing",
    ]
