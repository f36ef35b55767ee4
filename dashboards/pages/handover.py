"""The handover of a shift: a page to read, print and sign; to read it needs no script."""

from collections.abc import Mapping
from functools import partial

import msgspec
from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboards.access.gate import ACTING, visitor
from dashboards.api.ordering import sign_shift
from dashboards.duty.handover import Handover, campus_hour, campus_time, read_handover
from dashboards.live.views import State, is_live
from dashboards.services import services
from dashboards.words.naming import names_now, word_or_code
from dashboards.words.wording import said

blueprint = Blueprint("handover", __name__)


@blueprint.get("/handover")
def show() -> str:
    """What the next shift must know, as the hub last put it together."""
    state, asker = _state(), visitor()
    assert asker is not None
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return render_template(
        "handover.html",
        handover=_handover(state),
        gaps=state.gaps,
        is_live=is_live(state.hub, state.now),
        as_of=state.now if state.hub is None else state.hub.as_of,
        word_or_code=word_or_code,
        names=names_now(),
        what=partial(_what, codes={one.space: one.code for one in state.spaces}),
        time=partial(campus_time, offset_min=offset_min),
        hour=partial(campus_hour, offset_min=offset_min),
        may_sign=asker.may_act and asker.user.role in ACTING,
        is_signed=request.args.get("read") == "1",
        who=asker.shown_name,
    )


@blueprint.post("/handover/read")
def sign() -> Response:
    """Store that whoever pressed has read it."""
    asker = visitor()
    assert asker is not None
    if not asker.may_act:
        abort(401)
    if asker.user.role not in ACTING:
        abort(403)
    found = _handover(_state())
    if found is None:
        abort(404)
    sign_shift(found.shift or "campus")
    return redirect(url_for("handover.show", read=1, _anchor="signed"), 303)


def _what(matchers: str, codes: Mapping[str, str]) -> str:
    """What is not told, as the hub lists it: rules in words, rooms by their codes."""
    return " · ".join(said("rule", codes.get(part, part)) for part in matchers.split())


def _state() -> State:
    here = services()
    return here.picture().state(here.clock.now(), here.settings.build)


def _handover(state: State) -> Handover | None:
    """None when the hub has written none, or one this page cannot read."""
    if state.handover is None:
        return None
    try:
        return read_handover(state.handover)
    except msgspec.ValidationError:
        return None
