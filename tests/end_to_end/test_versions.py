"""A node newer than its hub, over a real broker: it waits with all it saw, until the hub can read it."""

import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commandline.workbench import Workbench
from edge.assembly import build_node
from edge.channels import Door
from edge.config import Broker, NodeConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.pins import PinKind
from edge.node import Node
from hub.store.board import NodeRow
from protocol.broker import Session
from protocol.clock import SystemClock
from protocol.events import ClockState
from protocol.wire import Wire
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from tests.brokers import find_mosquitto

ROOT = Path(__file__).parents[2]
NODE = "floor-a1-1"
WAIT_S = 20.0
CLOCK = SystemClock()
NEWER = Wire(3, 4)
#: `kuzet hub run` of a release to come.
NEWER_HUB = """
import argparse, sys
from pathlib import Path
from commandline import hub_run
from commandline.data_folder import campus_file
from protocol.wire import Wire
parser = argparse.ArgumentParser()
hub_run.add_arguments(parser)
args = parser.parse_args(sys.argv[1:])
config = hub_run._config_of(args)
hub_run.Hub(config, campus_file(Path(config.campus), Path(config.data)), Wire(3, 4)).run()
"""


@pytest.fixture
def bench() -> Iterator[Workbench]:
    find_mosquitto()
    with Workbench(ROOT / "deploy" / "campus.toml", ROOT / "deploy" / "regime") as running:
        yield running


@pytest.fixture
def doorway(bench: Workbench, tmp_path: Path) -> Iterator["Doorway"]:
    built = Doorway(bench, tmp_path)
    yield built
    built.node.stop()


class Doorway:
    """A whole node of a release to come, on mock pins, at the broker."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        pins = SimulatedPinFactory(CLOCK.monotonic)
        self._outer, self._inner = SimulatedBeam(pins, 17), SimulatedBeam(pins, 27)
        self._outer.set(False)
        self._inner.set(False)
        config = NodeConfig(
            site="demo",
            node=NODE,
            outbox=str(folder / "outbox.sqlite"),
            pins=PinKind.MOCK,
            broker=Broker(port=bench.port),
            doors=(Door(channel="door-a-103", beams=BeamPairConfig(outer_pin=17, inner_pin=27)),),
        )
        self.node: Node = build_node(
            config,
            CLOCK,
            pins,
            lambda number: None,
            Session,
            software="kuzet of tomorrow",
            clock_state=lambda: ClockState.SYNCED,
            jitter=random.random,
            wire=NEWER,
        )
        self.node.start()

    def go_in(self) -> None:
        walk = ((self._outer, True), (self._inner, True), (self._outer, False), (self._inner, False))
        for beam, broken in walk:
            beam.set(broken)
            until_s = CLOCK.monotonic() + 0.1
            while CLOCK.monotonic() < until_s:
                self.node.step()
                time.sleep(0.005)

    def step_until(self, is_so: Callable[[], bool]) -> None:
        deadline_s = CLOCK.monotonic() + WAIT_S
        while not is_so():
            assert CLOCK.monotonic() < deadline_s
            self.node.step()
            time.sleep(0.005)


def rows(bench: Workbench, query: str) -> list[tuple[Any]]:
    with closing(sqlite3.connect(f"file:{bench.data / 'hub.db'}?mode=ro", uri=True)) as store:
        return store.execute(query).fetchall()


def state_of_node(bench: Workbench) -> str:
    query = f"SELECT body FROM board WHERE kind = 'node' AND key = '{NODE}'"
    return "".join(msgspec.json.decode(body, type=NodeRow).state for (body,) in rows(bench, query))


@pytest.mark.broker
def test_node_updated_before_its_hub_waits_and_goes_on_when_the_hub_is_updated(
    bench: Workbench, doorway: Doorway
) -> None:
    doorway.step_until(lambda: doorway.node.session.is_connected)
    doorway.go_in()
    doorway.go_in()
    doorway.step_until(lambda: "hub-version: too-old" in doorway.node.faults)
    doorway.step_until(lambda: state_of_node(bench) == "too-new")
    assert rows(bench, "SELECT seq FROM journal") == []
    assert rows(bench, "SELECT fault FROM rejected") == []
    kept = doorway.node.outbox.depth
    assert kept >= 3
    bench.stop_hub()
    campus = ["--campus", str(ROOT / "deploy" / "campus.toml"), "--regime", str(ROOT / "deploy" / "regime")]
    where = ["--data", str(bench.data), "--broker-port", str(bench.port)]
    bench.start([sys.executable, "-c", NEWER_HUB, *campus, *where])
    doorway.step_until(lambda: doorway.node.outbox.depth == 0)
    assert "hub-version: too-old" not in doorway.node.faults
    stored = [seq for (seq,) in rows(bench, "SELECT seq FROM journal ORDER BY seq")]
    assert stored[:kept] == list(range(1, kept + 1))
    doorway.step_until(lambda: state_of_node(bench) == "online")
