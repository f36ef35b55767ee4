"""An MLX90614 on a real `/dev/i2c-1` under the unmodified node: verdicts, and all that a bus can do."""

import os
import random
import time
from pathlib import Path

import pytest

from protocol.events import Verdict
from simulator.i2c_wires import Fault, Flip
from tests.hardware.inside.edge import POST, write_node_file
from tests.hardware.inside.world import AIR_C, Act, World, people, until

pytestmark = pytest.mark.hardware

#: A forehead of nobody in particular, one with a fever, one fresh from the frost, °C.
USUAL_C, FEVER_C, FROST_C = 34.6, 37.0, 30.0
#: From one forehead to the next, seconds; more than anybody's second try may take to come.
APART_S = 60.0
USUAL_PEOPLE = 12


def usual_people(world: World, count: int = USUAL_PEOPLE, seed: int = 1) -> list[Act]:
    """A post that has seen nobody is careful: these people give it its level."""
    rng = random.Random(seed)
    skins_c = [USUAL_C + rng.uniform(-0.05, 0.05) for _ in range(count)]
    return [
        act for place, skin_c in enumerate(skins_c) for act in world.showing(skin_c, at_s=place * APART_S)
    ]


def damage(rng: random.Random) -> Fault | Flip | None:
    """What befalls one transfer of a cable that is far too long."""
    flip = Flip(tuple(rng.sample(range(24), k=rng.randint(1, 4))), written=rng.random() < 0.2)
    return rng.choices([None, flip, Fault.NACK, Fault.EIO, Fault.ALL_ONES], [84, 10, 3, 2, 1])[0]


def verdicts(world: World) -> list[Verdict]:
    return [one.verdict for one in world.hub.screenings]


def test_verdicts_are_those_of_the_foreheads(world: World) -> None:
    world.edge.start()
    world.play(usual_people(world))

    world.play(
        world.showing(FEVER_C, at_s=APART_S),
        world.showing(FEVER_C, at_s=APART_S + 8.0),
        world.showing(FROST_C, at_s=3 * APART_S),
        world.showing(USUAL_C, at_s=4 * APART_S),
    )
    until(lambda: len(verdicts(world)) >= USUAL_PEOPLE + 4, "four more verdicts")

    told = world.hub.screenings
    assert verdicts(world) == [Verdict.PASS] * USUAL_PEOPLE + [
        Verdict.REPEAT,
        Verdict.ELEVATED,
        Verdict.TOO_COLD,
        Verdict.PASS,
    ]
    assert [one.skin_c for one in told[-4:]] == pytest.approx([FEVER_C, FEVER_C, FROST_C, USUAL_C], abs=0.02)
    assert [one.ambient_c for one in told] == pytest.approx([AIR_C] * len(told), abs=0.02)
    assert world.hub.faults() == []


def test_damage_on_the_wire_is_never_a_temperature(world: World) -> None:
    rng = random.Random(7)

    world.bus.faults.extend(damage(rng) for _ in range(10_000))
    world.edge.start()

    world.play(usual_people(world))
    until(lambda: len(verdicts(world)) >= USUAL_PEOPLE, "every verdict")

    assert verdicts(world) == [Verdict.PASS] * USUAL_PEOPLE
    assert all(abs((one.skin_c or 0.0) - USUAL_C) < 0.2 for one in world.hub.screenings)
    assert 0 < len(world.bus.faults) < 8_500
    assert world.hub.faults() == []


def test_error_flag_is_a_fault_and_no_temperature(world: World) -> None:
    world.edge.start()
    world.sensor.flag_next = 100_000
    world.play(world.showing(FEVER_C))
    until(lambda: world.hub.faults(POST), "the fault of a flagged sensor")
    world.sensor.flag_next = 0
    until(lambda: len(world.hub.faults(POST)) == 2, "its recovery")

    assert [one.verdict for one in world.hub.screenings if one.verdict is not Verdict.NO_READING] == []
    assert world.hub.faults() == [
        "fault thermometer thermometer flagged",
        "recovered thermometer thermometer flagged",
    ]


def test_unplugged_sensor_is_one_fault_while_the_door_counts_on(world: World) -> None:
    story = people(count=30, seed=4)
    world.edge.start()

    world.sensor.dead = True
    world.play(world.walking(story))
    until(lambda: world.hub.faults(POST), "the fault of an unplugged sensor")
    world.sensor.dead = False
    until(lambda: len(world.hub.faults(POST)) == 2, "its recovery", 120.0)

    assert world.counted == story.walked
    assert world.hub.faults() == [
        "fault thermometer thermometer silent",
        "recovered thermometer thermometer silent",
    ]


def test_bus_that_hangs_is_one_fault_while_the_door_counts_on(world: World) -> None:
    story = people(count=30, seed=5, bounce_share=0.3)
    world.edge.start()

    # The adapter answers nothing: the kernel gives up after 2 s, each time.
    world.bus.stuck = True
    world.play(world.walking(story))
    until(lambda: world.hub.faults(POST), "the fault of a bus that hangs", 120.0)
    world.bus.stuck = False
    until(lambda: len(world.hub.faults(POST)) == 2, "its recovery", 120.0)
    world.play(world.showing(USUAL_C, at_s=1.0))
    until(lambda: verdicts(world), "a verdict")

    assert world.counted == story.walked
    assert [line.split()[0] for line in world.hub.faults()] == ["fault", "recovered"]


def test_adafruit_driver_reads_the_same_bus(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "blinka_board"), prepend=os.pathsep)
    write_node_file(world.edge.file, world.broker.port, driver="thermometer-adafruit")
    world.edge.start()
    time.sleep(2.0)

    world.play(usual_people(world, count=3))
    until(lambda: len(verdicts(world)) >= 3, "three verdicts")

    assert verdicts(world) == [Verdict.PASS] * 3
    assert world.hub.faults() == []
