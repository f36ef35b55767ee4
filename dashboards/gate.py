"""Who is asking, and may they: every page and call is closed unless it is listed here as open."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dashboards.problems import is_for_programs, problem
from dashboards.services import services
from hub.store.accounts import Role, Visitor

#: Endpoints that need no sign-in. /metrics looks for itself.
OPEN = frozenset(
    {
        "sign_in.form",
        "sign_in.enter",
        "wording.choose",
        "static_files.serve",
        "health.healthz",
        "health.metrics",
        "api.openapi",
    }
)
#: Who may change things; an auditor only reads.
ACTING = frozenset({Role.GUARD, Role.MANAGER, Role.ADMIN})
#: Who may keep others from being told, and call them to a drill.
MANAGING = frozenset({Role.MANAGER, Role.ADMIN})
_SHIFT_AND_NIGHT_S = 24 * 3600

_P = ParamSpec("_P")
_R = TypeVar("_R")


def close(app: Flask) -> None:
    """Look at every request before its view does."""
    app.before_request(_look)


def visitor() -> Visitor | None:
    """Who is asking; None when nobody is signed in."""
    return cast("Visitor | None", g.get("visitor"))


def acting(view: Callable[_P, _R], roles: frozenset[Role] = ACTING) -> Callable[_P, _R | Response]:
    """Let only those in who may do this, while their sitting lasts."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R | Response:
        asker = visitor()
        if asker is None or not asker.may_act:
            return problem(401, "session-over", "The session is over; sign in again.")
        if asker.user.role not in roles:
            may = ", ".join(sorted(role.value for role in roles))
            return problem(
                403, "role", f"The role `{asker.user.role.value}` may not do this; ask one of: {may}."
            )
        return view(*args, **kwargs)

    return guarded


def remember(answer: AnyResponse, token: str) -> AnyResponse:
    """Give the browser its token."""
    https = services().settings.https
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=_SHIFT_AND_NIGHT_S,
        secure=https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
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
    sent = token()
    g.visitor = services().accounts.visitor(sent) if sent else None
    if g.visitor is not None or request.endpoint in OPEN:
        return None
    if is_for_programs():
        return problem(401, "sign-in", "Sign in first.")
    target = request.full_path.rstrip("?") if request.method == "GET" else "/board"
    return redirect(url_for("sign_in.form", next=target), 303)
