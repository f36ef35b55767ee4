"""The API's one table: what is served, by which view, and who may. Pure."""

from typing import Any

from msgspec import Struct

from dashboards.access.gate import ACTING, AUDITING, MANAGING
from dashboards.api.bodies import (
    Body,
    DrillBody,
    GiveBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    TaskBody,
)
from dashboards.api.paging import MOST, USUAL
from dashboards.report.files import FORMS
from dashboards.report.words import LANGUAGES
from hub.store.accounts import Role


class Operation(Struct, frozen=True):
    """One call: `path` in Flask's spelling below /api/1, `view` the function's name in its module."""

    method: str
    path: str
    view: str
    summary: str
    #: What the answer carries: a model's name, `[name]` for a list, a media type, `object`, or nothing.
    gives: str
    #: Problems beside 401, by status.
    faults: dict[int, str] = {}
    #: Query parameters, by name, with their choices, or with their schema.
    asks: dict[str, tuple[str, ...] | dict[str, Any]] = {}
    #: Who may; empty: everybody signed in, and nothing is changed.
    roles: frozenset[Role] = frozenset()
    body: type[Body] | None = None
    #: The status of a good answer.
    status: int = 200


_NO_TOKEN = {
    400: "The CSRF token is missing, or the body is not JSON.",
    403: "The role may not do this, or not in this building.",
}
_WRONG = {**_NO_TOKEN, 422: "A value does not fit; the detail says which and shows a good body."}
_OF_SPACE = {**_WRONG, 404: "There is no such space."}
_OF_TASK = {**_WRONG, 404: "There is no such space or treatment."}
ALERT_STATES = ("open", "pending", "firing", "resolved", "closed", "all")
#: Of lists that grow; the next page is in the Link header.
_LIMIT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
_PAGED: dict[str, tuple[str, ...] | dict[str, Any]] = {"limit": _LIMIT, "after": {"type": "string"}}
_FILTER: dict[str, Any] = {"type": "string"}

OPERATIONS = (
    Operation("GET", "/state", "state", "Everything the board shows", "State"),
    Operation("GET", "/spaces", "spaces", "Every space", "[SpaceView]"),
    Operation(
        "GET", "/spaces/<space_id>", "space", "One space", "SpaceView", {404: "There is no such space."}
    ),
    Operation(
        "GET",
        "/alerts",
        "alerts",
        "Alerts: `open` are those not closed, `closed` the past, newest first, in pages; `all` both",
        "[AlertView]",
        {400: "There is no such state, `limit` or `after`."},
        {"state": ALERT_STATES, **_PAGED},
    ),
    Operation(
        "POST",
        "/alerts/<alert_id>/ack",
        "acknowledge",
        "Acknowledge an alert; doing it again changes nothing. Needs the header X-CSRFToken",
        "AlertView",
        {
            400: "The CSRF token is missing.",
            403: "The role only reads, or acts in another building.",
            404: "There is no such alert.",
            409: "The alert has not fired yet.",
        },
        roles=ACTING,
    ),
    Operation(
        "POST",
        "/alerts/<alert_id>/shelve",
        "shelve",
        "Put an alert aside for 15, 30 or 60 minutes with a reason; 0 takes it down",
        "Decided",
        {**_WRONG, 404: "There is no such alert.", 409: "The alert has not fired, or is closed."},
        roles=ACTING,
        body=ShelveBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/tasks/<task>/start",
        "start_task",
        "A treatment was begun",
        "Decided",
        _OF_TASK,
        roles=ACTING,
        body=TaskBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/tasks/<task>/done",
        "finish_task",
        "A treatment is done",
        "Decided",
        _OF_TASK,
        roles=ACTING,
        body=TaskBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/tasks/<task>/abort",
        "abort_task",
        "A treatment cannot be done",
        "Decided",
        _OF_TASK,
        roles=ACTING,
        body=TaskBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/tasks/<task>/take",
        "take_task",
        "Whoever asks goes to do it; everybody sees who has it",
        "TaskSaid",
        {**_OF_TASK, 409: "Somebody else has it."},
        roles=ACTING,
        body=TaskBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/tasks/<task>/give",
        "give_task",
        "A task is handed on to whoever has a role",
        "TaskSaid",
        _OF_TASK,
        roles=ACTING,
        body=GiveBody,
    ),
    Operation("GET", "/errands", "errands", "What people said about tasks in 12 h", "[TaskLog]"),
    Operation(
        "POST",
        "/spaces/<space_id>/recount",
        "recount",
        "Somebody counted the people in a space",
        "Decided",
        _OF_SPACE,
        roles=ACTING,
        body=RecountBody,
    ),
    Operation(
        "POST",
        "/spaces/<space_id>/hold",
        "hold",
        "A person closes a space, or opens it again",
        "Decided",
        _OF_SPACE,
        roles=ACTING,
        body=HoldBody,
    ),
    Operation("GET", "/silences", "silences", "The silences in force", "[SilenceRow]"),
    Operation(
        "POST",
        "/silences",
        "silence",
        "Tell nobody about what matches, until then or until the shift ends",
        "SilenceMade",
        _WRONG,
        roles=MANAGING,
        body=SilenceBody,
        status=201,
    ),
    Operation(
        "DELETE",
        "/silences/<silence_id>",
        "end_silence",
        "A silence ends now; doing it again changes nothing",
        "",
        {**_NO_TOKEN, 404: "There is no such silence."},
        roles=MANAGING,
        status=204,
    ),
    Operation(
        "POST",
        "/drills",
        "drill",
        "Begin a drill: a labelled alarm, end to end",
        "Decided",
        _WRONG,
        roles=MANAGING,
        body=DrillBody,
    ),
    Operation("GET", "/nodes", "nodes", "Every node as the hub sees it", "[NodeRow]"),
    Operation(
        "GET",
        "/history",
        "history",
        "A space between two instants, minute by minute: at most 2,000 points, lows, highs and gaps kept",
        "Series",
        {400: "An instant or the step does not fit.", 404: "There is no such space."},
        {
            "space": {"type": "string"},
            "from": {"type": "string", "format": "date-time"},
            "to": {"type": "string", "format": "date-time"},
            "step": {"type": "string", "pattern": "^[0-9]{1,7}s?$"},
        },
    ),
    Operation(
        "GET",
        "/spaces/<space_id>/room",
        "room",
        "What is in a space: its doors, posts and sensors with what they last said, in and out of an hour",
        "RoomRow",
        {404: "There is no such space, or the hub has said nothing of it yet."},
    ),
    Operation(
        "GET",
        "/handover",
        "handover",
        "What the next shift must know",
        "object",
        {404: "The hub has not put it together yet."},
    ),
    Operation(
        "GET",
        "/audit",
        "audit",
        "Who did what, newest first, in pages; each entry's hash covers the one before it",
        "[AuditView]",
        {400: "There is no such `limit` or `after`.", 403: "The role may not see this."},
        {**_PAGED, "actor": _FILTER, "action": _FILTER, "subject": _FILTER},
        roles=AUDITING,
    ),
    Operation(
        "GET",
        "/reports/<file>",
        "report",
        "The report of a week: `2026-W47.html`, `.pdf`, `.xlsx` or `.csv`",
        ",".join(one.partition(";")[0] for one in FORMS.values()),
        {
            400: "There is no such language.",
            404: "There is no such week or form, or the week has not begun.",
            503: "The PDF cannot be made now; the detail says why.",
        },
        {"language": LANGUAGES},
    ),
    Operation(
        "GET",
        "/live",
        "live",
        "Server-sent events `snapshot`, `change`, `heartbeat`; resumes by Last-Event-ID",
        "text/event-stream",
        {503: "Every stream is taken: poll `state` each 5 s."},
    ),
)
