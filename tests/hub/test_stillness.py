from datetime import datetime, timedelta
from pathlib import Path

from hub.campus import Campus
from hub.layout import Sensor, SensorKind
from hub.presence import Presence
from hub.stillness import Stillness
from protocol.codec import encode
from protocol.events import AnyEvent, Contact
from protocol.messages import NodeState, Status
from tests.builders import EPOCH, a_layout, a_passage, at, observed
from tests.hub.test_engine import TOPICS, Site

CONTACT = Sensor(id="lock", node="room-node", channel="lock", kind=SensorKind.DOOR_CONTACT, door="room-door")
LAYOUT = a_layout(sensors=(CONTACT,))
HOURS = 3600.0
ONLINE = encode(Status(state=NodeState.ONLINE, epoch=EPOCH, since=at(0)))


class Night:
    """A room whose door says when it is closed."""

    def __init__(self) -> None:
        self.campus = Campus(LAYOUT)
        self.presence = Presence(at(0))
        self.stillness = Stillness(self.campus, self.presence, at(0))
        self._position = 0

    def see(self, event: AnyEvent) -> None:
        self._position += 1
        self.campus.observe(observed(event, position=self._position))

    def proven(self, until_s: float, *, is_heard: bool = True) -> list[datetime]:
        found = []
        now = at(0)
        while now <= at(until_s):
            if is_heard:
                self.presence.hear("room-node", now)
            found += [now for _ in self.stillness.look(now)]
            now += timedelta(minutes=1)
        return found


def a_contact(seq: int, seconds: float, *, open: bool) -> Contact:
    return Contact(seq=seq, at=at(seconds), channel="lock", open=open)


def test_closed_room_in_which_nothing_moves_is_empty_after_three_hours() -> None:
    night = Night()
    night.see(a_passage(1, people=2))
    night.see(a_contact(2, 60, open=False))
    (proof,) = night.proven(4 * HOURS)
    assert timedelta(hours=3) <= proof - at(60) <= timedelta(hours=3, minutes=2)


def test_open_door_proves_nothing() -> None:
    night = Night()
    night.see(a_contact(1, 0, open=False))
    night.see(a_contact(2, 60, open=True))
    assert night.proven(4 * HOURS) == []


def test_contact_of_a_silent_node_proves_nothing() -> None:
    night = Night()
    night.see(a_contact(1, 0, open=False))
    assert night.proven(4 * HOURS, is_heard=False) == []


def test_one_spell_of_stillness_is_told_once() -> None:
    night = Night()
    night.see(a_contact(1, 0, open=False))
    assert len(night.proven(12 * HOURS)) == 1


def test_hub_writes_the_proof_down_and_then_counts_nobody(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.kill()
    site.start(LAYOUT)
    site.send("room-node", a_passage(1, people=2), a_contact(2, 0, open=False))
    assert site.room()["occupancy"] == 2
    for _ in range(4 * 60):
        site.deliver(TOPICS.status("room-node"), ONLINE)
        site.tick(60)
    assert site.room()["occupancy"] == 0
    assert site.rows("journal") == 3
    site.kill()
