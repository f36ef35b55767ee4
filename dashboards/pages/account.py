"""One's own account: who is signed in, the password, the second step of signing in, and the PIN."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import browser, remember, visitor
from dashboards.access.whence import address
from dashboards.duty.scanning import qr
from dashboards.services import services
from hub.store.accounts import AccountError, Role, Throttled, Visitor
from hub.store.pins import ROLES as PIN_ROLES
from hub.store.second_step import address_of

blueprint = Blueprint("account", __name__)
Answer = Response | str | tuple[str, int]
#: Where the form token's cookie keeps until when the password need not be said again, and for how long, s.
_PROVED, _PROVED_S = "step_proved", 600


@blueprint.get("/account")
def show() -> str:
    """Who is signed in, and the forms."""
    saved = request.args.get("saved", "")
    return _page(saved={"1": "saved", "pin": "pin_saved", "off": "step_off"}.get(saved))


@blueprint.post("/account/password")
def set_password() -> Answer:
    """Set the password; every other sitting of the account ends, this one goes on."""
    asker, fault = _asker()
    if fault:
        return fault
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _page(fault="differ", field="again"), 400
    try:
        services().accounts.set_password(asker, new, request.form.get("current"), address())
    except AccountError as error:
        field = {"wrong": "current", "provider": ""}.get(error.code, "new")
        return _page(fault=error.code, field=field), 400
    except Throttled:
        return _page(fault="slow", field="current"), 429
    record("account.password", asker.user.name)
    return _sit_down_again(asker, "1")


@blueprint.post("/account/second-step")
def begin_second_step() -> Answer:
    """Show the code to scan, and ask for a first code of the app."""
    asker, fault = _asker()
    if fault:
        return fault
    fault = _unproved(asker, "step_current")
    if fault:
        return fault
    session[_PROVED] = _now_s() + _PROVED_S
    try:
        return _scan(asker)
    except AccountError:
        return redirect(url_for("account.show"), 303)


@blueprint.post("/account/second-step/confirm")
def confirm_second_step() -> Answer:
    """A first right code turns it on; the recovery codes are shown this once."""
    asker, fault = _asker()
    if fault:
        return fault
    # The page shows the secret: who did not say the password a moment ago begins again.
    if asker.user.has_second_step or session.get(_PROVED, 0) <= _now_s():
        return redirect(url_for("account.show"), 303)
    accounts = services().accounts
    try:
        codes = accounts.second_step.confirm(asker.user.id, request.form.get("code", "")[:20])
    except Throttled:
        return _scan(asker, fault="slow"), 429
    if codes is None:
        return _scan(asker, fault="step_wrong"), 400
    record("account.second_step.on", asker.user.name)
    # Those who had come in without it are out, and this browser goes on under a new name.
    accounts.end_sittings(asker.user.name)
    session.clear()
    page = Response(render_template("recovery.html", codes=codes), content_type="text/html; charset=utf-8")
    again = accounts.sit_down_again(asker, browser())
    return remember(page, again.token, again.browser)


@blueprint.post("/account/second-step/end")
def end_second_step() -> Answer:
    """Sign in without it again; needs a code of it."""
    asker, fault = _asker()
    if fault:
        return fault
    accounts = services().accounts
    if asker.user.role is Role.ADMIN and accounts.is_second_step_needed():
        return _page(fault="step_needed"), 403
    try:
        if not accounts.second_step.is_right(asker.user.id, request.form.get("code", "")[:20]):
            return _page(fault="step_wrong", field="code"), 400
    except Throttled:
        return _page(fault="slow", field="code"), 429
    record("account.second_step.off", asker.user.name)
    accounts.reset_second_step(asker.user.name)
    return _sit_down_again(asker, "off")


@blueprint.post("/account/pin")
def set_pin() -> Answer:
    """Set one's own PIN for a shared computer."""
    asker, fault = _asker()
    if fault:
        return fault
    fault = _unproved(asker, "pin_current")
    if fault:
        return fault
    try:
        services().accounts.pins.set(asker.user.id, asker.user.role, request.form.get("pin", ""))
    except AccountError as error:
        return _page(fault=error.code, field="" if error.code in ("pin-role", "provider") else "pin"), 400
    record("account.pin", asker.user.name)
    return redirect(url_for("account.show", saved="pin"), 303)


def _asker() -> tuple[Visitor, tuple[str, int] | None]:
    """Who asks, and the page that refuses them: a sitting that is over, or begun by a few digits."""
    asker = visitor()
    assert asker is not None
    if not asker.may_act:
        return asker, (_page(fault="over"), 401)
    if asker.by_pin:
        return asker, (_page(fault="pin_sitting"), 403)
    return asker, None


def _unproved(asker: Visitor, field: str) -> tuple[str, int] | None:
    """The page that asks for the password once more: a sitting left open must not bind a stranger's phone."""
    try:
        services().accounts.require_current(asker, request.form.get("current"), address())
    except AccountError as error:
        return _page(fault=error.code, field=field), 400
    except Throttled:
        return _page(fault="slow", field=field), 429
    return None


def _now_s() -> int:
    return int(services().clock.now().timestamp())


def _sit_down_again(asker: Visitor, saved: str) -> Response:
    session.clear()
    answer = redirect(url_for("account.show", saved=saved), 303)
    again = services().accounts.sit_down_again(asker, browser())
    return remember(answer, again.token, again.browser)


def _scan(asker: Visitor, fault: str | None = None) -> str:
    here = services()
    secret = here.accounts.second_step.begin(asker.user.id)
    scanned = address_of(secret, asker.user.name, "Kuzet")
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return render_template("enrol.html", qr=qr(scanned), secret=groups, fault=fault, asker=asker)


def _page(*, fault: str | None = None, saved: str | None = None, field: str = "") -> str:
    asker = visitor()
    assert asker is not None
    accounts = services().accounts
    return render_template(
        "account.html",
        asker=asker,
        fault=fault,
        # Beside which field the fault stands; empty: it is about the page.
        field=field,
        saved=saved,
        asks_current=asker.user.has_password and not asker.by_code,
        may_have_pin=asker.user.role in PIN_ROLES,
        sheet_left=accounts.second_step.sheet_left(asker.user.id),
        must_enrol=asker.user.role is Role.ADMIN
        and not asker.user.has_second_step
        and accounts.is_second_step_needed(),
    )
