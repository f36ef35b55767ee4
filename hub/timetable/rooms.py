"""Spaces of the campus file or rows of a rooms file in, rooms that lessons can be checked against out. Pure.

A rooms file (`room,capacity,type`) knows seats, not areas: such a room has a desk to a seat and is designed
for its seats, and no limit by area applies to it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hub.layout import OUTSIDE, Layout, Names, Space, SpaceKind
from hub.regime.capacity import Capacity, capacity_of
from hub.regime.closed import closed_by
from hub.regime.profile import Profile
from hub.timetable.class_code import read_people
from hub.timetable.lesson import Lesson
from hub.timetable.matching import RoomNames, fold_room, nearest
from hub.timetable.reading_csv import read_lines
from protocol.config import did_you_mean
from protocol.errors import ConfigError

#: What a room's type begins with, in Portuguese, English, Russian and Kazakh; the first that fits.
KINDS: tuple[tuple[str, SpaceKind], ...] = (
    ("sala de aula", SpaceKind.CLASSROOM),
    ("sala de estudo", SpaceKind.CLASSROOM),
    ("anfiteatro", SpaceKind.LECTURE_HALL),
    ("laboratório", SpaceKind.LABORATORY),
    ("laboratorio", SpaceKind.LABORATORY),
    ("computer", SpaceKind.COMPUTER_ROOM),
    ("lecture", SpaceKind.LECTURE_HALL),
    ("amphi", SpaceKind.LECTURE_HALL),
    ("auditorium", SpaceKind.LECTURE_HALL),
    ("lab", SpaceKind.LABORATORY),
    ("class", SpaceKind.CLASSROOM),
    ("seminar", SpaceKind.CLASSROOM),
    ("sports", SpaceKind.GYM),
    ("лекци", SpaceKind.LECTURE_HALL),
    ("поточн", SpaceKind.LECTURE_HALL),
    ("компьютер", SpaceKind.COMPUTER_ROOM),
    ("лаборатор", SpaceKind.LABORATORY),
    ("зертхана", SpaceKind.LABORATORY),
    ("спорт", SpaceKind.GYM),
    ("аудитор", SpaceKind.CLASSROOM),
    ("учебн", SpaceKind.CLASSROOM),
    ("класс", SpaceKind.CLASSROOM),
    ("дәрісхана", SpaceKind.CLASSROOM),
    ("сынып", SpaceKind.CLASSROOM),
    *((kind.value, kind) for kind in SpaceKind),
)
#: m² of a room whose area nobody knows: so many that area never binds.
_NO_AREA = 1e9
_PREFIX = re.compile(r"^(\d+)-|^([A-ZА-ЯӘҒҚҢӨҰҮ]+)\d")
_COLUMNS = ("room", "capacity", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room that lessons are in."""

    space: Space
    #: Seats it has; None: not known.
    seats: int | None
    is_area_known: bool
    #: Where its people meet those of other rooms: its corridor, else its floor, wing or campus.
    place: str

    def cap(self, limits: Profile) -> Capacity | None:
        """The binding cap; 0 where the regime closes the room; None: nothing is known that caps it."""
        closed = closed_by(self.space, limits)
        if closed is not None:
            return Capacity(value=0, limit="closed", clause=closed)
        cap = capacity_of(self.space, limits)
        if self.is_area_known:
            return cap
        if self.seats is not None and (cap.limit == "area" or self.seats < cap.value):
            # Not all kinds count desks, but nobody stands.
            return Capacity(
                value=self.seats, limit="seats", clause=limits.capacity[self.space.kind.value].source
            )
        return None if cap.limit == "area" else cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The rooms of a week's lessons, and lessons that name them by their ids."""

    rooms: Mapping[str, Room]
    lessons: tuple[Lesson, ...]
    #: What was assumed, for the reader of the report.
    notes: tuple[str, ...] = ()
    #: Rooms of which nothing is known, each with a hint.
    unmatched: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    rooms: dict[str, Room] = field(default_factory=dict)
    unmatched: dict[str, str] = field(default_factory=dict)
    untyped: set[str] = field(default_factory=set)


def rooms_of(lessons: Iterable[Lesson], layout: Layout | None, listed: Mapping[str, "RoomRow"]) -> Rooms:
    """The lessons with rooms: of the campus file, else of the rooms file, else of their own numbers.

    A lesson in a room of which nothing is known is left out, and its room listed in `unmatched`.
    """
    names = RoomNames(layout.spaces if layout else ())
    spaces = {space.id: space for space in layout.spaces} if layout else {}
    corridors = places_of(layout) if layout else {}
    shown = {key: row.room for key, row in listed.items()}
    found = _Found()
    placed: list[Lesson] = []
    for lesson in lessons:
        written = lesson.space
        id = names.find(written)
        if id is not None:
            space = spaces[id]
            seats = space.design_capacity or space.desks or lesson.seats
            if id not in found.rooms:
                found.rooms[id] = Room(space=space, seats=seats, is_area_known=True, place=corridors[id])
        else:
            key = fold_room(written)
            row = listed.get(key) or _row_of(lesson)
            if row is None:
                hint = names.hint(written) or nearest(key, shown)
                found.unmatched.setdefault(key, f"there is no room `{written}`{hint}")
                continue
            # As the list writes it: two lessons may write it differently.
            id = shown.setdefault(key, written)
            known = found.rooms.get(id)
            if known is None or (known.seats or 0) < (row.capacity or 0):
                found.rooms[id] = _room_of(row, id, found)
        placed.append(replace(lesson, space=id))
    return Rooms(
        rooms=found.rooms,
        lessons=tuple(placed),
        notes=_notes(found.untyped),
        unmatched=tuple(found.unmatched.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A line of a rooms file."""

    room: str
    capacity: int | None
    type: str


def parse_rooms(text: str, name: str) -> dict[str, RoomRow]:
    """The rooms file in `text`, by folded name. Raises ConfigError with every faulty line."""
    header, lines = read_lines(text, name)
    missing = [key for key in _COLUMNS if key not in header]
    if missing:
        raise ConfigError(
            [
                f"{name}: line 1: there is no column `{key}`{did_you_mean(key, header)}; "
                f"the header is `room,capacity,type`"
                for key in missing
            ]
        )
    rows: dict[str, RoomRow] = {}
    faults: list[str] = []
    for number, cells in lines:
        fields = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        try:
            if len(cells) != len(header):
                raise ValueError(f"has {len(cells)} cells, the header {len(header)}")
            if not fields["room"]:
                raise ValueError("room: is empty")
            row = RoomRow(
                room=fields["room"],
                capacity=read_people(fields["capacity"], "capacity"),
                type=fields["type"],
            )
            if fold_room(row.room) in rows:
                raise ValueError(f"room `{row.room}` is listed twice")
            rows[fold_room(row.room)] = row
        except ValueError as error:
            faults.append(f"{name}: line {number}: {error}")
    if faults:
        raise ConfigError(faults)
    return rows


def kind_of(room_type: str) -> SpaceKind | None:
    """The kind of a room by what its type begins with; None: not known."""
    word = " ".join(room_type.casefold().split())
    return next((kind for begins, kind in KINDS if word.startswith(begins)), None)


def places_of(layout: Layout) -> dict[str, str]:
    """Where the people of each space meet others: the corridor or hall its doors open to, else its floor."""
    spaces = {space.id: space for space in layout.spaces}
    shared = {id for id, one in spaces.items() if one.kind in (SpaceKind.CORRIDOR, SpaceKind.HALL)}
    places = {id: f"{one.building}, floor {one.floor}" for id, one in spaces.items()}
    for door in layout.doors:
        for room, beyond in ((door.inner, door.outer), (door.outer, door.inner)):
            if beyond in shared and room != OUTSIDE:
                places[room] = spaces[beyond].code
    return places


def _row_of(lesson: Lesson) -> RoomRow | None:
    if lesson.seats is None:
        return None
    return RoomRow(room=lesson.space, capacity=lesson.seats, type=lesson.room_type or "")


def _room_of(row: RoomRow, id: str, found: _Found) -> Room:
    kind = kind_of(row.type)
    if kind is None:
        found.untyped.add(row.type)
    prefix = _PREFIX.match(fold_room(row.room))
    place = next(one for one in prefix.groups() if one) if prefix else ""
    space = Space(
        id=id,
        building=place,
        kind=kind or SpaceKind.CLASSROOM,
        code=row.room,
        floor=0,
        area_m2=_NO_AREA,
        names=Names(kk=row.room, ru=row.room, en=row.room),
        desks=row.capacity,
        design_capacity=row.capacity,
    )
    shown = f"rooms {place}…" if place else "the whole campus"
    return Room(space=space, seats=row.capacity, is_area_known=False, place=shown)


def _notes(untyped: set[str]) -> tuple[str, ...]:
    return tuple(
        f"room type `{one}` is not known: taken as classroom" if one else "rooms without a type: classrooms"
        for one in sorted(untyped)
    )
