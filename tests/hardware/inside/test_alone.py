"""A node whose broker goes, or which is killed: nothing is lost or counted twice, the light counts on."""

import time

import pytest

from protocol.events import Direction
from protocol.messages import Light
from tests.hardware.inside.world import World, people, until

pytestmark = pytest.mark.hardware

#: The decoder waits behind a person, and a step comes on top, seconds.
SEEN_WITHIN_S = 2.0
#: Tries to connect come 15 s apart at most.
RECONNECT_S = 60.0


def test_what_happens_while_the_broker_is_away_arrives_and_counts_once(world: World) -> None:
    before, meanwhile, after = (people(count=15, seed=seed) for seed in (11, 12, 13))
    world.edge.start()
    world.play(world.walking(before))
    time.sleep(SEEN_WITHIN_S)
    assert world.counted == before.walked

    world.broker.kill()
    world.play(world.walking(meanwhile))
    world.broker.start()
    everybody = before.walked + meanwhile.walked
    until(lambda: len(world.counted) >= len(everybody), "everybody, when the broker is back", RECONNECT_S)
    world.play(world.walking(after))
    time.sleep(SEEN_WITHIN_S)

    assert world.counted == everybody + after.walked
    assert world.hub.missing == []
    # Copies may come, as node and hub find the broker again in any order; they must be copies.
    assert world.hub.conflicts == []
    assert world.hub.faults() == ["fault node hub away", "recovered node hub away"]
    until(lambda: world.hub.healths[-1].outbox_depth == 0, "an empty outbox")


def test_light_counts_down_alone_while_the_broker_is_away(world: World) -> None:
    world.edge.start()
    world.hub.tell(Light.GO, free=3)
    time.sleep(1.0)
    world.broker.kill()

    lamps = []
    for seed, direction in enumerate((Direction.IN, Direction.IN, Direction.IN, Direction.OUT)):
        world.play(world.walking(people(count=1, seed=seed, only=direction, turn_back_share=0.0)))
        time.sleep(SEEN_WITHIN_S)
        lamps.append(world.lamp())

    assert lamps == ["green", "green", "red", "green"]


def test_kill_9_loses_nothing_and_gives_no_number_twice(world: World) -> None:
    walked = ""
    world.hub.is_acknowledging = False
    for seed in range(5):
        story = people(count=8, seed=20 + seed)
        world.edge.start()
        world.play(world.walking(story))
        time.sleep(SEEN_WITHIN_S)
        world.edge.kill()
        walked += story.walked

    world.hub.is_acknowledging = True
    world.edge.start()
    until(lambda: world.hub.healths[-1].outbox_depth == 0, "an empty outbox", RECONNECT_S)

    assert world.counted == walked
    assert len(world.hub.epochs) == 1
    assert world.hub.missing == []
    assert max(world.hub.copies.values()) > 1, "nothing was pending when the node was killed"
    assert world.hub.conflicts == []
