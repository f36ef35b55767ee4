"""Tasks: who has them, words that come late and twice, and the page's data."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboards.duty.errands import holder
from dashboards.duty.task_limits import rules_of_managers, task_rules
from hub.store.audit import AuditLog
from hub.store.decisions import Decisions
from hub.store.errands import Errand, Errands
from hub.store.orders import Treat, read_order
from protocol.events import Action, Task
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

AIRING = "spaces/b-202/tasks/airing"


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def first(guest: Guest, path: str = "/tasks") -> dict[str, Any]:
    """What the page is given to begin with."""
    found = re.search(r'id="first">(.*?)</script>', guest.get(path).text)
    assert found is not None
    data: dict[str, Any] = msgspec.json.decode(found[1])
    return data


def said(people: Engine) -> list[tuple[str, str, str | None, str]]:
    return [(one.verb, one.who, one.to_role, one.note) for one in Errands(people).since(0)]


def row(verb: str, who: str, minutes: float) -> Errand:
    at_ms = int((NOON + timedelta(minutes=minutes)).timestamp() * 1000)
    return Errand(f"{verb}{minutes}", at_ms, who, "b-202", "airing", verb)


def test_page_has_the_tasks_with_their_least_time_and_clause(manager: Guest) -> None:
    data = first(manager, "/tasks/b-202/airing")
    assert [(one["space"], one["tasks"][0]["task"]) for one in data["spaces"]] == [("b-202", "airing")]
    assert data["limits"]["airing"]["minimum_s"] == 600
    assert data["limits"]["airing"]["clause"] == "§36.4"
    assert data["opened"] == {"space": "b-202", "task": "airing"}
    assert [one["rule"] for one in data["alerts"]] == ["silent-node"]


def test_page_without_limits_still_lists_the_tasks(manager: Guest, campus: CampusBoard) -> None:
    with campus.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM in_force")
    data = first(manager)
    assert (data["limits"], len(data["spaces"])) == ({}, 1)


def test_taking_is_kept_told_and_audited(
    manager: Guest, guard: Guest, people: Engine, clock: FakeClock
) -> None:
    assert manager.send("POST", f"{AIRING}/take").get_json()["by"] == "Айгүл"
    assert said(people) == [("take", "Айгүл", None, "")]
    (log,) = guard.get("/api/1/errands").get_json()
    assert [(line["verb"], line["who"]) for line in log["said"]] == [("take", "Айгүл")]
    assert "task.take" in [entry.action for entry in AuditLog(people, clock).entries()]


def test_task_that_somebody_has_stays_theirs_until_handed_on(
    manager: Guest, guard: Guest, people: Engine
) -> None:
    manager.send("POST", f"{AIRING}/take")
    refused = guard.send("POST", f"{AIRING}/take")
    assert (refused.status_code, refused.get_json()["type"]) == (409, "urn:kuzet:problem:taken")
    assert "Айгүл" in refused.get_json()["detail"]
    given = manager.send("POST", f"{AIRING}/give", {"to": "guard", "reason": "B-107 керек"})
    assert given.status_code == 200
    assert guard.send("POST", f"{AIRING}/take").status_code == 200
    assert said(people)[1] == ("give", "Айгүл", "guard", "B-107 керек")


def test_same_tap_sent_again_is_one_tap(manager: Guest, people: Engine) -> None:
    tap = {"at": "2026-11-23T08:00:00Z", "key": "0123456789abcdef"}
    answers = [manager.send("POST", f"{AIRING}/start", tap) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    (decision,) = Decisions(people).since(0)
    assert read_order(decision) == Treat(task=Task.AIRING, action=Action.STARTED)
    assert decision.at == NOON.replace(hour=8, minute=0, second=0)
    assert said(people) == [("start", "Айгүл", None, "")]


def test_taking_a_task_takes_the_alert_that_calls_for_it(
    manager: Guest, campus: CampusBoard, people: Engine
) -> None:
    campus.alert("due", "treatment-due", 3, "B-202", 5, space="b-202", limit_rule="surfaces, airing")
    campus.alert("other", "treatment-due", 3, "B-203", 5, space="b-203", limit_rule="airing")
    manager.send("POST", f"{AIRING}/take")
    assert [(one.kind, one.subject) for one in Decisions(people).since(0)] == [("ack", "due")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("spaces/nowhere/tasks/airing/take", {}, 404),
        ("spaces/b-202/tasks/sweeping/take", {}, 404),
        (f"{AIRING}/give", {"to": "auditor"}, 422),
        (f"{AIRING}/give", {}, 422),
        (f"{AIRING}/take", {"key": "short"}, 422),
        (f"{AIRING}/take", {"at": "2026-11-23T20:00:00Z"}, 422),
    ],
)
def test_word_that_makes_no_sense_is_refused_and_not_kept(
    manager: Guest, people: Engine, path: str, body: object, status: int
) -> None:
    assert manager.send("POST", path, body).status_code == status
    assert said(people) == []


def test_who_has_it_is_whoever_said_so_last_about_this_time() -> None:
    now = NOON + timedelta(minutes=30)
    assert holder([row("take", "A", 0), row("start", "B", 5)], NOON, now) == "B"
    assert holder([row("take", "A", 0), row("give", "A", 5)], NOON, now) is None
    assert holder([row("take", "A", 0), row("done", "A", 5)], NOON, now) is None
    assert holder([row("take", "A", -11)], NOON, now) is None
    assert holder([row("take", "A", -11)], None, now) == "A"
    assert holder([], NOON, now) is None


def test_limits_of_an_empty_profile_name_no_task_and_our_own_rules() -> None:
    assert task_rules({}) == {}
    assert "silent-node" in rules_of_managers({})
    steps = [{"after": "0s", "role": "manager"}]
    assert rules_of_managers(
        {"alerts": {"co2-high": {"escalate": steps}, "treatment-due": {"escalate": steps}}}
    ) == ["co2-high"]


def test_phone_is_told_how_to_install_it(stranger: Guest, app: Flask) -> None:
    manifest = stranger.get("/manifest.webmanifest")
    assert manifest.content_type == "application/manifest+json"
    assert {icon["sizes"] for icon in manifest.get_json(force=True)["icons"]} == {"192x192", "512x512"}
    for icon in manifest.get_json(force=True)["icons"]:
        assert stranger.get(icon["src"]).data[:4] == b"\x89PNG"
    worker = stranger.get("/worker.js")
    assert worker.content_type.startswith("text/javascript")
    kept = re.findall(r'"(/static/[^"]+)"', worker.text)
    assert kept
    assert {stranger.get(path).status_code for path in kept} == {200}


def test_frame_that_the_phone_keeps_holds_no_data(manager: Guest) -> None:
    page = manager.get("/tasks/offline").text
    assert 'id="first">null<' in page
    kept = ("b-202", "Айгүл", "manager-1", "csrf-token", "csrf_token")
    assert [one for one in kept if one in page] == []


def test_word_alone_is_proof_where_the_profile_says_so() -> None:
    tasks = {
        "airing": {"minimum": "10min"},
        "surfaces": {"minimum": "5min", "needed": 0.8},
        "air_disinfection": {"minimum": "30min", "nobody_inside": True},
    }
    rules = task_rules({"treatment": {"tasks": tasks}})
    assert {name: rule.word_counts for name, rule in rules.items()} == {
        "airing": True,
        "surfaces": False,
        "air_disinfection": False,
    }
    assert not task_rules({"treatment": {"tasks": tasks, "weights": {"word": 0.4}}})["airing"].word_counts
