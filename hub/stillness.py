"""Rooms that are locked and still: what is believed in, rooms proven empty out. Pure.

The proof is a door's contact that stays closed, nobody through any door, and air that nobody has breathed.
It is written down as an act, so that the record can be replayed and the doors learn from it.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hub.agenda import Agenda
from hub.air.decay import reads_below_outdoor
from hub.air.limits import LEARNING
from hub.campus import Campus
from hub.counts.lessons import NEVER_EMPTY
from hub.counts.locked import STILL_MIN, locked_and_still
from hub.layout import OUTSIDE, Sensor, SensorKind
from hub.presence import Presence

#: A reading older than this is not of now, minutes.
READ_WITHIN_MIN = 15
#: A room whose doors are not all closed is looked at again so much later.
AGAIN = timedelta(minutes=STILL_MIN)


class Stillness:
    """The rooms every door of which has a contact, and whose air is measured."""

    def __init__(self, campus: Campus, presence: Presence, now: datetime) -> None:
        self._campus = campus
        self._presence = presence
        layout = campus.layout
        contact_of: dict[str, list[Sensor]] = defaultdict(list)
        air: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in layout.sensors:
            if sensor.kind is SensorKind.DOOR_CONTACT and sensor.door is not None:
                contact_of[sensor.door].append(sensor)
            elif sensor.kind is SensorKind.AIR and sensor.space is not None:
                air[sensor.space].append(sensor)
        asleep = {space.id for space in layout.spaces if space.kind in NEVER_EMPTY}
        doors: dict[str, list[str]] = defaultdict(list)
        for door in layout.doors:
            for side in {door.inner, door.outer} - {OUTSIDE}:
                doors[side].append(door.id)
        #: Room → its contacts; only rooms with one at every door.
        self._contacts = {
            space: [sensor for one in some for sensor in contact_of[one]]
            for space, some in doors.items()
            if all(contact_of.get(one) for one in some) and air.get(space) and space not in asleep
        }
        self._nodes = {
            space: {door.node for door in layout.doors if space in (door.inner, door.outer)}
            for space in self._contacts
        }
        self._air = {space: air.get(space, []) for space in self._contacts}
        self._agenda: Agenda[str] = Agenda()
        for space in self._contacts:
            self._agenda.put(space, now)
        #: Stillness before this minute does not count; a step of the clock moves it to its own instant.
        self._not_before = 0
        self._is_shifted = False
        #: The spell already written down, by the minute in which it began.
        self._told: dict[str, int] = {}

    def due_at(self) -> datetime | None:
        """When the next look is due."""
        return self._agenda.next()

    def shift(self, by: timedelta) -> None:
        """The wall clock was set by so much: how long anything was still is not known any more."""
        self._agenda.shift(by)
        self._is_shifted = True

    def look(self, now: datetime) -> list[str]:
        """The rooms that have just proven empty; each spell of stillness is told once."""
        if self._is_shifted:
            self._is_shifted, self._not_before = False, int(now.timestamp()) // 60
        return [space for space in self._agenda.due(now) if self._is_new_proof(space, now)]

    def _is_new_proof(self, space: str, now: datetime) -> bool:
        minute = int(now.timestamp()) // 60
        closed = self._closed_since(space, now)
        page = self._campus.today(space, now)
        passed = max(page.last, int(self._campus.day_begins(self._campus.day_of(now)).timestamp()) // 60)
        self._agenda.put(space, now + AGAIN)
        if closed is None:
            return False
        passed = max(passed, self._not_before)
        begins = max(closed, passed)
        if not locked_and_still(minute, closed, passed, self._over_outdoor(space, minute, now)):
            due = datetime.fromtimestamp((begins + STILL_MIN) * 60, UTC)
            self._agenda.put(space, max(due, now + timedelta(minutes=1)))
            return False
        if self._told.get(space) == begins:
            return False
        self._told[space] = begins
        return True

    def _closed_since(self, space: str, now: datetime) -> int | None:
        """The minute in which the last of its doors closed; None: one is open, or cannot be believed."""
        newest = 0
        for node in self._nodes[space]:
            if not self._presence.is_alive(node, now) or self._presence.holds_back(node):
                return None
        for sensor in self._contacts[space]:
            said = self._campus.state.contacts.get(sensor.id)
            is_alive = self._presence.is_alive(sensor.node, now)
            if said is None or said.value > 0 or not is_alive:
                return None
            if self._campus.is_faulty(sensor.node, sensor.channel):
                return None
            newest = max(newest, int(said.at.timestamp()) // 60)
        return newest

    def _over_outdoor(self, space: str, minute: int, now: datetime) -> float | None:
        """The room's CO2 above outdoor air, ppm; None where no sensor that can be believed has just read."""
        if any(self._campus.is_faulty(one.node, one.channel) for one in self._air[space]):
            return None
        if not all(self._presence.is_alive(one.node, now) for one in self._air[space]):
            return None
        room = self._campus.state.rooms.get(space, {}).get(self._campus.day_of(now))
        read = max((one for one in (room.co2_ppm if room is not None else {}) if one <= minute), default=None)
        if room is None or read is None or minute - read > READ_WITHIN_MIN:
            return None
        if reads_below_outdoor(room.co2_ppm, LEARNING):
            return None
        return room.co2_ppm[read] - LEARNING.outdoor_ppm
