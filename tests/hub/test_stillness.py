from datetime import datetime, timedelta
from pathlib import Path

from hub.campus import Campus
from hub.layout import Sensor, SensorKind
from hub.presence import Presence
from hub.stillness import Stillness
from protocol.codec import encode
from protocol.events import Air, AnyEvent, Contact
from protocol.messages import NodeState, Status
from tests.builders import EPOCH, a_layout, a_passage, at, observed
from tests.hub.site import TOPICS, Site

CONTACT = Sensor(id="lock", node="room-node", channel="lock", kind=SensorKind.DOOR_CONTACT, door="room-door")
AIR = Sensor(id="air", node="room-node", channel="air", kind=SensorKind.AIR, space="room")
LAYOUT = a_layout(sensors=(CONTACT, AIR))
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

    def proven(self, until_s: float, *, is_heard: bool = True, ppm: float | None = 440.0) -> list[datetime]:
        """When the room proves empty, while its air reads so every five minutes."""
        found = []
        now = at(0)
        while now <= at(until_s):
            if is_heard:
                self.presence.hear("room-node", now)
            if ppm is not None and now.minute % 5 == 0:
                self.see(Air(seq=1000 + self._position, at=now, channel="air", co2_ppm=ppm))
            found += [now for _ in self.stillness.look(now)]
            now += timedelta(minutes=1)
        return found


def a_contact(seq: int, seconds: float, *, open: bool) -> Contact:
    return Contact(seq=seq, at=at(seconds), channel="lock", open=open)


def test_closed_room_in_which_nobody_breathes_is_empty_after_three_quarters_of_an_hour() -> None:
    night = Night()
    night.see(a_passage(1, people=2))
    night.see(a_contact(2, 60, open=False))
    (proof,) = night.proven(2 * HOURS)
    assert timedelta(minutes=45) <= proof - at(60) <= timedelta(minutes=47)


def test_air_that_stays_as_people_made_it_proves_nothing() -> None:
    night = Night()
    night.see(a_passage(1, people=9))
    night.see(a_contact(2, 60, open=False))
    assert night.proven(6 * HOURS, ppm=1200.0) == []


def test_closed_door_without_a_reading_proves_nothing() -> None:
    night = Night()
    night.see(a_contact(1, 0, open=False))
    assert night.proven(6 * HOURS, ppm=None) == []


def test_clock_that_is_set_makes_no_stillness() -> None:
    night = Night()
    night.see(a_contact(1, 0, open=False))
    assert night.proven(300) == []
    night.presence.shift(timedelta(hours=4))
    night.stillness.shift(timedelta(hours=4))
    later = at(4 * HOURS + 360)
    night.presence.hear("room-node", later)
    night.see(Air(seq=5000, at=later, channel="air", co2_ppm=440.0))
    assert night.stillness.look(later + timedelta(minutes=50)) == []


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
    for minute in range(2 * 60):
        site.deliver(TOPICS.status("room-node"), ONLINE)
        air = Air(seq=3 + minute, at=at(60 * minute), channel="air", co2_ppm=440.0)
        site.send("room-node", air)
        site.tick(60)
    assert site.room()["occupancy"] == 0
    site.kill()
