"""The floor map: every floor with its rooms in their state, live, and the pictures they are drawn upon."""

from typing import Any

import msgspec
from flask import Blueprint, Response, abort, render_template

from dashboards.access.gate import visitor
from dashboards.live.views import State
from dashboards.plans.floors import DoorNow, FloorView, doors_now, floor_views, mark_of
from dashboards.services import services
from dashboards.words.script_data import for_script
from dashboards.words.wording import script_words
from hub.store.accounts import Role
from hub.store.campus_rows import read_layout_row

blueprint = Blueprint("map", __name__, url_prefix="/map")
#: An SVG is drawn, and can do nothing else, even opened by itself.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("")
@blueprint.get("/<building>/<int(signed=True):floor>")
def show(building: str = "", floor: int = 0) -> str:
    """The map; with a floor in the address it stays on that floor."""
    here, asker = services(), visitor()
    state = here.picture().state(here.clock.now(), here.settings.build)
    floors = _floors(state)
    if building and not any((one.building, one.floor) == (building, floor) for one in floors):
        abort(404)
    reader = {
        "pinned": f"{building}/{floor}" if building else None,
        "draws": asker is not None and asker.user.role is Role.ADMIN,
    }
    return render_template(
        "map.html",
        state=for_script(state),
        told=for_script({"floors": floors, "doors": _doors(state), "mark": mark_of(floors)}),
        words=for_script(script_words("ago", "board", "tile", "task", "reason", "map")),
        reader=for_script(reader),
        has_floors=bool(floors),
    )


@blueprint.get("/floors")
def floors() -> Response:
    """Every floor as it is drawn, with the words of a map: for the guard's board."""
    here = services()
    state = here.picture().state(here.clock.now(), here.settings.build)
    found = _floors(state)
    told = {"floors": found, "doors": _doors(state), "mark": mark_of(found), "words": script_words("map")}
    return _json(told)


@blueprint.get("/doors")
def doors() -> Response:
    """Every door as it is now, and a mark that is another one when a floor is drawn otherwise."""
    here = services()
    state = here.picture().state(here.clock.now(), here.settings.build)
    return _json({"doors": _doors(state), "mark": mark_of(_floors(state))})


@blueprint.get("/picture/<sha256>")
def picture(sha256: str) -> Response:
    """A floor's picture; its address is what is in it, so browsers may keep it."""
    found = services().plans.picture(sha256)
    if found is None:
        abort(404)
    answer = Response(found.body, content_type=found.media_type)
    answer.headers["Content-Security-Policy"] = _PICTURE_POLICY
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _floors(state: State) -> list[FloorView]:
    here = services()
    return floor_views(state.spaces, here.plans.all(), read_layout_row(here.board.read()))


def _doors(state: State) -> list[DoorNow]:
    rows = services().board.read()
    return doors_now(read_layout_row(rows), rows, state.nodes, state.hub, state.now)


def _json(body: Any) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")
