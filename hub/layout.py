"""The campus file: which rooms there are and which door joins what. Pure but for `read_layout`."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from protocol.config import decode_table, did_you_mean, read_toml
from protocol.errors import ConfigError
from protocol.quantities import Id

#: The space beyond every entrance; always there, without limit.
OUTSIDE = "outside"
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
        """Every node that a door or post names, sorted."""
        return tuple(sorted({door.node for door in self.doors} | {post.node for post in self.posts}))


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
    rows = {name: _rows(tables, name) for name in ("buildings", "spaces", "doors", "posts")}
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
    ):
        for i, row in enumerate(rows[name]):
            if key in row and row[key] not in known:
                at = f"$.{name}[{i}].{key}"
                faults.append(f"{at}: there is no `{row[key]}`{did_you_mean(str(row[key]), known)}")
    for i, door in enumerate(rows["doors"]):
        if door.get("inner") == door.get("outer", OUTSIDE):
            faults.append(f"$.doors[{i}]: joins `{door.get('inner')}` to itself")
    channels = [f"{row.get('node')}/{row.get('channel')}" for row in (*rows["doors"], *rows["posts"])]
    return faults + [f"$: channel `{one}` is given to two doors or posts" for one in _doubles(channels)]


def _rows(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    some = tables.get(name, [])
    return [row if isinstance(row, Mapping) else {} for row in some] if isinstance(some, list) else []


def _doubles(words: list[str]) -> list[str]:
    return sorted({one for one in words if words.count(one) > 1})
