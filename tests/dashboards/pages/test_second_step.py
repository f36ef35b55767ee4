"""The second step of signing in: set up, asked for, not to be replayed or guessed, reset when lost."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from hub.store.accounts import AccountError, Accounts, Throttled
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

PASSWORD = "тас көпір алма 47"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    """Дана, an administrator with a password, signed in."""
    accounts.add("Дана", "admin", PASSWORD)
    guest = Guest(app.test_client())
    guest.sign_in(name="Дана", password=PASSWORD)
    return guest


def post(guest: Guest, path: str, **fields: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', guest.get("/account").text)
    assert token is not None
    return guest.client.post(path, data={"csrf_token": token[1], **fields})


def enrol(guest: Guest, clock: FakeClock) -> tuple[pyotp.TOTP, list[str]]:
    """Set it up as a person does: the app, and the recovery codes."""
    page = post(guest, "/account/second-step", current=PASSWORD).text
    shown = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert shown is not None
    assert "<svg" in page
    app = pyotp.TOTP(shown[1].replace(" ", ""))
    sheet = post(guest, "/account/second-step/confirm", code=app.at(clock.now())).text
    return app, re.findall(r'class="secret">([A-Z0-9-]+)<', sheet)


def second(guest: Guest, code: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', guest.get("/sign-in/second-step").text)
    assert token is not None
    return guest.client.post("/sign-in/second-step", data={"csrf_token": token[1], "code": code})


def newcomer(app: Flask) -> Guest:
    """Дана's password in another browser."""
    guest = Guest(app.test_client())
    answer = guest.sign_in(name="Дана", password=PASSWORD, next="/handover")
    assert answer.headers["Location"] == "/sign-in/second-step"
    return guest


def test_sign_in_asks_for_the_app_and_goes_where_it_was_to(
    app: Flask, admin: Guest, clock: FakeClock
) -> None:
    phone, sheet = enrol(admin, clock)
    assert len(sheet) == 8
    clock.advance(30)
    guest = newcomer(app)
    assert guest.get("/api/1/state").status_code == 401
    answer = second(guest, phone.at(clock.now()))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/handover")
    assert guest.get("/api/1/state").status_code == 200


def test_setting_it_up_ends_the_other_sittings_and_keeps_this_one(
    app: Flask, admin: Guest, clock: FakeClock
) -> None:
    elsewhere = Guest(app.test_client())
    elsewhere.sign_in(name="Дана", password=PASSWORD)
    enrol(admin, clock)
    assert elsewhere.get("/api/1/state").status_code == 401
    assert admin.get("/api/1/state").status_code == 200


def test_code_is_not_taken_twice(app: Flask, admin: Guest, clock: FakeClock) -> None:
    phone, _ = enrol(admin, clock)
    assert second(newcomer(app), phone.at(clock.now())).status_code == 403
    clock.advance(30)
    code = phone.at(clock.now())
    assert second(newcomer(app), code).status_code == 303
    assert second(newcomer(app), code).status_code == 403


@pytest.mark.parametrize(
    ("early_s", "status"), [(-30, 303), (30, 303), (-60, 403), (60, 403)], ids="{}".format
)
def test_phones_clock_may_differ_by_half_a_minute(
    app: Flask, admin: Guest, clock: FakeClock, early_s: int, status: int
) -> None:
    phone, _ = enrol(admin, clock)
    clock.advance(300)
    code = phone.at(clock.now() + timedelta(seconds=early_s))
    assert second(newcomer(app), code).status_code == status


def test_recovery_code_lets_in_once_however_it_is_typed(
    app: Flask, admin: Guest, accounts: Accounts, clock: FakeClock
) -> None:
    _, sheet = enrol(admin, clock)
    assert second(newcomer(app), sheet[3].lower().replace("-", " ")).status_code == 303
    assert second(newcomer(app), sheet[3]).status_code == 403
    found = accounts.find("Дана")
    assert found is not None
    assert accounts.second_step.sheet_left(found.id) == 7


def test_guessing_codes_is_slow_and_then_needs_the_password_again(
    app: Flask, admin: Guest, clock: FakeClock
) -> None:
    phone, _ = enrol(admin, clock)
    guest = newcomer(app)
    assert [second(guest, f"{number:06}").status_code for number in range(6)] == [403] * 6
    assert guest.get("/sign-in/second-step").headers["Location"] == "/sign-in"
    clock.advance(30)
    assert second(newcomer(app), "000007").status_code == 403
    assert second(newcomer(app), phone.at(clock.now())).status_code == 429
    clock.advance(300)
    again = newcomer(app)
    assert second(again, phone.at(clock.now())).status_code == 303


def test_first_step_is_over_after_five_minutes(app: Flask, admin: Guest, clock: FakeClock) -> None:
    phone, _ = enrol(admin, clock)
    guest = newcomer(app)
    clock.advance(300)
    assert second(guest, phone.at(clock.now())).status_code == 403


def test_one_time_code_asks_for_the_app_too(
    app: Flask, admin: Guest, accounts: Accounts, clock: FakeClock
) -> None:
    enrol(admin, clock)
    guest = Guest(app.test_client())
    answer = guest.sign_in(code=accounts.issue_one_time_code("Дана"))
    assert answer.headers["Location"] == "/sign-in/second-step"


def test_reset_lets_in_without_it_and_ends_the_sittings(
    app: Flask, admin: Guest, accounts: Accounts, clock: FakeClock
) -> None:
    enrol(admin, clock)
    accounts.reset_second_step("Дана")
    assert admin.get("/api/1/state").status_code == 401
    answer = Guest(app.test_client()).sign_in(name="Дана", password=PASSWORD)
    assert answer.headers["Location"] == "/board"


def test_turning_it_off_needs_a_code(admin: Guest, accounts: Accounts, clock: FakeClock) -> None:
    phone, _ = enrol(admin, clock)
    clock.advance(30)
    assert post(admin, "/account/second-step/end", code="000000").status_code == 400
    assert post(admin, "/account/second-step/end", code=phone.at(clock.now())).status_code == 303
    assert not accounts.list()[0].has_second_step


def test_wrong_first_code_turns_nothing_on(admin: Guest, accounts: Accounts) -> None:
    post(admin, "/account/second-step", current=PASSWORD)
    assert post(admin, "/account/second-step/confirm", code="000000").status_code == 400
    assert not accounts.list()[0].has_second_step


def test_administrators_without_it_are_sent_to_set_it_up_where_it_is_asked_of_them(
    admin: Guest, guard: Guest, accounts: Accounts, clock: FakeClock
) -> None:
    accounts.need_second_step(needed=True)
    assert admin.get("/board").headers["Location"] == "/account"
    assert admin.get("/api/1/state").get_json()["type"] == "urn:kuzet:problem:second-step"
    assert guard.get("/board").status_code == 200
    phone, _ = enrol(admin, clock)
    assert admin.get("/board").status_code == 200
    clock.advance(30)
    assert post(admin, "/account/second-step/end", code=phone.at(clock.now())).status_code == 403


def test_codes_are_throttled_over_restarts(accounts: Accounts) -> None:
    key = accounts.add("Дана", "admin").id
    secret = pyotp.TOTP(accounts.second_step.begin(key))
    assert accounts.second_step.confirm(key, secret.at(NOON)) is not None
    assert [accounts.second_step.is_right(key, "000000") for _ in range(5)] == [False] * 5
    again = Accounts(accounts._engine, clock=accounts._clock)
    with pytest.raises(Throttled):
        again.second_step.is_right(key, secret.at(NOON))


def test_second_app_cannot_be_put_over_the_first(accounts: Accounts) -> None:
    key = accounts.add("Дана", "admin").id
    secret = pyotp.TOTP(accounts.second_step.begin(key))
    accounts.second_step.confirm(key, secret.at(NOON))
    with pytest.raises(AccountError):
        accounts.second_step.begin(key)


@pytest.mark.parametrize("said", [{}, {"current": "wrong wrong wrong"}], ids=str)
def test_sitting_left_open_sets_up_no_app_and_no_pin(
    app: Flask, accounts: Accounts, said: dict[str, str]
) -> None:
    accounts.add("Айгүл", "manager", PASSWORD)
    guest = Guest(app.test_client())
    guest.sign_in(name="Айгүл", password=PASSWORD)
    answers = [
        post(guest, "/account/second-step", **said),
        post(guest, "/account/second-step/confirm", code="000000", **said),
        post(guest, "/account/pin", pin="4071", **said),
    ]
    assert [one.status_code for one in answers] == [400, 303, 400]
    assert not any('class="secret"' in one.text for one in answers)
    found = accounts.find("Айгүл")
    assert found is not None
    assert (found.has_second_step, found.has_pin) == (False, False)
    assert post(guest, "/account/pin", pin="4071", current=PASSWORD).status_code == 303


def test_wrong_code_is_noted_with_the_account_it_was_tried_on(
    app: Flask, admin: Guest, clock: FakeClock
) -> None:
    enrol(admin, clock)
    second(newcomer(app), "000000")
    (noted,) = app.extensions["kuzet"].audit.page(None, 1)
    assert (noted.action, noted.subject) == ("sign_in.failed", "Дана")
