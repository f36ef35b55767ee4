"""The API's one table: what is served, by which view, and the description of it. Pure."""

from typing import Any

import msgspec
from msgspec import Struct

from dashboards.views import AlertView, SpaceView, State

_MODELS = (State, SpaceView, AlertView)


class Operation(Struct, frozen=True):
    """One call: `path` in Flask's spelling below /api/1, `view` the function's name in its module."""

    method: str
    path: str
    view: str
    summary: str
    #: What a 200 carries: a model's name, `[name]` for a list, or a media type.
    gives: str
    #: Problems beside 401, by status.
    faults: dict[int, str] = {}
    #: Query parameters, by name, with their choices.
    asks: dict[str, tuple[str, ...]] = {}
    is_change: bool = False


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
        is_change=True,
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
    answers: dict[str, Any] = {
        "200": {"description": operation.summary, "content": _content(operation.gives)}
    }
    answers |= {str(code): {"description": text, "content": problem} for code, text in sorted(faults.items())}
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("<")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": list(choices)}}
        for name, choices in operation.asks.items()
    ]
    if operation.is_change:
        header = {"name": "X-CSRFToken", "in": "header", "required": True, "schema": {"type": "string"}}
        parameters.append(header)
    return {
        "operationId": operation.view,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answers,
    }


def _content(gives: str) -> dict[str, Any]:
    if "/" in gives:
        return {gives: {"schema": {"type": "string"}}}
    one = {"$ref": f"#/components/schemas/{gives.strip('[]')}"}
    return {"application/json": {"schema": {"type": "array", "items": one} if gives[0] == "[" else one}}
