"""Every route against every role, walked from the app's own map; `routes.py` says who may."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hub.store.accounts import Accounts
from hub.store.decisions import Decisions
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.routes import CHANGE, OPEN, READ, ROLES, address, rules

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


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()
    campus.silence("quiet", 30, space="a-204")
    campus.handover()


def signed_in(app: Flask, accounts: Accounts, role: str) -> Guest:
    """Somebody in that role."""
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    return guest


def a_token(accounts: Accounts, scope: str, *buildings: str) -> str:
    """The secret of a new program."""
    return accounts.tokens.add("Кесте боты", scope, NOON + timedelta(days=30), "admin", buildings)[1]


def test_every_route_is_listed(app: Flask) -> None:
    assert rules(app, "GET") == {("GET", rule) for rule in READ}
    assert rules(app, "POST", "PUT", "PATCH", "DELETE") == set(CHANGE)


def outcome(answer: TestResponse) -> str:
    """What became of a request: `in`, `closed` (sent to sign in, or 401), `refused`, or `broken`."""
    answer.close()
    to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?next=")
    if answer.status_code == 401 or to_sign_in:
        return "closed"
    return {403: "refused", 500: "broken"}.get(answer.status_code, "in")


def test_nobody_sees_only_what_is_open(stranger: Guest) -> None:
    outcomes = {rule: outcome(stranger.client.get(address(rule), buffered=False)) for rule in READ}
    assert outcomes == {rule: "in" if roles == OPEN else "closed" for rule, roles in READ.items()}


def test_programs_are_told_what_people_are_sent_to(stranger: Guest) -> None:
    statuses = {rule: stranger.get(address(rule)).status_code for rule in READ if READ[rule] != OPEN}
    assert {status for rule, status in statuses.items() if rule.startswith("/api/")} == {401}
    assert {status for rule, status in statuses.items() if not rule.startswith("/api/")} == {303}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_what_it_may_and_no_more(app: Flask, accounts: Accounts, role: str) -> None:
    guest = signed_in(app, accounts, role)
    outcomes = {rule: outcome(guest.client.get(address(rule), buffered=False)) for rule in READ}
    assert outcomes == {rule: "in" if role in roles else "refused" for rule, roles in READ.items()}


@pytest.mark.parametrize("role", ROLES)
def test_every_change_that_is_not_the_roles_own_is_refused(
    app: Flask, accounts: Accounts, people: Engine, role: str
) -> None:
    guest = signed_in(app, accounts, role)
    token = {"X-CSRFToken": guest.token()}
    foreign = [change for change, roles in CHANGE.items() if role not in roles]
    statuses = {
        (method, rule): guest.client.open(address(rule), method=method, headers=token, json={}).status_code
        for method, rule in foreign
    }
    assert statuses == dict.fromkeys(foreign, 403)
    assert Decisions(people).since(0) == []


@pytest.mark.parametrize("scope", ["read", "act", "manage", "admin"])
def test_program_does_what_its_scope_says_and_no_more(app: Flask, accounts: Accounts, scope: str) -> None:
    secret = a_token(accounts, scope)
    role = {"read": "auditor", "act": "guard", "manage": "manager", "admin": "admin"}[scope]
    calls = {change: roles for change, roles in CHANGE.items() if change[1].startswith("/api/")}
    statuses = {
        (method, rule): app.test_client()
        .open(address(rule), method=method, headers={"Authorization": f"Bearer {secret}"}, json={})
        .status_code
        for method, rule in calls
    }
    assert {change for change, status in statuses.items() if status == 403} == {
        change for change, roles in calls.items() if role not in roles
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "rule"), DECISIONS, ids=" ".join)
def test_role_decides_only_what_is_its_own(
    app: Flask, accounts: Accounts, people: Engine, method: str, rule: str, role: str
) -> None:
    body, roles, status = DECISIONS[method, rule]
    guest = signed_in(app, accounts, role)
    answer = guest.send(method, address(rule).removeprefix("/"), body)
    may = role in roles
    assert (answer.status_code, len(Decisions(people).since(0))) == {True: (status, 1), False: (403, 0)}[may]


def test_every_change_without_the_forms_token_is_refused(
    app: Flask, accounts: Accounts, people: Engine
) -> None:
    guest = signed_in(app, accounts, "admin")
    before = accounts.list()
    statuses = {
        (method, rule): guest.client.open(
            address(rule), method=method, json=DECISIONS.get((method, rule[6:]), (None,))[0]
        ).status_code
        for method, rule in CHANGE
    }
    assert statuses == dict.fromkeys(CHANGE, 400)
    assert (Decisions(people).since(0), accounts.list()) == ([], before)
    assert guest.get("/api/1/state").status_code == 200


def test_nobody_changes_anything(stranger: Guest) -> None:
    token = {"X-CSRFToken": stranger.token()}
    answers = {
        (method, rule): stranger.client.open(address(rule), method=method, headers=token).status_code
        for method, rule in CHANGE
    }
    assert answers == {
        (method, rule): 403 if roles == OPEN else 401 if rule.startswith("/api/") else 303
        for (method, rule), roles in CHANGE.items()
    }


def test_disabled_account_is_out_at_once(guard: Guest, accounts: Accounts) -> None:
    accounts.disable("guard-1")
    assert guard.get("/api/1/state").status_code == 401


def test_metrics_are_not_for_strangers_of_other_machines(stranger: Guest) -> None:
    answer = stranger.client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert answer.status_code == 401
