"""The administrator's page of accounts."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, update
from werkzeug.test import TestResponse

from hub.store.access_tables import program_token
from hub.store.accounts import AccountError, Accounts, Role
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.routes import ADMINS, CHANGE, address
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


#: What only an administrator of the whole campus may change.
WHOLE = [
    (method, rule)
    for (method, rule), roles in CHANGE.items()
    if roles == ADMINS and not rule.startswith(("/api/", "/admin/plans", "/admin/signs", "/setup/password"))
]


@pytest.fixture
def of_b(app: Flask, accounts: Accounts) -> Guest:
    """An administrator of building B only."""
    accounts.add("Бота", "admin", buildings=["b"])
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Бота", "admin"))
    return guest


@pytest.mark.parametrize(("method", "rule"), WHOLE, ids=str)
def test_administrator_of_a_building_changes_nothing_of_the_whole_campus(
    of_b: Guest, accounts: Accounts, method: str, rule: str
) -> None:
    before, token = accounts.list(), {"X-CSRFToken": of_b.token()}
    assert of_b.client.open(address(rule), method=method, headers=token).status_code == 403
    assert (accounts.list(), accounts.tokens.list()) == (before, [])


def test_administrator_of_a_building_cannot_widen_himself(of_b: Guest, accounts: Accounts) -> None:
    key = key_of(accounts, "Бота")
    assert post(of_b, f"/people/{key}", role="admin").status_code == 403
    assert post(of_b, "/people", name="Жаңа", role="admin").status_code == 403
    assert [sorted(one.buildings) for one in accounts.list()] == [["b"]]
    assert 'action="/people"' not in of_b.get("/people").text


def test_administrator_of_a_building_keeps_his_own_account(of_b: Guest, accounts: Accounts) -> None:
    answer = post(of_b, "/setup/password", new=PASSWORD, again=PASSWORD)
    assert answer.status_code == 303
    found = accounts.find("Бота")
    assert found is not None
    assert found.has_password


def test_administrator_of_a_building_hangs_signs_there_only(of_b: Guest, app: Flask) -> None:
    assert post(of_b, "/admin/signs", space="a-204").status_code == 403
    assert post(of_b, "/admin/signs", space="b-203").status_code == 303
    signs = app.extensions["kuzet"].signs
    foreign = signs.add("a-204")
    assert post(of_b, f"/admin/signs/{foreign.token}/remove").status_code == 403
    assert [one.space for one in signs.list()] == ["a-204", "b-203"]


def test_disabled_account_leaves_no_token_behind(
    app: Flask, admin: Guest, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Ерлан", "admin")
    other = Guest(app.test_client())
    other.sign_in(code=accounts.issue_one_time_code("Ерлан", "admin"), shown_name="Ереке")
    for guest in (admin, other):
        post(guest, "/tokens", name="бот", scope="read", days="7")
    post(admin, f"/people/{key_of(accounts, 'Ерлан')}/disable")
    now_ms = int(clock.now().timestamp() * 1000)
    assert {one.made_by: one.is_good(now_ms) for one in accounts.tokens.list()} == {
        "Дана": True,
        "Ерлан": False,
    }


@pytest.mark.parametrize("path", ["/people/99999999999999999999", "/people/99999999999999999999/disable"])
def test_number_that_no_account_can_have_is_not_found(admin: Guest, path: str) -> None:
    assert post(admin, path, role="guard").status_code == 404


def test_disabled_account_leaves_no_token_behind_that_has_the_name_shown_then(
    app: Flask, accounts: Accounts, people: Engine
) -> None:
    accounts.add("root", "admin", PASSWORD)
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Дана", "admin"), shown_name="Дана Қ.")
    post(guest, "/tokens", name="бот", scope="read", days="7")
    with people.begin() as connection:
        connection.execute(update(program_token).values(made_by="Дана Қ."))
    accounts.disable("Дана")
    assert [one.revoked_ms is None for one in accounts.tokens.list()] == [False]
