"""Words said again by their node, and words said again by somebody else."""

from datetime import timedelta

from msgspec.structs import replace

from hub.replays import Replays
from protocol.messages import Health
from tests.builders import EPOCH, OTHER_EPOCH, at

NODE = "door-a-101"
HEALTH = Health(at=at(0), epoch=EPOCH, seq=20, outbox_depth=0)


def settled() -> Replays:
    """A node that was heard twice and has said that 1 to 20 are acknowledged."""
    replays = Replays()
    assert replays.hear(NODE, HEALTH, at(0)) is None
    assert replays.hear(NODE, HEALTH, at(10)) is None
    return replays


def test_recorded_words_are_counted_and_said_once() -> None:
    replays = settled()
    replays.came_again(NODE, EPOCH, [3, 4, 9])
    said = replays.hear(NODE, HEALTH, at(20))
    assert said == (NODE, EPOCH, 3, 3, 9)
    assert replays.hear(NODE, HEALTH, at(30)) is None
    assert replays.count == 3


def test_node_that_sends_again_says_so_itself() -> None:
    replays = settled()
    replays.came_again(NODE, EPOCH, [3, 4, 9])
    assert replays.hear(NODE, replace(HEALTH, resent=3), at(20)) is None
    assert replays.count == 0


def test_more_than_the_node_has_sent_again_is_somebody_else() -> None:
    replays = settled()
    replays.came_again(NODE, EPOCH, [3, 4, 9])
    said = replays.hear(NODE, replace(HEALTH, resent=1), at(20))
    assert said is not None
    assert said.events == 2


def test_what_the_node_does_not_know_to_be_acknowledged_is_no_replay() -> None:
    replays = settled()
    replays.came_again(NODE, EPOCH, [21, 22])
    assert replays.hear(NODE, replace(HEALTH, seq=22), at(20)) is None


def test_connection_made_anew_is_given_time() -> None:
    for node in (NODE, None):
        replays = settled()
        replays.connected(node)
        # An old acknowledgement lay at the broker: the node believes it, for a moment.
        replays.came_again(NODE, EPOCH, [3, 4])
        assert replays.hear(NODE, HEALTH, at(20)) is None
        replays.came_again(NODE, EPOCH, [3, 4])
        assert replays.hear(NODE, HEALTH, at(30)) is None
        replays.came_again(NODE, EPOCH, [3, 4])
        assert replays.hear(NODE, HEALTH, at(40)) is not None


def test_node_that_was_started_anew_is_given_time() -> None:
    replays = Replays()
    for seconds in (0, 10):
        replays.hear(NODE, replace(HEALTH, resent=7), at(seconds))
    replays.came_again(NODE, EPOCH, [3, 4])
    assert replays.hear(NODE, replace(HEALTH, resent=0), at(20)) is None


def test_words_of_an_outbox_that_is_over_are_a_replay() -> None:
    replays = settled()
    replays.came_again(NODE, OTHER_EPOCH, [700])
    said = replays.hear(NODE, HEALTH, at(20))
    assert said is not None
    assert (said.epoch, said.first) == (OTHER_EPOCH, 700)


def test_flood_is_no_flood_of_lines() -> None:
    replays = settled()
    said = []
    for second in range(20, 200, 10):
        replays.came_again(NODE, EPOCH, list(range(1, 21)))
        said.append(replays.hear(NODE, HEALTH, at(0) + timedelta(seconds=second)))
    lines = [one for one in said if one is not None]
    assert [one.events for one in lines] == [20, 120, 120]
    assert replays.count == 18 * 20


def test_node_that_says_no_health_is_not_judged() -> None:
    replays = Replays()
    replays.came_again(NODE, EPOCH, [1])
    assert replays.count == 0
