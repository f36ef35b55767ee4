"""What an administrator may change of the campus file, one struct an edit. Pure.

The words are only bounded here: whether a kind, an id or a place is legal, the check of the whole file says,
the same as `kuzet check`. None names a person.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from protocol.quantities import Id

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Word = Annotated[str, Meta(min_length=1, max_length=120)]
#: A row's mark as the administrator saw it; empty: whatever it is by now.
Seen = Annotated[str, Meta(max_length=16)]


class Named(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people read, in the three languages."""

    kk: Name
    ru: Name
    en: Name


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """One change; told apart by `do`."""


class AddBuilding(Edit, frozen=True, kw_only=True, tag="add-building"):
    """A building more."""

    id: Id
    names: Named


class ChangeBuilding(Edit, frozen=True, kw_only=True, tag="change-building"):
    """A building's names."""

    id: Id
    names: Named
    seen: Seen = ""


class RemoveBuilding(Edit, frozen=True, kw_only=True, tag="remove-building"):
    """A building that nothing stands in any more."""

    id: Id


class _SpaceFields(Edit, frozen=True, kw_only=True):
    id: Id
    building: Id
    kind: Word
    code: Name
    floor: int
    area_m2: float
    names: Named
    desks: int | None = None
    design_capacity: int | None = None
    #: None: the height that the file's reader takes, 3 m.
    height_m: float | None = None


class AddSpace(_SpaceFields, frozen=True, kw_only=True, tag="add-space"):
    """A room, corridor or hall more."""


class ChangeSpace(_SpaceFields, frozen=True, kw_only=True, tag="change-space"):
    """Everything of a room but its id; what is None is taken out of the file."""

    seen: Seen = ""


class RemoveSpace(Edit, frozen=True, kw_only=True, tag="remove-space"):
    """A room that no door, sensor or override names any more."""

    id: Id


class _DoorFields(Edit, frozen=True, kw_only=True):
    id: Id
    node: Id
    channel: Id
    inner: Id
    outer: Id = "outside"


class AddDoor(_DoorFields, frozen=True, kw_only=True, tag="add-door"):
    """A door more: which channel of which node joins which two spaces."""


class ChangeDoor(_DoorFields, frozen=True, kw_only=True, tag="change-door"):
    """Everything of a door but its id."""

    seen: Seen = ""


class ReverseDoor(Edit, frozen=True, kw_only=True, tag="reverse-door"):
    """`in` is the other way: `inner` is the side it then leads to; a repeat turns nothing back."""

    id: Id
    inner: Id


class RemoveDoor(Edit, frozen=True, kw_only=True, tag="remove-door"):
    """A door that no post or sensor names any more."""

    id: Id


class AddPost(Edit, frozen=True, kw_only=True, tag="add-post"):
    """A screening post more."""

    id: Id
    node: Id
    channel: Id
    door: Id


class RemovePost(Edit, frozen=True, kw_only=True, tag="remove-post"):
    """A post less."""

    id: Id


class AddSensor(Edit, frozen=True, kw_only=True, tag="add-sensor"):
    """A channel more that watches or treats a space, or stands at a door."""

    id: Id
    node: Id
    channel: Id
    kind: Word
    space: Id | None = None
    door: Id | None = None


class RemoveSensor(Edit, frozen=True, kw_only=True, tag="remove-sensor"):
    """A sensor less."""

    id: Id


class SetCampus(Edit, frozen=True, kw_only=True, tag="set-campus"):
    """The campus's names and its time zone."""

    names: Named
    timezone: Word


class StartEmpty(Edit, frozen=True, kw_only=True, tag="start-empty"):
    """Nothing stands any more: the site, its names, time zone and profile stay."""


class ShiftRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of a week, as the campus file has them."""

    id: Id
    days: tuple[Word, ...]
    start: Word
    end: Word


class SetShifts(Edit, frozen=True, kw_only=True, tag="set-shifts"):
    """All shifts anew."""

    shifts: Annotated[tuple[ShiftRow, ...], Meta(max_length=50)]


class DutyRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody on duty, as the campus file has it."""

    id: Id
    role: Word
    buildings: tuple[Id, ...] = ()
    shifts: tuple[Id, ...] = ()
    receivers: tuple[Id, ...] = ()
    language: Word = "kk"


class SetDuties(Edit, frozen=True, kw_only=True, tag="set-duties"):
    """All duties anew."""

    duties: Annotated[tuple[DutyRow, ...], Meta(max_length=100)]


class SetOverride(Edit, frozen=True, kw_only=True, tag="set-override"):
    """One value of the profile for a building or a space, in the place of what was said for it before."""

    limit: Word
    value: bool | int | float | Word
    source: Annotated[str, Meta(min_length=1, max_length=200)]
    building: Id | None = None
    space: Id | None = None


class RemoveOverride(Edit, frozen=True, kw_only=True, tag="remove-override"):
    """The profile's own value again."""

    limit: Word
    building: Id | None = None
    space: Id | None = None


class SetProfile(Edit, frozen=True, kw_only=True, tag="set-profile"):
    """The regime profile in force, and its variant."""

    profile: Id
    variant: Id | None = None


class SwitchRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """From then on another profile or variant is in force, as the campus file has it."""

    #: An instant, or without an offset campus time.
    starts: datetime
    profile: Id
    variant: Id | None = None


class SetSwitches(Edit, frozen=True, kw_only=True, tag="set-switches"):
    """All switches of the profile anew."""

    switches: Annotated[tuple[SwitchRow, ...], Meta(max_length=100)]


CampusEdit = (
    AddBuilding
    | ChangeBuilding
    | RemoveBuilding
    | AddSpace
    | ChangeSpace
    | RemoveSpace
    | AddDoor
    | ChangeDoor
    | ReverseDoor
    | RemoveDoor
    | AddPost
    | RemovePost
    | AddSensor
    | RemoveSensor
    | SetCampus
    | StartEmpty
    | SetShifts
    | SetDuties
    | SetOverride
    | RemoveOverride
    | SetProfile
    | SetSwitches
)
#: Made in one go or not at all; a room list of a whole university fits.
Edits = Annotated[tuple[CampusEdit, ...], Meta(min_length=1, max_length=2000)]


def edit_name(edit: CampusEdit) -> str:
    """The word of an edit: `add-door`."""
    return str(edit.__struct_config__.tag)


def fields_of(edit: Struct) -> dict[str, Any]:
    """An edit's fields as plain values, those that are None left out."""
    plain = msgspec.to_builtins(edit)
    return {key: value for key, value in plain.items() if value is not None and key not in ("do", "seen")}
