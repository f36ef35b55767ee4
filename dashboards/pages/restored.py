"""The notice that a store was put back from a copy: on every page, until an administrator has read it."""

import msgspec
from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from dashboards.access.gate import administering, safe_next
from dashboards.api.ordering import decide
from dashboards.duty.restored import Notice, notice_of
from dashboards.live.views import view_hub
from dashboards.services import services
from hub.errors import StoreError
from hub.store.orders import KINDS, ReadRestored

blueprint = Blueprint("restored", __name__)


def notice_now() -> Notice | None:
    """What is to be said now; nothing more once somebody has read it, whether or not the hub has heard so."""
    here = services()
    try:
        row = here.picture().hub_row()
        notice = None if row is None else notice_of(row.restored, view_hub(row).utc_offset_min)
        if notice is None or here.decisions.about(KINDS[ReadRestored], [notice.of]):
            return None
    except (StoreError, msgspec.MsgspecError):
        # The page says itself that the store does not answer.
        return None
    return notice


@blueprint.get("/restored")
def show() -> str:
    """The notice alone, for a page that stays open."""
    return render_template("restored.html")


@blueprint.post("/restored/read")
@administering
def read() -> Response:
    """Store that whoever pressed has read it."""
    notice = notice_now()
    until = request.form.get("until", "")
    if not until:
        abort(400)
    # Another came since the page was drawn, or somebody else was quicker: nobody has read what was not there.
    if notice is not None and notice.of == until:
        decide(ReadRestored(), until)
    return redirect(safe_next(request.form.get("next")), 303)
