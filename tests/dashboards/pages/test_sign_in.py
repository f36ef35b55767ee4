"""Signing in by code and by password, and what cannot be done by trying."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

PASSWORD = "тас көпір алма 47"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()


def test_link_fills_in_the_code_and_uses_it_only_when_the_button_is_pressed(
    stranger: Guest, accounts: Accounts
) -> None:
    code = accounts.issue_one_time_code()
    assert f'value="{code}"' in stranger.get(f"/sign-in?code={code}").text
    stranger.get(f"/sign-in?code={code}")
    assert stranger.sign_in(code=code).status_code == 303


def test_code_lets_in_once(app: Flask, accounts: Accounts) -> None:
    code = accounts.issue_one_time_code()
    assert Guest(app.test_client()).sign_in(code=code).status_code == 303
    assert Guest(app.test_client()).sign_in(code=code).status_code == 403


def test_code_may_be_typed_small_and_without_dashes(stranger: Guest, accounts: Accounts) -> None:
    typed = accounts.issue_one_time_code().lower().replace("-", " ")
    assert stranger.sign_in(code=typed).status_code == 303


def test_code_is_good_for_a_day(stranger: Guest, accounts: Accounts, clock: FakeClock) -> None:
    code = accounts.issue_one_time_code()
    clock.advance(24 * 3600)
    assert stranger.sign_in(code=code).status_code == 403


def test_new_code_ends_the_one_before(stranger: Guest, accounts: Accounts) -> None:
    old = accounts.issue_one_time_code()
    accounts.issue_one_time_code()
    assert stranger.sign_in(code=old).status_code == 403


@pytest.mark.parametrize(
    "shown",
    ["command line", "Сommand  Line", "Kuzet", "HUB", "admin", "Әкімші", "охранник", "Aйгүл", "Айгyл"],
)
def test_shown_name_that_speaks_for_another_is_refused(
    stranger: Guest, accounts: Accounts, shown: str
) -> None:
    accounts.add("Айгүл", "manager")
    code = accounts.issue_one_time_code("guard-1", "guard")
    assert stranger.sign_in(code=code, shown_name=shown).status_code == 400
    assert stranger.sign_in(code=code, shown_name="Әсет").status_code == 303


def test_shown_name_of_somebody_else_is_refused_and_the_code_stays_good(
    stranger: Guest, accounts: Accounts
) -> None:
    accounts.add("Айгүл", "manager")
    code = accounts.issue_one_time_code()
    assert stranger.sign_in(code=code, shown_name="айгүл").status_code == 400
    assert stranger.sign_in(code=code, shown_name="Әсет").status_code == 303


def test_password_signs_in_whatever_the_case_of_the_name(stranger: Guest, accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    assert stranger.sign_in(name="ӘСЕТ", password=PASSWORD).status_code == 303


def test_wrong_password_and_unknown_name_are_answered_alike(stranger: Guest, accounts: Accounts) -> None:
    accounts.add("guard-7", "guard", PASSWORD)
    wrong = stranger.sign_in(name="guard-7", password="x" * 12)
    unknown = stranger.sign_in(name="guard-8", password="x" * 12)
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    strip = str.maketrans("78", "  ")
    assert _words(wrong.text.translate(strip)) == _words(unknown.text.translate(strip))


def test_account_without_a_password_has_none_that_fits(stranger: Guest, accounts: Accounts) -> None:
    accounts.add("guard-7", "guard")
    assert stranger.sign_in(name="guard-7", password="").status_code == 403


def test_sixth_failure_must_wait_and_the_right_password_too(
    app: Flask, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    guests = [Guest(app.test_client()) for _ in range(5)]
    assert {one.sign_in(name="Әсет", password="wrong").status_code for one in guests} == {403}
    throttled = Guest(app.test_client()).sign_in(name="Әсет", password=PASSWORD)
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "1")
    clock.advance(1)
    assert Guest(app.test_client()).sign_in(name="Әсет", password=PASSWORD).status_code == 303


def test_one_address_cannot_try_many_names(stranger: Guest, clock: FakeClock) -> None:
    statuses = [stranger.sign_in(name=f"n{number}", password="wrong").status_code for number in range(21)]
    assert statuses == [403] * 20 + [429]


def test_signing_in_without_a_token_is_refused(stranger: Guest, accounts: Accounts) -> None:
    code = accounts.issue_one_time_code()
    assert stranger.client.post("/sign-in", data={"code": code}).status_code == 400


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/account", "/account"),
        ("//evil.example/x", "/board"),
        ("https://evil.example", "/board"),
        ("/\\evil.example", "/board"),
        ("/\t/evil.example", "/board"),
        ("/account\r\nLocation: https://evil.example", "/board"),
        ("javascript:alert(1)", "/board"),
        ("", "/board"),
    ],
    ids=str,
)
def test_signing_in_never_leads_to_another_site(
    stranger: Guest, accounts: Accounts, wanted: str, goes_to: str
) -> None:
    answer = stranger.sign_in(code=accounts.issue_one_time_code(), next=wanted)
    assert answer.headers["Location"] == goes_to


def test_cookie_is_hidden_from_scripts_and_stored_only_as_a_hash(
    stranger: Guest, accounts: Accounts, campus: CampusBoard
) -> None:
    answer = stranger.sign_in(code=accounts.issue_one_time_code())
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("kuzet="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    token = cookie.split(";")[0].removeprefix("kuzet=")
    assert len(token) >= 43
    folder = str(campus.engine.url.database).removesuffix("hub.db")
    with open(folder + "people.db", "rb") as file:  # noqa: PTH123
        assert token.encode() not in file.read()


def test_signing_out_ends_the_session(guard: Guest) -> None:
    kept = guard.client.get_cookie("kuzet")
    assert kept is not None
    guard.client.post("/sign-out", data={"csrf_token": guard.token()})
    guard.client.set_cookie("kuzet", kept.value)
    assert guard.get("/api/1/state").status_code == 401


def test_browser_unseen_for_half_an_hour_is_signed_out(guard: Guest, clock: FakeClock) -> None:
    clock.advance(30 * 60)
    assert guard.get("/api/1/state").status_code == 401


def test_setting_a_password_ends_the_other_sessions_and_keeps_this_one(
    app: Flask, accounts: Accounts
) -> None:
    here, elsewhere = Guest(app.test_client()), Guest(app.test_client())
    elsewhere.sign_in(code=accounts.issue_one_time_code())
    here.sign_in(code=accounts.issue_one_time_code())
    form = {"csrf_token": here.token(), "new": PASSWORD, "again": PASSWORD}
    assert here.client.post("/account/password", data=form).status_code == 303
    assert here.get("/api/1/state").status_code == 200
    assert elsewhere.get("/api/1/state").status_code == 401
    assert elsewhere.sign_in(name="admin", password=PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "aaaaaaaaaaaaaaaa", "kuzetkuzet2026", "adminadmin12", "x1" * 101],
    ids=["short", "common", "one letter", "this site", "the name", "long"],
)
def test_weak_password_is_refused(stranger: Guest, accounts: Accounts, password: str) -> None:
    stranger.sign_in(code=accounts.issue_one_time_code())
    form = {"csrf_token": stranger.token(), "new": password, "again": password}
    assert stranger.client.post("/account/password", data=form).status_code == 400


def test_changing_a_password_asks_for_the_current_one(stranger: Guest, accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    stranger.sign_in(name="Әсет", password=PASSWORD)
    form = {"csrf_token": stranger.token(), "new": "жел су от жер 12", "again": "жел су от жер 12"}
    assert stranger.client.post("/account/password", data=form).status_code == 400
    assert stranger.client.post("/account/password", data={**form, "current": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"current": "wrong", "new": "жел су от жер 12", "again": "жел су от жер 12"}, "current"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"current": PASSWORD, "new": "жел су от жер 12", "again": "жел су"}, "again"),
    ],
)
def test_fault_of_a_password_stands_at_its_field(
    stranger: Guest, accounts: Accounts, sent: dict[str, str], field: str
) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    stranger.sign_in(name="Әсет", password=PASSWORD)
    page = stranger.client.post("/account/password", data={"csrf_token": stranger.token(), **sent}).text
    assert re.findall(r'class="wrong" id="(\w+)-wrong"', page) == [field]
    assert re.search(rf'name="{field}"[^>]* aria-describedby="{field}-wrong"', page)
    assert 'class="fault"' not in page


def test_account_begins_in_its_own_language_until_another_is_chosen(app: Flask, accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD, language="ru")
    guest = Guest(app.test_client())
    guest.sign_in(name="Әсет", password=PASSWORD)
    assert '<html lang="ru">' in guest.get("/account").text
    guest.get("/language/en")
    assert '<html lang="en">' in guest.get("/account").text


def test_throttled_tries_are_one_line_of_the_log_an_hour(
    app: Flask, people: Engine, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    for _ in range(8):
        Guest(app.test_client()).sign_in(name="Әсет", password="wrong")
    log = AuditLog(people, clock)
    assert [one.who for one in log.page(None, 10, action="sign_in.throttled")] == ["Әсет"]
    clock.advance(61 * 60)
    for _ in range(8):
        Guest(app.test_client()).sign_in(name="Әсет", password="wrong")
    assert len(log.page(None, 10, action="sign_in.throttled")) == 2


def _words(page: str) -> list[str]:
    """The page without its tokens, which differ each second."""
    return [line for line in page.splitlines() if "csrf_token" not in line]
