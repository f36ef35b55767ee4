"""Sessions and headers: nothing from before signing in is good after, and what every answer carries."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboards import create_app
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.store.accounts import Accounts
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.routes import READ, address
from tests.fakes.edge import FakeClock

PASSWORD = "тас көпір алма 47"
PLANTED = "a" * 43


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()


@pytest.fixture
def behind_https(campus: CampusBoard, people: Engine, clock: FakeClock) -> Flask:
    """The app as it is behind a proxy that speaks https."""
    data = campus.engine.url.database
    assert data is not None
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2, https=True)
    return create_app(settings, open_stores(campus.engine, people, Path(data).parent, clock), clock)


def test_token_planted_before_signing_in_is_not_accepted_after(
    app: Flask, stranger: Guest, accounts: Accounts
) -> None:
    stranger.client.set_cookie("kuzet", PLANTED)
    stranger.sign_in(code=accounts.issue_one_time_code())
    thief = Guest(app.test_client())
    thief.client.set_cookie("kuzet", PLANTED)
    assert thief.get("/api/1/state").status_code == 401
    own = stranger.client.get_cookie("kuzet")
    assert own is not None
    assert own.value != PLANTED


def test_sitting_the_browser_had_before_ends_when_somebody_signs_in(guard: Guest, accounts: Accounts) -> None:
    before = guard.client.get_cookie("kuzet")
    assert before is not None
    guard.sign_in(code=accounts.issue_one_time_code())
    assert accounts.visitor(before.value) is None


def test_form_token_from_before_signing_in_is_not_accepted_after(stranger: Guest, accounts: Accounts) -> None:
    before, kept = stranger.token(), stranger.client.get_cookie("kuzet-form")
    assert kept is not None
    stranger.client.post("/sign-in", data={"csrf_token": before, "code": accounts.issue_one_time_code()})
    assert stranger.client.post("/handover/read", data={"csrf_token": before}).status_code == 400


def test_form_token_of_another_browser_is_not_accepted(app: Flask, guard: Guest) -> None:
    foreign = Guest(app.test_client()).token()
    assert guard.client.post("/handover/read", data={"csrf_token": foreign}).status_code == 400


def test_cookies_behind_https_are_bound_to_the_host(behind_https: Flask, accounts: Accounts) -> None:
    accounts.add("Әсет", "guard", PASSWORD)
    client = behind_https.test_client()
    form = client.get("/sign-in", base_url="https://kuzet.example").text
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "name": "Әсет", "password": PASSWORD}
    answer = client.post("/sign-in", data=fields, base_url="https://kuzet.example")
    assert answer.status_code == 303
    cookies = {one.split("=")[0]: one for one in answer.headers.getlist("Set-Cookie")}
    assert {"__Host-kuzet", "__Host-kuzet-browser"} <= set(cookies)
    for cookie in (cookies["__Host-kuzet"], cookies["__Host-kuzet-browser"]):
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("role", ["guard", "admin"])
def test_every_answer_carries_the_headers(app: Flask, accounts: Accounts, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    faults = {}
    for rule in READ:
        answer = guest.client.get(address(rule), buffered=False)
        faults[rule] = missing(answer)
        answer.close()
    assert {rule: found for rule, found in faults.items() if found} == {}


def missing(answer: TestResponse) -> list[str]:
    """What a strict answer has and this one has not."""
    policy = answer.headers.get("Content-Security-Policy", "")
    wanted = {
        "default-src 'none'": "default-src 'none'" in policy,
        "scripts of ours": "script-src 'self'" in policy,
        "frame-ancestors": "frame-ancestors 'none'" in policy,
        "form-action": "form-action 'self'" in policy,
        "base-uri": "base-uri 'none'" in policy,
        "no unsafe": "unsafe" not in policy,
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "no referrer": answer.headers.get("Referrer-Policy") == "no-referrer",
        "cache": "Cache-Control" in answer.headers,
    }
    return [name for name, is_there in wanted.items() if not is_there]


def test_nothing_that_is_secret_may_be_kept_by_a_cache(guard: Guest) -> None:
    answers = [guard.get(path) for path in ("/board", "/account", "/api/1/state", "/pin")]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_no_way_leads_to_another_site(app: Flask, guard: Guest, accounts: Accounts, target: str) -> None:
    made = accounts.add("Ерлан", "guard")
    accounts.pins.set(made.id, made.role, "4071")
    fields = {"csrf_token": guard.token(), "name": "Ерлан", "pin": "4071", "next": target}
    assert guard.client.post("/pin", data=fields).headers["Location"] == "/board"
    chosen = guard.client.get("/language/ru", query_string={"next": target})
    assert chosen.headers["Location"] == "/board"


OVER = ("/people", "/people/1", "/tokens", "/audit", "/admin/campus", "/admin/signs", "/api/1/audit")


def test_sitting_that_is_over_reads_the_board_and_nothing_of_the_administrators(
    app: Flask, accounts: Accounts, clock: FakeClock
) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code())
    assert {path: guest.get(path).status_code for path in OVER} == dict.fromkeys(OVER, 200)
    for _ in range(12 * 3):
        clock.advance(20 * 60)
        assert guest.get("/board").status_code == 200
    assert {path: guest.get(path).status_code for path in OVER} == dict.fromkeys(OVER, 401)
    export = {"csrf_token": guest.token(), "from": "2026-11-16", "to": "2026-11-22"}
    assert guest.client.post("/report/export", data=export).status_code == 401
