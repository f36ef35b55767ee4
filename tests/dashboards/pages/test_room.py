"""The room page without a script: what it says, and what is written when somebody presses."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hub.store.accounts import Accounts
from hub.store.board import BoardWriter
from hub.store.decisions import Decisions
from hub.store.orders import Close, Count, Treat, read_order
from protocol.events import Action, Task
from protocol.messages import SpaceCondition, TaskState
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.remembered import put_in_room, remember_day


@pytest.fixture
def room(campus: CampusBoard) -> CampusBoard:
    """A-204 with one person too many, a day behind it and five things in it."""
    campus.calm()
    campus.full("a-204", 18, 15)
    campus.alert("over-a-204", "over-capacity", 1, "A-204", 2, space="a-204", value=18, limit=15)
    remember_day(campus.engine, "a-204", NOON)
    put_in_room(campus.engine, "a-204", campus.layout.nodes()[0], NOON, BoardWriter(campus.engine))
    return campus


@pytest.fixture
def decisions(people: Engine) -> Decisions:
    return Decisions(people)


@pytest.fixture
def auditor(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"), shown_name="Марат")
    return guest


def words(guest: Guest, path: str = "/space/a-204") -> str:
    """What the page says, in English, without its tags."""
    guest.get("/language/en")
    text = guest.get(path).text
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_page_tells_the_state_with_the_clause_behind_it(room: CampusBoard, guard: Guest) -> None:
    said = words(guard)
    assert "A-204 " in said
    assert "Classroom · 15 places (group limit)" in said
    assert "Over capacity Why Over its limit By which clause §71 18 / 15 between 17 and 20" in said
    assert "In the last hour in: 41, out: 7" in said


def test_page_shows_no_number_of_an_unknown_room(room: CampusBoard, guard: Guest) -> None:
    room.unknown("a-204", "silent-node", 7)
    said = words(guard)
    assert (
        "Unknown Why Its node is silent By which clause §71 – / 15 Nobody knows how many are inside" in said
    )
    assert 'class="meter"' not in guard.get("/space/a-204").text


def test_page_of_a_silent_hub_believes_nothing(room: CampusBoard, guard: Guest) -> None:
    room.pulse(NOON.replace(hour=8))
    said = words(guard)
    assert "The hub is silent" in said
    assert "in: –, out: –" in said
    assert " heard " not in said
    assert "Nothing is asked for now" not in said
    assert "What is required is not known" in said


def test_page_tells_of_doors_and_sensors_with_their_age_and_trust(room: CampusBoard, guard: Guest) -> None:
    said = words(guard)
    assert "a-204-1 door heard · 0 s ago Last said: 0 s ago Trust 42 % · It sees nothing" in said
    assert "a-204-air air sensor heard · 0 s ago Last said: 3 min ago · 812 ppm CO₂" in said
    assert "post-1 screening post heard · 0 s ago Last said: –" in said
    assert "? a-204-window window contact silent Last said: 0 s ago" in said
    assert "✕ a-204-fan fan heard · 0 s ago faulty" in said


def test_page_tells_the_day_in_a_table_and_its_alarms(room: CampusBoard, guard: Guest) -> None:
    said = words(guard)
    assert "No data: nobody watched – –" in said
    assert "corrected later" in said
    assert "P1 Capacity exceeded 23.11 14:03 · still open 18 / 15" in said


@pytest.mark.parametrize("path", ["/space/a-999", "/space/%D0%B0", "/space/..%2f"])
def test_room_that_is_not_there_is_not_found(room: CampusBoard, guard: Guest, path: str) -> None:
    assert guard.get(path).status_code == 404


def test_room_of_which_the_hub_has_said_nothing_more_is_shown(campus: CampusBoard, guard: Guest) -> None:
    campus.calm()
    said = words(guard, "/space/b-101")
    assert "Nothing is installed in this room yet." in said
    assert "There were none." in said


def test_recount_is_a_decision_and_leads_back(room: CampusBoard, guard: Guest, decisions: Decisions) -> None:
    answer = press(guard, "recount", count="12", reason="counted at the door")
    assert (answer.status_code, answer.location) == (303, "/space/a-204?sent=1")
    assert [read_order(one) for one in decisions.since(0)] == [Count(count=12, reason="counted at the door")]


def test_empty_yes_needs_no_number(room: CampusBoard, guard: Guest, decisions: Decisions) -> None:
    press(guard, "recount", count="", empty="1")
    assert [read_order(one) for one in decisions.since(0)] == [Count(count=0, reason="")]


@pytest.mark.parametrize("count", ["", "-1", "1.5", "²", "9999999", "many"])
def test_count_that_is_none_is_told_beside_the_field_and_kept(
    room: CampusBoard, guard: Guest, decisions: Decisions, count: str
) -> None:
    answer = press(guard, "recount", count=count, reason="by eye")
    assert answer.status_code == 422
    assert 'aria-describedby="count-wrong"' in answer.text
    assert f'value="{count}"' in answer.text
    assert 'value="by eye"' in answer.text
    assert decisions.since(0) == []


def test_hold_and_task_are_decisions(room: CampusBoard, guard: Guest, decisions: Decisions) -> None:
    press(guard, "hold", on="1", reason="a broken window")
    press(guard, "tasks/airing/start")
    assert [read_order(one) for one in decisions.since(0)] == [
        Close(on=True, reason="a broken window"),
        Treat(task=Task.AIRING, action=Action.STARTED, reason=""),
    ]


@pytest.mark.parametrize("what", ["tasks/dusting/start", "tasks/airing/burn"])
def test_task_that_is_not_there_is_not_found(room: CampusBoard, guard: Guest, what: str) -> None:
    assert press(guard, what).status_code == 404


def test_task_that_is_due_can_be_begun_and_one_that_runs_ended(room: CampusBoard, guard: Guest) -> None:
    due = TaskState(task="airing", due=NOON, state="late")
    runs = TaskState(task="surfaces", due=NOON, state="started")
    room.space("a-204", SpaceCondition.DUE, "airing", tasks=(due, runs))
    said = words(guard)
    assert "Airing late Due since 14:05 Start" in said
    assert "Wiping of surfaces going on Due since 14:05 Finish Break off" in said


def test_auditor_reads_and_may_press_nothing(room: CampusBoard, auditor: Guest, decisions: Decisions) -> None:
    assert 'id="act"' not in auditor.get("/space/a-204").text
    assert press(auditor, "recount", count="3").status_code == 403
    assert decisions.since(0) == []


def press(guest: Guest, what: str, **fields: str) -> TestResponse:
    """Send a form of the page."""
    return guest.client.post(f"/space/a-204/{what}", data={"csrf_token": guest.token(), **fields})
