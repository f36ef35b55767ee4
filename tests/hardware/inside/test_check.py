"""`kuzet edge check` on the guest kernel's own pins and bus: good where all is well, else every fault."""

import json
import subprocess
from importlib import import_module

import pytest

from simulator.walkers import OUTER
from tests.hardware.inside.edge import BEAM_PINS, KUZET
from tests.hardware.inside.world import World

pytestmark = pytest.mark.hardware


def check(world: World) -> tuple[int, list[str]]:
    """Exit status and faults."""
    done = subprocess.run(
        [KUZET, "edge", "check", "--json", "--wait", "5s", str(world.edge.file)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)["faults"]


def test_check_finds_a_whole_node_good(world: World) -> None:
    assert check(world) == (0, [])


def test_check_tells_every_fault_at_once(world: World) -> None:
    world.sensor.dead = True
    world.broker.stop()

    status, faults = check(world)

    assert status == 1
    assert [next(part for part in ("thermometer", "broker") if part in fault) for fault in faults] == [
        "thermometer",
        "broker",
    ]


def test_check_says_that_the_node_is_running(world: World) -> None:
    world.edge.start()

    status, faults = check(world)

    assert status == 1
    assert ["is running" in fault for fault in faults] == [True]


def test_check_names_a_pin_that_another_program_holds(world: World) -> None:
    lgpio = import_module("lgpio")  # by name: it has no type stubs
    handle = lgpio.gpiochip_open(0)
    lgpio.gpio_claim_input(handle, BEAM_PINS[OUTER])

    status, faults = check(world)
    lgpio.gpiochip_close(handle)

    assert status == 1
    assert [f"pin {BEAM_PINS[OUTER]}" in fault for fault in faults] == [True]
