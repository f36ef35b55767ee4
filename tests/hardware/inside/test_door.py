"""A door on gpio-sim under the unmodified node: people are counted, the light follows the hub."""

import time

import pytest

from protocol.messages import Light
from simulator.walkers import OUTER
from tests.hardware.inside.edge import BEAM_PINS, DOOR
from tests.hardware.inside.world import World, people, until

pytestmark = pytest.mark.hardware

#: The decoder waits behind a person, and a step and the network come on top, seconds.
TOLD_WITHIN_S = 2.0
#: A blink of the amber lamp, and some.
BLINK_S = 1.5
BLINKING = {"amber", "dark"}


@pytest.mark.parametrize("bounce_share", [0.0, 1.0], ids=["clean", "bouncing"])
def test_door_counts_exactly_who_walks_through(world: World, bounce_share: float) -> None:
    story = people(count=150, seed=1, bounce_share=bounce_share)
    world.edge.start()

    world.play(world.walking(story))
    time.sleep(TOLD_WITHIN_S)

    assert world.counted == story.walked
    assert world.hub.missing == []
    assert world.hub.faults() == []
    assert "WARNING" not in world.edge.said


def test_passages_are_stamped_with_the_time_of_the_edges(world: World) -> None:
    story = people(count=20, seed=3, turn_back_share=0.0)
    world.edge.start()
    begun = time.time()

    world.play(world.walking(story))
    time.sleep(TOLD_WITHIN_S)

    late_s = [
        told.at.timestamp() - begun - true.t_s
        for told, true in zip(world.hub.passages, story.truth, strict=True)
    ]
    # The truth is midway between the beams; the node stamps within the passage, which takes 0.6 s at most.
    assert -0.6 < min(late_s) <= max(late_s) < 0.6


def test_light_follows_the_hub_and_is_unknown_without_it(world: World) -> None:
    world.edge.start()

    for light, lamp in ((Light.GO, "green"), (Light.WAIT, "amber"), (Light.STOP, "red")):
        world.hub.tell(light)
        time.sleep(1.0)
        assert world.lamps_within(BLINK_S) == {lamp}

    world.hub.tell(Light.UNKNOWN)
    time.sleep(1.0)
    assert world.lamps_within(BLINK_S) == BLINKING

    world.hub.tell(Light.GO, valid_s=30.0)
    time.sleep(1.0)
    assert world.lamps_within(25.0) == {"green"}
    time.sleep(5.0)
    assert world.lamps_within(BLINK_S) == BLINKING


def test_light_is_dark_before_the_start_and_after_the_end(world: World) -> None:
    assert world.lamps_within(BLINK_S) == {"dark"}
    world.edge.start()
    assert world.lamps_within(BLINK_S) == {"green"}

    world.edge.stop()

    assert world.lamps_within(BLINK_S) == {"dark"}


def test_stuck_beam_is_one_fault_going_and_one_coming_back(world: World) -> None:
    story = people(count=5, seed=2)
    world.edge.start()

    world.set_beam(BEAM_PINS[OUTER], broken=True)
    until(lambda: world.hub.faults(DOOR), "the fault of a stuck beam", 600.0)
    time.sleep(300.0)
    world.set_beam(BEAM_PINS[OUTER], broken=False)
    until(lambda: len(world.hub.faults(DOOR)) == 2, "the recovery of the beam")
    world.play(world.walking(story))
    time.sleep(TOLD_WITHIN_S)

    assert world.hub.faults() == ["fault main beams obstructed", "recovered main beams obstructed"]
    assert world.counted == story.walked
