"""Alerts for people: the inbox, one alert with what to do and what happened, taking it, putting aside."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import groupby

import msgspec
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from dashboards.access.gate import ACTING, acting, visitor
from dashboards.api.board import acknowledge
from dashboards.api.bodies import ShelveBody
from dashboards.api.ordering import decide
from dashboards.duty.drills import certificate_of
from dashboards.duty.handover import campus_time
from dashboards.duty.hub_sentences import correction, note
from dashboards.duty.task_limits import OF_TASKS
from dashboards.duty.timelines import Line, timeline
from dashboards.live.views import AlertView, State, is_live, is_worth_a_card, view_alert
from dashboards.services import services
from dashboards.words.script_data import for_script
from dashboards.words.wording import script_words
from hub.alerts.drill import LASTS
from hub.store.alert_book import row_of
from hub.store.orders import Shelve
from protocol.messages import AlertState

blueprint = Blueprint("alerts", __name__)
TABS = ("open", "mine", "shelved", "past")
MINUTES = (15, 30, 60)
#: Past alerts of one page.
_A_PAGE = 25
#: A group of one kind from so many on can be taken at once.
_MANY = 2


@blueprint.get("/alerts")
def show() -> str:
    """The inbox."""
    state, asker = now_state(), visitor()
    assert asker is not None
    tab = request.args.get("tab", "open")
    tab = tab if tab in TABS else "open"
    page = request.args.get("page", "0")
    number = min(int(page), 400) if page.isdecimal() and len(page) < 9 else 0
    shown = [alert for alert in state.alerts if is_worth_a_card(alert)]
    of = {
        "open": [alert for alert in shown if alert.muted is None],
        "mine": [alert for alert in shown if alert.acked_by == asker.shown_name],
        "shelved": [alert for alert in shown if alert.muted is not None],
    }
    past: list[AlertView] = []
    if tab == "past":
        rows = services().alert_book.past((number + 1) * _A_PAGE + 1)[number * _A_PAGE :]
        past = [view_alert(row) for row in rows]
    listed = sorted(of.get(tab, []), key=_pressing)
    return render_template(
        "alerts.html",
        tab=tab,
        tabs=[(name, len(of[name]) if name in of else None) for name in TABS],
        groups=_groups(listed),
        past=past[:_A_PAGE],
        page=number,
        has_more=len(past) > _A_PAGE,
        many=_MANY,
        **common(state),
    )


@blueprint.get("/alerts/<alert_id>")
def one(alert_id: str) -> str:
    """One alert: what, where, what to do, what happened."""
    return _one(alert_id)


@blueprint.post("/alerts/<alert_id>/take")
@acting
def take(alert_id: str) -> Response | tuple[str, int]:
    """Somebody has it in hand."""
    answer = acknowledge(alert_id)
    if answer.status_code == 404:
        abort(404)
    if answer.status_code == 409:
        return _one(alert_id, fault="pending"), 409
    return redirect(url_for("alerts.one", alert_id=alert_id), 303)


@blueprint.post("/alerts/take")
@acting
def take_group() -> Response:
    """Take those of one group that were on the page; what has come since is not among them."""
    for alert_id in request.form.getlist("alert")[:100]:
        # What is in another building than the account's is left for those who have it.
        with suppress(Forbidden):
            acknowledge(alert_id)
    return redirect(url_for("alerts.show"), 303)


@blueprint.post("/alerts/<alert_id>/shelve")
@acting
def shelve(alert_id: str) -> Response | tuple[str, int]:
    """Put it aside for a while with a reason, or take it down again."""
    alert = _find(alert_id)
    if alert.state is AlertState.PENDING or alert.id not in {one.id for one in now_state().alerts}:
        return _one(alert_id, fault="closed"), 409
    minutes = request.form.get("minutes", "")
    number = int(minutes) if minutes in map(str, (0, *MINUTES)) else -1
    given = {"minutes": number, "reason": request.form.get("reason", "")}
    try:
        asked = msgspec.convert(given, ShelveBody)
    except msgspec.ValidationError:
        return _one(alert_id, fault="reason" if given["minutes"] in MINUTES else "minutes"), 422
    decide(Shelve(minutes=asked.minutes, reason=asked.reason.strip() or "taken down"), alert_id)
    return redirect(url_for("alerts.one", alert_id=alert_id, sent=1), 303)


def now_state() -> State:
    """The board as it is stored."""
    here = services()
    return here.picture().state(here.clock.now(), here.settings.build)


def common(state: State) -> dict[str, object]:
    """What every page about alerts needs."""
    asker = visitor()
    assert asker is not None
    offset_min = 0 if state.hub is None else state.hub.utc_offset_min
    return {
        "is_live": is_live(state.hub, state.now),
        "as_of": state.as_of,
        "now": state.now,
        "drill_lasts": LASTS,
        "time": partial(campus_time, offset_min=offset_min),
        "ago": partial(_ago, state.now),
        "left": partial(_left, state.now),
        "worst_of": partial(_worst_of, offset_min=offset_min),
        "may_act": asker.may_act and asker.user.role in ACTING,
        "codes": {space.space: space.code for space in state.spaces},
        "words": for_script(script_words("ago")),
    }


def _one(alert_id: str, *, fault: str | None = None) -> str:
    here, state = services(), now_state()
    alert = _find(alert_id)
    kept = here.alert_book.find(alert_id)
    happened = [] if kept is None else here.alert_book.transitions_of(alert_id)
    outcomes = here.work.outcomes()
    tellings = [] if outcomes is None else outcomes.of_alert(alert_id)
    lines: list[Line] = timeline(alert, happened, here.alert_book.notifications(alert_id), tellings)
    return render_template(
        "alert.html",
        alert=alert,
        is_over=kept is not None and kept.closed_at is not None,
        lines=lines,
        certificate=None if kept is None else certificate_of(kept, here.alert_book, here.work),
        # The tasks a treatment's alert calls for.
        tasks=(alert.limit_rule or "").split(", ") if alert.rule in OF_TASKS and alert.limit_rule else [],
        fault=fault,
        correction=correction,
        note=note,
        given=request.form,
        is_sent=request.args.get("sent") == "1",
        minutes=MINUTES,
        **common(state),
    )


def _find(alert_id: str) -> AlertView:
    on_board = next((one for one in now_state().alerts if one.id == alert_id), None)
    if on_board is not None:
        return on_board
    past = services().alert_book.find(alert_id)
    if past is None:
        abort(404)
    return view_alert(row_of(past))


def _pressing(alert: AlertView) -> tuple[bool, int, bool, str, datetime]:
    return alert.acked_by is not None, alert.priority, alert.is_drill, alert.rule, alert.since


def _groups(alerts: Iterable[AlertView]) -> list[list[AlertView]]:
    """Alerts of one kind that stand alike, together."""
    return [list(group) for _, group in groupby(alerts, key=lambda one: _pressing(one)[:4])]


def _ago(now: datetime, at: datetime) -> str:
    return str(gettext("ago.ago").format(age=_age((now - at).total_seconds())))


def _left(now: datetime, until: datetime) -> str:
    s = max(0, int((until - now).total_seconds()))
    return f"{s // 60}:{s % 60:02d}"


def _worst_of(alert: AlertView, *, offset_min: int) -> str:
    """The worst it has come to, with the limit then and when that was; empty: no value is known."""
    if alert.worst is None or alert.worst_limit is None or alert.worst_at is None:
        return ""
    said = {"value": f"{alert.worst:g}", "limit": f"{alert.worst_limit:g}"}
    return str(gettext("alerts.worst").format(**said, time=campus_time(alert.worst_at, offset_min)))


def _age(seconds: float) -> str:
    s = max(0, int(seconds))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if s >= length:
            return str(gettext(f"ago.{unit}").format(n=s // length))
    return str(gettext("ago.s").format(n=s))
