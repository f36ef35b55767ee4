"""What every answer carries: no inline script, no other origin, no framing, no caching of what is live."""

import gzip

from flask import Flask, Response, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_SQUEEZED = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml", "text/plain")
#: Pages that show a secret beside words of the asker: their length must not tell of it.
_WITH_SECRETS = ("sign_in", "account", "people", "tokens", "pin", "oidc", "second_step", "signs")
#: Shorter bodies gain nothing.
_WORTH_BYTES = 600


def add_headers(app: Flask, *, https: bool) -> None:
    """Put them on every answer of the app."""

    def after(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", _POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        answer.headers.setdefault("Cache-Control", "no-store")
        if https:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return _squeeze(answer)

    app.after_request(after)


def _squeeze(answer: Response) -> Response:
    """Compress what has no secret beside words of the asker (the sign-in form has both)."""
    if (
        answer.is_streamed
        or answer.status_code != 200
        or answer.mimetype not in _SQUEEZED
        or request.blueprint in _WITH_SECRETS
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return answer
    body = answer.get_data()
    if len(body) >= _WORTH_BYTES:
        answer.set_data(gzip.compress(body, 6, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
        answer.vary.add("Accept-Encoding")
    return answer
