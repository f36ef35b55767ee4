"""The guard's board: the frame, the words and the first picture; the scripts do the rest."""

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from dashboards.access.gate import ACTING, visitor
from dashboards.services import services
from dashboards.words.script_data import for_script
from dashboards.words.wording import script_words

blueprint = Blueprint("board", __name__)


@blueprint.get("/")
def home() -> Response:
    """The board is the first page."""
    return redirect(url_for("board.show"), 303)


@blueprint.get("/board")
def show() -> str:
    """The board as it is now."""
    here, asker = services(), visitor()
    assert asker is not None
    state = here.picture().state(here.clock.now(), here.settings.build)
    reader = {
        "name": asker.shown_name,
        # Whether this role takes alerts; a sitting that is over asks for a PIN first.
        "acts": asker.user.role in ACTING,
        "asks_pin": bool(here.accounts.pins.names()),
        "ends_ms": asker.ends_ms,
    }
    return render_template(
        "board.html",
        state=for_script(state),
        words=for_script(script_words()),
        reader=for_script(reader),
        csrf=generate_csrf(),  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
        asker=asker,
        names=None if state.hub is None else state.hub.names,
    )
