"""`kuzet edge check` on the guest kernel's own pins and bus: good where all is well, else every fault."""

import json
import subprocess
from importlib import import_module

import pytest

from simulator.walkers import OUTER
from tests.hardware.inside.edge import BEAM_PINS, KUZET
from tests.hardware.inside.world import World

pytestmark = pytest.mark.hardware


#: All that can be written in a guest is in memory, and an outbox must not be: it is always told.
IN_MEMORY = "is in memory"


def check(world: World) -> list[str]:
    """The faults, but for that of the guest's own disk."""
    done = subprocess.run(
        [KUZET, "edge", "check", "--json", "--wait", "5s", str(world.edge.file)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    faults = json.loads(done.stdout)["faults"]
    assert done.returncode == 1
    assert [IN_MEMORY in fault for fault in faults].count(True) == 1
    return [fault for fault in faults if IN_MEMORY not in fault]


def test_check_finds_a_whole_node_good(world: World) -> None:
    assert check(world) == []


def test_check_tells_every_fault_at_once(world: World) -> None:
    world.sensor.dead = True
    world.broker.stop()

    faults = check(world)

    assert [next(part for part in ("thermometer", "broker") if part in fault) for fault in faults] == [
        "thermometer",
        "broker",
    ]


def test_check_says_that_the_node_is_running(world: World) -> None:
    world.edge.start()

    faults = check(world)

    assert ["is running" in fault for fault in faults] == [True]


def test_check_names_a_pin_that_another_program_holds(world: World) -> None:
    lgpio = import_module("lgpio")  # by name: it has no type stubs
    handle = lgpio.gpiochip_open(0)
    lgpio.gpio_claim_input(handle, BEAM_PINS[OUTER])

    faults = check(world)
    lgpio.gpiochip_close(handle)

    assert [f"pin {BEAM_PINS[OUTER]}" in fault for fault in faults] == [True]
