"""The campus file: which rooms there are and which door joins what. Pure but for `read_layout`."""

from enum import Enum
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from protocol.config import did_you_mean, read_struct
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

    def entrances(self) -> tuple[Door, ...]:
        """The doors that join a building to the outside."""
        return tuple(door for door in self.doors if OUTSIDE in (door.outer, door.inner))

    def nodes(self) -> tuple[str, ...]:
        """Every node that a door or post names, sorted."""
        return tuple(sorted({door.node for door in self.doors} | {post.node for post in self.posts}))


def read_layout(path: Path) -> Layout:
    """The campus file at `path`. Raises ConfigError with every fault."""
    layout = read_struct(path, Layout)
    faults = [f"{path}: {fault}" for fault in check_layout(layout)]
    if faults:
        raise ConfigError(faults)
    return layout


def check_layout(layout: Layout) -> list[str]:
    """Every reference that leads nowhere and every id or channel used twice, as `path: what is wrong`."""
    faults: list[str] = []
    buildings = [building.id for building in layout.buildings]
    spaces = [space.id for space in layout.spaces]
    doors = [door.id for door in layout.doors]
    for name, ids in (
        ("buildings", buildings),
        ("spaces", spaces),
        ("doors", doors),
        ("posts", [post.id for post in layout.posts]),
    ):
        faults += [f"$.{name}: id `{double}` is used twice" for double in _doubles(ids)]
    if OUTSIDE in spaces:
        faults.append(f"$.spaces: `{OUTSIDE}` is the space beyond every entrance and cannot be a room")
    for i, space in enumerate(layout.spaces):
        faults += _unknown(f"$.spaces[{i}].building", space.building, buildings)
    for i, door in enumerate(layout.doors):
        faults += _unknown(f"$.doors[{i}].inner", door.inner, [*spaces, OUTSIDE])
        faults += _unknown(f"$.doors[{i}].outer", door.outer, [*spaces, OUTSIDE])
        if door.inner == door.outer:
            faults.append(f"$.doors[{i}]: joins `{door.inner}` to itself")
    for i, post in enumerate(layout.posts):
        faults += _unknown(f"$.posts[{i}].door", post.door, doors)
    channels = [f"{door.node}/{door.channel}" for door in layout.doors]
    channels += [f"{post.node}/{post.channel}" for post in layout.posts]
    faults += [f"$: channel `{double}` is given to two doors or posts" for double in _doubles(channels)]
    return faults


def _doubles(ids: list[str]) -> list[str]:
    return sorted({one for one in ids if ids.count(one) > 1})


def _unknown(at: str, word: str, known: list[str]) -> list[str]:
    return [] if word in known else [f"{at}: there is no `{word}`{did_you_mean(word, known)}"]
