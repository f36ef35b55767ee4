"""The API answers as the contract says, and every fault is a problem document."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.store.accounts import Accounts
from hub.store.decisions import Decisions
from protocol.messages import AlertState
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def test_state_has_the_whole_board(guard: Guest) -> None:
    state = guard.get("/api/1/state").get_json()
    assert set(state) == {
        "as_of", "now", "build", "version", "hub", "ledger", "spaces", "alerts", "nodes",
        "silences", "gaps", "handover",
    }  # fmt: skip
    assert (len(state["spaces"]), len(state["alerts"])) == (60, 3)


def test_space_has_the_fields_of_the_contract(guard: Guest) -> None:
    space = guard.get("/api/1/spaces/a-204").get_json()
    assert (space["space"], space["state"], space["reason"]) == ("a-204", "full", "over-capacity")
    assert (space["occupancy"], space["low"], space["high"], space["capacity"]) == (18, 17, 20, 15)
    assert (space["code"], space["building"], space["floor"], space["limit"]) == (
        "A-204",
        "a",
        2,
        "group-cap",
    )


def test_unknown_space_has_null_counts(guard: Guest) -> None:
    space = guard.get("/api/1/spaces/a-104").get_json()
    assert (space["state"], space["occupancy"], space["free"]) == ("unknown", None, None)


def test_every_space_is_unknown_when_the_hub_is_silent(guard: Guest, clock: FakeClock) -> None:
    clock.advance(13)
    states = {space["state"] for space in guard.get("/api/1/spaces").get_json()}
    assert states == {"unknown"}


@pytest.mark.parametrize(
    ("wanted", "count"),
    [("open", 3), ("firing", 3), ("pending", 0), ("resolved", 0), ("closed", 0), ("all", 3)],
)
def test_alerts_are_filtered_by_state(guard: Guest, wanted: str, count: int) -> None:
    assert len(guard.get(f"/api/1/alerts?state={wanted}").get_json()) == count


def test_acknowledging_answers_who_and_shows_everywhere_at_once(guard: Guest) -> None:
    answer = guard.acknowledge("over-a-204")
    assert (answer.status_code, answer.get_json()["acked_by"]) == (200, "Әсет")
    alerts = {alert["id"]: alert for alert in guard.get("/api/1/alerts").get_json()}
    assert alerts["over-a-204"]["acked_by"] == "Әсет"


def test_acknowledging_twice_is_one_decision_of_the_first(
    guard: Guest, people: Engine, clock: FakeClock
) -> None:
    guard.acknowledge("over-a-204")
    clock.advance(60)
    answer = guard.acknowledge("over-a-204").get_json()
    assert answer["acked_at"] == "2026-11-23T09:05:03Z"
    assert len(Decisions(people).since(0)) == 1


def test_session_that_is_over_still_reads_but_does_not_act(
    guard: Guest, campus: CampusBoard, clock: FakeClock
) -> None:
    for _ in range(25):
        clock.advance(1740)
        guard.get("/api/1/state")
    assert guard.get("/api/1/state").status_code == 200
    refused = guard.acknowledge("over-a-204")
    assert (refused.status_code, refused.get_json()["type"]) == (401, "urn:kuzet:problem:session-over")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/1/spaces/z-999", 404),
        ("GET", "/api/1/alerts?state=odd", 400),
        ("GET", "/api/1/nowhere", 404),
        ("PUT", "/api/1/state", 405),
        ("POST", "/api/1/alerts/over-a-204/ack", 400),
    ],
    ids=["no space", "no such state", "no path", "no method", "no CSRF token"],
)
def test_fault_is_a_problem_document(guard: Guest, method: str, path: str, status: int) -> None:
    answer = guard.client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json(force=True)["status"] == status


def test_acknowledging_without_a_token_changes_nothing(guard: Guest, people: Engine) -> None:
    guard.client.post("/api/1/alerts/over-a-204/ack")
    assert Decisions(people).since(0) == []


def test_acknowledging_no_alert_is_404(guard: Guest, people: Engine) -> None:
    assert guard.acknowledge("nothing").status_code == 404
    assert Decisions(people).since(0) == []


def test_auditor_reads_and_does_not_acknowledge(app: Flask, accounts: Accounts, people: Engine) -> None:
    auditor = Guest(app.test_client())
    auditor.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"))
    assert auditor.get("/api/1/state").status_code == 200
    assert auditor.acknowledge("over-a-204").status_code == 403
    assert Decisions(people).since(0) == []


def test_fault_of_the_server_is_a_problem_without_details(guard: Guest, campus: CampusBoard) -> None:
    campus.write([("space", "a-101", b"{broken")])
    answer = guard.get("/api/1/state")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "broken" not in answer.text


def test_openapi_describes_every_route_below_the_api(app: Flask, stranger: Guest) -> None:
    described = stranger.get("/api/1/openapi.json").get_json()
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/1/")
    }
    assert set(described["paths"]) == routes - {"/api/1/openapi.json"}
    schemas = described["components"]["schemas"]
    assert set(schemas) >= {"State", "SpaceView", "AlertView", "Problem", "ShelveBody", "Decided"}
    named = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert named - set(schemas) == set()


def test_openapi_says_of_every_change_who_may_and_what_to_send(stranger: Guest) -> None:
    described = stranger.get("/api/1/openapi.json").get_json()
    changes = {
        f"{method} {path.removeprefix('/api/1')}": (one.get("x-roles"), "requestBody" in one)
        for path, methods in described["paths"].items()
        for method, one in methods.items()
        if method != "get"
    }
    acting, managing = ["admin", "guard", "manager"], ["admin", "manager"]
    assert changes == {
        "post /alerts/{alert_id}/ack": (acting, False),
        "post /alerts/{alert_id}/shelve": (acting, True),
        "post /spaces/{space_id}/tasks/{task}/start": (acting, True),
        "post /spaces/{space_id}/tasks/{task}/done": (acting, True),
        "post /spaces/{space_id}/tasks/{task}/abort": (acting, True),
        "post /spaces/{space_id}/recount": (acting, True),
        "post /spaces/{space_id}/hold": (acting, True),
        "post /silences": (managing, True),
        "delete /silences/{silence_id}": (managing, False),
        "post /drills": (managing, True),
    }


def test_nodes_are_those_of_the_hub(guard: Guest) -> None:
    nodes = guard.get("/api/1/nodes").get_json()
    assert {node["state"] for node in nodes} == {"online"}


def test_nodes_are_unknown_when_the_hub_is_silent(guard: Guest, clock: FakeClock) -> None:
    clock.advance(13)
    assert {node["state"] for node in guard.get("/api/1/nodes").get_json()} == {"unknown"}


def test_silences_are_listed_the_first_to_end_first(guard: Guest, campus: CampusBoard) -> None:
    campus.silence("later", 50, building="b")
    campus.silence("sooner", 10, space="a-204")
    assert [one["id"] for one in guard.get("/api/1/silences").get_json()] == ["sooner", "later"]


def test_handover_that_is_not_written_is_404(guard: Guest, campus: CampusBoard) -> None:
    assert guard.get("/api/1/handover").status_code == 404
    campus.handover()
    assert guard.get("/api/1/handover").get_json()["shift"] == "day"


def test_alert_says_whether_it_is_told(guard: Guest, campus: CampusBoard) -> None:
    campus.alert("x", "co2-high", 2, "B-304", 3, space="b-304", muted="silenced", is_drill=True, told=2)
    alert = next(one for one in guard.get("/api/1/alerts").get_json() if one["id"] == "x")
    assert (alert["muted"], alert["muted_until"], alert["is_drill"], alert["told"]) == (
        "silenced",
        None,
        True,
        2,
    )


def test_live_feed_begins_with_a_snapshot_and_a_heartbeat(guard: Guest) -> None:
    answer = guard.client.get("/api/1/live", buffered=False)
    frames = [next(answer.response) for _ in range(3)]  # type: ignore[call-overload]  # werkzeug types it as iterable
    answer.close()
    assert answer.content_type == "text/event-stream"
    assert [frame[:16] for frame in frames] == [b"retry: 2000\n\n", b"event: snapshot\n", b"event: heartbeat"]


def test_one_stream_too_many_is_told_to_poll(guard: Guest) -> None:
    held = [guard.client.get("/api/1/live", buffered=False) for _ in range(2)]
    answer = guard.get("/api/1/live")
    for one in held:
        one.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    again = guard.client.get("/api/1/live", buffered=False)
    assert again.status_code == 200
    again.close()


def test_hub_row_is_told_with_its_age(guard: Guest, clock: FakeClock) -> None:
    clock.advance(timedelta(seconds=5).total_seconds())
    state = guard.get("/api/1/state").get_json()
    assert (state["as_of"], state["now"]) == ("2026-11-23T09:05:03Z", "2026-11-23T09:05:08Z")


def test_space_is_as_of_the_hubs_last_pulse(guard: Guest) -> None:
    hub = guard.get("/api/1/state").get_json()["hub"]
    assert guard.get("/api/1/spaces/a-101").get_json()["as_of"] == hub["as_of"]


def test_alert_that_has_not_fired_cannot_be_taken(guard: Guest, campus: CampusBoard, people: Engine) -> None:
    campus.alert("soon", "over-capacity", 1, "A-101", 0.1, space="a-101", state=AlertState.PENDING)
    assert guard.acknowledge("soon").status_code == 409
    assert Decisions(people).since(0) == []
