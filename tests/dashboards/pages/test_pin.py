"""PINs of named guards on a shared computer: who comes in by them, how far, and how few guesses there are."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.store.accounts import AccountError, Accounts, Throttled
from hub.store.decisions import Decisions
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

PIN = "4071"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


@pytest.fixture
def shared(app: Flask, accounts: Accounts) -> Guest:
    """A computer of the post, and Ерлан who has a PIN."""
    made = accounts.add("Ерлан", "guard", buildings=["a"])
    accounts.pins.set(made.id, made.role, PIN)
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Пост 1", "guard"))
    return guest


def sign_on(guest: Guest, name: str = "Ерлан", pin: str = PIN) -> tuple[int, dict[str, object]]:
    answer = guest.client.post(
        "/pin", json={"name": name, "pin": pin}, headers={"X-CSRFToken": guest.token()}
    )
    return answer.status_code, answer.get_json()


def test_what_is_taken_after_signing_on_has_the_guards_name(shared: Guest, people: Engine) -> None:
    status, said = sign_on(shared)
    assert (status, said["name"]) == (200, "Ерлан")
    answer = shared.client.post("/api/1/alerts/over-a-204/ack", headers={"X-CSRFToken": str(said["csrf"])})
    assert answer.status_code == 200
    assert [one.who for one in Decisions(people).since(0)] == ["Ерлан"]


def test_sitting_that_is_over_reads_on_and_the_pin_goes_on(shared: Guest, clock: FakeClock) -> None:
    for _ in range(12 * 3):
        clock.advance(20 * 60)
        assert shared.get("/board").status_code == 200
    assert shared.acknowledge("over-a-204").get_json()["type"] == "urn:kuzet:problem:session-over"
    assert shared.get("/pin/names").get_json() == {"names": ["Ерлан"]}
    assert sign_on(shared)[0] == 200
    assert shared.acknowledge("over-a-204").status_code == 200


def test_sitting_before_is_ended(shared: Guest) -> None:
    kept = shared.client.get_cookie("kuzet")
    assert kept is not None
    sign_on(shared)
    shared.client.set_cookie("kuzet", kept.value)
    assert shared.get("/api/1/state").status_code == 401


def test_pin_lets_nobody_in_to_a_browser_without_a_sitting(
    app: Flask, shared: Guest, stranger: Guest
) -> None:
    headers = {"X-CSRFToken": stranger.token()}
    answer = stranger.client.post("/pin", json={"name": "Ерлан", "pin": PIN}, headers=headers)
    assert answer.status_code == 303
    assert stranger.get("/api/1/state").status_code == 401


def test_page_without_scripts_does_the_same(shared: Guest) -> None:
    fields = {"name": "Ерлан", "pin": PIN, "csrf_token": shared.token()}
    answer = shared.client.post("/pin", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/board")
    wrong = shared.client.post("/pin", data={**fields, "pin": "9999", "csrf_token": shared.token()})
    assert wrong.status_code == 403
    assert 'role="alert"' in wrong.text


def test_pin_is_not_enough_to_change_an_account(shared: Guest) -> None:
    sign_on(shared)
    token = shared.token()
    paths = ("password", "pin", "second-step", "second-step/confirm", "second-step/end")
    statuses = [
        shared.client.post(f"/account/{path}", data={"csrf_token": token, "pin": "8264"}).status_code
        for path in paths
    ]
    assert statuses == [403] * 5


def test_manager_by_pin_is_no_more_than_a_guard(shared: Guest, accounts: Accounts) -> None:
    made = accounts.add("Айгүл", "manager")
    accounts.pins.set(made.id, made.role, "5093")
    sign_on(shared, "Айгүл", "5093")
    assert shared.send("POST", "drills", {"what": "overload", "subject": "a-204"}).status_code == 403
    assert shared.acknowledge("over-a-204").status_code == 200


def try_out(accounts: Accounts, clock: FakeClock, address: str, asker: int) -> float:
    """Ten wrong PINs as fast as they are judged, and the seconds that the next must wait."""
    judged = 0
    while judged < 10:
        try:
            assert accounts.sign_on_by_pin("Ерлан", "9182", address, asker) is None
            judged += 1
        except Throttled as wait:
            clock.advance(wait.wait_s)
    with pytest.raises(Throttled) as caught:
        accounts.sign_on_by_pin("Ерлан", PIN, address, asker)
    return caught.value.wait_s


def test_ten_wrong_pins_kill_it_for_an_hour_where_they_were_tried(
    accounts: Accounts, clock: FakeClock
) -> None:
    made = accounts.add("Ерлан", "guard")
    accounts.pins.set(made.id, made.role, PIN)
    assert try_out(accounts, clock, "10.0.0.1", 77) == 3600
    # The same colleague elsewhere, and somebody else at the same address, are no further.
    for address, asker in (("10.0.0.2", 77), ("10.0.0.1", 78)):
        with pytest.raises(Throttled):
            accounts.sign_on_by_pin("Ерлан", PIN, address, asker)
    # Ерлан himself, at another computer, signs on.
    assert accounts.pins.names() == ["Ерлан"]
    assert accounts.sign_on_by_pin("Ерлан", PIN, "10.0.0.3", made.id) is not None
    clock.advance(3600)
    assert accounts.sign_on_by_pin("Ерлан", PIN, "10.0.0.1", 77) is not None


def test_wrong_pin_is_noted_with_the_account_it_was_tried_on(shared: Guest, app: Flask) -> None:
    for _ in range(4):
        sign_on(shared, pin="9182")
    sign_on(shared, "Жоқ адам")
    noted = app.extensions["kuzet"].audit.page(None, 10, actor="Пост 1", action="sign_in")
    found = [(one.action, one.subject) for one in noted if one.action != "sign_in"]
    assert found == [
        ("sign_in.failed", ""),
        ("sign_in.throttled", "Ерлан"),
        *[("sign_in.failed", "Ерлан")] * 3,
    ]


def test_right_pin_forgives_the_wrong_ones_before(accounts: Accounts, clock: FakeClock) -> None:
    made = accounts.add("Ерлан", "guard")
    accounts.pins.set(made.id, made.role, PIN)
    for _ in range(10):
        assert accounts.sign_on_by_pin("Ерлан", "9182", "10.0.0.1") is None
        assert accounts.sign_on_by_pin("Ерлан", PIN, "10.0.0.1") is not None
        clock.advance(3600)


def test_throttled_pin_says_how_long(shared: Guest) -> None:
    assert [sign_on(shared, pin="9182")[0] for _ in range(4)] == [403, 403, 403, 429]


def test_unknown_name_is_answered_like_a_wrong_pin(shared: Guest) -> None:
    assert sign_on(shared, "Жоқ адам")[1] == sign_on(shared, pin="9182")[1]


def test_disabled_account_has_no_pin(shared: Guest, accounts: Accounts) -> None:
    accounts.disable("Ерлан")
    assert sign_on(shared)[0] == 403
    assert shared.get("/pin/names").get_json() == {"names": []}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"name": 1}', b"\xff"], ids=repr)
def test_body_that_is_none_is_shown_a_good_one(shared: Guest, body: bytes) -> None:
    headers = {"X-CSRFToken": shared.token()}
    answer = shared.client.post("/pin", data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("role", "pin", "code"),
    [
        ("admin", "4071", "pin-role"),
        ("guard", "407", "pin-digits"),
        ("guard", "407100000", "pin-digits"),
        ("guard", "40a1", "pin-digits"),
        ("guard", "٤٠٧١", "pin-digits"),
        ("guard", "1234", "pin-easy"),
        ("guard", "4321", "pin-easy"),
        ("guard", "0000", "pin-easy"),
        ("guard", "4747", "pin-easy"),
    ],
)
def test_pin_that_is_first_guessed_is_refused(accounts: Accounts, role: str, pin: str, code: str) -> None:
    made = accounts.add("Ерлан", role)
    with pytest.raises(AccountError) as caught:
        accounts.pins.set(made.id, made.role, pin)
    assert caught.value.code == code
