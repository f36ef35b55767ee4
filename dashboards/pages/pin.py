"""Signing on by PIN at a computer that others share: a page, and a call for the board's dialog."""

import msgspec
from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import generate_csrf
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from dashboards.access.auditing import record, record_throttled
from dashboards.access.gate import remember, safe_next, token, visitor
from dashboards.access.whence import address
from dashboards.api.problems import problem
from dashboards.pages.sign_in import known_name, note_sign_in
from dashboards.services import services
from hub.store.accounts import SignedIn, Throttled

blueprint = Blueprint("pin", __name__)


class Given(Struct, frozen=True, kw_only=True):
    """What the board's dialog sends."""

    name: str
    pin: str


@blueprint.get("/pin")
def form() -> str:
    """Choose a name, type the PIN."""
    return _form()


@blueprint.get("/pin/names")
def names() -> Response:
    """Who may sign on here."""
    return _json({"names": services().accounts.pins.names()})


@blueprint.post("/pin")
def enter() -> AnyResponse | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """A sitting of whose PIN it is, in place of the one before; JSON is answered with JSON.

    The gate lets in only browsers that somebody has signed in with: their sitting may be over.
    """
    if request.mimetype == "application/json":
        return _called()
    given = request.form
    try:
        granted = _granted(given.get("name", ""), given.get("pin", ""))
    except Throttled as wait:
        return _form(fault="wait", wait_s=wait.wait_s), 429, {"Retry-After": str(wait.wait_s)}
    if granted is None:
        return _form(fault="wrong"), 403
    return remember(redirect(safe_next(given.get("next")), 303), _sit_down(granted))


def _called() -> AnyResponse:
    try:
        given = msgspec.json.decode(request.get_data(), type=Given)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return problem(400, "json", 'Send for example {"name": "Әсет", "pin": "4071"}')
    try:
        granted = _granted(given.name, given.pin)
    except Throttled as wait:
        return problem(429, "wait", f"Wait {wait.wait_s} s, then try again.", retry_after_s=wait.wait_s)
    if granted is None:
        return problem(403, "pin", "The name or the PIN is wrong.")
    sitting = _sit_down(granted)
    found = services().accounts.visitor(sitting)
    assert found is not None
    # The form token of the page went with the old sitting: this is the new one.
    token_of_form = generate_csrf()  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    body = {"name": found.shown_name, "ends_ms": found.ends_ms, "csrf": token_of_form}
    return remember(_json(body), sitting)


def _granted(name: str, pin: str) -> SignedIn | None:
    asker, tried = visitor(), known_name(name[:80])
    try:
        granted = services().accounts.sign_on_by_pin(
            name[:80], pin[:20], address(), None if asker is None else asker.user.id
        )
    except Throttled:
        record_throttled(tried, "pin")
        raise
    if granted is None:
        record("sign_in.failed", tried or "", {"way": "pin"})
    return granted


def _sit_down(granted: SignedIn) -> str:
    """The sitting before ends, and nothing of it stays."""
    services().accounts.sign_out(token())
    session.clear()
    note_sign_in(granted, "pin")
    return granted.token


def _form(*, fault: str | None = None, wait_s: int = 0) -> str:
    return render_template(
        "pin.html",
        names=services().accounts.pins.names(),
        fault=fault,
        wait_s=wait_s,
        given=request.form,
        next=safe_next(request.values.get("next")),
        back=url_for("board.show"),
    )


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")
