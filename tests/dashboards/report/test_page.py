"""The report over HTTP: weeks, files, who may, and what is refused in words."""

import io
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboards.report.checking import check_export
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.report.weeks import W47, ZONE, whole_campus
from tests.fakes.edge import FakeClock


@pytest.fixture
def auditor(app: Flask, accounts: Accounts) -> Guest:
    """Сәуле, an auditor, signed in."""
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("auditor-1", "auditor"), shown_name="Сәуле")
    return guest


@pytest.fixture
def remembered(campus: CampusBoard) -> CampusBoard:
    """Two weeks that the hub remembers."""
    campus.calm()
    whole_campus(campus.engine, rooms=12)
    return campus


def test_report_without_history_says_that_there_is_none_yet(guard: Guest, campus: CampusBoard) -> None:
    campus.calm()
    assert "Әзірге есеп жоқ" in guard.get("/report").text


def test_list_names_the_weeks_and_leads_to_each(guard: Guest, remembered: CampusBoard) -> None:
    text = guard.get("/report").text
    assert "2026 ж. 47-апта" in text
    assert 'href="/report/2026-W46"' in text


def test_week_shows_completeness_beside_what_was_kept(guard: Guest, remembered: CampusBoard) -> None:
    text = guard.get("/report/2026-W47").text
    assert "Деректер толықтығы" in text
    assert "Режим сақталған бөлме-күндер" in text
    assert "§36.2, §71" in text


def test_week_is_told_in_the_readers_language(guard: Guest, remembered: CampusBoard) -> None:
    guard.get("/language/ru?next=/report")
    assert "Недельный санитарный отчёт" in guard.get("/report/2026-W47").text


@pytest.mark.parametrize("name", ["2026-W54", "2026-W48x", "2030-W01", "0000-W01", "9999-W52", "gestern"])
def test_week_that_is_none_is_refused_in_words(guard: Guest, remembered: CampusBoard, name: str) -> None:
    answer = guard.get(f"/report/{name}")
    assert answer.status_code == 404
    assert "Мұндай есеп жоқ" in answer.text


@pytest.mark.parametrize(
    ("form", "begins"), [("html", b"<!doctype html>"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbfsummary,")]
)
def test_api_gives_the_report_as_a_file(
    guard: Guest, remembered: CampusBoard, form: str, begins: bytes
) -> None:
    answer = guard.get(f"/api/1/reports/2026-W47.{form}")
    assert answer.status_code == 200
    assert answer.data.startswith(begins)
    assert f"kuzet-2026-W47-kk.{form}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("2026-W54.csv", 404, "2026 has no week 54: its weeks are W01 to W53"),
        ("2027-W20.csv", 404, "2027-W20 has not begun: the newest week is 2026-W48"),
        ("2026-W47.docx", 404, "one of html, pdf, xlsx, csv"),
        ("2026-W47.csv?language=de", 400, "one of kk, ru, en; got `de`"),
    ],
)
def test_api_refuses_in_words(
    guard: Guest, remembered: CampusBoard, path: str, status: int, word: str
) -> None:
    answer = guard.get(f"/api/1/reports/{path}")
    assert answer.status_code == status
    assert word in answer.get_json()["detail"]


def test_html_file_may_run_and_load_nothing(guard: Guest, remembered: CampusBoard) -> None:
    policy = guard.get("/api/1/reports/2026-W47.html").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_stranger_gets_no_report(stranger: Guest, remembered: CampusBoard) -> None:
    assert stranger.get("/api/1/reports/2026-W47.csv").status_code == 401


def test_auditor_takes_the_export_and_the_log_keeps_its_seal(
    auditor: Guest, remembered: CampusBoard, people: Engine, clock: FakeClock
) -> None:
    fields = {"csrf_token": auditor.token(), "from": "2026-11-16", "to": "2026-11-22"}
    answer = auditor.client.post("/report/export", data=fields)
    assert answer.mimetype == "application/zip"
    checked = check_export(answer.data)
    assert checked.faults == ()
    newest = AuditLog(people, clock).page(None, 1)[0]
    assert newest.action == "report.export"
    assert checked.manifest_sha256 in newest.detail
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert {"days.csv", "posts.csv", "alerts.csv", "transitions.csv", "audit.jsonl"} <= set(names)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-22", "2026-11-16"), ("2026-11-16", "2026-12-31"), ("", ""), ("x", "y")]
)
def test_export_of_a_period_that_does_not_fit_keeps_what_was_written(
    auditor: Guest, remembered: CampusBoard, first: str, last: str
) -> None:
    fields = {"csrf_token": auditor.token(), "from": first, "to": last}
    answer = auditor.client.post("/report/export", data=fields)
    assert answer.status_code == 422
    assert "Кезең дұрыс емес" in answer.text


def test_guard_takes_no_export(guard: Guest, remembered: CampusBoard) -> None:
    fields = {"csrf_token": guard.token(), "from": "2026-11-16", "to": "2026-11-22"}
    assert guard.client.post("/report/export", data=fields).status_code == 403
    assert "Инспекторға" not in guard.get("/report").text


def test_clock_of_these_tests_is_after_the_week(clock: FakeClock) -> None:
    assert W47.ends(ZONE) < clock.now() < W47.ends(ZONE) + timedelta(hours=72)
