"""The API's one table: what is served, by which view, and the description of it. Pure."""

from typing import Any

import msgspec
from msgspec import Struct

from dashboards.bodies import (
    Body,
    Decided,
    DrillBody,
    HoldBody,
    RecountBody,
    ShelveBody,
    SilenceBody,
    SilenceMade,
    TaskBody,
)
from dashboards.gate import ACTING, MANAGING
from dashboards.views import AlertView, SpaceView, State
from hub.store.accounts import Role
from hub.store.board import NodeRow, SilenceRow

_BODIES = (ShelveBody, TaskBody, RecountBody, HoldBody, SilenceBody, DrillBody)
_MODELS = (State, SpaceView, AlertView, SilenceRow, NodeRow, Decided, SilenceMade, *_BODIES)


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
    #: Query parameters, by name, with their choices.
    asks: dict[str, tuple[str, ...]] = {}
    #: Who may; empty: everybody signed in, and nothing is changed.
    roles: frozenset[Role] = frozenset()
    body: type[Body] | None = None
    #: The status of a good answer.
    status: int = 200


_NO_TOKEN = {400: "The CSRF token is missing, or the body is not JSON.", 403: "The role may not do this."}
_WRONG = {**_NO_TOKEN, 422: "A value does not fit; the detail says which and shows a good body."}
_OF_SPACE = {**_WRONG, 404: "There is no such space."}
_OF_TASK = {**_WRONG, 404: "There is no such space or treatment."}
ALERT_STATES = ("open", "pending", "firing", "resolved", "closed", "all")

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
        "Alerts: `open` are those not closed, `closed` the newest 200 of the past",
        "[AlertView]",
        {400: "There is no such state."},
        {"state": ALERT_STATES},
    ),
    Operation(
        "POST",
        "/alerts/<alert_id>/ack",
        "acknowledge",
        "Acknowledge an alert; doing it again changes nothing. Needs the header X-CSRFToken",
        "AlertView",
        {
            400: "The CSRF token is missing.",
            403: "The role only reads.",
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
        "/handover",
        "handover",
        "What the next shift must know",
        "object",
        {404: "The hub has not put it together yet."},
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
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "kuzet"}},
        },
        "security": [{"session": []}],
    }


def _describe_one(operation: Operation) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    faults = {401: "Nobody is signed in.", **operation.faults}
    answer: dict[str, Any] = {"description": operation.summary}
    if operation.gives:
        answer["content"] = _content(operation.gives)
    answers: dict[str, Any] = {str(operation.status): answer}
    answers |= {str(code): {"description": text, "content": problem} for code, text in sorted(faults.items())}
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("<")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": list(choices)}}
        for name, choices in operation.asks.items()
    ]
    described: dict[str, Any] = {
        "operationId": operation.view,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answers,
    }
    if operation.roles:
        header = {"name": "X-CSRFToken", "in": "header", "required": True, "schema": {"type": "string"}}
        parameters.append(header)
        described["x-roles"] = sorted(role.value for role in operation.roles)
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body is not TaskBody,
            "content": _content(operation.body.__name__),
        }
    return described


def _content(gives: str) -> dict[str, Any]:
    if "/" in gives:
        return {gives: {"schema": {"type": "string"}}}
    if gives == "object":
        return {"application/json": {"schema": {"type": "object"}}}
    one = {"$ref": f"#/components/schemas/{gives.strip('[]')}"}
    return {"application/json": {"schema": {"type": "array", "items": one} if gives[0] == "[" else one}}
