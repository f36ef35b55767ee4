"""A door is added by hearing it: who speaks, where it stands, a walk through it, done. Each step is kept."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from dashboards.access.gate import ADMINISTERING, administering, reading
from dashboards.administration.campus_edits import Outcome, change_campus, id_from
from dashboards.administration.campus_forms import (
    KINDS,
    NEW,
    OUTSIDE,
    WAYS,
    Reading,
    at_fields,
    read_new_door,
    read_new_room,
)
from dashboards.api.ordering import decide
from dashboards.live.views import honest
from dashboards.pages.campus import asked, there
from dashboards.services import services
from hub.store.campus_edits import AddBuilding, CampusEdit, ReverseDoor
from hub.store.campus_rows import DoorView, HeardChannel, LayoutRow, read_edit_rows, read_heard_row
from hub.store.orders import Listen

blueprint = Blueprint("new_door", __name__)
_FIELDS = {
    **{name: name for name in ("code", "kind", "floor", "area_m2", "desks", "outer", "inner")},
    "building": "building",
    "id": "inner",
}
Answer = Response | str | tuple[str, int]


def show() -> str:
    """Step 1: who speaks from nowhere; step 2 once one was chosen."""
    if request.args.get("node") and request.args.get("channel"):
        return _where(Reading(request.args), None)
    return render_template("new_door_hear.html", heard=_heard(), ago=_ago)


def add() -> Answer:
    """Where it is: the door, its room where that is new, and its building where there is none yet."""
    campus, read = there(), Reading(request.form)
    rooms = [one.id for one in campus.spaces]
    edits: list[CampusEdit] = []
    inner = read.choice("inner", [*rooms, NEW])
    if inner == NEW:
        building = read.choice("building", [*(one.id for one in campus.buildings), NEW])
        if building == NEW:
            name = read.word("building_name")
            building = id_from(name, [one.id for one in campus.buildings], "building")
            edits.append(AddBuilding(id=building, names=read.names("building_name_", name)))
        inner = id_from(read.form.get("code", ""), [OUTSIDE, *rooms], "room")
        edits.append(read_new_room(read, inner, building or "–"))
    id = id_from(f"door-{inner}", [one.id for one in campus.doors], "door")
    door = read_new_door(read, id, inner, campus)
    if read.faults:
        return _where(read, None), 422
    outcome = change_campus(*edits, door)
    if not outcome.is_accepted:
        return _where(read, outcome), 422
    return redirect(url_for("new_door.walk", door_id=id, room=inner), 303)


def walk(door_id: str) -> str:
    """Step 3: once in, once out; what it sees is shown as it happens."""
    campus = there()
    is_known = any(one.id == door_id for one in campus.doors)
    edits = read_edit_rows(services().board.read())
    if not is_known and any(one.accepted and one.decision > campus.decision for one in edits):
        # A long journal is still being folded for the new campus.
        return render_template("new_door_soon.html", step=3)
    return _walk(campus, _door(campus, door_id))


def listen(door_id: str) -> Response:
    """The walk begins anew."""
    _door(there(), door_id)
    decide(Listen(), door_id)
    return redirect(url_for("new_door.walk", door_id=door_id, room=request.form.get("room")), 303)


def reverse(door_id: str) -> Answer:
    """In is out: its two sides change places, and the walk begins anew."""
    campus = there()
    door = _door(campus, door_id)
    inner = request.form.get("inner", "")
    outcome = change_campus(ReverseDoor(id=door_id, inner=inner if inner == door.outer else door.inner))
    if not outcome.is_accepted:
        return _walk(campus, door, outcome), 422
    return redirect(url_for("new_door.walk", door_id=door_id, room=request.form.get("room")), 303)


def ready(door_id: str) -> str:
    """Step 4: the room lives."""
    campus = there()
    door = _door(campus, door_id)
    here = services()
    picture, now = here.picture(), here.clock.now()
    hub = picture.state(now, here.settings.build).hub
    stored = picture.space(_room(campus, door))
    space = None if stored is None else honest(stored, hub, now)
    return render_template("new_door_ready.html", door=door, space=space, step=4)


for _rule, _view in (
    ("/admin/doors/new", show),
    ("/admin/doors/<door_id>/walk", walk),
    ("/admin/doors/<door_id>/ready", ready),
):
    blueprint.add_url_rule(_rule, _view.__name__, reading(_view, ADMINISTERING))
for _rule, _change in (
    ("/admin/doors/new", add),
    ("/admin/doors/<door_id>/listen", listen),
    ("/admin/doors/<door_id>/reverse", reverse),
):
    blueprint.add_url_rule(_rule, _change.__name__, administering(_change), methods=["POST"])


def phase_of(heard: HeardChannel | None, into: str) -> str:
    """Where a walk is: `in` and `out` are waited for, `reversed` saw the other way first, `again` the same
    way twice and never the other, `done`.

    `into` is what the sensor calls the way into the room: `out` at a door that was turned round.
    """
    if heard is None or not heard.first:
        return "in"
    if heard.first != into:
        return "reversed"
    there, back = (heard.ins, heard.outs) if into == "in" else (heard.outs, heard.ins)
    return "done" if back else "again" if there > 1 else "out"


def _walk(campus: LayoutRow, door: DoorView, outcome: Outcome | None = None) -> str:
    heard = next((one for one in _heard() if one.door == door.id), None)
    room = _room(campus, door)
    into = "in" if room == door.inner else "out"
    counts = (0, 0) if heard is None else (heard.ins, heard.outs)
    return render_template(
        "new_door_walk.html",
        campus=campus,
        door=door,
        room=room,
        heard=heard,
        # The time, not how long ago: nothing is drawn anew each second, under a finger.
        heard_at=_clock_time(heard.at, campus) if heard is not None and heard.at is not None else "",
        counts=counts if into == "in" else counts[::-1],
        phase=phase_of(heard, into),
        last=_seen_from_the_room(heard, into),
        faults=asked(outcome.faults) if outcome else [],
        step=3,
    )


def _clock_time(at: datetime, campus: LayoutRow) -> str:
    return at.astimezone(ZoneInfo(campus.timezone)).strftime("%H:%M:%S")


def _seen_from_the_room(heard: HeardChannel | None, into: str) -> str:
    """The last passage, `in` or `out` of the room; empty: none."""
    if heard is None or not heard.direction:
        return ""
    return "in" if heard.direction == into else "out"


def _room(campus: LayoutRow, door: DoorView) -> str:
    """The side that "go in" means: the one chosen, else the room behind a way, else the inner one."""
    sides = (door.inner, door.outer)
    chosen = request.values.get("room")
    if chosen in sides and chosen != OUTSIDE:
        return str(chosen)
    ways = {OUTSIDE, *(one.id for one in campus.spaces if one.kind in WAYS)}
    return (
        door.outer if (door.inner in ways and door.outer not in ways) or door.inner == OUTSIDE else door.inner
    )


def _where(read: Reading, outcome: Outcome | None) -> str:
    campus = there()
    at, others = at_fields(outcome.faults if outcome else (), _FIELDS)
    ways = [one for one in campus.spaces if one.kind in WAYS]
    rooms = [one for one in campus.spaces if one.kind not in WAYS]
    has_door = {door.inner for door in campus.doors}
    options: dict[str, Any] = {
        "ways": ways,
        # A room without a door is most likely the one this door is of.
        "bare": [one for one in rooms if one.id not in has_door],
        "rooms": [one for one in rooms if one.id in has_door],
        "kinds": KINDS,
    }
    return render_template(
        "new_door_where.html",
        campus=campus,
        node=read.form.get("node", "")[:48],
        channel=read.form.get("channel", "")[:48],
        typed=read.form,
        wrong={**read.faults, **at},
        faults=asked(tuple(others)),
        step=2,
        **options,
    )


def _door(campus: LayoutRow, id: str) -> DoorView:
    found = next((one for one in campus.doors if one.id == id), None)
    if found is None:
        abort(404)
    return found


def _heard() -> list[HeardChannel]:
    return list(read_heard_row(services().board.read()).channels)


def _ago(at: datetime) -> str:
    whole = max(0, int((services().clock.now() - at).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= size:
            return str(gettext("ago.ago").format(age=gettext(f"ago.{unit}").format(n=whole // size)))
    return str(gettext("ago.ago").format(age=gettext("ago.s").format(n=whole)))
