"""Every error as people or programs can read it: a page with a code, or an RFC 9457 problem document."""

import logging
from http import HTTPStatus

import msgspec
from flask import Flask, Response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

log = logging.getLogger(__name__)

#: Statuses that have a page of their own words; others use those of 400 or 500.
_WORDED = (400, 401, 403, 404, 405, 413, 429, 500, 503)


def problem(status: int, code: str, detail: str, *, retry_after_s: int | None = None) -> Response:
    """A problem document; `code` is stable and short, `detail` says what to do."""
    body = {
        "type": f"urn:kuzet:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    answer = Response(msgspec.json.encode(body), status=status, content_type="application/problem+json")
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def is_for_programs() -> bool:
    """Whether the one who asks is a program."""
    return request.path.startswith("/api/") or request.path in ("/healthz", "/metrics")


def add_error_handlers(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _crashed)


def _answer(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    code = "csrf" if isinstance(error, CSRFError) else f"http-{status}"
    if is_for_programs():
        answer = problem(status, code, error.description or "")
    else:
        worded = status if status in _WORDED else (500 if status >= 500 else 400)
        page = render_template("error.html", status=status, title=_(f"error.{worded}"))
        answer = Response(page, status=status, content_type="text/html; charset=utf-8")
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _crashed(error: Exception) -> Response:
    log.exception("request=%s %s failed", request.method, request.path, exc_info=error)
    return _answer(InternalServerError())
