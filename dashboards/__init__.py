"""What people see: stores and a clock in, a Flask app out. Nothing here is global."""

from dataclasses import fields

from flask import Flask, url_for
from werkzeug.routing import IntegerConverter

from dashboards.access import csrf, gate
from dashboards.access.headers import add_headers
from dashboards.access.oidc import add_oidc
from dashboards.access.whence import BehindProxy
from dashboards.api import board as api
from dashboards.api.problems import add_error_handlers
from dashboards.live import health
from dashboards.live.feed import Feed
from dashboards.live.publisher import Publisher
from dashboards.navigation import is_here, places
from dashboards.pages import account, admin, people, pin, sign_in, tokens
from dashboards.pages import alerts as alerts_page
from dashboards.pages import audit as audit_page
from dashboards.pages import board as board_page
from dashboards.pages import campus as campus_page
from dashboards.pages import drills as drills_page
from dashboards.pages import duties as duties_page
from dashboards.pages import handover as handover_page
from dashboards.pages import limits as limits_page
from dashboards.pages import map as map_page
from dashboards.pages import new_door as new_door_page
from dashboards.pages import nodes as nodes_page
from dashboards.pages import phone as phone_page
from dashboards.pages import plans as plans_page
from dashboards.pages import privacy as privacy_page
from dashboards.pages import receivers as receivers_page
from dashboards.pages import report as report_page
from dashboards.pages import restored as restored_page
from dashboards.pages import room as room_page
from dashboards.pages import rooms as rooms_page
from dashboards.pages import setup as setup_page
from dashboards.pages import signs as signs_page
from dashboards.pages import tasks as tasks_page
from dashboards.services import Services, attach, services
from dashboards.serving import static_files
from dashboards.settings import Settings
from dashboards.stores import Stores
from dashboards.words import wording
from protocol.clock import Clock

#: The largest form or call, bytes.
_LARGEST = 64 * 1024


class _Number(IntegerConverter):
    """A number in an address that a database can hold; a longer one is no address."""

    regex = r"\d{1,15}"


def create_app(settings: Settings, stores: Stores, clock: Clock) -> Flask:
    """The dashboards as a WSGI app; whoever serves it runs `publisher_of(app)` in a thread."""
    app = Flask(__name__, static_folder=None)
    app.url_map.converters["int"] = _Number
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
        app.wsgi_app = BehindProxy(app.wsgi_app, app.config)  # type: ignore[method-assign]  # Flask's own recipe
    feed = Feed(settings.max_streams)
    publisher = Publisher(settings, stores.board, stores.decisions, feed, clock)
    kept = {field.name: getattr(stores, field.name) for field in fields(Stores)}
    attach(app, Services(**kept, settings=settings, clock=clock, feed=feed, publisher=publisher))
    add_headers(app, https=settings.https)
    add_error_handlers(app)
    gate.close(app)
    plans_page.allow_large(app)
    csrf.protect(app)
    wording.add_wording(app, settings.translations)
    app.jinja_env.globals.update(static_url=_static_url, places=places, is_here=is_here)
    app.jinja_env.globals.update(known_views=app.view_functions)
    app.jinja_env.globals.update(
        restored_now=restored_page.notice_now, is_administrator=gate.is_administrator
    )
    app.context_processor(lambda: {"asker": gate.visitor()})
    for page in (board_page, handover_page, sign_in, account, admin, signs_page, nodes_page):
        app.register_blueprint(page.blueprint)
    for page in (people, pin, tokens):
        app.register_blueprint(page.blueprint)
    app.register_blueprint(nodes_page.doors_blueprint)
    for page in (campus_page, new_door_page, setup_page):
        app.register_blueprint(page.blueprint)
    for page in (tasks_page, phone_page, drills_page, alerts_page, room_page):
        app.register_blueprint(page.blueprint)
    for page in (rooms_page, limits_page, duties_page, receivers_page):
        app.register_blueprint(page.blueprint)
    for page in (map_page, plans_page):
        app.register_blueprint(page.blueprint)
    app.register_blueprint(report_page.blueprint)
    app.register_blueprint(restored_page.blueprint)
    if settings.oidc is not None:
        add_oidc(app, settings.oidc)
    for page in (audit_page, privacy_page):
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
