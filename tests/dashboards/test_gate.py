"""Every route against every role; what is open is listed here and nowhere else by accident."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.store.accounts import Accounts
from hub.store.decisions import Decisions
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
ACTING = ("guard", "manager", "admin")
MANAGING = ("manager", "admin")
#: What the API lets people decide: method and rule, an example of the body, who may, the good status.
DECISIONS: dict[tuple[str, str], tuple[object, tuple[str, ...], int]] = {
    ("POST", "/alerts/<alert_id>/ack"): (None, ACTING, 200),
    ("POST", "/alerts/<alert_id>/shelve"): ({"minutes": 15, "reason": "filter"}, ACTING, 200),
    ("POST", "/spaces/<space_id>/tasks/<task>/start"): ({}, ACTING, 200),
    ("POST", "/spaces/<space_id>/tasks/<task>/done"): ({}, ACTING, 200),
    ("POST", "/spaces/<space_id>/tasks/<task>/abort"): ({"reason": "no water"}, ACTING, 200),
    ("POST", "/spaces/<space_id>/recount"): ({"count": 12, "reason": "at the door"}, ACTING, 200),
    ("POST", "/spaces/<space_id>/hold"): ({"on": True, "reason": "window"}, ACTING, 200),
    ("POST", "/silences"): (
        {"space": "a-204", "until": "2026-11-23T12:00:00Z", "reason": "repair"},
        MANAGING,
        201,
    ),
    ("DELETE", "/silences/<silence_id>"): (None, MANAGING, 204),
    ("POST", "/drills"): ({"what": "overload", "subject": "a-204"}, MANAGING, 200),
}
#: Routes that change something, beside those.
FORMS = {"/sign-in", "/sign-out", "/account/password", "/handover/read"}
ROLES = ("guard", "manager", "admin", "auditor")
EXAMPLES = {
    "<chosen>": "ru",
    "<build>": "b1",
    "<path:name>": "base.css",
    "<space_id>": "a-204",
    "<alert_id>": "over-a-204",
    "<task>": "airing",
    "<silence_id>": "quiet",
}


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()
    campus.silence("quiet", 30, space="a-204")
    campus.handover()


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
    decided = {
        method: {"/api/1" + rule for one, rule in DECISIONS if one == method} for method, _ in DECISIONS
    }
    assert set(routes(app, "POST")) == FORMS | decided["POST"]
    assert set(routes(app, "DELETE")) == decided["DELETE"]
    for method in ("PUT", "PATCH"):
        assert routes(app, method) == {}


def test_nobody_sees_only_what_is_open(app: Flask, stranger: Guest) -> None:
    statuses = {rule: stranger.get(address).status_code for rule, address in routes(app, "GET").items()}
    closed = {rule: status for rule, status in statuses.items() if rule not in OPEN}
    assert {rule: statuses[rule] for rule in OPEN} == OPEN
    assert {status for rule, status in closed.items() if rule.startswith("/api/")} == {401}
    assert {status for rule, status in closed.items() if not rule.startswith("/api/")} == {303}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_everything(app: Flask, accounts: Accounts, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    statuses = {}
    for rule, address in routes(app, "GET").items():
        answer = guest.client.get(address, buffered=False)
        statuses[rule] = answer.status_code
        answer.close()
    assert {rule for rule, status in statuses.items() if status not in (200, 303)} == set()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "rule"), DECISIONS, ids=" ".join)
def test_role_decides_only_what_is_its_own(
    app: Flask, accounts: Accounts, people: Engine, method: str, rule: str, role: str
) -> None:
    body, roles, status = DECISIONS[method, rule]
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    address = routes(app, method)["/api/1" + rule].removeprefix("/api/1/")
    answer = guest.send(method, address, body)
    may = role in roles
    assert (answer.status_code, len(Decisions(people).since(0))) == {True: (status, 1), False: (403, 0)}[may]


@pytest.mark.parametrize(("method", "rule"), DECISIONS, ids=" ".join)
def test_decision_without_a_token_is_refused(
    app: Flask, guard: Guest, people: Engine, method: str, rule: str
) -> None:
    answer = guard.client.open(
        routes(app, method)["/api/1" + rule], method=method, json=DECISIONS[method, rule][0]
    )
    assert (answer.status_code, answer.get_json()["type"]) == (400, "urn:kuzet:problem:csrf")
    assert Decisions(people).since(0) == []


def test_nobody_changes_anything(app: Flask, stranger: Guest) -> None:
    token = stranger.token()
    answers = {
        (method, rule): stranger.client.open(
            address, method=method, headers={"X-CSRFToken": token}
        ).status_code
        for method in ("POST", "DELETE")
        for rule, address in routes(app, method).items()
    }
    assert answers == {
        ("POST", "/sign-in"): 403,
        ("POST", "/sign-out"): 303,
        ("POST", "/account/password"): 303,
        ("POST", "/handover/read"): 303,
        **{(method, "/api/1" + rule): 401 for method, rule in DECISIONS},
    }


def test_disabled_account_is_out_at_once(guard: Guest, accounts: Accounts) -> None:
    accounts.disable("guard-1")
    assert guard.get("/api/1/state").status_code == 401


def test_metrics_are_not_for_strangers_of_other_machines(stranger: Guest) -> None:
    answer = stranger.client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert answer.status_code == 401
