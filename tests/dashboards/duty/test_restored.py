"""A store was put back from a copy: said on every page until an administrator has read it."""

from datetime import timedelta

import msgspec
import pytest
from flask import Flask
from sqlalchemy import Engine

from hub.backup.taking import HUB, PEOPLE
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from hub.store.board import RestoredRow
from hub.store.decisions import Decisions
from hub.store.orders import ReadRestored, read_order
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

#: The campus's clocks are five hours ahead of UTC.
SINCE, AT = NOON - timedelta(hours=3), NOON - timedelta(minutes=40)
BOTH = tuple(RestoredRow(store=store, since=SINCE, at=AT) for store in (HUB, PEOPLE))
PAGES = ("/board", "/tasks", "/alerts", "/handover", "/nodes", "/doors", "/map", "/space/a-204", "/account")


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.restored = BOTH
    campus.pulse()


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin-1", "admin"))
    return guest


def read(guest: Guest, until: str) -> int:
    form = {"csrf_token": guest.token(), "until": until, "next": "/tasks"}
    return guest.client.post("/restored/read", data=form).status_code


def mark() -> str:
    return str(msgspec.to_builtins(AT))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_was_lost_and_what_is_told_again(guard: Guest, path: str) -> None:
    guard.get("/language/en?next=/board")
    page = guard.get(path).text
    assert "Store restored from a copy" in page
    assert "from 23.11 11:05 to 23.11 13:25" in page
    assert "from the copy of 23.11 11:05" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("kk", "көшірмеден қалпына"), ("ru", "восстановлены из копии"), ("en", "from a copy")],
)
def test_it_is_said_in_the_language_of_the_reader(guard: Guest, language: str, words: str) -> None:
    guard.get(f"/language/{language}?next=/board")
    assert words in guard.get("/board").text


def test_only_the_store_that_was_put_back_is_spoken_of(guard: Guest, campus: CampusBoard) -> None:
    campus.restored = BOTH[:1]
    campus.pulse()
    guard.get("/language/en?next=/board")
    page = guard.get("/board").text
    assert "Nodes are telling again" in page
    assert "What people decided" not in page


def test_guard_sees_who_must_read_it_and_cannot_read_it_away(guard: Guest, people: Engine) -> None:
    assert "/restored/read" not in guard.get("/board").text
    assert read(guard, mark()) == 403
    assert Decisions(people).since(0) == []


def test_administrator_has_read_it_and_it_is_said_no_more(admin: Guest, guard: Guest, people: Engine) -> None:
    assert "/restored/read" in admin.get("/tasks").text
    assert read(admin, mark()) == 303
    (decision,) = Decisions(people).since(0)
    assert (decision.subject, read_order(decision)) == (mark(), ReadRestored())
    # At once, before the hub has heard of it.
    assert 'data-of=""' in guard.get("/board").text
    assert 'data-of=""' in guard.get("/restored").text
    actions = [entry.action for entry in AuditLog(people, FakeClock(NOON)).entries()]
    assert "store.read" in actions


def test_one_that_came_since_the_page_was_drawn_is_not_read(
    admin: Guest, campus: CampusBoard, people: Engine
) -> None:
    campus.restored = (RestoredRow(store=PEOPLE, since=AT, at=NOON), *BOTH[:1])
    campus.pulse()
    assert read(admin, mark()) == 303
    assert Decisions(people).since(0) == []
    assert 'data-of=""' not in admin.get("/board").text


def test_programs_and_watchers_are_told_too(guard: Guest) -> None:
    rows = guard.get("/api/1/state").json["hub"]["restored"]  # type: ignore[index]
    assert {row["store"] for row in rows} == {HUB, PEOPLE}
    assert guard.get("/healthz").json["restored"] == mark()  # type: ignore[index]


def test_nothing_is_said_where_nothing_was_put_back(guard: Guest, campus: CampusBoard) -> None:
    campus.restored = ()
    campus.pulse()
    page = guard.get("/board").text
    assert 'data-of="" hidden' in page
