"""Every route against every role; what is open is listed here and nowhere else by accident."""

import pytest
from flask import Flask

from hub.store.accounts import Accounts
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest

#: What an open GET answers to nobody; everything else sends to the sign-in or says 401.
OPEN = {
    "/sign-in": 200,
    "/language/<chosen>": 303,
    "/static/<build>/<path:name>": 200,
    "/healthz": 200,
    "/metrics": 200,
    "/api/1/openapi.json": 200,
}
#: Routes that change something.
CHANGES = {"/sign-in", "/sign-out", "/account/password", "/api/1/alerts/<alert_id>/ack"}
EXAMPLES = {
    "<chosen>": "ru",
    "<build>": "b1",
    "<path:name>": "base.css",
    "<space_id>": "a-204",
    "<alert_id>": "over-a-204",
}


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def routes(app: Flask, method: str) -> dict[str, str]:
    """Each rule with that method, and an address for it."""
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        address = rule.rule
        for name, example in EXAMPLES.items():
            address = address.replace(name, example)
        found |= {rule.rule: address} if method in (rule.methods or ()) else {}
    return found


def test_only_the_listed_routes_change_anything(app: Flask) -> None:
    assert set(routes(app, "POST")) == CHANGES
    for method in ("PUT", "PATCH", "DELETE"):
        assert routes(app, method) == {}


def test_nobody_sees_only_what_is_open(app: Flask, stranger: Guest) -> None:
    statuses = {rule: stranger.get(address).status_code for rule, address in routes(app, "GET").items()}
    closed = {rule: status for rule, status in statuses.items() if rule not in OPEN}
    assert {rule: statuses[rule] for rule in OPEN} == OPEN
    assert {status for rule, status in closed.items() if rule.startswith("/api/")} == {401}
    assert {status for rule, status in closed.items() if not rule.startswith("/api/")} == {303}


@pytest.mark.parametrize("role", ["guard", "manager", "admin", "auditor"])
def test_every_role_reads_everything(app: Flask, accounts: Accounts, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    statuses = {}
    for rule, address in routes(app, "GET").items():
        answer = guest.client.get(address, buffered=False)
        statuses[rule] = answer.status_code
        answer.close()
    assert {rule for rule, status in statuses.items() if status not in (200, 303)} == set()


@pytest.mark.parametrize(
    ("role", "status"), [("guard", 200), ("manager", 200), ("admin", 200), ("auditor", 403)]
)
def test_role_acknowledges_or_not(app: Flask, accounts: Accounts, role: str, status: int) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    assert guest.acknowledge("over-a-204").status_code == status


def test_nobody_changes_anything(app: Flask, stranger: Guest) -> None:
    token = stranger.token()
    answers = {
        rule: stranger.client.post(address, headers={"X-CSRFToken": token}).status_code
        for rule, address in routes(app, "POST").items()
    }
    assert answers == {
        "/sign-in": 403,
        "/sign-out": 303,
        "/account/password": 303,
        "/api/1/alerts/<alert_id>/ack": 401,
    }


def test_disabled_account_is_out_at_once(guard: Guest, accounts: Accounts) -> None:
    accounts.disable("guard-1")
    assert guard.get("/api/1/state").status_code == 401


def test_metrics_are_not_for_strangers_of_other_machines(stranger: Guest) -> None:
    answer = stranger.client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert answer.status_code == 401
