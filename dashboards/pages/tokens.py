"""Tokens of programs, for administrators: made, shown once, listed with their last use, revoked."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import format_date
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import administering, is_administrator, overseeing, visitor
from dashboards.pages.people import buildings
from dashboards.services import services
from dashboards.words.naming import names_now
from hub.store.accounts import AccountError
from hub.store.tokens import Scope

blueprint = Blueprint("tokens", __name__)
Answer = Response | tuple[str, int]
#: How long a token may be good, days; the first is offered.
DAYS = (90, 7, 30, 365)


@blueprint.get("/tokens")
@overseeing
def show() -> str:
    """Every token, and the form for a new one."""
    return _page(saved=request.args.get("saved"))


@blueprint.post("/tokens")
@administering
def add() -> Answer:
    """A new token; it is on the page this once."""
    given, here, asker = request.form, services(), visitor()
    assert asker is not None
    try:
        if given.get("days") not in {str(days) for days in DAYS}:
            raise AccountError("until", f"`days` is one of {DAYS}")
        strange = [one for one in given.getlist("building") if one not in buildings()]
        if strange:
            raise AccountError("building", f"there is no building `{strange[0]}`")
        until = here.clock.now() + timedelta(days=int(given["days"]))
        made, secret = here.accounts.tokens.add(
            given.get("name", ""), given.get("scope", ""), until, asker.user.name, given.getlist("building")
        )
    except AccountError as error:
        return _page(fault=error.code), 400
    record("token.add", made.name, {"token": made.id, "scope": made.scope.value, "days": int(given["days"])})
    return _page(secret=secret), 200


@blueprint.post("/tokens/<int:key>/revoke")
@administering
def revoke(key: int) -> Answer:
    """Let the program in no more."""
    try:
        gone = services().accounts.tokens.revoke(key)
    except AccountError:
        return _page(fault="token"), 404
    record("token.revoke", gone.name, {"token": gone.id})
    return redirect(url_for("tokens.show", saved="revoked"), 303)


def _page(*, fault: str | None = None, saved: str | None = None, secret: str | None = None) -> str:
    here, asker = services(), visitor()
    assert asker is not None
    state = here.picture().state(here.clock.now(), here.settings.build)
    offset = timedelta(minutes=0 if state.hub is None else state.hub.utc_offset_min)

    def day(at_ms: int) -> str:
        local = datetime.fromtimestamp(at_ms / 1000, UTC) + offset
        return str(format_date(local.date(), "medium"))  # type: ignore[no-untyped-call]  # Flask-Babel carries no types

    now_ms = int(here.clock.now().timestamp() * 1000)
    return render_template(
        "tokens.html",
        tokens=here.accounts.tokens.list(),
        now_ms=now_ms,
        day=day,
        scopes=list(Scope),
        days=DAYS,
        buildings=buildings(),
        names=names_now(),
        may_change=is_administrator(),
        fault=fault,
        saved=saved,
        secret=secret,
        given=request.form if fault else {},
    )
