"""A room's own page: what it is now, what is owed to it, its last day; to read it needs no script."""

from datetime import timedelta
from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from dashboards.access.gate import acting, may, require_building, visitor
from dashboards.api.ordering import decide
from dashboards.duty.handover import campus_time
from dashboards.live.views import SpaceView, honest, is_live, view_alert
from dashboards.room.history import USUAL
from dashboards.room.page import (
    alerts_of,
    bar_of,
    look_of,
    open_tasks,
    ribbon_of,
    table_of,
    things_of,
    word_of,
)
from dashboards.room.room_of import room_row
from dashboards.room.series import series
from dashboards.services import services
from dashboards.words.wording import language, said
from hub.store.names import printable
from hub.store.orders import Close, Count, Treat
from protocol.events import Action, Task

blueprint = Blueprint("room", __name__)
_PAST_ALERTS = 200
_MOST_PEOPLE = 100_000
_LONGEST_REASON = 200
_ACTIONS = {"start": Action.STARTED, "done": Action.DONE, "abort": Action.ABORTED}


@blueprint.get("/space/<space_id>")
def show(space_id: str) -> str:
    """The page as it is now."""
    return _page(space_id)


def recount(space_id: str) -> Response | tuple[str, int]:
    """Somebody counted, or says that nobody is inside."""
    require_building(_space(space_id).building)
    count = "0" if request.form.get("empty") else request.form.get("count", "").strip()
    reason = printable(request.form.get("reason", ""))
    if not (count.isascii() and count.isdigit() and len(count) < 7 and int(count) <= _MOST_PEOPLE):
        return _page(space_id, wrong="count", kept={"count": count, "reason": reason}), 422
    if len(reason) > _LONGEST_REASON:
        return _page(space_id, wrong="reason", kept={"count": count, "reason": reason}), 422
    decide(Count(count=int(count), reason=reason), space_id)
    return _back(space_id)


def hold(space_id: str) -> Response | tuple[str, int]:
    """Somebody closes the room, or opens it again."""
    require_building(_space(space_id).building)
    reason = printable(request.form.get("reason", ""))
    if len(reason) > _LONGEST_REASON:
        return _page(space_id, wrong="hold", kept={"hold": reason}), 422
    decide(Close(on=request.form.get("on") == "1", reason=reason), space_id)
    return _back(space_id)


def treat(space_id: str, task: str, action: str) -> Response:
    """Somebody begins a task, has done it, or cannot do it."""
    require_building(_space(space_id).building)
    if task not in [one.value for one in Task] or action not in _ACTIONS:
        abort(404)
    decide(Treat(task=Task(task), action=_ACTIONS[action], reason=""), space_id)
    return _back(space_id)


for _rule, _name, _view in (
    ("/space/<space_id>/recount", "recount", acting(recount)),
    ("/space/<space_id>/hold", "hold", acting(hold)),
    ("/space/<space_id>/tasks/<task>/<action>", "treat", acting(treat)),
):
    blueprint.add_url_rule(_rule, _name, _view, methods=["POST"])


def _page(space_id: str, wrong: str = "", kept: dict[str, str] | None = None) -> str:
    here, asker = services(), visitor()
    assert asker is not None
    picture, now = here.picture(), here.clock.now()
    state = picture.state(now, here.settings.build)
    stored = picture.space(space_id)
    if stored is None:
        abort(404)
    space, row = honest(stored, state.hub, now), room_row(space_id)
    live = is_live(state.hub, now)
    past = series(here.history.between(space_id, now - USUAL, now))
    alerts = [view_alert(one) for one in here.alert_book.past(_PAST_ALERTS) if one.alert.space == space_id]
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return render_template(
        "room.html",
        space=space,
        name=space.names.get(language(), ""),
        look=look_of(space),
        bar=bar_of(space),
        tasks=open_tasks(space),
        row=row if live else None,
        things=things_of(row, state.nodes, now, is_live=live),
        history=past,
        ribbon=ribbon_of(past),
        table=table_of(past),
        word_of=word_of,
        legend=sorted({one.state for one in ribbon_of(past)}),
        day=USUAL,
        alerts=alerts_of(space_id, state.alerts, alerts, now - USUAL),
        is_live=live,
        may_act=may(asker, space.building),
        is_sent=request.args.get("sent") == "1",
        wrong=wrong,
        kept=kept or {},
        now=now,
        offset_min=offset_min,
        time=partial(campus_time, offset_min=offset_min),
        hour=lambda at: (at + timedelta(minutes=offset_min)).strftime("%H:%M"),
        ago=_ago,
        said=said,
    )


def _space(space_id: str) -> SpaceView:
    found = services().picture().space(space_id)
    if found is None:
        abort(404)
    return found


def _back(space_id: str) -> Response:
    return redirect(url_for("room.show", space_id=space_id, sent=1), 303)


def _ago(seconds: float) -> str:
    whole = int(seconds)
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= size:
            return str(gettext("ago.ago").format(age=gettext(f"ago.{unit}").format(n=whole // size)))
    return str(gettext("ago.ago").format(age=gettext("ago.s").format(n=whole)))
