"""What people decide over HTTP reaches the hub as an order it can read; what does not fit says what would."""

from datetime import timedelta

import msgspec
import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.store.decisions import Decision, Decisions
from hub.store.orders import (
    Close,
    Count,
    EndSilence,
    Order,
    Shelve,
    Silence,
    StartDrill,
    Treat,
    read_order,
)
from protocol.events import Action, Task
from protocol.messages import AlertState
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

LATER = "2026-11-23T12:00:00Z"
SILENCE = {"space": "a-204", "until": LATER, "reason": "repair"}


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def stored(people: Engine) -> list[Decision]:
    return Decisions(people).since(0)


@pytest.mark.parametrize(
    ("path", "body", "subject", "order"),
    [
        (
            "alerts/over-a-204/shelve",
            {"minutes": 30, "reason": "r"},
            "over-a-204",
            Shelve(minutes=30, reason="r"),
        ),
        ("alerts/over-a-204/shelve", {"minutes": 0}, "over-a-204", Shelve(minutes=0, reason="taken down")),
        ("spaces/a-204/tasks/airing/start", None, "a-204", Treat(task=Task.AIRING, action=Action.STARTED)),
        ("spaces/a-204/tasks/surfaces/done", {}, "a-204", Treat(task=Task.SURFACES, action=Action.DONE)),
        (
            "spaces/a-204/tasks/air_disinfection/abort",
            {"reason": "lamp"},
            "a-204",
            Treat(task=Task.AIR_DISINFECTION, action=Action.ABORTED, reason="lamp"),
        ),
        ("spaces/a-204/recount", {"count": 0}, "a-204", Count(count=0)),
        ("spaces/a-104/recount", {"count": 7, "reason": "door"}, "a-104", Count(count=7, reason="door")),
        ("spaces/a-204/hold", {"on": True, "reason": "window"}, "a-204", Close(on=True, reason="window")),
        ("drills", {"what": "overload", "subject": "a-204"}, "a-204", StartDrill(what="overload")),
        (
            "drills",
            {"what": "dead-door", "subject": "floor-a1-2"},
            "floor-a1-2",
            StartDrill(what="dead-door"),
        ),
        ("drills", {"what": "fever", "subject": "post-a"}, "post-a", StartDrill(what="fever")),
    ],
    ids=str,
)
def test_call_is_a_decision_with_its_order(
    manager: Guest, people: Engine, path: str, body: object, subject: str, order: Order
) -> None:
    answer = manager.send("POST", path, body)
    (decision,) = stored(people)
    assert answer.status_code == 200
    assert read_order(decision) == order
    assert (decision.subject, decision.who, decision.at) == (subject, "Айгүл", NOON)
    assert answer.get_json() == {
        "decision": decision.id,
        "kind": decision.kind,
        "subject": subject,
        "by": "Айгүл",
        "at": "2026-11-23T09:05:03Z",
    }


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("alerts/none/shelve", {"minutes": 15, "reason": "r"}, 404, "GET /api/1/alerts"),
        ("alerts/over-a-204/shelve", {"minutes": 20, "reason": "r"}, 422, "minutes"),
        ("alerts/over-a-204/shelve", {"minutes": 15}, 422, "reason"),
        ("alerts/over-a-204/shelve", {"minutes": 15, "reason": "  "}, 422, "reason"),
        ("alerts/over-a-204/shelve", {"minutes": 15, "reason": "r" * 201}, 422, "reason"),
        ("alerts/over-a-204/shelve", {"minute": 15, "reason": "r"}, 422, "minute"),
        ("alerts/over-a-204/shelve", None, 422, "Send for example"),
        ("spaces/a-999/recount", {"count": 1}, 404, "there is no space"),
        ("spaces/outside/recount", {"count": 1}, 404, "there is no space"),
        ("spaces/a-204/recount", {"count": -1}, 422, "count"),
        ("spaces/a-204/recount", {"count": 1.5}, 422, "count"),
        ("spaces/a-204/recount", {"count": "7"}, 422, "count"),
        ("spaces/a-204/recount", {"count": 100_001}, 422, "count"),
        ("spaces/a-204/recount", [], 422, "Send for example"),
        ("spaces/a-999/hold", {"on": True}, 404, "there is no space"),
        ("spaces/a-204/hold", {"on": "yes"}, 422, "on"),
        ("spaces/a-204/tasks/arining/start", {}, 404, "did you mean `airing`"),
        ("spaces/a-999/tasks/airing/start", {}, 404, "there is no space"),
        ("spaces/a-204/tasks/airing/done", {"at": "2026-11-23T09:05:04Z"}, 422, "in the future"),
        ("spaces/a-204/tasks/airing/done", {"at": "2026-11-22T21:05:02Z"}, 422, "more than 12 h"),
        ("spaces/a-204/tasks/airing/done", {"at": "2026-11-23T09:00:00"}, 422, "at"),
        ("silences", {"until": LATER, "reason": "r"}, 422, "nobody may silence everything"),
        ("silences", {**SILENCE, "until": "2026-11-23T09:05:03Z"}, 422, "is over"),
        ("silences", {**SILENCE, "until": "2026-11-24T09:06:00Z"}, 422, "24 h"),
        ("silences", {**SILENCE, "until": "2026-11-23T12:00:00"}, 422, "until"),
        ("silences", {**SILENCE, "reason": ""}, 422, "reason"),
        ("silences", {**SILENCE, "space": "a-2044"}, 422, "did you mean `a-204`"),
        ("silences", {**SILENCE, "rule": "over-capacty"}, 422, "did you mean `over-capacity`"),
        ("silences", {**SILENCE, "node": "no-such"}, 422, "node"),
        ("silences", {**SILENCE, "building": "z"}, 422, "building"),
        ("drills", {"what": "fire", "subject": "a-204"}, 422, "what"),
        ("drills", {"what": "overload", "subject": "a-999"}, 422, "subject"),
        ("drills", {"what": "dead-door", "subject": "a-204"}, 422, "subject"),
        ("drills", {"what": "fever", "subject": "A 1"}, 422, "subject"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_a_problem_that_says_what_to_do(
    manager: Guest, people: Engine, path: str, body: object, status: int, says: str
) -> None:
    answer = manager.send("POST", path, body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert says.lower() in answer.get_json(force=True)["detail"].lower()
    assert stored(people) == []


def test_body_that_is_not_json_is_400(manager: Guest, people: Engine) -> None:
    headers = {"X-CSRFToken": manager.token()}
    for body in (b"count=7", b"\xff\xfe", b"{"):
        answer = manager.client.post("/api/1/spaces/a-204/recount", data=body, headers=headers)
        assert (answer.status_code, answer.get_json(force=True)["type"]) == (400, "urn:kuzet:problem:json")
    assert stored(people) == []


def test_alert_that_has_not_fired_or_is_closed_cannot_be_put_aside(
    manager: Guest, campus: CampusBoard, people: Engine
) -> None:
    campus.alert("soon", "over-capacity", 1, "A-101", 0.1, space="a-101", state=AlertState.PENDING)
    answer = manager.send("POST", "alerts/soon/shelve", {"minutes": 15, "reason": "r"})
    assert (answer.status_code, answer.get_json(force=True)["type"]) == (409, "urn:kuzet:problem:pending")
    assert stored(people) == []


def test_tap_of_a_phone_that_was_offline_is_when_it_was_decided(guard: Guest, people: Engine) -> None:
    guard.send("POST", "spaces/a-204/tasks/airing/start", {"at": "2026-11-23T13:00:00+05:00"})
    (decision,) = stored(people)
    assert decision.at == NOON.replace(hour=8, minute=0, second=0)


def test_same_again_within_a_minute_is_one_decision(guard: Guest, people: Engine, clock: FakeClock) -> None:
    first = guard.send("POST", "spaces/a-204/hold", {"on": True}).get_json()
    clock.advance(59)
    assert guard.send("POST", "spaces/a-204/hold", {"on": True}).get_json() == first
    guard.send("POST", "spaces/a-204/hold", {"on": False})
    assert [read_order(one) for one in stored(people)] == [Close(on=True), Close(on=False)]


def test_silence_is_made_with_a_name_that_ends_it(manager: Guest, people: Engine) -> None:
    made = manager.send("POST", "silences", {**SILENCE, "rule": "over-capacity"})
    name = made.get_json()["id"]
    assert (made.status_code, len(name), name) == (201, 26, name.lower())
    ended = manager.send("DELETE", f"silences/{name}")
    assert (ended.status_code, ended.data) == (204, b"")
    begun, over = stored(people)
    order = Silence(
        reason="repair", until=NOON.replace(hour=12, minute=0, second=0), space="a-204", rule="over-capacity"
    )
    assert (begun.subject, read_order(begun)) == (name, order)
    assert (over.subject, read_order(over)) == (name, EndSilence())


@pytest.mark.parametrize("wait_s", [0, 30, 59])
def test_silence_asked_for_twice_is_one(
    manager: Guest, people: Engine, clock: FakeClock, wait_s: float
) -> None:
    first = manager.send("POST", "silences", SILENCE).get_json()
    clock.advance(wait_s)
    assert manager.send("POST", "silences", SILENCE).get_json() == first
    assert len(stored(people)) == 1


def test_silence_asked_for_a_minute_later_is_another(manager: Guest, clock: FakeClock) -> None:
    first = manager.send("POST", "silences", SILENCE).get_json()["id"]
    clock.advance(61)
    assert manager.send("POST", "silences", SILENCE).get_json()["id"] != first


def test_silence_ended_and_asked_for_again_at_once_is_another(manager: Guest, people: Engine) -> None:
    first = manager.send("POST", "silences", SILENCE).get_json()["id"]
    manager.send("DELETE", f"silences/{first}")
    second = manager.send("POST", "silences", SILENCE).get_json()["id"]
    assert second != first
    assert [one.kind for one in stored(people)] == ["silence", "unsilence", "silence"]


def test_ending_a_silence_twice_is_one_decision(
    manager: Guest, campus: CampusBoard, people: Engine, clock: FakeClock
) -> None:
    campus.silence("quiet", 30, space="a-204")
    assert manager.send("DELETE", "silences/quiet").status_code == 204
    clock.advance(timedelta(minutes=2).total_seconds())
    assert manager.send("DELETE", "silences/quiet").status_code == 204
    assert len(stored(people)) == 1


def test_ending_no_silence_is_404(manager: Guest, people: Engine) -> None:
    assert manager.send("DELETE", "silences/none").status_code == 404
    assert stored(people) == []


def test_order_of_every_call_is_one_the_hub_reads(manager: Guest, people: Engine) -> None:
    manager.send("POST", "silences", SILENCE)
    for decision in stored(people):
        assert msgspec.json.decode(decision.detail)["type"] == decision.kind


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("spaces/a-204/hold", {"on": True}),
        ("spaces/a-204/recount", {"count": 3}),
        ("spaces/a-204/tasks/airing/take", {}),
        ("alerts/over-a-204/shelve", {"minutes": 15}),
    ],
)
def test_reason_is_kept_without_what_turns_a_screen_around(
    app: Flask, manager: Guest, campus: CampusBoard, path: str, body: dict[str, object]
) -> None:
    campus.calm()
    campus.troubles()
    said = "терезе\n\u202eсынық\x00\u200b"
    assert manager.send("POST", path, {**body, "reason": said}).status_code == 200
    (noted,) = app.extensions["kuzet"].audit.page(None, 1)
    assert "терезе сынық" in noted.detail
    assert "\\u" not in noted.detail


def test_reason_of_nothing_but_control_letters_is_none(manager: Guest, campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()
    asked = {"minutes": 15, "reason": "\u200b\x01"}
    assert manager.send("POST", "alerts/over-a-204/shelve", asked).status_code == 422
