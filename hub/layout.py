"""The campus file: which rooms there are and which door joins what. Pure but for `read_layout`."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from hub.duties import Duty, Shift
from protocol.config import decode_table, did_you_mean, read_toml
from protocol.errors import ConfigError
from protocol.quantities import Id

#: The space beyond every entrance; always there, without limit.
OUTSIDE = "outside"
#: The node id of what people decide, in the journal; no real node may have it.
PEOPLE = "people"
_LISTS = (
    "buildings",
    "spaces",
    "doors",
    "posts",
    "sensors",
    "overrides",
    "shifts",
    "duties",
)
Name = Annotated[str, Meta(min_length=1, max_length=80)]


class SpaceKind(Enum):
    """What a space is used for; the regime sets its limits by kind."""

    CLASSROOM = "classroom"
    LECTURE_HALL = "lecture-hall"
    LABORATORY = "laboratory"
    COMPUTER_ROOM = "computer-room"
    RESEARCH = "research"
    GYM = "gym"
    HALL = "hall"
    CORRIDOR = "corridor"
    CANTEEN = "canteen"
    LIBRARY = "library"
    DORMITORY = "dormitory"
    OFFICE = "office"


class Names(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people read, in the three languages."""

    kk: Name
    ru: Name
    en: Name


class Building(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A building; its entrances are the doors that join it to `outside`."""

    id: Id
    names: Names


class Space(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room, corridor or hall that people can be in."""

    id: Id
    building: Id
    kind: SpaceKind
    #: The code on its door, for example `A-204`.
    code: Name
    floor: Annotated[int, Meta(ge=-5, le=100)]
    #: Floor area in m².
    area_m2: Annotated[float, Meta(gt=0.0, le=100_000.0)]
    names: Names
    #: Desks, where people sit one to a desk; None: desks do not limit it.
    desks: Annotated[int, Meta(ge=1)] | None = None
    #: People it was designed for; None where it is not known.
    design_capacity: Annotated[int, Meta(ge=1)] | None = None
    #: Height of the room, m; with the area, the volume of its air.
    height_m: Annotated[float, Meta(gt=1.5, le=60.0)] = 3.0
    #: What people call it in the university's timetable, where that is not its code.
    timetable_names: tuple[Name, ...] = ()


class Door(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel of a node that counts between two spaces; `in` is towards `inner`."""

    id: Id
    node: Id
    channel: Id
    inner: Id
    outer: Id = OUTSIDE


class Post(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A screening post at the entrance `door`."""

    id: Id
    node: Id
    channel: Id
    door: Id


class SensorKind(Enum):
    """What a channel that is neither door nor post watches or switches."""

    AIR = "air"
    WINDOW = "window"
    #: A door's own contact: closed and still is a proof that nobody walks.
    DOOR_CONTACT = "door-contact"
    #: A button or a tag reader by which staff say that a treatment began or is done.
    BUTTON = "button"
    DISPENSER = "dispenser"
    #: An open ultraviolet lamp; permitted only over nobody.
    LAMP = "lamp"
    FAN = "fan"


class Sensor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel of a node that watches or treats a space; a dispenser may stand at an entrance."""

    id: Id
    node: Id
    channel: Id
    kind: SensorKind
    space: Id | None = None
    door: Id | None = None

    def __post_init__(self) -> None:
        """Refuse a sensor that is nowhere."""
        if self.space is None and self.door is None:
            raise ValueError("`space` or `door` is missing: which place does it watch?")


class Switch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From then on another profile or variant is in force."""

    #: With an offset, or without one in the campus's own time.
    starts: datetime
    profile: Id
    variant: Id | None = None


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of the profile, tightened for a building or a space (§4)."""

    #: Where it stands in the profile, for example `capacity.classroom.m2_per_person`.
    limit: Annotated[str, Meta(min_length=1, max_length=120)]
    value: bool | int | float | str
    #: Who decided it, and by which paper.
    source: Annotated[str, Meta(min_length=1, max_length=200)]
    building: Id | None = None
    space: Id | None = None
    starts: datetime | None = None
    ends: datetime | None = None


class Layout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campus. Raises ValueError, naming every fault, when it does not hang together."""

    site: Id
    names: Names
    timezone: str = "Asia/Almaty"
    #: The regime profile in force, by id.
    profile: Id = "kz-2020-order-345-381"
    buildings: tuple[Building, ...] = ()
    spaces: tuple[Space, ...] = ()
    doors: tuple[Door, ...] = ()
    posts: tuple[Post, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    #: The variant of the profile in force from the beginning; None: the profile as it is.
    variant: Id | None = None
    switches: tuple[Switch, ...] = ()
    overrides: tuple[Override, ...] = ()
    shifts: tuple[Shift, ...] = ()
    duties: tuple[Duty, ...] = ()
    #: Timetable files beside the campus file, iCalendar or CSV.
    timetables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f'timezone: there is no `{self.timezone}`; write for example "Asia/Almaty"'
            ) from None

    def entrances(self) -> tuple[Door, ...]:
        """The doors that join a building to the outside."""
        return tuple(door for door in self.doors if OUTSIDE in (door.outer, door.inner))

    def nodes(self) -> tuple[str, ...]:
        """Every node that a door, post or sensor names, sorted."""
        doors, posts, sensors = self.doors, self.posts, self.sensors
        watched = [*(one.node for one in doors), *(one.node for one in posts), *(one.node for one in sensors)]
        return tuple(sorted(set(watched)))


def prompt_nodes(layout: Layout) -> frozenset[str]:
    """The nodes that switch a lamp or a fan, and go dark when they do not hear the hub every second."""
    switched = (SensorKind.LAMP, SensorKind.FAN)
    return frozenset(sensor.node for sensor in layout.sensors if sensor.kind in switched)


def read_layout(path: Path) -> Layout:
    """The campus file at `path`. Raises ConfigError with every fault."""
    tables = read_toml(path)
    faults: list[str] = []
    layout = decode_table(tables, Layout, "$", faults)
    faults += check_references(tables)
    if layout is None or faults:
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    return layout


def check_references(tables: Mapping[str, Any]) -> list[str]:
    """Every reference that leads nowhere and every id or channel used twice, as `path: what is wrong`.

    Works on tables as they were written, so that a fault elsewhere in a row hides none of these.
    """
    rows = {name: _rows(tables, name) for name in _LISTS}
    ids = {name: [str(row["id"]) for row in some if "id" in row] for name, some in rows.items()}
    places = [*ids["spaces"], OUTSIDE]
    faults = [
        f"$.{name}: id `{double}` is used twice" for name, some in ids.items() for double in _doubles(some)
    ]
    if OUTSIDE in ids["spaces"]:
        faults.append(f"$.spaces: `{OUTSIDE}` is the space beyond every entrance and cannot be a room")
    for name, key, known in (
        ("spaces", "building", ids["buildings"]),
        ("doors", "inner", places),
        ("doors", "outer", places),
        ("posts", "door", ids["doors"]),
        ("sensors", "space", ids["spaces"]),
        ("sensors", "door", ids["doors"]),
        ("overrides", "building", ids["buildings"]),
        ("overrides", "space", ids["spaces"]),
    ):
        for i, row in enumerate(rows[name]):
            if key in row and row[key] not in known:
                at = f"$.{name}[{i}].{key}"
                faults.append(f"{at}: there is no `{row[key]}`{did_you_mean(str(row[key]), known)}")
    for i, door in enumerate(rows["doors"]):
        if door.get("inner") == door.get("outer", OUTSIDE):
            faults.append(f"$.doors[{i}]: joins `{door.get('inner')}` to itself")
    for key, known in (("buildings", ids["buildings"]), ("shifts", ids["shifts"])):
        for i, duty in enumerate(rows["duties"]):
            for name in _words(duty.get(key)):
                if name not in known:
                    faults.append(f"$.duties[{i}].{key}: there is no `{name}`{did_you_mean(name, known)}")
    watched = [(name, i, row) for name in ("doors", "posts", "sensors") for i, row in enumerate(rows[name])]
    for name, i, row in watched:
        if row.get("node") == PEOPLE:
            faults.append(f"$.{name}[{i}].node: `{PEOPLE}` is kept for what people decide; rename the node")
    channels = [f"{row.get('node')}/{row.get('channel')}" for _, _, row in watched]
    return faults + [
        f"$: channel `{one}` is given to two doors, posts or sensors" for one in _doubles(channels)
    ]


def _rows(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    some = tables.get(name, [])
    return [row if isinstance(row, Mapping) else {} for row in some] if isinstance(some, list) else []


def _words(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _doubles(words: list[str]) -> list[str]:
    return sorted({one for one in words if words.count(one) > 1})
