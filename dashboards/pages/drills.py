"""Drills and silences: two forms for managers, what is under way, and what drills have shown."""

from datetime import timedelta

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.wrappers import Response

from dashboards.access.gate import MANAGING, acting, visitor
from dashboards.api.bodies import DrillBody, SilenceBody
from dashboards.api.ordering import add_silence, begin_drill, end_silence
from dashboards.duty.drills import certificate_of
from dashboards.pages.alerts import common, now_state
from dashboards.services import services
from dashboards.words.wording import known_rules

blueprint = Blueprint("drills", __name__)
KINDS = ("fever", "overload", "dead-door")
#: How long a silence may be chosen for, minutes; the hub ends it with the shift.
LENGTHS = (30, 60, 120, 240, 480)
#: Drills shown.
_DRILLS = 10
#: Past alerts looked through for them.
_LOOKED = 2000


@blueprint.get("/alerts/drill")
def show() -> str:
    """The form, and what the newest drills have shown."""
    return _drills()


@blueprint.post("/alerts/drill")
def begin() -> Response | tuple[str, int]:
    """Begin one; the hub plays it within a second or two."""
    return _begin()


@blueprint.get("/alerts/silences")
def silences() -> str:
    """What nobody is told, by whom, until when, and the form."""
    return _silences()


@blueprint.post("/alerts/silences")
def silence() -> Response | tuple[str, int]:
    """Make one."""
    return _silence()


@blueprint.post("/alerts/silences/<silence_id>/end")
def end(silence_id: str) -> Response:
    """End one."""
    return _end(silence_id)


def _begin_checked() -> Response | tuple[str, int]:
    what = request.form.get("what", "")
    subject = request.form.get("node" if what == "dead-door" else "space", "")
    if what not in KINDS:
        return _drills(fault="what"), 422
    try:
        begin_drill(msgspec.convert({"what": what, "subject": subject}, DrillBody))
    except Forbidden:
        raise
    except (msgspec.ValidationError, HTTPException):
        return _drills(fault="node" if what == "dead-door" else "space"), 422
    return redirect(url_for("drills.show", begun=1), 303)


def _silence_checked() -> Response | tuple[str, int]:
    given = {name: request.form.get(name, "").strip() for name in ("rule", "space", "building", "node")}
    minutes, reason = request.form.get("minutes", ""), request.form.get("reason", "").strip()
    if not any(given.values()):
        return _silences(fault="what"), 422
    if not reason:
        return _silences(fault="reason"), 422
    if minutes not in map(str, LENGTHS):
        return _silences(fault="minutes"), 422
    until = services().clock.now() + timedelta(minutes=int(minutes))
    matchers = {name: word for name, word in given.items() if word}
    try:
        add_silence(msgspec.convert({**matchers, "until": until, "reason": reason}, SilenceBody))
    except Forbidden:
        raise
    except (msgspec.ValidationError, HTTPException):
        return _silences(fault="unknown"), 422
    return redirect(url_for("drills.silences", made=1), 303)


def _end_checked(silence_id: str) -> Response:
    end_silence(silence_id)
    return redirect(url_for("drills.silences", ended=1), 303)


_begin = acting(_begin_checked, MANAGING)
_silence = acting(_silence_checked, MANAGING)
_end = acting(_end_checked, MANAGING)


def _drills(*, fault: str | None = None) -> str:
    here, state = services(), now_state()
    board = [alert.id for alert in state.alerts if alert.is_drill]
    past = [
        row.alert.id for row in here.alert_book.past(_LOOKED) if row.is_drill and row.alert.id not in board
    ]
    drills = []
    for id in [*board, *past][:_DRILLS]:
        kept = here.alert_book.find(id)
        if kept is not None:
            drills.append((kept, certificate_of(kept, here.alert_book, here.work)))
    return render_template(
        "drill.html",
        kinds=KINDS,
        spaces=state.spaces,
        nodes=state.nodes,
        drills=drills,
        waiting=[alert for alert in state.alerts if alert.is_drill],
        fault=fault,
        given=request.form,
        is_begun=request.args.get("begun") == "1",
        may_manage=_may_manage(),
        **common(state),
    )


def _silences(*, fault: str | None = None) -> str:
    state = now_state()
    return render_template(
        "silences.html",
        silences=sorted(state.silences, key=lambda one: (one.until, one.id)),
        rules=known_rules(),
        spaces=state.spaces,
        nodes=state.nodes,
        buildings=sorted({one.building for one in state.spaces}),
        lengths=LENGTHS,
        fault=fault,
        given=request.form,
        is_made=request.args.get("made") == "1",
        is_ended=request.args.get("ended") == "1",
        may_manage=_may_manage(),
        **common(state),
    )


def _may_manage() -> bool:
    asker = visitor()
    return asker is not None and asker.may_act and asker.user.role in MANAGING
