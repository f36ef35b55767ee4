"""The channels and their test: a real worker against providers that behave, refuse and hang."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboards.serving.jobs import Job, Jobs
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.small_hub import SmallHub, patient_app
from tests.fakes.edge import FakeClock
from tests.fakes.providers import HttpProvider, answer, hang

SECRET = "token-that-nobody-may-see"


@pytest.fixture
def provider() -> Iterator[HttpProvider]:
    one = HttpProvider()
    yield one
    one.close()


@pytest.fixture
def file(tmp_path: Path, provider: HttpProvider) -> Path:
    path = tmp_path / "receivers.toml"
    path.write_text(
        f"""[[receivers]]
id = "guards"
kind = "webhook"
url = "{provider.url}/{SECRET}"
schemes = ["http"]
allow_private = true
deadline = "3s"
""",
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


@pytest.fixture
def app(campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock, file: Path) -> Flask:
    SmallHub(campus.engine, people, tmp_path / "campus.toml", NOON)
    return patient_app(campus.engine, people, tmp_path, clock, file)


@pytest.fixture
def admin(app: Flask, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"))
    return guest


def press(app: Flask, admin: Guest) -> Job:
    """Press the button and wait for the worker to be gone."""
    sent = admin.client.post("/admin/receivers/guards/test", data={"csrf_token": admin.token()})
    assert sent.status_code == 303
    jobs: Jobs = app.extensions["kuzet"].jobs
    job = jobs.newest("receiver-test", "guards")
    assert job is not None
    assert job.over.wait(60)
    return job


def test_message_goes_out_on_the_couriers_path_and_is_audited(
    app: Flask, admin: Guest, provider: HttpProvider, people: Engine, clock: FakeClock
) -> None:
    press(app, admin)
    page = admin.get("/admin/receivers").text
    assert len(provider.taken) == 1
    assert provider.taken[0].json["language"] == "kk"
    assert provider.taken[0].json["id"] in page
    assert "✓ Жіберілді" in page
    entries = [one for one in AuditLog(people, clock).entries() if one.action == "receiver.tested"]
    assert [(one.subject, '"accepted"' in one.detail) for one in entries] == [("guards", True)]


def test_refusal_says_what_to_do(app: Flask, admin: Guest, provider: HttpProvider) -> None:
    provider.behaviour = answer(404)
    press(app, admin)
    page = admin.get("/admin/receivers").text
    assert "✕ Қабылданбады · 404" in page
    assert "receivers.toml файлын түзетіп" in page


def test_provider_that_hangs_is_given_up_at_its_deadline(
    app: Flask, admin: Guest, provider: HttpProvider
) -> None:
    provider.behaviour = hang
    press(app, admin)
    assert "✕ Жауап келмеді" in admin.get("/admin/receivers").text


def test_page_answers_while_a_test_hangs(app: Flask, admin: Guest, provider: HttpProvider) -> None:
    provider.behaviour = hang
    admin.client.post("/admin/receivers/guards/test", data={"csrf_token": admin.token()})
    page = admin.get("/admin/receivers").text
    assert "Сынақ хабары жіберілуде" in page
    assert 'data-every="1"' in page
    assert app.extensions["kuzet"].jobs.newest("receiver-test").over.wait(60)


def test_no_secret_is_on_the_page_or_in_the_log(
    app: Flask, admin: Guest, provider: HttpProvider, people: Engine, clock: FakeClock
) -> None:
    provider.behaviour = answer(500)
    job = press(app, admin)
    details = "".join(one.detail for one in AuditLog(people, clock).entries())
    for text in (admin.get("/admin/receivers").text, details, job.answer.decode(), job.log):
        assert SECRET not in text


def test_key_that_cannot_be_read_is_told_without_its_path(app: Flask, admin: Guest, file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace(
        "allow_private", 'key_file = "/nowhere/key"\nallow_private'
    )
    file.write_text(text, encoding="utf-8")
    press(app, admin)
    page = admin.get("/admin/receivers").text
    assert "✕ Сынақ басталмады" in page
    assert "/nowhere" not in page


def test_receiver_that_is_not_in_the_file_is_404(admin: Guest) -> None:
    sent = admin.client.post("/admin/receivers/other/test", data={"csrf_token": admin.token()})
    assert sent.status_code == 404


def test_receiver_that_a_duty_names_and_the_file_has_not_is_told(admin: Guest, file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace('"guards"', '"others"'), encoding="utf-8")
    page = admin.get("/admin/receivers").text
    assert "бірақ файлда жоқ: guards" in page


def test_broken_file_is_told_with_what_to_do(admin: Guest, file: Path) -> None:
    file.write_text("[[receivers", encoding="utf-8")
    answer = admin.get("/admin/receivers")
    assert answer.status_code == 200
    assert "kuzet check receivers.toml" in answer.text


def test_page_without_a_file_says_how_to_make_one(
    campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock, accounts: Accounts
) -> None:
    guest = Guest(patient_app(campus.engine, people, tmp_path, clock).test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"))
    page = guest.get("/admin/receivers").text
    assert "[[receivers]]" in page
    assert "docs/courier.md" in page


@pytest.mark.parametrize("role", ["guard", "manager", "auditor"])
def test_only_an_administrator_tests(
    app: Flask, accounts: Accounts, provider: HttpProvider, role: str
) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(role, role))
    assert guest.get("/admin/receivers").status_code == 403
    sent = guest.client.post("/admin/receivers/guards/test", data={"csrf_token": guest.token()})
    assert sent.status_code == 403
    assert provider.asked == []
