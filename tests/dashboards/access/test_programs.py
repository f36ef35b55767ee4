"""Programs with a bearer token: what lets them in, for how long, and that they need no form token."""

import argparse
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from commandline import user
from dashboards.access.gate import look_again
from hub.store.access_tables import program_token
from hub.store.accounts import AccountError, Accounts
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

MONTH = NOON + timedelta(days=30)


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin-1", "admin"))
    return guest


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_token_reads_and_acts_without_a_form_token(app: Flask, accounts: Accounts) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "act", MONTH, "admin")
    client = app.test_client()
    assert client.get("/api/1/state", headers=bearer(secret)).status_code == 200
    answer = client.post("/api/1/alerts/over-a-204/ack", headers=bearer(secret))
    assert (answer.status_code, answer.get_json()["acked_by"]) == (200, "Кесте боты (API)")


def test_cookie_beside_a_token_is_not_looked_at(guard: Guest, accounts: Accounts) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "read", MONTH, "admin")
    answer = guard.client.post("/api/1/alerts/over-a-204/ack", headers=bearer(secret))
    assert answer.status_code == 403


def test_wrong_token_is_refused_even_where_a_cookie_would_do(guard: Guest) -> None:
    answer = guard.client.get("/api/1/state", headers=bearer("kz_wrong"))
    assert (answer.status_code, answer.get_json()["type"]) == (401, "urn:kuzet:problem:token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_any_bearer_does_not_spare_a_cookie_its_form_token(guard: Guest, accounts: Accounts) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "admin", MONTH, "admin")
    answer = guard.client.post("/handover/read", headers=bearer(secret))
    assert answer.status_code == 400


def test_token_opens_no_page(app: Flask, accounts: Accounts) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "admin", MONTH, "admin")
    assert app.test_client().get("/people", headers=bearer(secret)).status_code == 303


def test_token_ends_at_its_date(app: Flask, accounts: Accounts, clock: FakeClock) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "read", NOON + timedelta(hours=1), "admin")
    clock.advance(3599)
    assert app.test_client().get("/api/1/nodes", headers=bearer(secret)).status_code == 200
    clock.advance(1)
    assert app.test_client().get("/api/1/nodes", headers=bearer(secret)).status_code == 401


def test_revoked_token_is_out_at_once(app: Flask, accounts: Accounts) -> None:
    made, secret = accounts.tokens.add("Кесте боты", "read", MONTH, "admin")
    accounts.tokens.revoke(made.id)
    assert app.test_client().get("/api/1/nodes", headers=bearer(secret)).status_code == 401


def test_token_is_stored_only_as_a_hash_and_says_when_it_was_used(
    app: Flask, accounts: Accounts, people: Engine
) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "read", MONTH, "admin")
    assert accounts.tokens.list()[0].used_ms is None
    app.test_client().get("/api/1/nodes", headers=bearer(secret))
    assert accounts.tokens.list()[0].used_ms == int(NOON.timestamp() * 1000)
    with people.connect() as connection:
        stored = connection.execute(select(program_token)).one()
    assert secret not in map(str, stored)
    assert secret[3:] not in str(stored)


def test_token_kept_to_a_building_acts_in_no_other(app: Flask, accounts: Accounts) -> None:
    _, secret = accounts.tokens.add("Кесте боты", "act", MONTH, "admin", ["b"])
    client, body = app.test_client(), {"count": 3, "reason": "бот"}
    foreign = client.post("/api/1/spaces/a-204/recount", headers=bearer(secret), json=body)
    own = client.post("/api/1/spaces/b-303/recount", headers=bearer(secret), json=body)
    assert (foreign.status_code, own.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("scope", "days", "code"), [("root", 1, "scope"), ("read", 0, "until"), ("read", 400, "until")]
)
def test_token_that_cannot_be_is_refused(accounts: Accounts, scope: str, days: int, code: str) -> None:
    with pytest.raises(AccountError) as caught:
        accounts.tokens.add("Кесте боты", scope, NOON + timedelta(days=days), "admin")
    assert caught.value.code == code


def test_page_shows_a_new_token_once(admin: Guest, app: Flask) -> None:
    fields = {"name": "Кесте боты", "scope": "read", "days": "30", "csrf_token": admin.token()}
    made = re.search(r'id="secret">(kz_[\w-]+)<', admin.client.post("/tokens", data=fields).text)
    assert made is not None
    assert app.test_client().get("/api/1/nodes", headers=bearer(made[1])).status_code == 200
    assert made[1] not in admin.get("/tokens").text
    answer = admin.client.post("/tokens/1/revoke", data={"csrf_token": admin.token()})
    assert answer.status_code == 303
    assert app.test_client().get("/api/1/nodes", headers=bearer(made[1])).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"days": "999"}, {"scope": "root"}, {"name": "a<b"}, {"building": "zz"}], ids=str
)
def test_page_keeps_what_was_typed_and_says_what_is_wrong(admin: Guest, wrong: dict[str, str]) -> None:
    fields = {"name": "Кесте боты", "scope": "act", "days": "30", "csrf_token": admin.token(), **wrong}
    answer = admin.client.post("/tokens", data=fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert str(fields["name"]).replace("<", "&lt;") in answer.text


def test_description_has_the_token(stranger: Guest) -> None:
    told = stranger.get("/api/1/openapi.json").get_json()
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"token": []} in told["security"]


def run(data: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    user.add_arguments(parser)
    return user.run(parser.parse_args([*words, "--data", str(data)]))


def test_command_makes_lists_and_revokes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "token", "add", "bot", "--scope", "read", "--days", "7", "--building", "a") == 0
    assert capsys.readouterr().out.startswith("kz_")
    assert run(tmp_path, "token", "list") == 0
    assert re.match(r"1\tbot\tread\ta\t\d{4}-\d\d-\d\d\tnever used\tgood", capsys.readouterr().out)
    assert run(tmp_path, "token", "revoke", "1") == 0
    assert run(tmp_path, "token", "list") == 0
    assert "revoked" in capsys.readouterr().out
    assert run(tmp_path, "token", "revoke", "9") == 1
    assert "there is no token 9" in capsys.readouterr().err


def test_command_keeps_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "add", "Әсет", "--role", "guard", "--building", "a", "--building", "b") == 0
    assert run(tmp_path, "list", "--json") == 0
    assert '"buildings": ["a", "b"]' in capsys.readouterr().out
    assert run(tmp_path, "disable", "Әсет") == 0
    assert run(tmp_path, "enable", "Әсет") == 0
    assert run(tmp_path, "reset-second-step", "Әсет") == 0
    assert run(tmp_path, "add", "Дана", "--role", "admin") == 0
    assert run(tmp_path, "disable", "Дана") == 1
    assert "last administrator" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scope", "audit", "act"),
    [("read", 403, 403), ("act", 403, 200), ("manage", 403, 200), ("admin", 200, 200), ("audit", 200, 403)],
)
def test_audit_log_is_read_by_its_own_scope_and_by_admin(
    app: Flask, accounts: Accounts, scope: str, audit: int, act: int
) -> None:
    _, secret = accounts.tokens.add("Кесте боты", scope, MONTH, "admin")
    client, sent = app.test_client(), bearer(secret)
    assert client.get("/api/1/audit", headers=sent).status_code == audit
    assert client.post("/api/1/alerts/over-a-204/ack", headers=sent).status_code == act
    assert client.get("/api/1/state", headers=sent).status_code == 200


def test_stream_of_a_program_goes_on_while_its_token_is_good(
    app: Flask, accounts: Accounts, clock: FakeClock
) -> None:
    made, secret = accounts.tokens.add("Кесте боты", "read", MONTH, "admin")
    with app.test_request_context("/api/1/live", headers=bearer(secret)):
        is_let_in = look_again()
    assert is_let_in()
    accounts.tokens.revoke(made.id)
    assert not is_let_in()
