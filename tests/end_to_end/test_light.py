"""The light at a door with a real broker and a real hub, which then stops: the node goes on alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commandline.workbench import Workbench
from edge.assembly import build_node
from edge.channels import Door
from edge.config import Broker, NodeConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.light import LightConfig
from edge.drivers.pins import PinKind
from edge.node import Node
from protocol.broker import Session
from protocol.clock import SystemClock
from protocol.quantities import Duration
from simulator.campus import VirtualClock
from simulator.pins import SimulatedBeam, SimulatedPinFactory
from tests.brokers import find_mosquitto
from tests.end_to_end.test_kills import wait_until

ROOT = Path(__file__).parents[2]
#: B-107 is an office of 24 m²: six people.
NODE, DOORS, CAPACITY = "floor-b1-3", ("door-b-107", "door-b-108", "door-b-109"), 6
OUTER, INNER, RED, AMBER, GREEN = 5, 6, 12, 13, 16
LAMPS = {"red": RED, "amber": AMBER, "green": GREEN}
#: The promise: the light follows within this, seconds.
PROMISED_S = 0.2
STEP_S = 0.05


class AtTheDoor:
    """A node with one door in our hands; its time passes as we say, its broker and hub are real."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        self.clock = VirtualClock(SystemClock().now())
        self.pins = SimulatedPinFactory(self.clock.monotonic)
        beams = BeamPairConfig(outer_pin=OUTER, inner_pin=INNER)
        light = LightConfig(red_pin=RED, amber_pin=AMBER, green_pin=GREEN)
        config = NodeConfig(
            site=bench.layout.site,
            node=NODE,
            outbox=str(folder / "outbox.db"),
            broker=Broker(port=bench.port),
            pins=PinKind.MOCK,
            health_every=Duration("10s"),
            doors=(Door(channel=DOORS[0], beams=beams, light=light),),
        )
        self.node: Node = build_node(config, self.clock, self.pins, _no_bus, Session)
        self.outer, self.inner = SimulatedBeam(self.pins, OUTER), SimulatedBeam(self.pins, INNER)
        self.node.start()

    def lamp(self) -> str:
        """What somebody at the door sees now."""
        self.node.step()
        lit = {
            name
            for name, pin in (("red", RED), ("amber", AMBER), ("green", GREEN))
            if self.pins.pin(pin).state
        }
        return "+".join(sorted(lit)) or "dark"

    def lamps_within(self, seconds: float) -> set[str]:
        """Everything the lamp shows in so much time."""
        seen = set()
        for _ in range(round(seconds / STEP_S)):
            self.wait(STEP_S)
            seen.add(self.lamp())
        return seen

    def wait(self, seconds: float) -> None:
        self.clock.t_s += seconds
        self.node.step()

    def walk_in(self) -> None:
        """One person: outer, both, inner, free."""
        for beam, broken in (
            (self.outer, True),
            (self.inner, True),
            (self.outer, False),
            (self.inner, False),
        ):
            self.wait(0.1)
            beam.set(broken)
        self.node.step()

    def walk_out(self) -> None:
        self.outer, self.inner = self.inner, self.outer
        self.walk_in()
        self.outer, self.inner = self.inner, self.outer


def _no_bus(number: int) -> Any:
    raise OSError(f"there is no bus {number}")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    find_mosquitto()
    with Workbench(ROOT / "deploy" / "campus.toml", ROOT / "deploy" / "regime") as running:
        yield running


@pytest.mark.broker
def test_light_follows_the_door_without_the_hub_and_is_unknown_when_the_allowance_expires(
    bench: Workbench, tmp_path: Path
) -> None:
    door = AtTheDoor(bench, tmp_path)
    assert door.lamp() != "green"
    wait_until(lambda: door.lamp() == "green", "the hub's allowance")
    bench.stop_hub()

    for _ in range(CAPACITY - 1):
        door.walk_in()
    door.lamps_within(PROMISED_S)
    assert door.lamp() == "green"
    door.walk_in()
    door.lamps_within(PROMISED_S)
    assert door.lamp() == "red"
    door.walk_out()
    door.lamps_within(PROMISED_S)
    assert door.lamp() == "green"

    door.wait(61.0)
    seen = door.lamps_within(2.0)
    assert seen <= {"amber", "dark"}
    assert door.node.outbox.depth >= CAPACITY + 1
    door.node.stop()
    door.pins.close()
