"""The data we hold, for everybody who asks, signed in or not."""

from flask import Blueprint, render_template

from dashboards.privacy import HELD, NEVER

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/privacy")
def show() -> str:
    """What is stored, where, how long, and who sees it."""
    return render_template("privacy.html", held=HELD, never=NEVER)
