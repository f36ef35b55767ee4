"""A newcomer's path: from nothing to a campus with TLS and two nodes on one machine, by commands alone."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.clock import SystemClock
from tests.deploy.tls_campus import WAIT_S, CampusBroker, CampusHub, running

CLOCK = SystemClock()
#: Doors of deploy/campus.toml: node, channel.
NODES = (("floor-a1-1", "door-a-103"), ("entrance-a", "main"))
NODE_FILE = """\
site = "demo"
node = "{node}"
outbox = "{folder}/outbox.sqlite"
pins = "mock"
health_every = "1s"
[broker]
host = "{host}"
[[doors]]
channel = "{channel}"
[doors.beams]
outer_pin = 17
inner_pin = 27
"""


_ONLINE = "SELECT key FROM board WHERE kind = 'node' AND CAST(body AS TEXT) LIKE '%\"state\":\"online\"%'"


class EdgeRun:
    """`kuzet edge run`."""

    def __init__(self, file: Path) -> None:
        self._log = file.with_suffix(".log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kuzet", "edge", "run", "--config", str(file)],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "GPIOZERO_PIN_FACTORY": "mock"},
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(WAIT_S)
        self._log.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[CampusBroker]:
    yield from running(CampusBroker(tmp_path))


@pytest.mark.broker
def test_a_tls_campus_with_two_nodes_stands_from_nothing(broker: CampusBroker, tmp_path: Path) -> None:
    began_s = CLOCK.monotonic()
    hub = CampusHub(broker, tmp_path / "hub")
    edges = []
    for node, channel in NODES:
        draft = tmp_path / f"{node}.toml"
        there = tmp_path / node
        draft.write_text(
            NODE_FILE.format(node=node, channel=channel, folder=there, host=broker.host), encoding="utf-8"
        )
        broker.enrol(node, "--config", str(draft), "--there", str(there))
        edges.append(EdgeRun(there / "node.toml"))
    deadline = CLOCK.monotonic() + WAIT_S
    while (online := _online(hub)) != sorted(node for node, _ in NODES) and CLOCK.monotonic() < deadline:
        time.sleep(0.1)
    took_s = CLOCK.monotonic() - began_s
    for edge in edges:
        edge.stop()
    hub.stop()
    assert online == sorted(node for node, _ in NODES)
    # Whatever an honest hub and honest nodes say and ask for is theirs to say and to ask for.
    assert [broker.lines(f"refused={what}") for what in ("publish", "will", "subscription")] == [[], [], []]
    print(f"\na broker, a hub and {len(NODES)} nodes with certificates of their own, in {took_s:.1f} s")


def _online(hub: CampusHub) -> list[str]:
    """Nodes that the hub's board shows as there; none while there is no board."""
    try:
        rows = hub.rows(_ONLINE)
    except sqlite3.OperationalError:
        return []
    return sorted(str(key) for (key,) in rows)
