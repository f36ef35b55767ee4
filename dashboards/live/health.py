"""For machines that watch the watcher: /healthz says whether what is shown is live, /metrics how much."""

import msgspec
from flask import Blueprint, Response, request

from dashboards.access.gate import visitor
from dashboards.access.whence import is_loopback
from dashboards.api.problems import problem
from dashboards.duty.restored import mark_of
from dashboards.live.metrics import metrics_text
from dashboards.services import services
from dashboards.settings import HUB_MAX_AGE_S
from hub.errors import StoreError

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 while the store answers and the hub's pulse is young."""
    here = services()
    try:
        hub = here.picture().hub_row()
    except (StoreError, msgspec.MsgspecError):
        return _health(503, "the store does not answer")
    if hub is None:
        return _health(503, "the hub has written nothing yet")
    age_s = (here.clock.now() - hub.as_of).total_seconds()
    if age_s > HUB_MAX_AGE_S:
        why = f"the hub's last pulse is {age_s:.0f} s old, allowed are {HUB_MAX_AGE_S:.0f}"
        return _health(503, why, age_s)
    return _health(200, "live", age_s, mark_of(hub.restored))


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for this machine and for people signed in."""
    if visitor() is None and not is_loopback(request.remote_addr or ""):
        return problem(401, "sign-in", "Metrics are for this machine and for people signed in.")
    here = services()
    picture = here.picture()
    text = metrics_text(
        picture.state(here.clock.now(), here.settings.build),
        picture.hub_row(),
        here.feed,
        here.settings,
    )
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _health(status: int, why: str, hub_age_s: float | None = None, restored: str = "") -> Response:
    """`hub_age_s`: since the hub's last pulse; null where there is none to be read.

    `restored`: when a store was put back from a copy, until an administrator has read so; empty: nothing.
    """
    said = "ok" if status == 200 else "failing"
    body = {"status": said, "why": why, "hub_age_s": hub_age_s, "restored": restored}
    return Response(msgspec.json.encode(body), status=status, content_type="application/json")
