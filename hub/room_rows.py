"""Spaces in, what is in each of them out: doors, posts and sensors, and who passed in an hour. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from hub.layout import Door, Layout, Post, Sensor, SensorKind
from hub.situation import Situation
from hub.store.board import Row
from hub.store.room_row import RoomRow, ThingRow

KIND = "room"
_HOUR_MIN = 60
_LATELY_MIN = 5
_MEASURED = (SensorKind.WINDOW, SensorKind.DOOR_CONTACT, SensorKind.LAMP, SensorKind.FAN)


class RoomRows:
    """The rows of the spaces of a campus."""

    def __init__(self, layout: Layout) -> None:
        self._doors: dict[str, list[Door]] = defaultdict(list)
        for door in layout.doors:
            for side in (door.inner, door.outer):
                self._doors[side].append(door)
        sides = {door.id: {door.inner, door.outer} for door in layout.doors}
        self._posts: dict[str, list[Post]] = defaultdict(list)
        for post in layout.posts:
            for side in sides.get(post.door, ()):
                self._posts[side].append(post)
        self._sensors: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in layout.sensors:
            places = {sensor.space} if sensor.space is not None else sides.get(sensor.door or "", set())
            for side in places:
                self._sensors[side or ""].append(sensor)

    def rows(self, situation: Situation, now: datetime) -> Iterable[Row]:
        """A row for each space."""
        for space in situation.spaces:
            yield KIND, space, msgspec.json.encode(self.row(situation, space, now))

    def row(self, situation: Situation, space: str, now: datetime) -> RoomRow:
        """What is in one space."""
        came, went = _passed(situation, space, now)
        things = (
            *(_door(situation, one, now) for one in self._doors[space]),
            *(_post(situation, one) for one in self._posts[space]),
            *(_sensor(situation, one, now) for one in self._sensors[space]),
        )
        return RoomRow(space=space, came=came, went=went, things=things)


def _passed(situation: Situation, space: str, now: datetime) -> tuple[int, int]:
    minutes = situation.campus.today(space, now).minutes
    if not minutes:
        return 0, 0
    last = int(now.timestamp()) // 60
    found = [minutes[one] for one in range(last - _HOUR_MIN + 1, last + 1) if one in minutes]
    return sum(ins for ins, _ in found), sum(outs for _, outs in found)


def _door(situation: Situation, door: Door, now: datetime) -> ThingRow:
    campus, believed = situation.campus, situation.door_trust(door.id)
    page = campus.state.doors.get(door.id, {}).get(campus.day_of(now))
    newest = max(page.minutes, default=None) if page is not None else None
    minute = int(now.timestamp()) // 60
    ins, outs = (0, 0) if page is None else page.between(minute - _LATELY_MIN - 1, minute - 1)
    return ThingRow(
        id=door.id,
        kind="door",
        node=door.node,
        said_at=None if newest is None else _minute(newest),
        is_faulty=campus.is_faulty(door.node, door.channel),
        trust=round(believed.trust, 2),
        why=believed.verdict,
        ins=ins,
        outs=outs,
    )


def _post(situation: Situation, post: Post) -> ThingRow:
    book = situation.campus.state.posts.get(post.id)
    return ThingRow(
        id=post.id,
        kind="post",
        node=post.node,
        said_at=None if book is None else book.last_at,
        is_faulty=situation.campus.is_faulty(post.node, post.channel),
    )


def _sensor(situation: Situation, sensor: Sensor, now: datetime) -> ThingRow:
    state = situation.campus.state
    said_at: datetime | None = None
    value: float | None = None
    if sensor.kind is SensorKind.AIR and sensor.space is not None:
        page = state.rooms.get(sensor.space, {}).get(situation.campus.day_of(now))
        newest = max(page.co2_ppm, default=None) if page is not None else None
        if page is not None and newest is not None:
            said_at, value = _minute(newest), float(page.co2_ppm[newest])
    elif sensor.kind is SensorKind.DISPENSER:
        book = state.dispensers.get(sensor.id)
        if book is not None:
            said_at, value = book.last_at, book.level.value if book.level is not None else None
    elif sensor.kind in _MEASURED:
        said = state.contacts.get(sensor.id)
        if said is not None:
            said_at, value = said.at, said.value
    return ThingRow(
        id=sensor.id,
        kind=sensor.kind.value,
        node=sensor.node,
        said_at=said_at,
        value=value,
        is_faulty=situation.is_sensor_faulty(sensor.id),
    )


def _minute(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
