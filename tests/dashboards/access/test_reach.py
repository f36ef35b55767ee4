"""Accounts kept to a building: they read everything and act only there."""

import pytest
from flask import Flask

from hub.store.accounts import Accounts
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.routes import ADMINS, CHANGE, address

UNTIL = "2026-11-23T12:00:00Z"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()
    campus.alert("over-b", "over-capacity", 1, "B-203", 2, space="b-203", value=18, limit=15)
    campus.alert("silent-b", "silent-node", 2, "floor-b-2", 3, node="floor-b-2", building="b")
    campus.silence("quiet-a", 30, space="a-204")
    campus.silence("quiet-b", 30, building="b")
    campus.handover()


@pytest.fixture
def of_b(app: Flask, accounts: Accounts) -> Guest:
    """A manager of building B only."""
    accounts.add("Бота", "manager", buildings=["b"])
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Бота"))
    return guest


#: A call below /api/1, its body, and whether it stays in building B.
CALLS: list[tuple[str, str, object, bool]] = [
    ("POST", "alerts/over-b/ack", None, True),
    ("POST", "alerts/over-a-204/ack", None, False),
    # An alarm of no building is the whole campus's.
    ("POST", "alerts/silent/ack", None, False),
    ("POST", "alerts/silent-b/ack", None, True),
    ("POST", "alerts/over-b/shelve", {"minutes": 15, "reason": "x"}, True),
    ("POST", "alerts/over-a-204/shelve", {"minutes": 15, "reason": "x"}, False),
    ("POST", "spaces/b-203/tasks/airing/start", {}, True),
    ("POST", "spaces/a-204/tasks/airing/done", {}, False),
    ("POST", "spaces/b-203/tasks/airing/take", {}, True),
    ("POST", "spaces/a-204/tasks/airing/take", {}, False),
    ("POST", "spaces/a-204/tasks/airing/give", {"to": "guard"}, False),
    ("POST", "spaces/b-203/recount", {"count": 3, "reason": "x"}, True),
    ("POST", "spaces/a-204/recount", {"count": 3, "reason": "x"}, False),
    ("POST", "spaces/b-203/hold", {"on": True, "reason": "x"}, True),
    ("POST", "spaces/a-204/hold", {"on": True, "reason": "x"}, False),
    ("POST", "silences", {"space": "b-203", "until": UNTIL, "reason": "x"}, True),
    ("POST", "silences", {"building": "b", "until": UNTIL, "reason": "x"}, True),
    ("POST", "silences", {"building": "a", "until": UNTIL, "reason": "x"}, False),
    ("POST", "silences", {"rule": "over-capacity", "until": UNTIL, "reason": "x"}, False),
    ("DELETE", "silences/quiet-b", None, True),
    ("DELETE", "silences/quiet-a", None, False),
    ("POST", "drills", {"what": "overload", "subject": "b-203"}, True),
    ("POST", "drills", {"what": "overload", "subject": "a-204"}, False),
    ("POST", "drills", {"what": "dead-door", "subject": "floor-a1-2"}, False),
]


@pytest.mark.parametrize(("method", "path", "body", "is_own"), CALLS, ids=str)
def test_account_acts_only_in_its_buildings(
    of_b: Guest, method: str, path: str, body: object, is_own: bool
) -> None:
    answer = of_b.send(method, path, body)
    assert (answer.status_code < 300) is is_own
    assert is_own or answer.get_json()["type"] == "urn:kuzet:problem:building"


def test_refusal_says_where_the_account_acts(of_b: Guest) -> None:
    told = of_b.acknowledge("over-a-204").get_json()["detail"]
    assert "building `a`" in told
    assert "only in: b" in told


def test_reading_is_not_kept_to_a_building(of_b: Guest) -> None:
    spaces = of_b.get("/api/1/spaces").get_json()
    assert {one["building"] for one in spaces} == {"a", "b"}
    assert of_b.get("/api/1/spaces/a-204").status_code == 200


def test_every_account_signs_the_list_of_its_shift(of_b: Guest) -> None:
    answer = of_b.client.post("/handover/read", data={"csrf_token": of_b.token()})
    assert answer.status_code == 303


def test_buildings_count_from_the_next_call_on(of_b: Guest, accounts: Accounts) -> None:
    accounts.change("Бота", role="manager", buildings=["a", "b"])
    assert of_b.acknowledge("over-a-204").status_code == 200
    accounts.change("Бота", role="manager", buildings=[])
    assert of_b.acknowledge("silent").status_code == 200


#: Forms of pages that reach into building A.
FORMS: list[tuple[str, dict[str, str]]] = [
    ("/alerts/over-a-204/take", {}),
    ("/alerts/over-a-204/shelve", {"minutes": "15", "reason": "x"}),
    ("/alerts/drill", {"what": "overload", "space": "a-204"}),
    ("/alerts/silences", {"space": "a-204", "minutes": "30", "reason": "x"}),
    ("/alerts/silences/quiet-a/end", {}),
    ("/space/a-204/recount", {"count": "3"}),
    ("/space/a-204/hold", {"on": "1"}),
    ("/space/a-204/tasks/airing/start", {}),
]


@pytest.mark.parametrize(("path", "fields"), FORMS, ids=str)
def test_form_is_refused_with_a_page(of_b: Guest, path: str, fields: dict[str, str]) -> None:
    answer = of_b.client.post(path, data={"csrf_token": of_b.token(), **fields})
    assert (answer.status_code, answer.mimetype) == (403, "text/html")


def test_form_about_what_is_not_there_is_refused_with_a_page(of_b: Guest) -> None:
    answer = of_b.client.post("/alerts/silences/nothing/end", data={"csrf_token": of_b.token()})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_group_is_taken_as_far_as_the_account_reaches(of_b: Guest) -> None:
    form = {"csrf_token": of_b.token(), "alert": ["over-a-204", "over-b"]}
    assert of_b.client.post("/alerts/take", data=form).status_code == 303
    taken = {one["id"]: one["acked_by"] for one in of_b.get("/api/1/alerts").get_json()}
    assert (taken["over-a-204"], taken["over-b"]) == (None, "Бота")


def test_silence_that_the_board_does_not_show_yet_is_ended_by_whoever_may(of_b: Guest) -> None:
    made = of_b.send("POST", "silences", {"space": "b-203", "until": UNTIL, "reason": "x"}).get_json()
    assert of_b.send("DELETE", f"silences/{made['id']}").status_code == 204


#: Changes of administrators that one kept to a building makes too: his own password, and the signs there.
OF_HIS_OWN = {
    ("POST", "/setup/password"),
    ("POST", "/admin/signs"),
    ("POST", "/admin/signs/<token>/remove"),
}


def test_administrator_of_a_building_administers_nothing_beyond_it(app: Flask, accounts: Accounts) -> None:
    accounts.add("Дина", "admin", buildings=["b"])
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("Дина"))
    token = {"X-CSRFToken": guest.token()}
    campus_wide = {change for change, roles in CHANGE.items() if roles == ADMINS} - OF_HIS_OWN
    statuses = {
        (method, rule): guest.client.open(address(rule), method=method, headers=token, json={}).status_code
        for method, rule in campus_wide
    }
    assert len(campus_wide) > 20
    assert statuses == dict.fromkeys(campus_wide, 403)
    hung = {
        space: guest.client.post("/admin/signs", headers=token, data={"space": space}).status_code
        for space in ("a-204", "b-203")
    }
    assert hung == {"a-204": 403, "b-203": 303}
