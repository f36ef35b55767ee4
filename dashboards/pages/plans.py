"""Drawing the floors: the list of them, and each one's editor with its picture, its drawing and an import."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from dashboards.access.auditing import record
from dashboards.access.gate import ADMINISTERING, acting, may, reading, require_building, visitor
from dashboards.administration.campus_edits import layout
from dashboards.api.problems import problem
from dashboards.duty.handover import campus_time
from dashboards.live.views import SpaceView, State
from dashboards.plans.drawing import Floor, faults_of, kept
from dashboards.plans.floors import doors_on, floors_of
from dashboards.plans.geojson import Imported, Known, UnreadableMapError, read_map
from dashboards.plans.plan_pictures import MOST_BYTES, UnfitPictureError, read_picture
from dashboards.services import services
from dashboards.words.script_data import for_script
from dashboards.words.wording import script_words
from hub.store.campus_rows import LayoutRow
from hub.store.plans import Drawing, OutdatedError, Plan

blueprint = Blueprint("plans", __name__, url_prefix="/admin/plans")
#: Bodies these routes may have, bytes; all others keep the app's own limit.
_LARGEST = {
    "plans.hang": MOST_BYTES + 64 * 1024,
    "plans.bring": 4 * 1024 * 1024,
    "plans.draw": 1024 * 1024,
}
_HERE = "/<building>/<int(signed=True):floor>"
Answer = AnyResponse | str | tuple[str, int]


class _Drawn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the editor sends: the drawing, and the version it was drawn over."""

    seen: int
    drawing: Drawing


class _Here(NamedTuple):
    """The floor an address is about."""

    where: Floor
    rooms: list[SpaceView]
    doors: list[str]
    state: State
    campus: LayoutRow | None


def allow_large(app: Flask) -> None:
    """Let large bodies in from those who may draw: asked before the form token is read out of the body."""

    def allow() -> None:
        largest, asker = _LARGEST.get(request.endpoint or ""), visitor()
        building = (request.view_args or {}).get("building")
        if largest and asker is not None and asker.user.role in ADMINISTERING and may(asker, building):
            request.max_content_length = largest

    app.before_request(allow)


def show() -> str:
    """Every floor and how far it is drawn."""
    state, campus = _state(), layout()
    plans = {Floor(one.building, one.floor): one for one in services().plans.all()}
    names = {} if campus is None else {one.id: one.names for one in campus.buildings}
    rows = []
    for floor, rooms in floors_of(state.spaces).items():
        plan = plans.get(floor)
        ids = {one.space for one in rooms}
        drawn = [] if plan is None or plan.is_removed else plan.drawing.rooms
        rows.append(
            {
                "where": floor,
                "names": names.get(floor.building, {}),
                "rooms": len(rooms),
                "drawn": sum(1 for one in drawn if one.space in ids),
                "plan": plan,
            }
        )
    return render_template("plans.html", rows=rows, time=_time(state))


def edit(building: str, floor: int) -> str:
    """The editor of a floor."""
    return _editor(_here(building, floor))


def draw(building: str, floor: int) -> Response:
    """Keep what was drawn."""
    here = _here(building, floor)
    require_building(building)
    try:
        drawn = msgspec.json.decode(request.get_data(), type=_Drawn)
    except (msgspec.MsgspecError, RecursionError) as error:
        return problem(422, "drawing", f"The drawing cannot be read: {error}.")
    faults = faults_of(drawn.drawing, [one.space for one in here.rooms], here.doors)
    if faults:
        told = ", ".join(f"{one.code} {one.subject}".strip() for one in faults[:5])
        return problem(422, "drawing", f"The drawing does not fit this floor: {told}.")
    before = services().plans.find(building, floor)
    try:
        plan = services().plans.draw(building, floor, drawn.drawing, drawn.seen, _who())
    except OutdatedError as error:
        body = {"version": error.plan.version, "who": error.plan.who, "drawing": error.plan.drawing}
        return Response(msgspec.json.encode(body), status=409, content_type="application/json")
    _note("plan.draw", plan, _difference(before.drawing, drawn.drawing))
    return Response(msgspec.json.encode({"version": plan.version}), content_type="application/json")


def hang(building: str, floor: int) -> Answer:
    """Another picture under the drawing."""
    here = _here(building, floor)
    require_building(building)
    sent, page = request.files.get("file"), request.form.get("page", "1")
    if not (page.isascii() and page.isdecimal() and len(page) < 5 and int(page) >= 1):
        return _editor(here, fault="page", page=page), 422
    try:
        read = read_picture(b"" if sent is None else sent.read(MOST_BYTES + 1), int(page))
    except UnfitPictureError as error:
        return _editor(here, fault=error.code, what=error.what, page=page), 422
    plan = services().plans.hang(building, floor, read.picture, _who())
    detail = {"picture": plan.picture, "bytes": len(read.picture.body), "page": int(page)}
    _note("plan.picture", plan, detail)
    return redirect(url_for("plans.edit", building=building, floor=floor, pages=read.pages), 303)


def bring(building: str, floor: int) -> Answer:
    """The rooms of an indoor map, instead of those drawn before it."""
    here = _here(building, floor)
    require_building(building)
    sent, plan = request.files.get("file"), services().plans.find(building, floor)
    body = b"" if sent is None else sent.read()
    ids = {one.space for one in here.rooms}
    known = [
        Known(one.space, one.code, tuple(one.names.values()), one.space in ids) for one in here.state.spaces
    ]
    try:
        found = read_map(body, known, plan.drawing.aspect if plan.picture else None)
    except UnreadableMapError as error:
        return _editor(here, map_fault=str(error)), 422
    rooms = {one.space: one for one in plan.drawing.rooms} | {one.space: one for one in found.rooms}
    drawing = Drawing(aspect=found.aspect, rooms=tuple(rooms.values()), doors=plan.drawing.doors)
    drawing = kept(drawing, ids, here.doors)
    try:
        made = services().plans.draw(building, floor, drawing, plan.version, _who())
    except OutdatedError:
        return _editor(here, map_fault="meanwhile"), 409
    _note("plan.import", made, {"rooms": [one.space for one in found.rooms], "left": len(found.left)})
    return _editor(here, imported=found)


def remove(building: str, floor: int) -> Answer:
    """The plan is taken away; it can be brought back."""
    return _hide(building, floor, is_removed=True)


def restore(building: str, floor: int) -> Answer:
    """It is as it was."""
    return _hide(building, floor, is_removed=False)


def _hide(building: str, floor: int, *, is_removed: bool) -> Answer:
    _here(building, floor)
    require_building(building)
    plans = services().plans
    if plans.find(building, floor).version == 0:
        abort(404)
    change = plans.remove if is_removed else plans.restore
    _note("plan.remove" if is_removed else "plan.restore", change(building, floor, _who()), {})
    return redirect(url_for("plans.edit", building=building, floor=floor), 303)


def _editor(
    here: _Here,
    *,
    fault: str = "",
    what: str = "",
    page: str = "1",
    map_fault: str = "",
    imported: Imported | None = None,
) -> str:
    plan = services().plans.find(*here.where)
    ids = [one.space for one in here.rooms]
    data = {
        "building": here.where.building,
        "floor": here.where.floor,
        "version": plan.version,
        "drawing": kept(plan.drawing, ids, here.doors),
        "spaces": [{"id": one.space, "code": one.code, "names": one.names} for one in here.rooms],
        "doors": here.doors,
        "can": not plan.is_removed,
    }
    campus = here.campus
    names = {} if campus is None else {one.id: one.names for one in campus.buildings}
    return render_template(
        "plan_editor.html",
        where=here.where,
        names=names.get(here.where.building, {}),
        plan=plan,
        data=for_script(data),
        words=for_script(script_words("plan")),
        codes={one.space: one.code for one in here.rooms},
        fault=fault,
        what=what,
        page=page,
        map_fault=map_fault,
        imported=imported,
        pages=request.args.get("pages", type=int),
        has_doors=bool(here.doors),
        time=_time(here.state),
    )


def _here(building: str, floor: int) -> _Here:
    """The floor, or a 404: plans are drawn of floors that have rooms."""
    state, campus = _state(), layout()
    where = Floor(building, floor)
    rooms = floors_of(state.spaces).get(where)
    if rooms is None:
        abort(404)
    return _Here(where, rooms, doors_on([one.space for one in rooms], campus), state, campus)


def _difference(before: Drawing, after: Drawing) -> dict[str, Any]:
    """What a change did, short enough for the log."""
    old = {one.space: one for one in before.rooms} | {one.door: one for one in before.doors}
    new = {one.space: one for one in after.rooms} | {one.door: one for one in after.doors}
    return {
        "added": sorted(set(new) - set(old)),
        "removed": sorted(set(old) - set(new)),
        "moved": sorted(key for key in set(old) & set(new) if old[key] != new[key]),
    }


def _note(action: str, plan: Plan, detail: dict[str, Any]) -> None:
    record(action, f"{plan.building}/{plan.floor}", {**detail, "version": plan.version})


def _who() -> str:
    asker = visitor()
    assert asker is not None
    return asker.shown_name


def _state() -> State:
    here = services()
    return here.picture().state(here.clock.now(), here.settings.build)


def _time(state: State) -> Callable[[int], str]:
    """Says an instant, ms, by the campus's clock."""
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return lambda at_ms: campus_time(datetime.fromtimestamp(at_ms / 1000, UTC), offset_min)


for _rule, _view in (("", show), (_HERE, edit)):
    blueprint.add_url_rule(_rule, _view.__name__, reading(_view, ADMINISTERING))
for _rule, _change, _method in (
    (f"{_HERE}/drawing", draw, "PUT"),
    (f"{_HERE}/picture", hang, "POST"),
    (f"{_HERE}/map", bring, "POST"),
    (f"{_HERE}/remove", remove, "POST"),
    (f"{_HERE}/restore", restore, "POST"),
):
    blueprint.add_url_rule(_rule, _change.__name__, acting(_change, ADMINISTERING), methods=[_method])
