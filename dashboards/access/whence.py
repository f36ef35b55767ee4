"""Whence a request came and under what name we are reached: proxies that are believed, hosts, addresses."""

from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESS, _PROXIES = "KUZET_ADDRESS", "KUZET_PROXIES"


class BehindProxy:
    """Believes what a proxy says of the client where the proxy is ours, and nobody else."""

    def __init__(self, app: "WSGIApplication", config: dict[str, object]) -> None:
        self._direct = app
        self._proxied = ProxyFix(app, x_for=1, x_proto=1)
        self._config = config

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, with the client's own address where the peer may name it."""
        peer = environ.get("REMOTE_ADDR", "")
        named = self._config.get(_PROXIES, ())
        assert isinstance(named, tuple)
        app = self._proxied if is_loopback(peer) or peer in named else self._direct
        return app(environ, start_response)


def reached_at(app: Flask, address: str | None, proxies: Iterable[str] = ()) -> Flask:
    """The app that is reached at that address only, and by IP; None: by IP and as `localhost`.

    `proxies` are addresses of reverse proxies on other machines. Raises ValueError.
    """
    app.config[_PROXIES] = tuple(str(ip_address(one)) for one in proxies)
    if address is not None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"--address is like https://kuzet.example.kz, got `{address}`")
        app.config[_ADDRESS] = address.rstrip("/")
    own = "" if address is None else (urlsplit(address).hostname or "")
    # Before everything else: a page must not be made for a name that somebody else chose.
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: _look_at_host(own))
    return app


def building(make: Callable[[], Flask], address: str | None, proxies: Iterable[str]) -> Callable[[], Flask]:
    """What makes the app and says how it is reached."""
    return lambda: reached_at(make(), address, proxies)


def absolute(path: str) -> str:
    """The whole address of a path, for links that leave the page."""
    given = current_app.config.get(_ADDRESS)
    return f"{given}{path}" if given else url_for("board.show", _external=True).removesuffix("/board") + path


def address() -> str:
    """Whom failures are counted for: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        found = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def is_loopback(peer: str) -> bool:
    """Whether the address is of this machine; False for what is no address."""
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def _look_at_host(own: str) -> None:
    if request.blueprint == "health":
        return
    name = urlsplit(f"//{request.host}").hostname or ""
    if name not in ("localhost", own) and not _is_ip(name):
        abort(
            400,
            f"Kuzet does not know itself as `{name[:60]}`: open it by its address, or start it with "
            "--address https://…",
        )


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
