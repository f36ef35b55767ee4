"""Where one can go: every place of the shell, in order, and who sees it. Pure but for what is registered."""

from typing import NamedTuple

from flask import current_app, request

from dashboards.access.gate import visitor
from hub.store.accounts import Role

_ADMIN = frozenset({Role.ADMIN})
_EVERYBODY = frozenset(Role)


class Place(NamedTuple):
    """A page that the shell leads to."""

    #: Flask's name of the view.
    endpoint: str
    #: Key of its word.
    word: str
    roles: frozenset[Role] = _EVERYBODY


#: The row at the top of every page.
TOP = (
    Place("board.show", "nav.board"),
    Place("map.show", "nav.map"),
    Place("tasks.show", "nav.tasks"),
    Place("alerts.show", "nav.alerts"),
    Place("handover.show", "nav.handover"),
    Place("nodes.show", "nav.nodes"),
    Place("doors.show", "nav.doors"),
    Place("report.show", "nav.report"),
    Place("admin.show", "nav.admin", frozenset({Role.ADMIN, Role.AUDITOR})),
)
#: What the page of the administrator leads to.
ADMIN = (
    Place("campus.show", "nav.campus", _ADMIN),
    Place("new_door.show", "nav.new_door", _ADMIN),
    Place("rooms.show", "nav.rooms", _ADMIN),
    Place("plans.show", "nav.plans", _ADMIN),
    Place("limits.show", "nav.limits", _ADMIN),
    Place("people.show", "nav.people", _ADMIN),
    Place("duties.show", "nav.duties", _ADMIN),
    Place("receivers.show", "nav.receivers", _ADMIN),
    Place("signs.show", "nav.signs", _ADMIN),
    Place("tokens.show", "nav.tokens", _ADMIN),
    Place("setup.show", "nav.setup", _ADMIN),
    Place("audit.show", "nav.audit", frozenset({Role.ADMIN, Role.AUDITOR})),
)


def places(row: tuple[Place, ...] = TOP) -> list[Place]:
    """The places of a row that whoever asks may open."""
    asker = visitor()
    if asker is None:
        return []
    views = current_app.view_functions
    return [one for one in row if one.endpoint in views and asker.user.role in one.roles]


def is_here(place: Place) -> bool:
    """Whether the page being shown belongs to this place: the same blueprint."""
    here = (request.endpoint or "").partition(".")[0]
    if place.endpoint == "admin.show":
        return here in {one.endpoint.partition(".")[0] for one in ADMIN} | {"admin"}
    return here == place.endpoint.partition(".")[0]
