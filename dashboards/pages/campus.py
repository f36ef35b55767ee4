"""The campus as its file has it: buildings, rooms and doors to change and take away, and who changed what."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboards.access.gate import ADMINISTERING, administering, reading
from dashboards.administration.campus_edits import Outcome, change_campus, id_from, layout
from dashboards.administration.campus_forms import (
    KINDS,
    OUTSIDE,
    Reading,
    at_fields,
    read_door,
    read_new_room,
    read_room,
)
from dashboards.duty.handover import campus_time
from dashboards.services import services
from hub.store.campus_edits import (
    AddBuilding,
    CampusEdit,
    ChangeBuilding,
    RemoveBuilding,
    RemoveDoor,
    RemoveSpace,
    SetCampus,
    StartEmpty,
)
from hub.store.campus_rows import EditFault, LayoutRow, read_edit_rows

blueprint = Blueprint("campus", __name__)
#: Time zones offered: the country's, then its neighbours'.
ZONES = (
    *("Asia/Almaty", "Asia/Qyzylorda", "Asia/Qostanay", "Asia/Aqtobe", "Asia/Aqtau", "Asia/Atyrau"),
    *("Asia/Oral", "Asia/Tashkent", "Asia/Bishkek", "Asia/Omsk", "Asia/Novosibirsk", "Europe/Moscow"),
)
_FIELDS = {
    name: name for name in ("code", "kind", "building", "floor", "area_m2", "desks", "design_capacity")
}
_SIDES = {"inner": "inner", "outer": "outer"}
Answer = Response | str | tuple[str, int]


def show() -> str:
    """The whole campus."""
    return _campus_page()


def set_campus() -> Answer:
    """Its names and its time zone."""
    campus, read = there(), Reading(request.form)
    names = read.names("name_", "")
    zone = read.choice("timezone", [*ZONES, campus.timezone])
    if not any(request.form.get(f"name_{one}", "").strip() for one in ("kk", "ru", "en")):
        read.faults["name_kk"] = "needed"
    outcome = None if read.faults else change_campus(SetCampus(names=names, timezone=zone))
    if outcome is None or not outcome.is_accepted:
        return _campus_page(read, outcome), 422
    return _back()


def start_empty() -> Answer:
    """Everything that stands is taken away; the file before is kept by the hub."""
    if request.form.get("sure") != "1":
        return _campus_page(Reading(request.form, {"sure": "sure"})), 422
    outcome = change_campus(StartEmpty())
    return _back() if outcome.is_accepted else (_campus_page(outcome=outcome), 422)


def new_building() -> str:
    """The form of a building."""
    return _building_page(there(), "")


def add_building() -> Answer:
    """A building more."""
    campus, read = there(), Reading(request.form)
    names = read.names("name_", "")
    if names.kk == "–":
        read.faults["name_kk"] = "needed"
    if read.faults:
        return _building_page(campus, "", read), 422
    id = id_from(names.en, [one.id for one in campus.buildings], "building")
    return _after(AddBuilding(id=id, names=names), lambda made: _building_page(campus, "", read, made))


def building(building_id: str) -> str:
    """A building's names."""
    return _building_page(there(), building_id)


def change_building(building_id: str) -> Answer:
    """Other names."""
    campus, read = there(), Reading(request.form)
    names = read.names("name_", building_id)
    if read.faults:
        return _building_page(campus, building_id, read), 422
    edit = ChangeBuilding(id=building_id, names=names, seen=request.form.get("seen", "")[:16])
    return _after(edit, lambda made: _building_page(campus, building_id, read, made))


def remove_building(building_id: str) -> Answer:
    """A building less."""
    campus = there()
    edit = RemoveBuilding(id=building_id)
    return _after(edit, lambda made: _building_page(campus, building_id, outcome=made))


def new_room() -> str:
    """The form of a room."""
    return _room_page(there(), "")


def add_room() -> Answer:
    """A room more."""
    campus, read = there(), Reading(request.form)
    building_id = read.choice("building", [one.id for one in campus.buildings])
    id = id_from(request.form.get("code", ""), [OUTSIDE, *(one.id for one in campus.spaces)], "room")
    edit = read_new_room(read, id, building_id or "–")
    if read.faults:
        return _room_page(campus, "", read), 422
    return _after(edit, lambda made: _room_page(campus, "", read, made))


def room(space_id: str) -> str:
    """A room's form."""
    return _room_page(there(), space_id)


def change_room(space_id: str) -> Answer:
    """A room is otherwise than the file says."""
    campus, read = there(), Reading(request.form)
    known = next((one for one in campus.spaces if one.id == space_id), None)
    if known is None:
        abort(404)
    edit = read_room(read, known, campus)
    if read.faults:
        return _room_page(campus, space_id, read), 422
    return _after(edit, lambda made: _room_page(campus, space_id, read, made))


def remove_room(space_id: str) -> Answer:
    """A room less."""
    campus = there()
    edit = RemoveSpace(id=space_id)
    return _after(edit, lambda made: _room_page(campus, space_id, outcome=made))


def door(door_id: str) -> str:
    """A door's form."""
    return _door_page(there(), door_id)


def change_door(door_id: str) -> Answer:
    """It joins other spaces."""
    campus, read = there(), Reading(request.form)
    known = next((one for one in campus.doors if one.id == door_id), None)
    if known is None:
        abort(404)
    edit = read_door(read, known, campus)
    if read.faults:
        return _door_page(campus, door_id, read), 422
    return _after(edit, lambda made: _door_page(campus, door_id, read, made))


def remove_door(door_id: str) -> Answer:
    """A door less."""
    campus = there()
    edit = RemoveDoor(id=door_id)
    return _after(edit, lambda made: _door_page(campus, door_id, outcome=made))


for _rule, _view in (
    ("", show),
    ("/buildings/new", new_building),
    ("/buildings/<building_id>", building),
    ("/rooms/new", new_room),
    ("/rooms/<space_id>", room),
    ("/doors/<door_id>", door),
):
    blueprint.add_url_rule(f"/admin/campus{_rule}", _view.__name__, reading(_view, ADMINISTERING))
for _rule, _change in (
    ("", set_campus),
    ("/empty", start_empty),
    ("/buildings/new", add_building),
    ("/buildings/<building_id>", change_building),
    ("/buildings/<building_id>/remove", remove_building),
    ("/rooms/new", add_room),
    ("/rooms/<space_id>", change_room),
    ("/rooms/<space_id>/remove", remove_room),
    ("/doors/<door_id>", change_door),
    ("/doors/<door_id>/remove", remove_door),
):
    blueprint.add_url_rule(
        f"/admin/campus{_rule}", _change.__name__, administering(_change), methods=["POST"]
    )


def there() -> LayoutRow:
    """The campus in force; without a hub there is none."""
    found = layout()
    if found is None:
        abort(503)
    return found


def asked(faults: tuple[EditFault, ...]) -> list[EditFault]:
    """Each reason once."""
    return list({(one.code, one.text): one for one in faults}.values())


def _after(edit: CampusEdit, again: Callable[[Outcome], str]) -> Answer:
    outcome = change_campus(edit)
    return _back() if outcome.is_accepted else (again(outcome), 422)


def _back() -> Response:
    return redirect(url_for("campus.show", saved=1), 303)


def _campus_page(read: Reading | None = None, outcome: Outcome | None = None) -> str:
    here, campus = services(), layout()
    changes = here.board.read()
    hub = here.picture().state(here.clock.now(), here.settings.build).hub
    offset_min = 0 if hub is None else hub.utc_offset_min
    return render_template(
        "campus.html",
        campus=campus,
        rooms={} if campus is None else {one.id: one for one in campus.spaces},
        zones=ZONES,
        edits=[(campus_time(one.at, offset_min), one) for one in read_edit_rows(changes)],
        saved=request.args.get("saved") == "1",
        **_told(read, outcome, {}),
    )


def _building_page(
    campus: LayoutRow, id: str, read: Reading | None = None, outcome: Outcome | None = None
) -> str:
    found = next((one for one in campus.buildings if one.id == id), None)
    if id and found is None:
        abort(404)
    return render_template("campus_building.html", one=found, **_told(read, outcome, {}))


def _room_page(
    campus: LayoutRow, id: str, read: Reading | None = None, outcome: Outcome | None = None
) -> str:
    found = next((one for one in campus.spaces if one.id == id), None)
    if id and found is None:
        abort(404)
    doors = [one for one in campus.doors if id in (one.inner, one.outer)]
    return render_template(
        "campus_room.html",
        one=found,
        campus=campus,
        doors=doors,
        kinds=KINDS,
        **_told(read, outcome, _FIELDS),
    )


def _door_page(
    campus: LayoutRow, id: str, read: Reading | None = None, outcome: Outcome | None = None
) -> str:
    found = next((one for one in campus.doors if one.id == id), None)
    if found is None:
        abort(404)
    return render_template("campus_door.html", one=found, campus=campus, **_told(read, outcome, _SIDES))


def _told(read: Reading | None, outcome: Outcome | None, fields: dict[str, str]) -> dict[str, Any]:
    """What was typed and what is wrong with it, next to the field where it has one."""
    at, others = at_fields(outcome.faults if outcome else (), fields)
    return {
        "typed": read.form if read else {},
        "wrong": {**(read.faults if read else {}), **at},
        "faults": asked(tuple(others)),
    }
