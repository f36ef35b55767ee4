"""The page of the audit log: who sees it, its pages and filters, and what it says of the chain."""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, update

from dashboards.services import Services
from hub.store.accounts import Accounts
from hub.store.schema import audit
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest


@pytest.fixture
def auditor(app: Flask, campus: CampusBoard, accounts: Accounts) -> Guest:
    campus.calm()
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"))
    guest.get("/language/en")
    return guest


@pytest.fixture
def filled(app: Flask, auditor: Guest) -> Guest:
    here: Services = app.extensions["kuzet"]
    for number in range(60):
        here.audit.add("Айгүл", "manager", "space.hold", f"a-{number}", {"on": True, "reason": "<b>"})
    return auditor


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'<th scope="row" class="num">(\d+)</th>', text)]


def test_page_shows_the_newest_and_leads_to_the_older(filled: Guest) -> None:
    first = filled.get("/audit").text
    assert (numbers(first)[0], len(numbers(first))) == (61, 50)
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = filled.get(older[1].replace("&amp;", "&")).text
    assert numbers(second) == list(range(11, 0, -1))
    assert 'rel="next"' not in second


def test_page_tells_in_words_and_escapes(filled: Guest) -> None:
    text = filled.get("/audit?subject=a-7").text
    assert "Closed or opened a room" in text
    assert "Айгүл · Facility manager" in text
    assert "reason: &lt;b&gt;" in text
    assert len(numbers(text)) == 1


def test_time_is_the_campus_own(filled: Guest) -> None:
    assert "23.11.2026 14:05:03" in filled.get("/audit?subject=a-7").text


def test_filter_that_finds_nothing_says_so_and_keeps_what_was_asked(filled: Guest) -> None:
    text = filled.get("/audit?actor=Нургүл&action=task").text
    assert "There are no such entries." in text
    assert 'value="Нургүл"' in text
    assert '<option value="task" selected>' in text


def test_chain_is_whole_when_asked(filled: Guest) -> None:
    assert "The chain is whole: 61 entries." in filled.get("/audit?check=1").text
    assert "The chain is" not in filled.get("/audit").text


def test_chain_that_is_broken_names_the_entry(filled: Guest, people: Engine) -> None:
    with people.begin() as connection:
        connection.execute(update(audit).where(audit.c.id == 33).values(who="Ерлан"))
    text = filled.get("/audit?check=1").text
    assert 'role="alert"' in text
    assert "the first entry that does not fit: 33." in text


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²"])
def test_page_that_is_none_is_the_first(filled: Guest, after: str) -> None:
    assert numbers(filled.get(f"/audit?after={after}").text)[0] == 61


def test_log_is_not_for_guards_and_managers(guard: Guest, manager: Guest) -> None:
    assert {guest.get("/audit").status_code for guest in (guard, manager)} == {403}


def test_page_shows_names_and_words_where_there_are_any_and_ids_as_code(
    app: Flask, auditor: Guest, campus: CampusBoard
) -> None:
    campus.troubles()
    here: Services = app.extensions["kuzet"]
    for action, subject, detail in (
        ("space.hold", "a-204", {"on": True, "reason": "жөндеу", "decision": 3}),
        ("alert.ack", "over-a-204", {}),
        ("silence.add", "01abc", {"building": "a", "rule": "co2-high"}),
        ("shift.sign", "evening-2", {}),
        ("account.add", "Дана", {"role": "guard", "buildings": ["b"]}),
        ("report.export", "2026-11-16..2026-11-22", {}),
    ):
        here.audit.add("Айгүл", "manager", action, subject, detail)
    auditor.get("/language/ru")
    text = auditor.get("/audit").text
    wanted = (
        ">A-204<",
        "решение №: 3 · помещение: закрыто · причина: жөндеу",
        "A-204 · Превышена вместимость",
        "<code>01abc</code>",
        "<code>evening-2</code>",
        "правило: Проветрите: CO2 повышен",
        "Корпус В",
        "16.11.2026 – 22.11.2026",
    )
    assert [word for word in wanted if word not in text] == []
    assert len(numbers(auditor.get("/audit?subject=A-204&action=space").text)) == 1
