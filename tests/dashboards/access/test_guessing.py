"""Ten thousand guesses: they end throttled, and the true guard still comes in."""

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from hub.store.accounts import Accounts, Throttled
from hub.store.schema import attempt
from hub.store.throttle import Throttle, pair
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

PASSWORD = "тас көпір алма 47"
GUESSES = 10_000


def guess(accounts: Accounts, name: str, address: str) -> str:
    """One wrong password: `judged` when it was looked at, `waits` when it was not."""
    try:
        return "judged" if accounts.sign_in(name, "wrong wrong wrong", address) is None else "in"
    except Throttled:
        return "waits"


def test_ten_thousand_guesses_end_throttled_and_the_guard_still_comes_in(
    accounts: Accounts, people: Engine, clock: FakeClock
) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    known = accounts.sign_in("Әсет", PASSWORD, "10.0.0.7")
    assert known is not None
    outcomes = []
    for _ in range(GUESSES):
        outcomes.append(guess(accounts, "Әсет", "10.0.0.66"))
        clock.advance(1)
    # In 2 h 47 min: five that cost nothing, then ever longer waits up to five minutes.
    assert outcomes.count("judged") <= 50
    assert outcomes.count("in") == 0
    # A restart forgets nothing.
    assert guess(Accounts(people, clock=clock), "Әсет", "10.0.0.66") == "waits"
    # A browser he has signed in with before, even at the guesser's own address.
    assert accounts.sign_in("Әсет", PASSWORD, "10.0.0.66", known.browser) is not None
    # A one-time code, there too.
    assert accounts.sign_in_by_code(accounts.issue_one_time_code("Әсет"), "10.0.0.66") is not None
    # A strange browser at another address.
    assert accounts.sign_in("Әсет", PASSWORD, "10.0.0.8") is not None


def test_guesses_from_everywhere_are_slowed_and_the_guards_own_browser_is_not(
    accounts: Accounts, clock: FakeClock
) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    known = accounts.sign_in("Әсет", PASSWORD, "10.0.0.7")
    assert known is not None
    throttle, waits = Throttle(accounts._engine), 0
    for number in range(300):
        try:
            whom = [pair("әсет", f"10.1.0.{number}"), f"address:10.1.0.{number}", "name:әсет"]
            with throttle.attempt(whom, int(clock.now().timestamp() * 1000)):
                pass
        except Throttled:
            waits += 1
    assert waits == 200
    with pytest.raises(Throttled):
        accounts.sign_in("Әсет", PASSWORD, "10.2.0.1")
    assert accounts.sign_in("Әсет", PASSWORD, "10.2.0.1", known.browser) is not None


def test_guesses_that_must_wait_are_not_stored(accounts: Accounts, people: Engine) -> None:
    for _ in range(30):
        guess(accounts, "Әсет", "10.0.0.66")
    with people.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(attempt)).scalar_one()
    # Five tries, each counted for the pair, the address and the name.
    assert stored == 15


def test_browser_of_one_account_is_a_strange_one_to_another(accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    accounts.add("Айгүл", "manager", PASSWORD)
    known = accounts.sign_in("Әсет", PASSWORD, "10.0.0.7")
    assert known is not None
    outcomes = []
    for _ in range(6):
        try:
            accounts.sign_in("Айгүл", "wrong wrong wrong", "10.0.0.66", known.browser)
            outcomes.append("judged")
        except Throttled:
            outcomes.append("waits")
    assert outcomes == ["judged"] * 5 + ["waits"]


def test_known_browser_is_kept_in_a_cookie_of_its_own(
    app: Flask, campus: CampusBoard, accounts: Accounts
) -> None:
    campus.calm()
    accounts.add("Әсет", "guard", PASSWORD)
    guest = Guest(app.test_client())
    guest.sign_in(name="Әсет", password=PASSWORD)
    guest.client.post("/sign-out", data={"csrf_token": guest.token()})
    for _ in range(6):
        Guest(app.test_client()).sign_in(name="Әсет", password="wrong wrong wrong")
    assert Guest(app.test_client()).sign_in(name="Әсет", password=PASSWORD).status_code == 429
    assert guest.sign_in(name="Әсет", password=PASSWORD).status_code == 303


def test_browser_in_which_the_password_was_set_is_known(
    app: Flask, campus: CampusBoard, accounts: Accounts
) -> None:
    campus.calm()
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Әсет", "guard"))
    fields = {"csrf_token": guest.token(), "new": PASSWORD, "again": PASSWORD}
    assert guest.client.post("/account/password", data=fields).status_code == 303
    guest.client.post("/sign-out", data={"csrf_token": guest.token()})
    for _ in range(6):
        Guest(app.test_client()).sign_in(name="Әсет", password="wrong wrong wrong")
    assert Guest(app.test_client()).sign_in(name="Әсет", password=PASSWORD).status_code == 429
    assert guest.sign_in(name="Әсет", password=PASSWORD).status_code == 303


def test_browser_cookie_that_was_planted_is_not_taken_over(accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    granted = accounts.sign_in("Әсет", PASSWORD, "10.0.0.7", "planted")
    assert granted is not None
    assert granted.browser != "planted"
    assert len(granted.browser) >= 43
