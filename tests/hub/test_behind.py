"""A node that comes back is believed when what it saw meanwhile is here."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.presence import IN_THE_AIR, Presence
from protocol.codec import encode, encode_batch, encode_event
from protocol.messages import Health, Hello
from tests.builders import EPOCH, a_fault, a_passage, at
from tests.hub.site import TOPICS, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.kill()


def health(seq: int, depth: int, seconds: float) -> bytes:
    return encode(Health(at=at(seconds), epoch=EPOCH, seq=seq, outbox_depth=depth))


def test_room_is_unknown_until_what_its_node_saw_meanwhile_has_come(site: Site) -> None:
    site.send("room-node", a_passage(1, people=3))
    site.tick(200)
    assert site.room()["state"] == "unknown"
    site.deliver(TOPICS.health("room-node"), health(seq=3, depth=2, seconds=200))
    site.tick()
    assert (site.room()["state"], site.room()["reason"]) == ("unknown", "catching-up")
    site.send("room-node", a_passage(2), a_passage(3))
    site.tick()
    assert (site.room()["state"], site.room()["occupancy"]) == ("open", 5)


def test_events_in_the_air_make_no_room_unknown_for_a_moment(site: Site) -> None:
    site.send("room-node", a_passage(1))
    site.tick(5)
    site.deliver(TOPICS.health("room-node"), health(seq=2, depth=1, seconds=5))
    site.tick()
    assert site.room()["state"] == "open"
    site.tick(IN_THE_AIR.total_seconds() + 0.2)
    site.tick()
    assert site.room()["reason"] == "catching-up"


def test_node_that_dies_while_behind_is_still_found_silent() -> None:
    presence = Presence(at(0))
    hello = Hello(software="1", config_hash="x", epoch=EPOCH, seq=5, health_every_s=10.0)
    presence.hear_hello("room-node", hello, at(0), retained=False)
    presence.set_behind("room-node", True, at(0))
    first = presence.changes_at("room-node", at(0))
    assert first == at(3)
    then = presence.changes_at("room-node", at(3))
    assert then == at(25) + timedelta(milliseconds=1)


def test_alarm_that_overtook_does_not_make_the_rooms_of_its_node_known(site: Site) -> None:
    site.send("room-node", a_passage(1, people=3))
    site.tick(200)
    site.deliver(TOPICS.health("room-node"), health(seq=4, depth=3, seconds=200))
    fault = encode_event(a_fault(4, channel="post", component="rtc"))
    site.deliver(TOPICS.events("room-node"), encode_batch(EPOCH, [fault], ahead=True))
    site.tick()
    assert (site.room()["state"], site.room()["reason"]) == ("unknown", "catching-up")
    site.send("room-node", a_passage(2), a_passage(3))
    site.tick()
    assert (site.room()["state"], site.room()["occupancy"]) == ("open", 5)


def test_gap_that_never_closes_does_not_make_its_rooms_unknown(site: Site) -> None:
    site.send("room-node", a_passage(1, people=3))
    site.tick(200)
    site.deliver(TOPICS.health("room-node"), health(seq=4, depth=1, seconds=200))
    site.send("room-node", a_passage(4))
    site.tick()
    assert (site.room()["state"], site.room()["occupancy"]) == ("open", 4)
