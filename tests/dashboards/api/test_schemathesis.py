"""schemathesis asks the served API what its OpenAPI allows, and much that it does not.

An administrator's sitting gets no 5xx, and no status, media type, header or body that is not described. The
live stream is left out: it never ends, and `test_api.py` reads it.
"""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from dashboards.api.operations import OPERATIONS
from hub.store.accounts import Accounts
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest

EXAMPLES = 30
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
#: A name that was put in makes of a case meant as wrong one that may be right.
CHECKS_OF_KNOWN = [check for check in CHECKS if check is not negative_data_rejection]
#: What is there: invented names alone would see little but 404.
KNOWN = {
    "space_id": "a-204",
    "alert_id": "over-a-204",
    "task": "airing",
    "silence_id": "sooner",
    "file": "2026-W47.csv",
}


class Admin:
    """The app's API as schemathesis asks it, with an administrator's sitting and form token."""

    def __init__(self, app: Flask, accounts: Accounts) -> None:
        guest = Guest(app.test_client())
        guest.sign_in(code=accounts.issue_one_time_code("admin-1", "admin"))
        # Invented cookies and tokens would only ever be refused; `test_gate.py` walks who may what.
        generation = GenerationConfig(with_security_parameters=False, database="none")
        config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
        self._api = schemathesis.openapi.from_wsgi("/api/1/openapi.json", app, config=config)
        # Not packed: schemathesis reads the body as it comes.
        headers = {"X-CSRFToken": guest.token(), "Accept-Encoding": "identity"}
        self._as: dict[str, Any] = {"headers": headers, "cookies": _cookies(guest.client)}

    def operation(self, name: str) -> APIOperation[Any, Any, Any, Any]:
        """The operation of this name in the description."""
        method, path = name.split()
        return self._api["/api/1" + path.replace("<", "{").replace(">", "}")][method]

    def ask(self, case: Case[Any]) -> None:
        """Ask as invented, and once more of what is there."""
        answer = case.call_and_validate(**self._as, checks=CHECKS)
        assert answer.status_code not in (401, 403)
        if case.path_parameters:
            case.path_parameters |= {name: KNOWN[name] for name in case.path_parameters}
            case.call_and_validate(**self._as, checks=CHECKS_OF_KNOWN)


#: Those that end, as pytest names them.
ASKED = [f"{one.method} {one.path}" for one in OPERATIONS if one.view != "live"]


@pytest.fixture
def admin(app: Flask, campus: CampusBoard, accounts: Accounts) -> Admin:
    campus.calm()
    campus.troubles()
    campus.silence("sooner", 10, space="a-204")
    campus.handover()
    return Admin(app, accounts)


@pytest.mark.parametrize("name", ASKED)
def test_api_answers_only_what_it_describes(admin: Admin, name: str) -> None:
    operation = admin.operation(name)
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(right | wrong)
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        admin.ask(case)

    ask()


def _cookies(client: FlaskClient) -> dict[str, str]:
    found = (client.get_cookie(name) for name in ("kuzet", "kuzet-form"))
    return {one.key: one.value for one in found if one is not None}
