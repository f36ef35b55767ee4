"""Forms about buildings, rooms and doors: what was typed in, edits or the fields that are wrong out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.store.campus_edits import AddDoor, AddSpace, ChangeDoor, ChangeSpace, Named
from hub.store.campus_rows import DoorView, EditFault, LayoutRow, SpaceView

#: The kinds of rooms, as the campus file has them; most usual first.
KINDS = (
    *("classroom", "lecture-hall", "computer-room", "laboratory", "research", "office"),
    *("corridor", "hall", "canteen", "library", "gym", "dormitory"),
)
#: People pass through these: what lies on the other side of most doors.
WAYS = ("corridor", "hall")
OUTSIDE = "outside"
#: In a choice: a new one, described beside it.
NEW = "+"
_LONGEST = 80
_LANGUAGES = ("kk", "ru", "en")


@dataclass(slots=True)
class Reading:
    """A form being read: what was typed, and the fault of each field that is wrong, by a word's code."""

    form: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def word(self, name: str, *, needed: bool = True) -> str:
        """A line of text."""
        typed = " ".join(self.form.get(name, "").split())
        if not typed and needed:
            self.faults[name] = "needed"
        if len(typed) > _LONGEST or not typed.isprintable():
            self.faults[name] = "long"
        return typed

    def choice(self, name: str, known: list[str]) -> str:
        """One of the known ids."""
        chosen = self.form.get(name, "")
        if chosen not in known:
            self.faults[name] = "needed" if not chosen else "missing"
        return chosen

    def number(self, name: str, least: float, most: float) -> float | None:
        """A number, with a comma or a point; None where nothing was typed."""
        typed = self.form.get(name, "").strip().replace(",", ".").replace("\u2212", "-")
        if not typed:
            return None
        try:
            value = float(typed)
        except ValueError:
            self.faults[name] = "number"
            return None
        if not least <= value <= most:
            self.faults[name] = "range"
            return None
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number; None where nothing was typed."""
        value = self.number(name, least, most)
        if value is not None and not value.is_integer():
            self.faults[name] = "number"
            return None
        return None if value is None else int(value)

    def names(self, prefix: str, otherwise: str) -> Named:
        """Names in three languages: one left out is copied from another, all left out from `otherwise`."""
        given = {one: self.word(f"{prefix}{one}", needed=False) for one in _LANGUAGES}
        some = next((name for name in given.values() if name), otherwise) or "–"
        return Named(**{one: (name or some)[:_LONGEST] for one, name in given.items()})


def read_new_room(read: Reading, id: str, building: str) -> AddSpace:
    """A room that is added; `read.faults` says what is wrong."""
    return AddSpace(id=id, building=building, **_room(read))


def read_room(read: Reading, room: SpaceView, campus: LayoutRow) -> ChangeSpace:
    """A room that is changed; its height stays what it was."""
    building = read.choice("building", [one.id for one in campus.buildings])
    height = None if room.height_m == 3.0 else room.height_m
    return ChangeSpace(
        id=room.id,
        building=building or room.building,
        height_m=height,
        seen=read.form.get("seen", "")[:16],
        **_room(read),
    )


def read_door(read: Reading, door: DoorView, campus: LayoutRow) -> ChangeDoor:
    """A door that is changed: its two sides."""
    places = [one.id for one in campus.spaces] + [OUTSIDE]
    inner, outer = read.choice("inner", places), read.choice("outer", places)
    if inner == outer and inner:
        read.faults["outer"] = "same"
    return ChangeDoor(
        id=door.id,
        node=door.node,
        channel=door.channel,
        inner=inner or door.inner,
        outer=outer or door.outer,
        seen=read.form.get("seen", "")[:16],
    )


def read_new_door(read: Reading, id: str, inner: str, campus: LayoutRow) -> AddDoor:
    """A door that was heard; `inner` is its room, new or known."""
    outer = read.choice("outer", [OUTSIDE, *(one.id for one in campus.spaces)])
    if outer == inner:
        read.faults["outer"] = "same"
    return AddDoor(
        id=id,
        node=read.form.get("node", ""),
        channel=read.form.get("channel", ""),
        inner=inner,
        outer=outer or OUTSIDE,
    )


def at_fields(
    faults: tuple[EditFault, ...], fields: Mapping[str, str]
) -> tuple[dict[str, str], list[EditFault]]:
    """The hub's faults that belong to a field of the form, by its name, and those that belong to none."""
    at = {fields[one.field]: one.code for one in faults if one.field in fields}
    return at, [one for one in faults if one.field not in fields]


def _room(read: Reading) -> dict[str, Any]:
    code = read.word("code")
    kind = read.choice("kind", list(KINDS))
    area = read.number("area_m2", 0.1, 100_000)
    if area is None and "area_m2" not in read.faults:
        read.faults["area_m2"] = "needed"
    floor = read.whole("floor", -5, 100)
    return {
        "code": code or "–",
        "kind": kind or KINDS[0],
        "floor": 1 if floor is None else floor,
        "area_m2": area or 1.0,
        "desks": read.whole("desks", 1, 10_000),
        "design_capacity": read.whole("design_capacity", 1, 100_000),
        "names": read.names("name_", code),
    }
