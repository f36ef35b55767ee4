"""Every change by a browser carries the token of its form; a program with a bearer token needs none."""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from dashboards.access.gate import visitor


def protect(app: Flask) -> None:
    """Look at every change, after the gate has looked at who asks."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    guard = CSRFProtect(app)  # type: ignore[no-untyped-call]  # Flask-WTF carries no types

    def check() -> None:
        asker = visitor()
        if request.endpoint is not None and not (asker is not None and asker.is_program):
            guard.protect()  # type: ignore[no-untyped-call]  # Flask-WTF carries no types

    app.before_request(check)
