"""Limits: shown with their clause, tightened and never loosened, tried on a journal before they are saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from msgspec.structs import replace
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from commandline.defaults import REGIME
from dashboards.administration.limit_list import UNITS, Unit, limits_of, read_value, typed_value
from dashboards.administration.regime_view import read_profiles
from dashboards.files import Files
from dashboards.serving.jobs import Job, Jobs
from hub.layout import read_layout
from hub.regime.limits import KINDS
from hub.regime.overrides import TIGHTER
from hub.store.accounts import Accounts
from tests.builders import a_passage, an_exit, at
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.small_hub import SmallHub, patient_app
from tests.fakes.edge import FakeClock
from tests.hub.site import Site

CAP = "capacity.classroom.group_cap"
TIGHT = {"limit": CAP, "where": "space:a-204", "value": "10", "source": "№ 7"}
SEASON = {"regime": "kz-season|", "starts": "2026-11-30 08:00"}


@pytest.fixture
def app(campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock) -> Flask:
    return patient_app(campus.engine, people, tmp_path, clock)


@pytest.fixture
def hub(campus: CampusBoard, people: Engine, tmp_path: Path) -> Iterator[SmallHub]:
    small = SmallHub(campus.engine, people, tmp_path / "campus.toml", NOON)
    with small.at_work():
        yield small


@pytest.fixture
def admin(app: Flask, accounts: Accounts, hub: SmallHub) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"))
    return guest


def send(admin: Guest, what: str, **fields: object) -> TestResponse:
    return admin.client.post(f"/admin/limits/{what}", data={"csrf_token": admin.token(), **fields})


def test_limit_stands_with_its_value_its_clause_and_a_sentence(admin: Guest) -> None:
    page = admin.get("/admin/limits").text
    assert "Дәрісхана: бөлмедегі топ осыдан аспайды" in page
    assert "15 адам" in page
    assert "§71, §69.3" in page
    assert "№ 345/381 бұйрық" in page


def test_tighter_value_is_saved_for_a_room(admin: Guest, hub: SmallHub) -> None:
    assert send(admin, "tighten", **TIGHT, do="save").status_code == 303
    (one,) = read_layout(hub.path).overrides
    assert (one.limit, one.value, one.space, one.source) == (CAP, 10, "a-204", "№ 7")
    assert "10 адам" in admin.get("/admin/limits").text


def test_looser_value_is_refused_with_the_clause_and_kept_in_the_field(admin: Guest, hub: SmallHub) -> None:
    answer = send(admin, "tighten", **{**TIGHT, "value": "20"}, do="save")
    assert answer.status_code == 422
    assert "15 адам (§71, §69.3)" in answer.text
    assert 'value="20"' in answer.text
    assert read_layout(hub.path).overrides == ()


@pytest.mark.parametrize(
    "fields", [{"value": ""}, {"value": "ten"}, {"value": "0"}, {"source": ""}, {"where": "space:hall"}]
)
def test_faulty_form_writes_nothing(admin: Guest, hub: SmallHub, fields: dict[str, str]) -> None:
    answer = send(admin, "tighten", **{**TIGHT, **fields}, do="save")
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text or 'class="wrong"' in answer.text
    assert read_layout(hub.path).overrides == ()


def test_tightened_limit_is_taken_back(admin: Guest, hub: SmallHub) -> None:
    send(admin, "tighten", **TIGHT, do="save")
    assert send(admin, "loosen", limit=CAP, space="a-204").status_code == 303
    assert read_layout(hub.path).overrides == ()


def test_switch_is_scheduled_and_called_off(admin: Guest, hub: SmallHub) -> None:
    assert send(admin, "switch", **SEASON, do="save").status_code == 303
    (one,) = read_layout(hub.path).switches
    assert (one.starts.isoformat(), one.profile) == ("2026-11-30T08:00:00", "kz-season")
    assert "30.11.2026 08:00" in admin.get("/admin/limits").text
    assert send(admin, "unswitch", starts="2026-11-30T08:00:00").status_code == 303
    assert read_layout(hub.path).switches == ()


@pytest.mark.parametrize("starts", ["", "tomorrow", "2020-01-01 08:00", "2026-13-01 08:00"])
def test_switch_at_no_time_ahead_is_refused(admin: Guest, hub: SmallHub, starts: str) -> None:
    answer = send(admin, "switch", **{**SEASON, "starts": starts}, do="save")
    assert answer.status_code == 422
    assert 'id="starts-wrong"' in answer.text
    assert read_layout(hub.path).switches == ()


def test_limit_that_is_not_there_is_404(admin: Guest) -> None:
    assert admin.get("/admin/limits/tighten?limit=alerts").status_code == 404
    assert admin.get("/admin/limits/try/none").status_code == 404


@pytest.mark.parametrize("role", ["guard", "manager", "auditor"])
def test_only_an_administrator_tightens(app: Flask, accounts: Accounts, hub: SmallHub, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(role, role))
    assert guest.get("/admin/limits").status_code == 403
    assert send(guest, "tighten", **TIGHT, do="save").status_code == 403
    assert send(guest, "tighten", **TIGHT, do="try").status_code == 403


@pytest.fixture
def busy(hub: SmallHub, tmp_path: Path, campus: CampusBoard) -> None:
    """A journal in the data folder: twelve people in a room of fifteen, then seventeen, then two."""
    running = Site(tmp_path)
    running.kill()
    running.start(hub.layout)
    events = (a_passage(1, people=12), a_passage(2, people=5), an_exit(3, people=15))
    for number, event in enumerate(events, 1):
        running.clock.pass_by(120)
        running.send("room-node", replace(event, at=at(120 * number)))
        running.tick()
        running.tick(25)
        running.tick(35)
    running.kill()
    hub.say()


def tried(app: Flask, admin: Guest, what: str, **fields: object) -> tuple[str, Job]:
    """Start a dry run and wait for its process: the page's address, and the job."""
    answer = send(admin, what, **fields, do="try")
    assert answer.status_code == 303, answer.text
    jobs: Jobs = app.extensions["kuzet"].jobs
    job = jobs.newest("dry-run")
    assert job is not None
    assert job.over.wait(120)
    return str(answer.location), job


@pytest.mark.usefixtures("busy")
def test_dry_run_gives_alarms_before_and_after_by_rule_and_guard(
    app: Flask, admin: Guest, hub: SmallHub
) -> None:
    before = hub.path.read_bytes()
    where, job = tried(app, admin, "tighten", **TIGHT)
    page = admin.get(where).text
    assert job.state == "done", job.log
    assert "дабыл келер еді" in page
    rule = page.partition("Сыйымдылық асып кетті")[2].partition("</tr>")[0]
    assert ">1</td>" in rule
    assert "guard" in page
    assert hub.path.read_bytes() == before


@pytest.mark.usefixtures("busy")
def test_dry_run_of_another_profile_can_then_be_scheduled(app: Flask, admin: Guest, hub: SmallHub) -> None:
    where, job = tried(app, admin, "switch", **SEASON)
    assert job.state == "done", job.log
    page = admin.get(where).text
    assert 'name="regime" value="kz-season|"' in page
    assert send(admin, "switch", **SEASON, do="save").status_code == 303


@pytest.mark.parametrize(
    ("starts", "what_to_do"),
    [
        ("tomorrow", "Write a time as 2026-11-30 08:00."),
        ("30.11.2026", "Write a time as 2026-11-30 08:00."),
        ("9999-12-31T23:00-10:00", "Write a time as 2026-11-30 08:00."),
        ("2020-01-01 08:00", "That is past: write a time ahead."),
    ],
)
def test_dry_run_of_another_profile_refuses_a_date_that_makes_no_sense(
    app: Flask, admin: Guest, starts: str, what_to_do: str
) -> None:
    admin.get("/language/en")
    answer = send(admin, "switch", **{**SEASON, "starts": starts}, do="try")
    assert answer.status_code == 422
    assert f'<span class="wrong" id="starts-wrong">{what_to_do}</span>' in answer.text
    assert f'name="starts" value="{starts}"' in answer.text
    assert app.extensions["kuzet"].jobs.newest("dry-run") is None


def test_dry_run_of_another_profile_needs_no_date(app: Flask, admin: Guest) -> None:
    where, _ = tried(app, admin, "switch", **{**SEASON, "starts": ""})
    assert admin.get(where).status_code == 200


def test_dry_run_without_a_journal_says_why(app: Flask, admin: Guest) -> None:
    where, job = tried(app, admin, "tighten", **TIGHT)
    assert job.state == "failed"
    page = admin.get(where)
    assert page.status_code == 200
    assert 'role="alert"' in page.text


def test_every_limit_that_may_be_tightened_has_a_unit() -> None:
    assert set(UNITS) == set(TIGHTER)


@pytest.mark.parametrize("name", ["kz-2020-order-345-381", "kz-season"])
def test_every_limit_of_a_profile_has_a_clause_and_reads_back_as_it_is(name: str) -> None:
    profile = read_profiles(Files(data=Path(), regime=REGIME, campus=()))[name]
    limits = [one for one in limits_of(profile, None, (), KINDS) if one.value is not None]
    assert len(limits) > 30
    for one in limits:
        again = read_value(one.unit, typed_value(one.unit, one.value))
        assert again is not None, one
        assert typed_value(one.unit, again) == typed_value(one.unit, one.value)
        assert one.clause, one


@pytest.mark.parametrize(
    ("unit", "typed", "value"),
    [
        (Unit.SHARE, "40", 0.4),
        (Unit.SHARE, "12,5 %", 0.125),
        (Unit.TIME, "20", "20min"),
        (Unit.TIME, "1,5", "90s"),
        (Unit.PEOPLE, "2,5", None),
        (Unit.PEOPLE, "nan", None),
        (Unit.PPM, "inf", None),
        (Unit.PPM, "1e99", None),
        (Unit.YES, "yes", None),
        (Unit.EDGE, "high", "high"),
    ],
)
def test_value_is_read_in_its_unit(unit: Unit, typed: str, value: object) -> None:
    assert read_value(unit, typed) == value
