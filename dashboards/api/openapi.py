"""The API's one table: what is served, by which view, and the description of it. Pure."""

from typing import Any

import msgspec
from msgspec import Struct

from dashboards.access.auditing import AuditView
from dashboards.access.gate import ACTING, AUDITING, MANAGING
from dashboards.api.bodies import (
    Body,
    Decided,
    DrillBody,
    GiveBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    SilenceMade,
    TaskBody,
    TaskSaid,
)
from dashboards.api.paging import MOST, USUAL
from dashboards.duty.errands import TaskLog
from dashboards.live.views import AlertView, SpaceView, State
from dashboards.report.files import FORMS
from dashboards.report.words import LANGUAGES
from dashboards.room.series import Series
from hub.store.accounts import Role
from hub.store.board import NodeRow, SilenceRow
from hub.store.room_row import RoomRow

_BODIES = (ShelveBody, TaskBody, GiveBody, RecountBody, HoldBody, SilenceBody, DrillBody)
_ANSWERS = (AuditView, Decided, Series, RoomRow, SilenceMade, TaskLog, TaskSaid)
_MODELS = (State, SpaceView, AlertView, SilenceRow, NodeRow, *_ANSWERS, *_BODIES)


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


def describe(version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    _, models = msgspec.json.schema_components(_MODELS, ref_template="#/components/schemas/{name}")
    problem = {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = "/api/1" + operation.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _describe_one(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kuzet", "version": version},
        "paths": paths,
        "components": {
            "schemas": {**models, "Problem": problem},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "kuzet"},
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A program's token, `kz_…`, made at /tokens; its scope is `read`, `act`, "
                    "`manage`, `admin` or `audit`. It needs no X-CSRFToken.",
                },
            },
        },
        "security": [{"session": []}, {"token": []}],
    }


def _describe_one(operation: Operation) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    faults = {401: "Nobody is signed in.", **operation.faults}
    if operation.body is not None:
        faults[413] = "The body is too large."
    answer: dict[str, Any] = {"description": operation.summary}
    if "after" in operation.asks:
        text = 'The next page, as `<…>; rel="next"`; missing on the last.'
        answer["headers"] = {"Link": {"description": text, "schema": {"type": "string"}}}
    if operation.gives:
        answer["content"] = _content(operation.gives)
    answers: dict[str, Any] = {str(operation.status): answer}
    answers |= {str(code): {"description": text, "content": problem} for code, text in sorted(faults.items())}
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("<")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "schema": _schema_of(asked)} for name, asked in operation.asks.items()
    ]
    described: dict[str, Any] = {
        "operationId": operation.view,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answers,
    }
    if operation.roles and operation.method != "GET":
        # Not marked as required: a program with a bearer token has none.
        header = {"name": "X-CSRFToken", "in": "header", "required": False, "schema": {"type": "string"}}
        parameters.append(header)
    if operation.roles:
        described["x-roles"] = sorted(role.value for role in operation.roles)
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body is not TaskBody,
            "content": _content(operation.body.__name__),
        }
    return described


def _schema_of(asked: tuple[str, ...] | dict[str, Any]) -> dict[str, Any]:
    if isinstance(asked, dict):
        return asked
    return {"type": "string", "enum": list(asked)} if asked else {"type": "string"}


def _content(gives: str) -> dict[str, Any]:
    if "/" in gives:
        return {one: {"schema": {"type": "string"}} for one in gives.split(",")}
    if gives == "object":
        return {"application/json": {"schema": {"type": "object"}}}
    one = {"$ref": f"#/components/schemas/{gives.strip('[]')}"}
    return {"application/json": {"schema": {"type": "array", "items": one} if gives[0] == "[" else one}}
