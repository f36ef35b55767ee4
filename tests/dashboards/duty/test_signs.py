"""The screens at doors: one room's state under a token, never more than is known."""

from datetime import timedelta

import pytest
from flask import Flask

from dashboards.duty.signs import Face, FaceKind, face_of
from hub.store.accounts import Accounts
from hub.store.signs import Signs
from protocol.messages import SpaceCondition
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock


@pytest.fixture
def signs(app: Flask) -> Signs:
    found = app.extensions["kuzet"].signs
    assert isinstance(found, Signs)
    return found


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"))
    return guest


def face(app: Flask, space: str) -> Face | None:
    here = app.extensions["kuzet"]
    state = here.picture().state(here.clock.now(), "b")
    return face_of(space, state.spaces, state.hub, state.now, "b")


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        (SpaceCondition.OPEN, FaceKind.GO),
        (SpaceCondition.NEAR, FaceKind.GO),
        (SpaceCondition.DUE, FaceKind.GO),
        (SpaceCondition.FULL, FaceKind.WAIT),
        (SpaceCondition.TREATMENT, FaceKind.AIRING),
        (SpaceCondition.CLOSED, FaceKind.CLOSED),
        (SpaceCondition.HOLD, FaceKind.CLOSED),
    ],
)
def test_sign_shows_the_rooms_state(
    app: Flask, campus: CampusBoard, condition: SpaceCondition, kind: FaceKind
) -> None:
    campus.calm()
    campus.space("a-204", condition, "free", occupancy=9, free=6)
    shown = face(app, "a-204")
    assert shown is not None
    assert shown.kind is kind
    assert (shown.free is not None) == (kind is FaceKind.GO)


def test_unknown_room_has_no_number(app: Flask, campus: CampusBoard) -> None:
    campus.calm()
    campus.unknown("a-204", "silent-node", 7)
    shown = face(app, "a-204")
    assert shown is not None
    assert (shown.kind, shown.free) == (FaceKind.UNKNOWN, None)


def test_silent_hub_makes_every_sign_unknown(app: Flask, campus: CampusBoard, clock: FakeClock) -> None:
    campus.calm()
    clock.advance(13.0)
    shown = face(app, "a-204")
    assert shown is not None
    assert shown.kind is FaceKind.UNKNOWN


def test_full_room_names_the_nearest_that_has_places(app: Flask, campus: CampusBoard) -> None:
    campus.calm()
    campus.full("a-204", 15, 15)
    shown = face(app, "a-204")
    assert shown is not None
    assert shown.elsewhere is not None
    # Of the same floor and kind, the one with most places.
    assert shown.elsewhere.code.startswith("A-2")


def test_stranger_sees_the_sign_of_a_token_and_nothing_else(
    stranger: Guest, signs: Signs, campus: CampusBoard
) -> None:
    campus.calm()
    made = signs.add("a-204")
    page = stranger.get(f"/sign/{made.token}")
    assert page.status_code == 200
    assert "A-204" in page.text
    assert "A-205" not in page.text
    assert stranger.get(f"/sign/{made.token}/state").json["code"] == "A-204"  # type: ignore[index]
    assert stranger.get("/sign/not-a-token").status_code == 404
    assert stranger.get("/api/1/state").status_code == 401


def test_sign_says_kazakh_first_and_russian_as_large(
    stranger: Guest, signs: Signs, campus: CampusBoard
) -> None:
    campus.calm()
    text = stranger.get(f"/sign/{signs.add('a-204').token}").text
    assert text.index("Кіріңіз") < text.index("Входите") < text.index("Please enter")


def test_administrator_makes_a_sign_and_takes_it_down(
    admin: Guest, stranger: Guest, signs: Signs, campus: CampusBoard
) -> None:
    campus.calm()
    form = {"csrf_token": admin.token(), "space": "a-204", "note": "сол жақ есік"}
    assert admin.client.post("/admin/signs", data=form).status_code == 303
    (made,) = signs.list()
    assert (made.space, made.note) == ("a-204", "сол жақ есік")
    shown = admin.get("/admin/signs").text
    assert f"/sign/{made.token}" in shown
    assert "<svg" in shown
    admin.client.post(f"/admin/signs/{made.token}/remove", data={"csrf_token": admin.token()})
    assert stranger.get(f"/sign/{made.token}").status_code == 404


@pytest.mark.parametrize(("space", "note", "said"), [("nowhere", "", "тізімнен"), ("a-204", "x" * 81, "80")])
def test_wrong_form_says_what_to_do(
    admin: Guest, signs: Signs, campus: CampusBoard, space: str, note: str, said: str
) -> None:
    campus.calm()
    form = {"csrf_token": admin.token(), "space": space, "note": note}
    answer = admin.client.post("/admin/signs", data=form, follow_redirects=True)
    assert said in answer.text
    assert signs.list() == []


def test_guard_makes_no_sign(guard: Guest, signs: Signs, campus: CampusBoard) -> None:
    campus.calm()
    form = {"csrf_token": guard.token(), "space": "a-204"}
    assert guard.client.post("/admin/signs", data=form).status_code == 403
    assert signs.list() == []


def test_until_is_said_on_the_campus_clocks(app: Flask, campus: CampusBoard) -> None:
    campus.calm()
    campus.space("a-204", SpaceCondition.TREATMENT, "airing", until=NOON + timedelta(minutes=10))
    shown = face(app, "a-204")
    assert shown is not None
    assert shown.until == "14:15"
