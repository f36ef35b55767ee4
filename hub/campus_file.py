"""Edits on the text of a campus file: text and edits in, text out, comments and order kept. Pure.

Whether the result hangs together is not asked here: the check of the whole file says so.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec
import tomlkit
from msgspec import Struct
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from hub.layout import OUTSIDE, Building, Door, Space
from hub.store.campus_edits import (
    AddBuilding,
    AddDoor,
    AddPost,
    AddSensor,
    AddSpace,
    CampusEdit,
    ChangeBuilding,
    ChangeDoor,
    ChangeSpace,
    RemoveBuilding,
    RemoveDoor,
    RemoveOverride,
    RemovePost,
    RemoveSensor,
    RemoveSpace,
    ReverseDoor,
    SetCampus,
    SetDuties,
    SetOverride,
    SetProfile,
    SetShifts,
    SetSwitches,
    StartEmpty,
    SwitchRow,
    fields_of,
)
from hub.store.campus_rows import EditFault, mark_of

#: Kept by a campus that starts empty.
_STAYS = ("site", "timezone", "profile", "variant", "names")
_EMPTY = (
    "# The campus. Changed from the dashboards; it may be edited by hand too: check it with `kuzet check`.\n"
)
#: The list a new row goes to, and the struct of rows that are changed.
_ADDED: dict[type[Struct], str] = {
    AddBuilding: "buildings",
    AddSpace: "spaces",
    AddDoor: "doors",
    AddPost: "posts",
    AddSensor: "sensors",
}
_CHANGED: dict[type[Struct], tuple[str, type[Struct]]] = {
    ChangeBuilding: ("buildings", Building),
    ChangeSpace: ("spaces", Space),
    ChangeDoor: ("doors", Door),
}
_REMOVED: dict[type[Struct], str] = {
    RemoveBuilding: "buildings",
    RemoveSpace: "spaces",
    RemoveDoor: "doors",
    RemovePost: "posts",
    RemoveSensor: "sensors",
}
#: Which lists name a row of a list, and by which keys.
_USERS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "buildings": (("spaces", ("building",)), ("overrides", ("building",)), ("duties", ("buildings",))),
    "spaces": (("doors", ("inner", "outer")), ("sensors", ("space",)), ("overrides", ("space",))),
    "doors": (("posts", ("door",)), ("sensors", ("door",))),
}


class EditRefused(ValueError):
    """An edit that cannot be made at all, whatever the rest of the file says."""

    def __init__(self, fault: EditFault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def edited(text: str, edits: Sequence[CampusEdit]) -> str:
    """The file after all the edits, in order. Raises EditRefused with the first that cannot be made."""
    try:
        document = tomlkit.parse(text)
        for number, edit in enumerate(edits):
            document = _apply(document, edit, number)
        written = tomlkit.dumps(document)
        # What is written must read as what was meant; a style tomlkit cannot keep is not guessed at.
        if tomllib.loads(written) != document.unwrap():
            raise EditRefused(_file_fault("it cannot be kept in its style; edit it by hand"))
    except (TOMLKitError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise EditRefused(_file_fault(f"it is not TOML any more: {error}")) from None
    return written


def _file_fault(why: str) -> EditFault:
    return EditFault(code="file", text=f"the campus file cannot be edited: {why}")


def _apply(document: tomlkit.TOMLDocument, edit: CampusEdit, number: int) -> tomlkit.TOMLDocument:
    kind = type(edit)
    if isinstance(edit, StartEmpty):
        return _emptied(document)
    if kind in _ADDED:
        _add(document, _ADDED[kind], _written(edit), number)
    elif kind in _CHANGED:
        _change(document, edit, number)
    elif kind in _REMOVED:
        _remove(document, _REMOVED[kind], str(getattr(edit, "id", "")), number)
    elif isinstance(edit, ReverseDoor):
        _reverse(document, edit, number)
    elif isinstance(edit, SetCampus):
        _set(document, "names", fields_of(edit.names))
        _set(document, "timezone", edit.timezone)
    elif isinstance(edit, SetProfile):
        _set(document, "profile", edit.profile)
        _set(document, "variant", edit.variant)
    elif isinstance(edit, SetShifts):
        _set_rows(document, "shifts", [fields_of(one) for one in edit.shifts])
    elif isinstance(edit, SetDuties):
        _set_rows(document, "duties", [fields_of(one) for one in edit.duties])
    elif isinstance(edit, SetSwitches):
        _set_rows(document, "switches", [_switch(one) for one in edit.switches])
    elif isinstance(edit, SetOverride | RemoveOverride):
        _override(document, edit, number)
    return document


def _emptied(document: tomlkit.TOMLDocument) -> tomlkit.TOMLDocument:
    kept = {key: value for key, value in document.unwrap().items() if key in _STAYS}
    lines = [f"{key} = {_value(kept[key])}\n" for key in _STAYS if key in kept]
    return tomlkit.parse(_EMPTY + "".join(lines))


def _add(document: tomlkit.TOMLDocument, name: str, row: dict[str, Any], number: int) -> None:
    if _find(document, name, row["id"]) is not None:
        text = f"there is already `{row['id']}` among the {name}; choose another id"
        raise EditRefused(EditFault(code="taken", edit=number, field="id", text=text))
    _append(document, name, row)


def _change(document: tomlkit.TOMLDocument, edit: CampusEdit, number: int) -> None:
    name, shape = _CHANGED[type(edit)]
    wanted, seen = _written(edit), getattr(edit, "seen", "")
    row = _row(document, name, wanted["id"], number)
    if seen and seen != _mark(row, shape):
        text = f"`{wanted['id']}` was changed by somebody else meanwhile; look at it again"
        raise EditRefused(EditFault(code="changed", edit=number, text=text))
    # What an edit does not know, timetable names for example, stays.
    known = [field for field in edit.__struct_fields__ if field not in ("id", "seen")]
    for field in known:
        if field not in wanted:
            row.pop(field, None)
        else:
            _put(row, field, wanted[field])


def _remove(document: tomlkit.TOMLDocument, name: str, id: str, number: int) -> None:
    _row(document, name, id, number)
    users = list(_users(document, name, id))
    if users:
        text = f"`{id}` is still named by {', '.join(users[:5])}; remove or change that first"
        raise EditRefused(EditFault(code="in-use", edit=number, text=text))
    index = _find(document, name, id)
    assert index is not None
    _drop(document, name, index)


def _reverse(document: tomlkit.TOMLDocument, edit: ReverseDoor, number: int) -> None:
    row = _row(document, "doors", edit.id, number)
    sides = [_plain(row.get("inner")), _plain(row.get("outer", OUTSIDE))]
    if edit.inner not in sides:
        text = f"door `{edit.id}` does not lead to `{edit.inner}`; it was changed meanwhile"
        raise EditRefused(EditFault(code="changed", edit=number, text=text))
    other = sides[1] if edit.inner == sides[0] else sides[0]
    row["inner"] = edit.inner
    if other == OUTSIDE:
        row.pop("outer", None)
    else:
        row["outer"] = other


def _override(document: tomlkit.TOMLDocument, edit: SetOverride | RemoveOverride, number: int) -> None:
    key = (edit.limit, edit.building, edit.space)
    rows = list(_rows(document, "overrides"))
    # One with a beginning or an end is of a paper of its own and is left alone.
    found = [
        i
        for i, row in enumerate(rows)
        if (row.get("limit"), row.get("building"), row.get("space")) == key
        and not {"starts", "ends"} & set(row)
    ]
    if isinstance(edit, RemoveOverride) and not found:
        text = f"nothing overrides `{edit.limit}` there; it was removed meanwhile"
        raise EditRefused(EditFault(code="missing", edit=number, text=text))
    for index in reversed(found):
        _drop(document, "overrides", index)
    if isinstance(edit, SetOverride):
        _append(document, "overrides", fields_of(edit))


def _switch(one: SwitchRow) -> dict[str, Any]:
    """Its instant as the file has it, not as words."""
    return {**fields_of(one), "starts": one.starts}


def _written(edit: CampusEdit) -> dict[str, Any]:
    """The row as the file has it: what is usual is left out."""
    row = fields_of(edit)
    if row.get("outer") == OUTSIDE:
        del row["outer"]
    if isinstance(row.get("area_m2"), float) and row["area_m2"].is_integer():
        row["area_m2"] = int(row["area_m2"])
    return row


def _row(document: tomlkit.TOMLDocument, name: str, id: str, number: int) -> Any:
    index = _find(document, name, id)
    if index is None:
        text = f"there is no `{id}` among the {name}; somebody has removed it"
        raise EditRefused(EditFault(code="missing", edit=number, field="id", text=text))
    return document[name][index]


def _find(document: tomlkit.TOMLDocument, name: str, id: str) -> int | None:
    some = document.get(name)
    if some is not None and not isinstance(some, AoT | Array):
        raise EditRefused(_file_fault(f"`{name}` is no list of tables"))
    # As dicts they hold plain values; tomlkit's own look-up, for each row of each edit, takes seconds.
    rows = enumerate(some or ())
    return next((i for i, row in rows if isinstance(row, dict) and dict.get(row, "id") == id), None)


def _rows(document: tomlkit.TOMLDocument, name: str) -> Iterator[Mapping[str, Any]]:
    some = document.get(name)
    if some is None:
        return
    if not isinstance(some, AoT | Array):
        raise EditRefused(_file_fault(f"`{name}` is no list of tables"))
    for row in some.unwrap():
        yield row if isinstance(row, Mapping) else {}


def _users(document: tomlkit.TOMLDocument, name: str, id: str) -> Iterator[str]:
    for other, keys in _USERS.get(name, ()):
        for row in _rows(document, other):
            values = [row.get(key) for key in keys]
            if any(id == value or (isinstance(value, list) and id in value) for value in values):
                yield f"`{row.get('id') or row.get('limit')}`"


def _append(document: tomlkit.TOMLDocument, name: str, row: dict[str, Any]) -> None:
    some = document.get(name)
    if some is None or (isinstance(some, Array) and not len(some)):
        if some is None and any(isinstance(one, AoT) for one in document.values()):
            some = tomlkit.aot()
        else:
            some = tomlkit.parse(f"rows = [\n    {_value(row)},\n]\n")["rows"]
            document[name] = some
            return
        document[name] = some
    if isinstance(some, AoT):
        table = tomlkit.table()
        for key, value in row.items():
            table[key] = _item(value)
        document[name].append(table)
    else:
        document[name].append(_item(row))


def _drop(document: tomlkit.TOMLDocument, name: str, index: int) -> None:
    del document[name][index]
    if not len(document[name]):
        del document[name]


def _set(document: tomlkit.TOMLDocument, key: str, value: Any) -> None:
    if value is None:
        document.pop(key, None)
    else:
        _put(document, key, value)


def _put(where: Any, key: str, value: Any) -> None:
    """A table stays the table it was, in its place, and only what differs in it is written."""
    there = where.get(key)
    if isinstance(value, dict) and isinstance(there, MutableMapping):
        for gone in [one for one in there if one not in value]:
            del there[gone]
        for one, new in value.items():
            _put(there, one, new)
    elif _plain(there) != value:
        where[key] = _item(value)


def _set_rows(document: tomlkit.TOMLDocument, name: str, rows: list[dict[str, Any]]) -> None:
    """Rows that stay as they are keep their lines; the others are written anew, in their order."""
    before = [_plain(row) for row in _rows(document, name)]
    if before == rows:
        return
    if name in document:
        del document[name]
    for row in rows:
        _append(document, name, row)


def _item(value: Any) -> Any:
    return tomlkit.parse(f"one = {_value(value)}\n")["one"]


def _value(value: Any) -> str:
    """A value as a person would write it on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, str):
        # TOML's basic strings escape as JSON's do, but for the delete sign.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(tomlkit.item(value).as_string())


def _plain(value: Any) -> Any:
    unwrap = getattr(value, "unwrap", None)
    return unwrap() if unwrap is not None else value


def _mark(row: Any, shape: type[Struct]) -> str:
    try:
        return mark_of(msgspec.convert(_plain(row), shape))
    except msgspec.ValidationError:
        return ""
