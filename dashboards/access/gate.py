"""Who is asking, and may they: every page and call is closed unless it is listed here as open."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboards.api.problems import is_for_programs, problem
from dashboards.services import services
from hub.store.accounts import Role, Visitor

#: Endpoints that need no sign-in. /metrics looks for itself.
OPEN = frozenset(
    {
        "sign_in.form",
        "sign_in.enter",
        "sign_in.second_form",
        "sign_in.second",
        "oidc.begin",
        "oidc.back",
        "wording.choose",
        "static_files.serve",
        "phone.manifest",
        "phone.worker",
        "health.healthz",
        "health.metrics",
        "api.openapi",
        "privacy.show",
        # The token in the address is the key, and shows one room's state.
        "signs.sign",
        "signs.state",
    }
)
#: Who may change things; an auditor only reads.
ACTING = frozenset({Role.GUARD, Role.MANAGER, Role.ADMIN})
#: Who may keep others from being told, and call them to a drill.
MANAGING = frozenset({Role.MANAGER, Role.ADMIN})
#: Who may read who did what, and how accounts and programs are set up.
AUDITING = frozenset({Role.ADMIN, Role.AUDITOR})
#: Who may set up accounts, programs and the campus.
ADMINISTERING = frozenset({Role.ADMIN})
#: Where an administrator without the second step that is asked of him may still go.
_ENROLLING = ("account", "sign_in", "wording", "static_files", "health")
#: The cookie outlives the sitting: what it may still do, the store says.
_MONTH_S = 31 * 24 * 3600
_YEAR_S = 365 * 24 * 3600

_P = ParamSpec("_P")
_R = TypeVar("_R")


def close(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(_look)


def visitor() -> Visitor | None:
    """Who is asking; None when nobody is signed in."""
    return cast("Visitor | None", g.get("visitor"))


def _is_bearer() -> bool:
    """Whether the request carries a token of its own, which no browser sends by itself."""
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def _bearer() -> str:
    return request.headers["Authorization"][7:].strip()


def acting(view: Callable[_P, _R], roles: frozenset[Role] = ACTING) -> Callable[_P, _R | Response]:
    """Let only those in who may do this, while their sitting lasts."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R | Response:
        asker = visitor()
        if asker is not None and asker.is_program and not asker.may_act:
            return _refuse(403, "role", "This token only reads; ask an administrator for one that acts.")
        if asker is None or not asker.may_act:
            return _refuse(401, "session-over", "The session is over; sign in again.")
        if asker.user.role not in roles:
            may = ", ".join(sorted(role.value for role in roles))
            return _refuse(
                403, "role", f"The role `{asker.user.role.value}` may not do this; ask one of: {may}."
            )
        return view(*args, **kwargs)

    return guarded


def reading(view: Callable[_P, _R], roles: frozenset[Role]) -> Callable[_P, _R | Response]:
    """Let only those in who may see this, while their sitting lasts: what all may see is not asked here."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R | Response:
        asker = visitor()
        if asker is not None and not asker.may_act and not asker.is_program:
            return _refuse(401, "session-over", "The session is over; sign in again.")
        if asker is None or asker.user.role not in roles:
            may = ", ".join(sorted(role.value for role in roles))
            return _refuse(403, "role", f"Your role may not see this; ask one of: {may}.")
        return view(*args, **kwargs)

    return guarded


def administering(view: Callable[_P, _R]) -> Callable[_P, _R | Response]:
    """Let only administrators of the whole campus do this: one kept to a building may not free himself."""

    @wraps(view)
    def whole(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        require_building(None)
        return view(*args, **kwargs)

    return acting(whole, ADMINISTERING)


def overseeing(view: Callable[_P, _R]) -> Callable[_P, _R | Response]:
    """Let only administrators and auditors see this."""
    return reading(view, AUDITING)


def is_administrator() -> bool:
    """Whether whoever asks may set up the whole campus."""
    asker = visitor()
    return asker is not None and asker.user.role in ADMINISTERING and may(asker, None)


def look_again() -> Callable[[], bool]:
    """Says later, while a long answer goes on, whether whoever asks is still let in."""
    accounts, sent = services().accounts, token()
    if _is_bearer() and is_for_programs():
        secret = _bearer()
        return lambda: accounts.tokens.visitor(secret) is not None
    return lambda: accounts.visitor(sent) is not None


def may(asker: Visitor | None, building: str | None) -> bool:
    """Whether the asker may act on a thing in that building; None: it belongs to the whole campus.

    An account kept to some buildings acts on nothing that reaches beyond them.
    """
    if asker is None or not asker.may_act or asker.user.role not in ACTING:
        return False
    return not asker.user.buildings or building in asker.user.buildings


def require_building(building: str | None) -> None:
    """Refuse whoever may not act on a thing in that building."""
    asker = visitor()
    if asker is None or may(asker, building):
        return
    own, where = (
        ", ".join(sorted(asker.user.buildings)),
        f"building `{building}`" if building else "the campus",
    )
    abort(_refuse(403, "building", f"This is about {where}; your account acts only in: {own}."))


def remember(answer: AnyResponse, token: str, browser: str = "") -> AnyResponse:
    """Give the browser its token, and the name by which it is known from now on."""
    _give(answer, cookie_name(), token, _MONTH_S)
    if browser:
        _give(answer, _browser_cookie(), browser, _YEAR_S)
    return answer


def forget(answer: AnyResponse) -> AnyResponse:
    """Take it back."""
    answer.delete_cookie(
        cookie_name(), path="/", secure=services().settings.https, httponly=True, samesite="Lax"
    )
    return answer


def token() -> str:
    """The token the browser sent; empty without one."""
    return request.cookies.get(cookie_name(), "")


def browser() -> str:
    """The name by which the browser is known; empty without one."""
    return request.cookies.get(_browser_cookie(), "")[:100]


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; a loopback without https cannot have it."""
    return "__Host-kuzet" if services().settings.https else "kuzet"


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this site, else the board."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/board"
    if any(ord(letter) < 33 or letter == "\\" for letter in target):
        return "/board"
    parts = urlsplit(target)
    return "/board" if parts.scheme or parts.netloc else target


def _look() -> AnyResponse | None:
    g.visitor = None
    if request.endpoint is None or request.endpoint == "static_files.serve":
        return None
    if _is_bearer() and is_for_programs():
        g.visitor = services().accounts.tokens.visitor(_bearer())
        if g.visitor is None:
            # A wrong token is told, even where a cookie would do: the program must not act as a person.
            answer = problem(401, "token", "There is no such token, or it has ended or was revoked.")
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return answer
        return None
    sent = token()
    g.visitor = services().accounts.visitor(sent) if sent else None
    if g.visitor is not None:
        return _enrol(g.visitor)
    if request.endpoint in OPEN:
        return None
    if is_for_programs():
        return problem(401, "sign-in", "Sign in first.")
    target = request.full_path.rstrip("?") if request.method == "GET" else "/board"
    return redirect(url_for("sign_in.form", next=target), 303)


def _enrol(asker: Visitor) -> AnyResponse | None:
    """Send an administrator without the second step that is asked of all of them to set it up."""
    if asker.user.role is not Role.ADMIN or asker.user.has_second_step or request.endpoint in OPEN:
        return None
    if request.blueprint in _ENROLLING or not services().accounts.is_second_step_needed():
        return None
    if is_for_programs():
        return problem(403, "second-step", "Administrators need a second step: set it up at /account.")
    return redirect(url_for("account.show"), 303)


def _refuse(status: int, code: str, detail: str) -> Response:
    if not is_for_programs():
        abort(status, detail)
    return problem(status, code, detail)


def _give(answer: AnyResponse, name: str, value: str, max_age_s: int) -> None:
    https = services().settings.https
    answer.set_cookie(name, value, max_age=max_age_s, secure=https, httponly=True, samesite="Lax", path="/")


def _browser_cookie() -> str:
    return "__Host-kuzet-browser" if services().settings.https else "kuzet-browser"
