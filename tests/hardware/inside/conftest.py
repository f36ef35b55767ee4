"""These tests run inside the guest kernel, `make test-hil`; elsewhere they are not collected."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.i2c_wires import I2CBus
from tests.brokers import MosquittoServer, find_mosquitto
from tests.hardware.gpio_sim import SimulatedChip
from tests.hardware.inside.edge import DOOR, NODE, SITE, Edge, write_node_file
from tests.hardware.inside.hub import PlayedHub
from tests.hardware.inside.world import World
from tests.hardware.usb_i2c import UsbI2CAdapter

collect_ignore_glob = [] if "KUZET_HIL_SHARE" in os.environ else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hardware: needs the guest kernel (make test-hil)")


@pytest.fixture(scope="session")
def chip() -> SimulatedChip:
    return SimulatedChip()


@pytest.fixture(scope="session")
def bus() -> I2CBus:
    # A Pi has its HAT's memory on bus 0, and the header on bus 1.
    UsbI2CAdapter(I2CBus(), port=0)
    header = I2CBus()
    adapter = UsbI2CAdapter(header, port=1)
    assert adapter.number == 1
    return header


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoServer]:
    server = MosquittoServer(find_mosquitto(), tmp_path / "broker")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def hub(broker: MosquittoServer) -> Iterator[PlayedHub]:
    hub = PlayedHub(broker.port, SITE, NODE, DOOR)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def world(
    tmp_path: Path, chip: SimulatedChip, bus: I2CBus, broker: MosquittoServer, hub: PlayedHub
) -> Iterator[World]:
    """A node about to be started: `world.edge.start()`."""
    folder = tmp_path / "node"
    folder.mkdir()
    file = folder / "node.toml"
    write_node_file(file, broker.port)
    world = World(chip, bus, broker, hub, Edge(file, hub))
    yield world
    world.bus.stuck = False
    world.bus.faults.clear()
    world.edge.stop()
    # Shown with a test that failed.
    print(world.edge.said, hub.faults(), hub.rejected, sep="\n")
