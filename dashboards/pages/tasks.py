"""The tasks for a phone: the frame, the words and the first picture; the scripts do the rest, offline too."""

from typing import Any

import msgspec
from flask import Blueprint, Response, render_template
from flask_wtf.csrf import generate_csrf

from dashboards.access.gate import ACTING, visitor
from dashboards.duty.errands import LASTS, logs
from dashboards.duty.task_limits import rules_of_managers, task_rules
from dashboards.live.views import State
from dashboards.services import services
from dashboards.words.script_data import for_script
from dashboards.words.wording import script_words
from protocol.events import Task

blueprint = Blueprint("tasks", __name__)
#: Why a task cannot be done; the person may say it in own words besides.
REASONS = ("occupied", "no-key", "no-water", "broken", "cold", "other")
TASKS = tuple(task.value for task in Task)
_TABLES = ("ago", "tasks", "task", "role", "rule", "reason")


@blueprint.get("/tasks")
def show() -> str:
    """Every task as it is now."""
    return _page(None)


@blueprint.get("/tasks/<space_id>/<task>")
def one(space_id: str, task: str) -> str:
    """The same, opened at one task: what a notification's link leads to."""
    return _page({"space": space_id, "task": task})


@blueprint.get("/tasks/offline")
def offline() -> str:
    """The frame without data, a name or a form token: what the phone shows while it reaches nobody."""
    words = for_script(script_words(*_TABLES))
    return render_template("tasks.html", is_frame=True, first="null", words=words, reasons=REASONS)


@blueprint.get("/tasks/token")
def token() -> Response:
    """A fresh token for a page that has been away."""
    csrf: str = generate_csrf()  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    return Response(msgspec.json.encode({"csrf": csrf}), content_type="application/json")


def _page(opened: dict[str, str] | None) -> str:
    return render_template(
        "tasks.html",
        first=for_script(_first(opened)),
        words=for_script(script_words(*_TABLES)),
        reasons=REASONS,
    )


def _first(opened: dict[str, str] | None) -> dict[str, Any]:
    here, asker = services(), visitor()
    assert asker is not None
    now = here.clock.now()
    state: State = here.picture().state(now, here.settings.build)
    tables = here.work.limits.at(now)
    managing = rules_of_managers(tables)
    return {
        "now": now,
        "build": here.settings.build,
        "hub": state.hub,
        "spaces": [space for space in state.spaces if space.tasks],
        "alerts": [alert for alert in state.alerts if alert.rule in managing],
        "errands": logs(here.work.errands.since(int((now - LASTS).timestamp() * 1000))),
        "limits": task_rules(tables),
        "managing": managing,
        "reader": {
            "name": asker.shown_name,
            "role": asker.user.role.value,
            "may_act": asker.may_act and asker.user.role in ACTING,
        },
        "opened": opened,
    }
