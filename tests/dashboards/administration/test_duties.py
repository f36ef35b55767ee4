"""Shifts and duties as forms: the week and its gaps before it is saved, faults at their field."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from commandline.defaults import REGIME
from dashboards.administration.duty_plan import clock_time, gaps_of, is_worse, week_of
from dashboards.administration.regime_view import layout_of, read_profiles
from dashboards.files import Files
from hub.layout import read_layout
from hub.store.accounts import Accounts
from hub.store.campus_rows import ShiftView
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.small_hub import SmallHub, patient_app
from tests.fakes.edge import FakeClock

NIGHT = {"id": "Түнгі", "days": ["mon", "tue", "wed", "thu", "fri"], "start": "20:00", "end": "8:00"}
GUARD = {"role": "guard", "language": "kk", "receivers": ["guards"], "shifts": ["day"]}


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


def send(admin: Guest, where: str, **fields: object) -> TestResponse:
    data = {"csrf_token": admin.token(), "do": "save", **fields}
    return admin.client.post(f"/admin/duties/{where}", data=data)


def test_page_shows_the_week_and_whom_nobody_reaches(admin: Guest) -> None:
    page = admin.get("/admin/duties").text
    assert "08:00–20:00" in page
    assert "00:00–24:00" in page
    assert 'class="gaps"' in page
    assert "кезекші жоқ" in page


def test_new_shift_is_written_and_closes_the_night(admin: Guest, hub: SmallHub) -> None:
    assert send(admin, "shifts/new", **NIGHT).status_code == 303
    shifts = {one.id: one for one in read_layout(hub.path).shifts}
    assert (shifts["tungi"].start, shifts["tungi"].end) == ("20:00", "08:00")
    assert send(admin, "guard", **{**GUARD, "shifts": ["day", "tungi"]}).status_code == 303
    assert read_layout(hub.path).duties[0].shifts == ("day", "tungi")
    gaps = admin.get("/admin/duties").text.partition('class="gaps"')[2].partition("</ul>")[0]
    assert gaps.count("<li>") == 1


def test_looking_writes_nothing_and_keeps_what_was_typed(admin: Guest, hub: SmallHub) -> None:
    before = hub.path.read_bytes()
    answer = send(admin, "shifts/new", **NIGHT, do="look")
    assert answer.status_code == 200
    assert 'id="would"' in answer.text
    assert 'value="8:00"' in answer.text
    assert hub.path.read_bytes() == before


def test_plan_that_reaches_fewer_is_saved_only_when_told_so(admin: Guest, hub: SmallHub) -> None:
    worse = {**GUARD, "receivers": []}
    answer = send(admin, "guard", **worse)
    assert answer.status_code == 422
    assert 'name="sure"' in answer.text
    assert read_layout(hub.path).duties[0].receivers == ("guards",)
    assert send(admin, "guard", **worse, sure="1").status_code == 303
    assert read_layout(hub.path).duties[0].receivers == ()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"days": []}, 'id="days-wrong"'),
        ({"start": "25:00"}, 'id="start-wrong"'),
        ({"end": ""}, 'id="end-wrong"'),
        ({"id": ""}, 'id="id-wrong"'),
    ],
)
def test_fault_of_a_shift_stands_at_its_field(
    admin: Guest, hub: SmallHub, fields: dict[str, object], fault: str
) -> None:
    before = hub.path.read_bytes()
    answer = send(admin, "shifts/new", **{**NIGHT, **fields})
    assert answer.status_code == 422
    assert fault in answer.text
    assert hub.path.read_bytes() == before


@pytest.mark.parametrize("receivers", [["guards", "guards"], ["nobody"]])
def test_receiver_that_cannot_be_is_refused(admin: Guest, receivers: list[str]) -> None:
    answer = send(admin, "guard", **{**GUARD, "receivers": receivers})
    assert answer.status_code == 422
    assert 'id="receivers-wrong"' in answer.text or 'role="alert"' in answer.text


def test_shift_that_duties_have_stays(admin: Guest, hub: SmallHub) -> None:
    assert send(admin, "shifts/day", do="remove").status_code == 422
    assert [one.id for one in read_layout(hub.path).shifts] == ["day"]


def test_duty_is_taken_away(admin: Guest, hub: SmallHub) -> None:
    assert send(admin, "boss", do="remove", sure="1").status_code == 303
    assert [one.id for one in read_layout(hub.path).duties] == ["guard", "admin"]


def test_unknown_duty_is_404(admin: Guest) -> None:
    assert admin.get("/admin/duties/other").status_code == 404
    assert send(admin, "shifts/other", **NIGHT).status_code == 404


@pytest.mark.parametrize("role", ["guard", "manager", "auditor"])
def test_only_an_administrator_plans(app: Flask, accounts: Accounts, hub: SmallHub, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(role, role))
    assert guest.get("/admin/duties").status_code == 403
    assert send(guest, "guard", **GUARD).status_code == 403


@pytest.mark.parametrize(
    ("typed", "read"),
    [("8:00", "08:00"), ("08.30", "08:30"), (" 23-59 ", "23:59"), ("24:00", None), ("", None), ("8", None)],
)
def test_clock_time_is_read_as_people_write_it(typed: str, read: str | None) -> None:
    assert clock_time(typed) == read


def test_shift_over_midnight_stands_on_both_days(hub: SmallHub) -> None:
    night = ShiftView(id="day", days=("mon",), start="20:00", end="08:00")
    guard = week_of(layout_of(hub.row(), shifts=[night]), NOON)[0]
    assert [[span.said for span in day] for day in guard.days] == [
        ["20:00–24:00"],
        ["00:00–08:00"],
        *[[]] * 5,
    ]


def test_gap_of_the_whole_campus_is_no_better_than_one_of_its_building(hub: SmallHub) -> None:
    rules = next(iter(read_profiles(Files(data=hub.path.parent, regime=REGIME, campus=())).values())).alerts
    there = layout_of(hub.row())
    nobody = gaps_of(there, rules, (), NOON)
    some = gaps_of(there, rules, ("guards",), NOON)
    assert is_worse(some, nobody, ["a"])
    assert not is_worse(nobody, some, ["a"])


def test_duty_is_called_by_what_it_does_and_an_id_without_a_word_is_code(admin: Guest) -> None:
    send(admin, "shifts/new", **NIGHT)
    text = admin.get("/admin/duties").text
    assert re.search(r"Күзетші · [^<·]+ · күндізгі", text) is not None
    assert "<code>tungi</code> · 20:00–08:00" in text
    assert re.search(r"\bguard\b", re.sub(r"<[^>]+>", " ", text)) is None
