"""What must never let a lamp run: a hold of yesterday, a wrong clock's contact, a node that was away."""

from datetime import timedelta

from hub.acts import Hold
from hub.campus import Campus, Observed
from hub.layout import PEOPLE, Sensor, SensorKind
from hub.presence import Presence
from protocol.events import Contact
from tests.builders import a_layout, a_situation, at, observed

LAMP = Sensor(id="lamp", node="room-node", channel="lamp", kind=SensorKind.LAMP, space="room")
LOCK = Sensor(id="lock", node="room-node", channel="lock", kind=SensorKind.DOOR_CONTACT, door="room-door")
LAYOUT = a_layout(sensors=(LAMP, LOCK))


def a_contact(seq: int, seconds: float, *, open: bool) -> Contact:
    return Contact(seq=seq, at=at(seconds), channel="lock", open=open)


def test_room_that_a_person_closed_stays_closed_to_its_lamp_on_the_next_day() -> None:
    situation = a_situation(LAYOUT)
    act = Hold(seq=1, at=at(0), space="room", on=True)
    situation.campus.observe(Observed(1, PEOPLE, "0" * 26, at(0), act))
    situation.presence.hear("room-node", at(0) + timedelta(days=1))
    assert situation.permission(LAMP, at(0) + timedelta(days=1)).reason == "held"


def test_contact_of_a_clock_that_was_ahead_does_not_outlast_the_newer_word() -> None:
    campus = Campus(LAYOUT)
    campus.observe(observed(a_contact(1, 3 * 3600, open=False), received=at(0)))
    campus.observe(observed(a_contact(2, 300, open=True), position=2, received=at(300)))
    assert campus.state.contacts["lock"].value == 1.0


def test_contact_said_before_its_node_was_away_is_not_known_any_more() -> None:
    situation = a_situation(LAYOUT)
    situation.presence.hear("room-node", at(0))
    situation.campus.observe(observed(a_contact(1, 1, open=False), received=at(1)))
    situation.presence.hear("room-node", at(60))
    assert situation.proofs.is_open(LOCK, at(61)) is False
    situation.presence.hear("room-node", at(600))
    assert situation.proofs.is_open(LOCK, at(601)) is None


def test_node_is_heard_since_it_came_back() -> None:
    presence = Presence(at(0))
    presence.hear("room-node", at(0))
    presence.hear("room-node", at(30))
    assert presence.heard_since("room-node") == at(0)
    presence.hear("room-node", at(600))
    assert presence.heard_since("room-node") == at(600)
