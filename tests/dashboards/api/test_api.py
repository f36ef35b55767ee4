"""The API answers as the contract says, and every fault is a problem document."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hub.alerts.alert import Alert
from hub.store.accounts import Accounts
from hub.store.decisions import Decisions
from hub.store.schema import alert
from protocol.codec import encode
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
        "post /spaces/{space_id}/tasks/{task}/take": (acting, True),
        "post /spaces/{space_id}/tasks/{task}/give": (acting, True),
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


@pytest.fixture
def auditor(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"))
    return guest


def past_alert(campus: CampusBoard, key: str, minutes_ago: float) -> None:
    """An alert that had fired and is closed."""
    closed = campus.now - timedelta(minutes=minutes_ago)
    begun = closed - timedelta(minutes=5)
    one = Alert(
        id=key,
        rule="over-capacity",
        subject="a-204",
        label="A-204",
        priority=2,
        space="a-204",
        node=None,
        state=AlertState.RESOLVED,
        since=begun,
        found_at=begun,
        fired_at=begun,
        closed_at=closed,
    )
    row = {"id": key, "rule": one.rule, "subject": one.subject, "state": "resolved", "since": begun}
    with campus.engine.begin() as connection:
        connection.execute(alert.insert().values(row | {"closed_at": closed, "body": encode(one)}))


def ids(answer: TestResponse) -> list[object]:
    return [one["id"] for one in answer.get_json()]


def next_of(answer: TestResponse) -> str:
    found = re.fullmatch(r'<(/api/1/[^>]+)>; rel="next"', answer.headers["Link"])
    assert found is not None
    return found[1]


def test_past_alerts_come_in_pages_that_lead_on(guard: Guest, campus: CampusBoard) -> None:
    """Two that were closed in the same instant too."""
    for number, minutes_ago in enumerate((50, 40, 30, 30, 10)):
        past_alert(campus, f"old-{number}", minutes_ago)
    first = guard.get("/api/1/alerts?state=closed&limit=2")
    second = guard.get(next_of(first))
    third = guard.get(next_of(second))
    assert [ids(page) for page in (first, second, third)] == [
        ["old-4", "old-3"],
        ["old-2", "old-1"],
        ["old-0"],
    ]
    assert "state=closed&limit=2&after=old-3" in first.headers["Link"]
    assert "Link" not in third.headers


def test_all_alerts_begin_with_the_open_ones(guard: Guest, campus: CampusBoard) -> None:
    past_alert(campus, "old-1", 20)
    past_alert(campus, "old-2", 10)
    first = guard.get("/api/1/alerts?state=all&limit=1")
    assert (len(ids(first)), ids(first)[-1]) == (4, "old-2")
    assert ids(guard.get(next_of(first))) == ["old-1"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("alerts?state=closed&limit=0", "limit"),
        ("alerts?state=closed&limit=1001", "limit"),
        ("alerts?state=closed&limit=-1", "limit"),
        ("alerts?state=closed&limit=²", "limit"),
        ("alerts?state=closed&after=nothing", "after"),
        ("alerts?state=closed&after=over-a-204", "after"),
        ("audit?after=x", "after"),
        ("audit?after=99999999999999999999", "after"),
        ("audit?limit=many", "limit"),
    ],
)
def test_page_that_is_none_is_refused(auditor: Guest, asked: str, code: str) -> None:
    answer = auditor.get(f"/api/1/{asked}")
    assert (answer.status_code, answer.get_json()["type"]) == (400, f"urn:kuzet:problem:{code}")


def test_audit_tells_who_did_what_newest_first(guard: Guest, auditor: Guest) -> None:
    guard.acknowledge("over-a-204")
    guard.send("POST", "spaces/a-204/recount", {"count": 12, "reason": "by eye"})
    guard.send("POST", "spaces/a-204/tasks/airing/done", {"reason": "windows"})
    entries = auditor.get("/api/1/audit?actor=Әсет").get_json()
    assert [(one["action"], one["subject"], one["role"]) for one in entries][:3] == [
        ("task.done", "a-204", "guard"),
        ("space.recount", "a-204", "guard"),
        ("alert.ack", "over-a-204", "guard"),
    ]
    assert entries[1]["detail"] == {"count": 12, "reason": "by eye", "decision": 2}
    assert entries[0]["prev_hash"] == entries[1]["hash"]


def test_audit_comes_in_pages_and_keeps_its_filter(guard: Guest, auditor: Guest) -> None:
    for count in range(5):
        guard.send("POST", "spaces/a-204/recount", {"count": count})
    first = auditor.get("/api/1/audit?action=space&limit=2")
    second = auditor.get(next_of(first))
    third = auditor.get(next_of(second))
    counts = [[one["detail"]["count"] for one in page.get_json()] for page in (first, second, third)]
    assert counts == [[4, 3], [2, 1], [0]]
    assert "Link" not in third.headers


def test_audit_is_for_administrators_and_auditors_alone(guard: Guest, manager: Guest) -> None:
    for guest in (guard, manager):
        answer = guest.get("/api/1/audit")
        assert (answer.status_code, answer.content_type) == (403, "application/problem+json")


def test_signing_in_and_out_is_audited(guard: Guest, auditor: Guest) -> None:
    guard.client.post("/sign-out", data={"csrf_token": guard.token()})
    assert ids(auditor.get("/api/1/audit?action=sign_in&subject=guard-1"))
    assert [one["action"] for one in auditor.get("/api/1/audit?actor=Әсет").get_json()] == ["sign_out"]


def test_openapi_names_the_pages_and_their_link(stranger: Guest) -> None:
    audit = stranger.get("/api/1/openapi.json").get_json()["paths"]["/api/1/audit"]["get"]
    asked = {one["name"]: one["schema"] for one in audit["parameters"]}
    assert set(asked) == {"limit", "after", "actor", "action", "subject"}
    assert asked["limit"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}
    assert (list(audit["responses"]["200"]["headers"]), audit["x-roles"]) == (["Link"], ["admin", "auditor"])
    assert set(audit["responses"]) == {"200", "400", "401", "403"}


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
