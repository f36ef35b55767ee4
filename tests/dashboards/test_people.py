"""The administrator's page of accounts."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hub.store.accounts import AccountError, Accounts, Role
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

PASSWORD = "тас көпір алма 47"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Дана", "admin"))
    return guest


def post(guest: Guest, path: str, **fields: object) -> TestResponse:
    return guest.client.post(path, data={"csrf_token": guest.token(), **fields})


def key_of(accounts: Accounts, name: str) -> int:
    found = accounts.find(name)
    assert found is not None
    return found.id


def test_new_account_gets_a_code_to_print_that_lets_in(app: Flask, admin: Guest, accounts: Accounts) -> None:
    page = post(admin, "/people", name="Әсет", role="guard", building=["a"], language="ru")
    code = re.search(r'class="secret">([A-Z0-9-]{23})<', page.text)
    assert code is not None
    assert "<svg" in page.text
    assert Guest(app.test_client()).sign_in(code=code[1]).status_code == 303
    found = accounts.find("Әсет")
    assert found is not None
    assert (found.role, sorted(found.buildings), found.language) == (Role.GUARD, ["a"], "ru")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a<b"},
        {"name": "дана"},
        {"role": "root"},
        {"building": "zz"},
        {"language": "xx"},
    ],
    ids=str,
)
def test_account_that_cannot_be_is_refused_and_what_was_typed_is_kept(
    admin: Guest, accounts: Accounts, wrong: dict[str, str]
) -> None:
    fields = {"name": "Әсет", "role": "manager", **wrong}
    answer = post(admin, "/people", **fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert f'value="{fields["name"].replace("<", "&lt;")}"' in answer.text
    assert len(accounts.list()) == 1


def test_disabled_account_is_out_and_may_be_let_in_again(
    app: Flask, admin: Guest, guard: Guest, accounts: Accounts
) -> None:
    key = key_of(accounts, "guard-1")
    assert post(admin, f"/people/{key}/disable").status_code == 303
    assert guard.get("/api/1/state").status_code == 401
    assert post(admin, f"/people/{key}/code").status_code == 400
    post(admin, f"/people/{key}/enable")
    assert post(admin, f"/people/{key}/code").status_code == 200


def test_last_administrator_cannot_be_disabled_or_made_something_else(
    admin: Guest, accounts: Accounts
) -> None:
    key = key_of(accounts, "Дана")
    assert post(admin, f"/people/{key}/disable").status_code == 400
    assert post(admin, f"/people/{key}", role="guard").status_code == 400
    accounts.add("Ерлан", "admin")
    accounts.disable("Ерлан")
    with pytest.raises(AccountError, match="last administrator"):
        accounts.disable("Дана")
    accounts.enable("Ерлан")
    assert post(admin, f"/people/{key}/disable").status_code == 303


def test_another_role_ends_the_sittings(admin: Guest, guard: Guest, accounts: Accounts) -> None:
    key = key_of(accounts, "guard-1")
    assert post(admin, f"/people/{key}", role="guard", building=["b"]).status_code == 303
    assert guard.get("/api/1/state").status_code == 200
    assert post(admin, f"/people/{key}", role="auditor").status_code == 303
    assert guard.get("/api/1/state").status_code == 401


def test_sittings_are_ended_from_the_page(admin: Guest, guard: Guest, accounts: Accounts) -> None:
    post(admin, f"/people/{key_of(accounts, 'guard-1')}/end-sittings")
    assert guard.get("/api/1/state").status_code == 401


def test_pin_is_set_from_the_page(admin: Guest, guard: Guest, accounts: Accounts) -> None:
    key = key_of(accounts, "guard-1")
    assert post(admin, f"/people/{key}/pin", pin="1234").status_code == 400
    assert post(admin, f"/people/{key}/pin", pin="4071").status_code == 303
    assert accounts.pins.names() == ["guard-1"]


@pytest.mark.parametrize("path", ["/people/99", "/people/99/disable", "/people/1/explode"])
def test_what_is_not_there_is_told(admin: Guest, path: str) -> None:
    assert post(admin, path, role="guard").status_code == 404


def test_auditor_sees_the_list_without_buttons(app: Flask, accounts: Accounts) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"))
    page = guest.get("/people").text
    assert "auditor-1" in page
    assert 'action="/people"' not in page


def test_second_step_is_asked_of_administrators_from_the_page(admin: Guest, accounts: Accounts) -> None:
    post(admin, "/people/second-step", needed="yes")
    assert accounts.is_second_step_needed()


def test_what_an_administrator_does_is_in_the_log(
    admin: Guest, people: Engine, clock: FakeClock, accounts: Accounts
) -> None:
    post(admin, "/people", name="Әсет", role="guard")
    post(admin, f"/people/{key_of(accounts, 'Әсет')}/disable")
    with people.connect() as connection:
        rows = connection.exec_driver_sql("select who, action, subject from audit order by id").all()
    assert [tuple(row) for row in rows][-2:] == [
        ("Дана", "account.add", "Әсет"),
        ("Дана", "account.disable", "Әсет"),
    ]
    assert AuditLog(people, clock).verify() == []
