"""What proves that a room is empty, for a lamp that may burn over nobody: contacts, doors, a look. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from hub.campus import Campus
from hub.counts.space_day import AnchorKind
from hub.layout import Door, Sensor, SensorKind
from hub.presence import Presence
from hub.space_state import Judged
from hub.treatment.permission import Emptiness


class Proofs:
    """The proofs of every room, as they are at an instant."""

    def __init__(self, campus: Campus, presence: Presence, doors: Mapping[str, Sequence[Door]]) -> None:
        self._campus = campus
        self._presence = presence
        self._doors = doors
        #: The contacts of each door.
        self._contacts: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in campus.layout.sensors:
            if sensor.kind is SensorKind.DOOR_CONTACT and sensor.door is not None:
                self._contacts[sensor.door].append(sensor)
        #: When the wall clock was last set: how long before it anything was is not known.
        self._stepped_at: datetime | None = None
        self._is_clock_new = False

    def clock_was_set(self) -> None:
        """The wall clock was set, some time before the next look."""
        self._is_clock_new = True

    def of(self, space: str, judged: Judged, now: datetime) -> Emptiness:
        """All that is known of the room's being empty; what is not known proves nothing."""
        if self._is_clock_new:
            self._is_clock_new, self._stepped_at = False, now
        doors = {door.id for door in self._doors.get(space, ())}
        by_door = {door: [self.is_open(one, now) for one in self._contacts.get(door, ())] for door in doors}
        contacts = [one for some in by_door.values() for one in some]
        today = self._campus.today(space, now)
        # Somebody looked: neither the beginning of a day nor still air is enough for a lamp.
        proven = [
            one.minute
            for one in today.anchors.values()
            if one.people == 0 and one.kind in (AnchorKind.EMPTY, AnchorKind.RECOUNT)
        ]
        passed = max(today.minutes, default=None)
        passed_at = None if passed is None else _minute_over(passed)
        return Emptiness(
            high=judged.high,
            are_doors_sound=judged.doubt is None,
            passed_at=max((at for at in (passed_at, self._stepped_at) if at is not None), default=None),
            proven_at=_minute_over(max(proven)) if proven else None,
            is_closed=None if None in contacts else not any(contacts),
            has_contacts=bool(doors) and all(by_door.values()),
        )

    def is_open(self, sensor: Sensor, now: datetime) -> bool | None:
        """What a contact last said; None when it, or its node, cannot be believed now."""
        said = self._campus.state.contacts.get(sensor.id)
        is_faulty = self._campus.is_faulty(sensor.node, sensor.channel)
        if said is None or is_faulty or not self._presence.is_alive(sensor.node, now):
            return None
        heard_since = self._presence.heard_since(sensor.node)
        if heard_since is None or said.at < heard_since:
            # While the node was away nobody saw whether the door was opened.
            return None
        return said.value > 0


def _minute_over(minute: int) -> datetime:
    """The end of a minute since 1970 UTC: whoever passed in it did so by then."""
    return datetime.fromtimestamp((minute + 1) * 60, UTC)
