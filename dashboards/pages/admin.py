"""The administrator's page: a list of what can be set up, each a page of its own."""

from flask import Blueprint, render_template

from dashboards.navigation import ADMIN, places

blueprint = Blueprint("admin", __name__)


@blueprint.get("/admin")
def show() -> str:
    """Every place of the administrator that whoever asks may open."""
    return render_template("admin.html", rows=places(ADMIN))
