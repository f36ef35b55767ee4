"""The JSON API: the board as data, and taking an alert; other decisions: `ordering` and `task_orders`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from msgspec.structs import replace

from dashboards.access.auditing import beside_decision, view_entry
from dashboards.access.gate import acting, reading, visitor
from dashboards.access.reach import require_reach
from dashboards.api import ordering, task_orders
from dashboards.api.openapi import describe
from dashboards.api.operations import ALERT_STATES, OPERATIONS
from dashboards.api.paging import Paging, paged, paging, refuse_after
from dashboards.api.problems import problem
from dashboards.live.stream import live
from dashboards.live.views import SpaceView, State, honest, honest_node, view_alert
from dashboards.report.reporting import report
from dashboards.room import room_of
from dashboards.room.history import history
from dashboards.services import services
from hub.store.alert_book import row_of
from hub.store.orders import Acknowledge
from protocol.messages import AlertState

blueprint = Blueprint("api", __name__, url_prefix="/api/1")


def state() -> Response:
    """Everything the board shows."""
    return _json(_honest_state())


def spaces() -> Response:
    """Every space."""
    return _json(_confirmed_spaces())


def space(space_id: str) -> Response:
    """One space."""
    found = next((one for one in _confirmed_spaces() if one.space == space_id), None)
    return problem(404, "no-space", f"There is no space `{space_id}`.") if found is None else _json(found)


def alerts() -> Response:
    """The alerts in the state asked for."""
    wanted = request.args.get("state", "open")
    if wanted not in ALERT_STATES:
        return problem(400, "state", f"`state` is one of {', '.join(ALERT_STATES)}; got `{wanted[:40]}`.")
    asked = paging()
    if wanted in ("closed", "all"):
        return _past_alerts(asked, is_with_open=wanted == "all")
    found = _state().alerts
    if wanted in ("pending", "firing", "resolved"):
        found = [alert for alert in found if alert.state.value == wanted]
    return _json(found)


def nodes() -> Response:
    """Every node; unknown while the hub is silent."""
    found = _state()
    return _json([honest_node(one, found.hub, found.now) for one in found.nodes])


def silences() -> Response:
    """The silences in force, the first to end first."""
    found = _state().silences
    return _json(sorted(found, key=lambda one: (one.until, one.id)))


def handover() -> Response:
    """What the next shift must know."""
    found = services().picture().handover()
    if found is None:
        return problem(404, "no-handover", "The hub has written no handover yet; ask again in a minute.")
    return _json(found)


def acknowledge(alert_id: str) -> Response:
    """Take an alert: "I have it". A closed one stays as it is."""
    alert = next((one for one in _state().alerts if one.id == alert_id), None)
    if alert is None:
        past = services().alert_book.find(alert_id)
        if past is None:
            return problem(404, "no-alert", f"There is no alert `{alert_id[:40]}`.")
        alert = view_alert(row_of(past))
        if past.closed_at is not None:
            return _json(alert)
    if alert.state is AlertState.PENDING:
        return problem(409, "pending", "The alert has not fired yet: there is nothing to take.")
    asker, now = visitor(), services().clock.now()
    assert asker is not None
    require_reach(Acknowledge(), alert_id)
    if alert.acked_by is None:
        at_ms = int(now.timestamp() * 1000)
        taken = services().decisions.add("ack", alert_id, asker.shown_name, at_ms, beside=beside_decision())
        alert = replace(alert, acked_by=taken.who, acked_at=datetime.fromtimestamp(taken.at_ms / 1000, UTC))
        services().publisher.nudge()
    return _json(alert)


def audit() -> Response:
    """Who did what, newest first."""
    asked, given = paging(), request.args
    if asked.after is not None and not (asked.after.isdecimal() and len(asked.after) < 16):
        return refuse_after(asked.after)
    found = services().audit.page(
        None if asked.after is None else int(asked.after),
        asked.limit + 1,
        actor=given.get("actor"),
        action=given.get("action"),
        subject=given.get("subject"),
    )
    rows = found[: asked.limit]
    return paged([view_entry(one) for one in rows], rows[-1].id if len(found) > asked.limit else None)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    return _json(describe(services().settings.version))


def _past_alerts(asked: Paging, *, is_with_open: bool) -> Response:
    """A page of the past; before the first one, where they are asked for too, all that are open."""
    is_first = asked.after is None
    found = _state().alerts if is_with_open and is_first else []
    on_board = {alert.id for alert in found}
    try:
        past = services().alert_book.past(asked.limit + 1, asked.after)
    except KeyError:
        return refuse_after(asked.after or "")
    rows = [view_alert(row) for row in past[: asked.limit]]
    shown = found + [alert for alert in rows if alert.id not in on_board]
    return paged(shown, rows[-1].id if len(past) > asked.limit else None)


def _state() -> State:
    """The board as it is stored."""
    return services().picture().state(services().clock.now(), services().settings.build)


def _honest_state() -> State:
    """The board with whatever is too old turned unknown."""
    found = _state()
    return replace(found, spaces=[honest(one, found.hub, found.now) for one in found.spaces])


def _confirmed_spaces() -> list[SpaceView]:
    """The spaces, each `as_of` the hub's last pulse: until then it has said nothing else of them."""
    found = _honest_state()
    if found.hub is None:
        return found.spaces
    return [replace(one, as_of=max(one.as_of, found.hub.as_of)) for one in found.spaces]


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")


_VIEWS: dict[str, Callable[..., Any]] = {
    view.__name__: view
    for view in (
        *(state, spaces, space, alerts, nodes, silences, handover, live, acknowledge, audit),
        *(ordering.shelve, task_orders.start_task, task_orders.finish_task, task_orders.abort_task),
        *(history, room_of.room, report),
        *(task_orders.errands, task_orders.take_task, task_orders.give_task),
        *(ordering.recount, ordering.hold, ordering.silence, ordering.end_silence, ordering.drill),
    )
}
for _one in OPERATIONS:
    _view = _VIEWS[_one.view]
    _guarded = reading if _one.method == "GET" else acting
    blueprint.add_url_rule(
        _one.path, _one.view, _guarded(_view, _one.roles) if _one.roles else _view, methods=[_one.method]
    )
