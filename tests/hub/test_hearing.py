"""Who speaks from nowhere: heard, bounded, and doors that are being tried."""

from datetime import timedelta

import pytest

from hub.campus import Observed
from hub.hearing import MOST_CHANNELS, TRIAL, Hearing
from hub.presence import Presence
from hub.store.campus_rows import HeardChannel
from protocol.messages import Channel, Hello, NodeState, Status
from tests.builders import EPOCH, MORNING, a_layout, a_passage, an_exit

SECOND = timedelta(seconds=1)


def seen(node: str, channel: str, *directions: str) -> list[Observed]:
    make = {"in": a_passage, "out": an_exit}
    return [
        Observed(node=node, epoch=EPOCH, event=make[way](n, channel=channel), received=MORNING, position=n)
        for n, way in enumerate(directions, 1)
    ]


def hello(*channels: str) -> Hello:
    kinds = tuple(Channel(channel=one, kind="beam-pair") for one in channels)
    return Hello(software="1", config_hash="1", epoch=EPOCH, seq=0, channels=kinds)


@pytest.fixture
def hearing() -> Hearing:
    made = Hearing()
    made.work_by(a_layout())
    return made


def channels(hearing: Hearing, presence: Presence | None = None) -> list[HeardChannel]:
    return list(hearing.row(presence or Presence(MORNING), MORNING + SECOND).channels)


def test_stranger_is_heard_by_its_passages(hearing: Hearing) -> None:
    hearing.hear(seen("door-9f2a", "beams", "out", "in", "in"), MORNING)
    (one,) = channels(hearing)
    assert (one.node, one.channel, one.first, one.ins, one.outs, one.direction, one.door) == (
        "door-9f2a",
        "beams",
        "out",
        2,
        1,
        "in",
        None,
    )


def test_node_that_was_switched_on_is_heard_before_anybody_walks(hearing: Hearing) -> None:
    presence = Presence(MORNING)
    presence.hear_hello("door-9f2a", hello("beams", "button"), MORNING, retained=False)
    assert [(one.channel, one.kind, one.at) for one in channels(hearing, presence)] == [
        ("button", "beam-pair", None),
        ("beams", "beam-pair", None),
    ]


def test_retained_word_of_a_dead_node_is_not_heard(hearing: Hearing) -> None:
    presence = Presence(MORNING)
    presence.hear_hello("door-9f2a", hello("beams"), MORNING, retained=True)
    assert channels(hearing, presence) == []


def test_node_that_has_left_is_heard_no_more(hearing: Hearing) -> None:
    presence = Presence(MORNING)
    presence.hear("door-9f2a", MORNING)
    hearing.hear(seen("door-9f2a", "beams", "in"), MORNING)
    assert [one.node for one in channels(hearing, presence)] == ["door-9f2a"]
    gone = Status(state=NodeState.OFFLINE, epoch=EPOCH, since=MORNING)
    presence.hear_status("door-9f2a", gone, MORNING, retained=False)
    assert channels(hearing, presence) == []


def test_door_of_the_campus_is_heard_only_while_it_is_tried(hearing: Hearing) -> None:
    door = a_layout().doors[0]
    hearing.hear(seen(door.node, door.channel, "in"), MORNING)
    assert channels(hearing) == []
    hearing.listen(door.id, MORNING)
    hearing.hear(seen(door.node, door.channel, "in"), MORNING)
    (one,) = channels(hearing)
    assert (one.door, one.ins) == (door.id, 1)
    hearing.listen(door.id, MORNING)
    assert channels(hearing) == []
    hearing.hear(seen(door.node, door.channel, "in"), MORNING)
    late = hearing.row(Presence(MORNING), MORNING + TRIAL + SECOND)
    assert late.channels == ()


def test_old_event_of_an_outbox_is_nobody_at_the_door(hearing: Hearing) -> None:
    hearing.hear(seen("door-9f2a", "beams", "in"), MORNING + timedelta(minutes=5))
    assert channels(hearing) == []


def test_flood_of_strangers_grows_nothing(hearing: Hearing) -> None:
    presence = Presence(MORNING)
    for number in range(2_000):
        name = f"node-{number}"
        hearing.hear(seen(name, "beams", "in"), MORNING + number * timedelta(milliseconds=10))
        presence.hear_hello(name, hello("beams"), MORNING, retained=False)
    assert len(hearing._heard) <= MOST_CHANNELS
    found = channels(hearing, presence)
    assert len(found) == MOST_CHANNELS
    assert found[0].node == "node-1999"
