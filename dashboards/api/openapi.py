"""The table of the API in, its OpenAPI description out. Pure."""

from typing import Any

import msgspec

from dashboards.access.auditing import AuditView
from dashboards.api.bodies import (
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
from dashboards.api.operations import OPERATIONS, Operation
from dashboards.duty.errands import TaskLog
from dashboards.live.views import AlertView, SpaceView, State
from dashboards.room.series import Series
from hub.store.board import NodeRow, SilenceRow
from hub.store.room_row import RoomRow

_BODIES = (ShelveBody, TaskBody, GiveBody, RecountBody, HoldBody, SilenceBody, DrillBody)
_ANSWERS = (AuditView, Decided, Series, RoomRow, SilenceMade, TaskLog, TaskSaid)
_MODELS = (State, SpaceView, AlertView, SilenceRow, NodeRow, *_ANSWERS, *_BODIES)


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
