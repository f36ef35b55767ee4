"""Real nodes die beside a real broker and hub: killed, stopped, and behind a network that swallows all.

They promise a report each second, so that silence is found soon; `KUZET_HEALTH_S=10` is a node as shipped.
"""

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from commandline.defaults import CAMPUS, REGIME
from commandline.workbench import Workbench
from tests.brokers import find_mosquitto
from tests.edge.test_config import DOOR
from tests.network import BadNetwork

HEALTH_S = float(os.environ.get("KUZET_HEALTH_S", "1"))
PROMISED_S = 30.0
#: Rooms of the shipped campus with the node behind whose door each is.
KILLED, STOPPED, CUT_OFF = "a-103", "a-104", "a-107"
NODES = {KILLED: "floor-a1-1", STOPPED: "floor-a1-2", CUT_OFF: "floor-a1-3"}


class Nodes:
    """A node as it is run at each door, and what the hub says of the rooms."""

    def __init__(self, folder: Path, bench: Workbench, ports: dict[str, int]) -> None:
        self._states: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        topics = [bench.topics.space_state(room) for room in NODES]
        bench.connect("board", lambda _, body, __: self._states.put(msgspec.json.decode(body)), *topics)
        self.children = {room: self._run(bench, folder, room, port) for room, port in ports.items()}

    def _run(self, bench: Workbench, folder: Path, room: str, port: int) -> subprocess.Popen[bytes]:
        file = folder / f"{room}.toml"
        file.write_text(
            f'site = "{bench.layout.site}"\nnode = "{NODES[room]}"\noutbox = "{folder / room}.sqlite"\n'
            f'pins = "mock"\nhealth_every = "{HEALTH_S:g}s"\n'
            f"{DOOR.replace('main', f'door-{room}')}\n[broker]\nport = {port}\n",
            encoding="utf-8",
        )
        return bench.start([sys.executable, "-m", "kuzet", "edge", "run", "--config", str(file)])

    def wait(self, unknown: bool) -> float:
        """Until all rooms are unknown, or all known; when that was. An empty queue is a promise not kept."""
        left = set(NODES)
        while left:
            state = self._states.get(timeout=PROMISED_S)
            is_there = (state["state"] == "unknown") is unknown
            left = left - {state["space"]} if is_there else left | {state["space"]}
        return time.monotonic()


@pytest.fixture
def bench() -> Iterator[Workbench]:
    find_mosquitto()
    with Workbench(CAMPUS, REGIME) as running:
        yield running


@pytest.fixture
def network(bench: Workbench) -> Iterator[BadNetwork]:
    between = BadNetwork(bench.port)
    yield between
    between.close()


@pytest.mark.broker
def test_rooms_of_dead_nodes_are_unknown_within_thirty_seconds(
    tmp_path: Path, bench: Workbench, network: BadNetwork
) -> None:
    nodes = Nodes(tmp_path, bench, {KILLED: bench.port, STOPPED: bench.port, CUT_OFF: network.port})
    nodes.wait(unknown=False)
    nodes.children[KILLED].kill()
    nodes.children[STOPPED].send_signal(signal.SIGSTOP)
    network.swallow()
    died_at = time.monotonic()
    took_s = nodes.wait(unknown=True) - died_at
    nodes.children[STOPPED].kill()
    print(f"all unknown after {took_s:.1f} s, a report each {HEALTH_S:g} s")
    assert took_s <= PROMISED_S
