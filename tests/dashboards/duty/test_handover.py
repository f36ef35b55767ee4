"""The handover as a page: everything the hub wrote, in three languages, signed by one button."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboards.duty.handover import campus_hour
from hub.store.accounts import Accounts
from hub.store.decisions import Decisions
from hub.store.orders import SignShift, read_order
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


def sign(guest: Guest) -> int:
    return guest.client.post("/handover/read", data={"csrf_token": guest.token()}).status_code


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ["Сыйымдылық асып кетті", "ЖАТТЫҒУ", "Кейінге қалдырылды", "Желдету", "Кезекші жоқ"]),
        ("ru", ["Превышена вместимость", "УЧЕНИЕ", "Отложено", "Проветривание", "Никто не дежурит"]),
        ("en", ["Capacity exceeded", "DRILL", "Put aside", "Airing", "Nobody is on duty"]),
    ],
)
def test_page_says_everything_in_the_language_chosen(
    guard: Guest, campus: CampusBoard, language: str, words: list[str]
) -> None:
    campus.handover()
    campus.gap("night", "over-capacity", "manager", "a", 10)
    guard.get(f"/language/{language}?next=/handover")
    page = guard.get("/handover").text
    assert [word for word in [*words, "A-204", "42 %", "жөндеу", "23.11 14:45"] if word not in page] == []


def test_missing_handover_is_said_and_cannot_be_signed(guard: Guest, people: Engine) -> None:
    assert "әлі жазған жоқ" in guard.get("/handover").text
    assert sign(guard) == 404
    assert Decisions(people).since(0) == []


def test_handover_of_another_shape_is_missing_and_not_a_fault(guard: Guest, campus: CampusBoard) -> None:
    campus.write([("handover", "campus", b'{"shift": 7}')])
    answer = guard.get("/handover")
    assert (answer.status_code, "әлі жазған жоқ" in answer.text) == (200, True)


def test_page_of_a_silent_hub_says_so(guard: Guest, campus: CampusBoard) -> None:
    campus.handover()
    assert "Хаб жауап бермейді" not in guard.get("/handover").text
    campus.pulse(campus.now.replace(hour=1))
    assert "Хаб жауап бермейді" in guard.get("/handover").text


def test_reading_is_signed_by_whoever_pressed(guard: Guest, campus: CampusBoard, people: Engine) -> None:
    campus.handover()
    assert sign(guard) == 303
    (decision,) = Decisions(people).since(0)
    assert (decision.subject, decision.who, read_order(decision)) == ("day", "Әсет", SignShift())
    assert "Әсет оқып шықты" in guard.get("/handover?read=1").text


def test_auditor_reads_and_does_not_sign(
    app: Flask, campus: CampusBoard, accounts: Accounts, people: Engine
) -> None:
    campus.handover()
    auditor = Guest(app.test_client())
    auditor.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"))
    assert "/handover/read" not in auditor.get("/handover").text
    assert sign(auditor) == 403
    assert Decisions(people).since(0) == []


def test_signing_without_a_token_is_refused(guard: Guest, campus: CampusBoard, people: Engine) -> None:
    campus.handover()
    assert guard.client.post("/handover/read").status_code == 400
    assert Decisions(people).since(0) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("2026-11-23T09:05:00Z", "23.11 14:05"), ("20:00", "20:00"), (None, "–")],
)
def test_hours_of_a_gap_are_those_of_the_campus(text: str | None, said: str) -> None:
    assert campus_hour(text, 300) == said
