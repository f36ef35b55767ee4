"""Signing in by a one-time code or by name and password, and signing out."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from dashboards.gate import forget, remember, safe_next, token, visitor
from dashboards.services import services
from hub.store.accounts import AccountError, Throttled

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
def form() -> str:
    """The form; a code in the link is filled in but not used until the button is pressed."""
    return _form(request.args.get("code", ""))


@blueprint.post("/sign-in")
def enter() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Let in, or say that it was wrong without saying what."""
    given = request.form
    code = given.get("code", "")
    try:
        granted = _granted(code, given.get("name", ""), given.get("password", ""), given.get("shown_name"))
    except Throttled as wait:
        page = _form(code, fault="wait", wait_s=wait.wait_s)
        return page, 429, {"Retry-After": str(wait.wait_s)}
    except AccountError as error:
        return _form(code, fault=error.code), 400
    if granted is None:
        return _form(code, fault="wrong"), 403
    # A new sitting: nothing from before it stays, the CSRF secret neither.
    session.clear()
    return remember(redirect(safe_next(given.get("next")), 303), granted)


@blueprint.post("/sign-out")
def leave() -> Response:
    """End the sitting."""
    services().accounts.sign_out(token())
    session.clear()
    return forget(redirect(url_for("sign_in.form"), 303))


def _granted(code: str, name: str, password: str, shown_name: str | None) -> str | None:
    accounts, address = services().accounts, request.remote_addr or "unknown"
    if code:
        return accounts.sign_in_by_code(code, address, shown_name)
    return accounts.sign_in(name, password, address)


def _form(code: str, *, fault: str | None = None, wait_s: int = 0) -> str:
    return render_template(
        "sign_in.html",
        code=code[:40],
        fault=fault,
        wait_s=wait_s,
        given=request.form,
        next=safe_next(request.values.get("next")),
        asker=visitor(),
    )
