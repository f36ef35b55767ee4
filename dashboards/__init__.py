"""What people see: stores and a clock in, a Flask app out. Nothing here is global."""

from flask import Flask, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboards import api, gate, health, static_files, wording
from dashboards.feed import Feed
from dashboards.headers import add_headers
from dashboards.pages import account, sign_in
from dashboards.pages import board as board_page
from dashboards.pages import handover as handover_page
from dashboards.problems import add_error_handlers
from dashboards.publisher import Publisher
from dashboards.services import Board, Services, attach, services
from dashboards.settings import Settings
from hub.store.accounts import Accounts
from hub.store.alert_book import AlertBook
from hub.store.decisions import Decisions
from protocol.clock import Clock

#: The largest form or call, bytes.
_LARGEST = 64 * 1024


def create_app(
    settings: Settings,
    *,
    board: Board,
    decisions: Decisions,
    accounts: Accounts,
    alert_book: AlertBook,
    clock: Clock,
) -> Flask:
    """The dashboards as a WSGI app; whoever serves it runs `publisher_of(app)` in a thread."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST,
        # The token lives as long as the session: a board stays open for a whole shift.
        WTF_CSRF_TIME_LIMIT=None,
        # Behind a proxy the Referer is the proxy's business; Lax cookies and the token do the work.
        WTF_CSRF_SSL_STRICT=False,
        SESSION_COOKIE_NAME="__Host-kuzet-form" if settings.https else "kuzet-form",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    if settings.https:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # Flask's own recipe
    feed = Feed(settings.max_streams)
    publisher = Publisher(settings, board, decisions, feed, clock)
    attach(
        app,
        Services(
            settings=settings,
            board=board,
            decisions=decisions,
            accounts=accounts,
            alert_book=alert_book,
            clock=clock,
            feed=feed,
            publisher=publisher,
        ),
    )
    add_headers(app, https=settings.https)
    add_error_handlers(app)
    gate.close(app)
    CSRFProtect(app)  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    wording.add_wording(app)
    app.jinja_env.globals["static_url"] = _static_url
    for page in (board_page, handover_page, sign_in, account):
        app.register_blueprint(page.blueprint)
    for area in (api, health, wording, static_files):
        app.register_blueprint(area.blueprint)
    return app


def publisher_of(app: Flask) -> Publisher:
    """The publisher whose `run` must have a thread of its own."""
    found = app.extensions["kuzet"]
    assert isinstance(found, Services)
    return found.publisher


def _static_url(name: str) -> str:
    return url_for("static_files.serve", build=services().settings.build, name=name)
