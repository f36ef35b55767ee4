"""What every page carries: headers, words, a first picture; error pages that need no script."""

import gzip
import re

import msgspec
import pytest
from flask import Flask

from dashboards import create_app
from dashboards.services import Services
from dashboards.settings import STATIC, Settings, build_of
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest


@pytest.fixture(autouse=True)
def _board(campus: CampusBoard) -> None:
    campus.calm()
    campus.troubles()


@pytest.mark.parametrize("path", ["/board", "/sign-in", "/account", "/nowhere", "/api/1/state", "/healthz"])
def test_answer_carries_the_security_headers(guard: Guest, path: str) -> None:
    headers = guard.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/board", "/sign-in", "/account", "/nowhere"])
def test_page_has_no_inline_script_or_style_and_no_other_origin(guard: Guest, path: str) -> None:
    page = guard.get(path).text
    assert re.search(r"<style|\sstyle=|\son\w+=", page) is None
    assert re.search(r"<script(?![^>]*(?: src=|application/json))", page) is None
    assert re.search(r'(?:src|href|action)="(?:https?:)?//', page) is None


@pytest.mark.parametrize(("language", "word"), [("kk", "Дабылдар"), ("ru", "Тревоги"), ("en", "Alarms")])
def test_board_speaks_the_language_chosen(guard: Guest, language: str, word: str) -> None:
    answer = guard.get(f"/language/{language}?next=/board")
    assert answer.headers["Location"] == "/board"
    page = guard.get("/board").text
    assert f'<html lang="{language}">' in page
    assert word in page


def test_board_is_kazakh_until_somebody_chooses(guard: Guest) -> None:
    answer = guard.client.get("/board", headers={"Accept-Language": "ru,en"})
    assert '<html lang="kk">' in answer.text


def test_language_switch_does_not_lead_away(guard: Guest) -> None:
    assert guard.get("/language/ru?next=//evil.example").headers["Location"] == "/board"


def test_text_of_the_campus_cannot_end_its_data_block(guard: Guest, campus: CampusBoard) -> None:
    campus.alert("x", "silent-node", 2, "</script><script>alert(1)</script>", 1)
    page = guard.get("/board").text
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page


def test_first_picture_is_in_the_page(guard: Guest) -> None:
    found = re.search(r'id="state">(.*?)</script>', guard.get("/board").text, re.DOTALL)
    assert found is not None
    assert len(msgspec.json.decode(found[1])["spaces"]) == 60


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/sign-out", 405)])
def test_error_page_says_its_code_and_needs_no_script(guard: Guest, path: str, status: int) -> None:
    answer = guard.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert f"<strong>{status}</strong>" in answer.text
    assert "<script" not in answer.text


def test_error_of_the_server_has_a_page_too(guard: Guest, campus: CampusBoard) -> None:
    campus.write([("space", "a-101", b"{broken")])
    answer = guard.get("/board")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "<strong>500</strong>" in answer.text


def test_large_body_is_refused(guard: Guest) -> None:
    form = {"csrf_token": guard.token(), "new": "x" * 70_000}
    assert guard.client.post("/account/password", data=form).status_code == 413


def test_static_file_of_this_build_is_kept_and_of_another_is_not(stranger: Guest) -> None:
    kept = stranger.get("/static/b1/board.css").headers["Cache-Control"]
    other = stranger.get("/static/b0/board.css").headers["Cache-Control"]
    assert (kept, other) == ("public, max-age=31536000, immutable", "no-cache")


@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/settings.py", "fonts/README.md", "nothing.js"])
def test_nothing_else_is_served_as_static(stranger: Guest, name: str) -> None:
    assert stranger.get(f"/static/b1/{name}").status_code == 404


def test_first_load_fits_its_budget(guard: Guest) -> None:
    """60 KB with fonts, 12 KB of scripts, compressed."""
    page = guard.client.get("/board", headers={"Accept-Encoding": "gzip"})
    names = set(re.findall(r"/static/b1/([^\"]+)", gzip.decompress(page.data).decode()))
    sizes = {
        name: len(guard.client.get(f"/static/b1/{name}", headers={"Accept-Encoding": "gzip"}).data)
        for name in names
    }
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 12 * 1024
    assert len(page.data) + sum(sizes.values()) <= 60 * 1024


def test_no_text_of_a_script_runs_over_lines() -> None:
    """What goes over the wire has no indentation; inside a text it would be missed."""
    ours = [path for path in (STATIC / "js").rglob("*.js") if "vendor" not in path.parts]
    open_at_end = [
        f"{path.name}:{number}"
        for path in ours
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.count("`") % 2
    ]
    assert open_at_end == []


def imported_by(script: str) -> set[str]:
    """The script and every module it comes to import."""
    found: set[str] = set()
    waiting = [script]
    while waiting:
        name = waiting.pop()
        found.add(name)
        text = (STATIC / "js" / name).read_text(encoding="utf-8")
        waiting += [one for one in re.findall(r'from "\./(\w+\.js)"', text) if one not in found]
    return found


def test_every_script_is_named_in_the_page(guard: Guest) -> None:
    """A module found only by import would wait for another round trip."""
    named = set(re.findall(r"/js/(\w+\.js)", guard.get("/board").text))
    assert named == imported_by("board.js")


def test_build_changes_with_the_files(tmp_path: object) -> None:
    assert len(build_of(STATIC)) == 10
    assert build_of(STATIC) != build_of(STATIC / "js")


def test_https_makes_cookies_secure_and_host_bound(app: Flask) -> None:
    old: Services = app.extensions["kuzet"]
    secure = create_app(Settings(secret_key=b"k" * 32, https=True), old, old.clock)
    client = secure.test_client()
    answer = client.get("/language/kk", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]
    form = client.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert form.headers["Set-Cookie"].startswith("__Host-kuzet-form=")
    assert "Secure" in form.headers["Set-Cookie"]
