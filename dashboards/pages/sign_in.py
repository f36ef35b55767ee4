"""Signing in by a one-time code or by name and password, the second step, and signing out."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from dashboards.access.auditing import record, record_throttled
from dashboards.access.gate import browser, forget, remember, safe_next, token, visitor
from dashboards.access.whence import address
from dashboards.services import services
from hub.store.accounts import AccountError, SignedIn, Throttled

blueprint = Blueprint("sign_in", __name__)
#: Where the form token's cookie keeps the first step until the second.
_HALF, _NEXT = "half_sign_in", "half_next"
Answer = Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.get("/sign-in")
def form() -> str:
    """The form; a code in the link is filled in but not used until the button is pressed."""
    return _form(request.args.get("code", ""))


@blueprint.post("/sign-in")
def enter() -> Answer:
    """Let in, or say that it was wrong without saying what."""
    given = request.form
    code, name = given.get("code", ""), given.get("name", "")
    try:
        granted = _granted(code, name, given.get("password", ""), given.get("shown_name"))
    except Throttled as wait:
        record_throttled(known_name(name), "code" if code else "password")
        page = _form(code, fault="wait", wait_s=wait.wait_s)
        return page, 429, {"Retry-After": str(wait.wait_s)}
    except AccountError as error:
        return _form(code, fault=error.code), 400
    if granted is None:
        tried = known_name(name)
        record("sign_in.failed", tried or "", who=tried)
        return _form(code, fault="wrong"), 403
    if granted.is_half:
        session.clear()
        session[_HALF], session[_NEXT] = granted.token, safe_next(given.get("next"))
        return redirect(url_for("sign_in.second_form"), 303)
    return let_in(granted, given.get("next"))


@blueprint.get("/sign-in/second-step")
def second_form() -> Response | str:
    """Ask for the code of the app."""
    if _HALF not in session:
        return redirect(url_for("sign_in.form"), 303)
    return render_template("second_step.html", fault=None, wait_s=0)


@blueprint.post("/sign-in/second-step")
def second() -> Answer:
    """Let in by a code of the app or of the recovery sheet."""
    half, wanted = session.get(_HALF, ""), session.get(_NEXT)
    begun = services().accounts.half_of(half)
    tried = None if begun is None else begun.name
    try:
        granted = services().accounts.finish_sign_in(half, request.form.get("code", "")[:40], browser())
    except Throttled as wait:
        record_throttled(tried, "second step")
        page = render_template("second_step.html", fault="wait", wait_s=wait.wait_s)
        return page, 429, {"Retry-After": str(wait.wait_s)}
    except AccountError:
        session.clear()
        return _form("", fault="half"), 403
    if granted is None:
        record("sign_in.failed", tried or "", {"step": "second"}, who=tried)
        return render_template("second_step.html", fault="wrong", wait_s=0), 403
    return let_in(granted, wanted)


@blueprint.post("/sign-out")
def leave() -> Response:
    """End the sitting."""
    if visitor() is not None:
        record("sign_out")
    services().accounts.sign_out(token())
    session.clear()
    return forget(redirect(url_for("sign_in.form"), 303))


def let_in(granted: SignedIn, target: str | None, way: str = "") -> Response:
    """A new sitting: nothing from before it stays, the old sitting and the CSRF secret neither."""
    services().accounts.sign_out(token())
    session.clear()
    note_sign_in(granted, way)
    return remember(redirect(safe_next(target), 303), granted.token, granted.browser)


def note_sign_in(granted: SignedIn, way: str = "") -> None:
    """Into the log: who came in, and how where it was not by password or code."""
    user, detail = granted.user, {"way": way} if way else None
    services().audit.add(user.name, user.role.value, "sign_in", user.name, detail, account=user.id)


def known_name(name: str) -> str | None:
    """The name if it is an account's: others may be a password in the wrong field."""
    known = services().accounts.find(name)
    return None if known is None else known.name


def _granted(code: str, name: str, password: str, shown_name: str | None) -> SignedIn | None:
    accounts = services().accounts
    if code:
        return accounts.sign_in_by_code(code, address(), shown_name, browser())
    return accounts.sign_in(name, password, address(), browser())


def _form(code: str, *, fault: str | None = None, wait_s: int = 0) -> str:
    return render_template(
        "sign_in.html",
        code=code[:40],
        fault=fault,
        wait_s=wait_s,
        given=request.form,
        next=safe_next(request.values.get("next")),
        asker=visitor(),
        provider=services().settings.oidc,
    )
