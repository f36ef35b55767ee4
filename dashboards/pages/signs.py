"""The screens at doors: what passers-by see under a token, and the administrator's list of screens."""

import io

import msgspec
import segno
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from dashboards.access.auditing import record
from dashboards.access.gate import acting, overseeing, require_building
from dashboards.access.whence import absolute
from dashboards.api.problems import problem
from dashboards.duty.signs import Face, face_of
from dashboards.services import services
from dashboards.words.script_data import for_script
from hub.store.accounts import Role
from hub.store.names import printable

blueprint = Blueprint("signs", __name__)
_ADMIN = frozenset({Role.ADMIN})
#: Both at once, never in turn: Kazakh first, Russian as large, English smaller.
_LANGUAGES = ("kk", "ru", "en")
_FACES = ("go", "wait", "airing", "closed", "unknown")


@blueprint.get("/sign/<token>")
def sign(token: str) -> str:
    """The screen of a door."""
    face = _face(token)
    if face is None:
        abort(404)
    words = {}
    for language in _LANGUAGES:
        with force_locale(language):
            words[language] = {key: gettext(f"sign.{key}") for key in (*_FACES, "free", "elsewhere")}
    data = for_script(words)
    return render_template(
        "sign.html", face=face, token=token, words=words, languages_of_signs=_LANGUAGES, data=data
    )


@blueprint.get("/sign/<token>/state")
def state(token: str) -> Response:
    """The face now, for the screen's script."""
    face = _face(token)
    if face is None:
        return problem(404, "no-sign", "This screen was taken down; ask the administrator for another.")
    return Response(msgspec.json.encode(face), content_type="application/json")


@blueprint.get("/admin/signs")
@overseeing
def show() -> str:
    """Every screen with its address, and a form for another."""
    here = services()
    state = here.picture().state(here.clock.now(), here.settings.build)
    spaces = sorted(state.spaces, key=lambda one: one.code)
    codes = {one.space: one.code for one in spaces}
    rows = [
        {
            "sign": one,
            "code": codes.get(one.space, one.space),
            "address": absolute(url_for("signs.sign", token=one.token)),
        }
        for one in here.signs.list()
    ]
    wanted = request.args.get("space", "")
    return render_template(
        "signs.html", rows=rows, spaces=spaces, wanted=wanted, fault=request.args.get("fault"), code_of=_code
    )


@blueprint.post("/admin/signs")
def add() -> AnyResponse:
    """A new screen."""
    return acting(_add, _ADMIN)()


@blueprint.post("/admin/signs/<token>/remove")
def remove(token: str) -> AnyResponse:
    """A screen is taken down; its address shows nothing any more."""
    return acting(_remove, _ADMIN)(token)


def _add() -> AnyResponse:
    here = services()
    space, note = request.form.get("space", ""), printable(request.form.get("note", ""))
    found = here.picture().space(space)
    if found is None:
        return redirect(url_for("signs.show", fault="space"), 303)
    require_building(found.building)
    if len(note) > 80:
        return redirect(url_for("signs.show", fault="note", space=space), 303)
    here.signs.add(space, note)
    record("sign.add", space, {"note": note} if note else None)
    return redirect(url_for("signs.show"), 303)


def _remove(token: str) -> AnyResponse:
    gone = services().signs.find(token)
    if gone is not None:
        found = services().picture().space(gone.space)
        require_building(None if found is None else found.building)
    if gone is not None and services().signs.remove(token):
        record("sign.remove", gone.space, {"note": gone.note} if gone.note else None)
    return redirect(url_for("signs.show"), 303)


def _face(token: str) -> Face | None:
    here = services()
    found = here.signs.find(token)
    if found is None:
        return None
    state = here.picture().state(here.clock.now(), here.settings.build)
    return face_of(found.space, state.spaces, state.hub, state.now, here.settings.build)


def _code(address: str) -> Markup:
    """The address as a code to scan, an SVG of our own drawing."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=3, border=2, xmldecl=False, svgns=True, title=address, omitsize=False
    )
    return Markup(drawn.getvalue().decode())  # nosec B704  # drawn by segno, which escapes the title
