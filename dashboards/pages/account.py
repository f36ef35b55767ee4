"""One's own account: who is signed in, and setting a password."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboards.gate import remember, visitor
from dashboards.services import services
from hub.store.accounts import AccountError, Throttled

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def show() -> str:
    """Who is signed in, and the form."""
    return _page(is_saved=request.args.get("saved") == "1")


@blueprint.post("/account/password")
def set_password() -> Response | tuple[str, int]:
    """Set the password; every other sitting of the account ends, this one goes on."""
    asker = visitor()
    assert asker is not None
    if not asker.may_act:
        return _page(fault="over"), 401
    new, address = request.form.get("new", ""), request.remote_addr or "unknown"
    if new != request.form.get("again", ""):
        return _page(fault="differ"), 400
    accounts = services().accounts
    try:
        accounts.set_password(asker, new, request.form.get("current"), address)
    except AccountError as error:
        return _page(fault=error.code), 400
    except Throttled:
        return _page(fault="slow"), 429
    return remember(redirect(url_for("account.show", saved=1), 303), accounts.sit_down_again(asker))


def _page(*, fault: str | None = None, is_saved: bool = False) -> str:
    asker = visitor()
    assert asker is not None
    asks_current = asker.user.has_password and not asker.by_code
    return render_template(
        "account.html", asker=asker, fault=fault, is_saved=is_saved, asks_current=asks_current
    )
