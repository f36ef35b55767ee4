"""Rooms from a spreadsheet: looked at before anything is written, written whole, refused where wrong."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl.reader import excel
from openpyxl.workbook import workbook as books
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from hub.layout import read_layout
from hub.store.accounts import Accounts
from hub.store.audit import AuditLog
from tests.dashboards.campus_board import NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.small_hub import SmallHub, patient_app
from tests.fakes.edge import FakeClock

#: openpyxl carries no types.
new_book: Any = books.Workbook
open_book: Any = excel.load_workbook
LIST = (
    "Код\tЗдание\tЭтаж\tВид\tПлощадь, м²\tПарты\n"
    "А-204\tКорпус А\t2\tаудитория\t48,5\t24\n"
    "A-205\tКорпус А\t2\tлаборатория\t70\t\n"
)


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


def send(admin: Guest, **fields: object) -> TestResponse:
    return admin.client.post("/admin/rooms", data={"csrf_token": admin.token(), **fields})


def upload(admin: Guest, body: bytes, name: str = "rooms.xlsx") -> TestResponse:
    return send(admin, file=(io.BytesIO(body), name))


def mark_of(answer: TestResponse) -> str:
    return answer.text.partition('name="mark" value="')[2].partition('"')[0]


def applied(admin: Guest, text: str, **fields: object) -> None:
    """The list, looked at and applied."""
    answer = send(admin, text=text, do="apply", mark=mark_of(send(admin, text=text, **fields)), **fields)
    assert answer.status_code == 303, answer.text


def test_list_is_shown_before_anything_is_written(admin: Guest, hub: SmallHub) -> None:
    before = hub.path.read_bytes()
    answer = send(admin, text=LIST)
    assert answer.status_code == 200
    assert 'class="changed"' in answer.text
    assert 'class="new"' in answer.text
    assert hub.path.read_bytes() == before


def test_applied_list_is_the_campus_and_is_audited(
    admin: Guest, hub: SmallHub, people: Engine, clock: FakeClock
) -> None:
    mark = mark_of(send(admin, text=LIST))
    answer = send(admin, text=LIST, do="apply", mark=mark)
    assert answer.status_code == 303
    rooms = {one.code: one for one in read_layout(hub.path).spaces}
    assert (rooms["A-204"].area_m2, rooms["A-204"].desks, rooms["A-204"].id) == (48.5, 24, "a-204")
    assert rooms["A-205"].kind.value == "laboratory"
    actions = [one.action for one in AuditLog(people, clock).entries()]
    assert "campus.accepted" in actions
    assert mark_of(send(admin, text=LIST)) == ""


def test_campus_that_changed_meanwhile_is_not_written_over(admin: Guest, hub: SmallHub) -> None:
    mark = mark_of(send(admin, text=LIST))
    answer = send(admin, text=LIST.replace("24", "20"), do="apply", mark=mark)
    assert answer.status_code == 409
    assert read_layout(hub.path).spaces[1].desks == 30


def test_faulty_row_says_why_in_its_cell_and_nothing_can_be_applied(admin: Guest, hub: SmallHub) -> None:
    wrong = LIST.replace("лаборатория", "лабаратория").replace("70", "семьдесят")
    answer = send(admin, text=wrong)
    assert answer.text.count('class="bad"') == 2
    assert "лаборатория" in answer.text
    assert mark_of(answer) == ""
    assert send(admin, text=wrong, do="apply", mark="x").status_code == 409
    assert len(read_layout(hub.path).spaces) == 2


def test_unknown_building_is_added_when_that_is_asked(admin: Guest, hub: SmallHub) -> None:
    text = LIST.replace("A-205\tКорпус А", "Б-1\tКорпус Б")
    assert 'class="bad"' in send(admin, text=text).text
    applied(admin, text, buildings="1")
    assert [one.names.ru for one in read_layout(hub.path).buildings] == ["Корпус А", "Корпус Б"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_template_comes_back_as_no_change(admin: Guest, ending: str) -> None:
    template = admin.get(f"/admin/rooms/template.{ending}")
    assert template.status_code == 200
    answer = upload(admin, template.data, f"rooms.{ending}")
    assert answer.text.count('class="same"') == 2
    assert mark_of(answer) == ""


@pytest.mark.parametrize("code", ["=1+1", "@SUM(A1)", "+7", "-3"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_code_that_looks_like_a_formula_stays_text(
    admin: Guest, hub: SmallHub, code: str, ending: str
) -> None:
    text = LIST.replace("A-205", code)
    applied(admin, text)
    template = admin.get(f"/admin/rooms/template.{ending}")
    assert upload(admin, template.data, f"rooms.{ending}").text.count('class="same"') == 3


def test_template_of_a_workbook_holds_no_formula(admin: Guest) -> None:
    text = LIST.replace("A-205", "=1+1")
    applied(admin, text)
    sheet = open_book(io.BytesIO(admin.get("/admin/rooms/template.xlsx").data)).active
    assert [row[0].data_type for row in sheet.iter_rows()] == ["s"] * 4


def test_large_list_is_taken_here_and_a_larger_one_refused(admin: Guest) -> None:
    large = LIST + "".join(f"X-{n}\tКорпус А\t1\tкласс\t40\t\n" for n in range(2500))
    assert send(admin, text=large).status_code == 200
    assert send(admin, text="x" * 6_000_000).status_code == 413


def test_other_pages_keep_their_small_limit(admin: Guest) -> None:
    answer = admin.client.post("/admin/campus", data={"csrf_token": admin.token(), "x": "x" * 200_000})
    assert answer.status_code == 413


def bomb() -> bytes:
    """A workbook whose sheet unpacks to 100 MB."""
    kept = io.BytesIO()
    new_book().save(kept)
    packed = io.BytesIO()
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        new.writestr("xl/worksheets/sheet9.xml", b"\0" * 100_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    "body",
    [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old", b"\0\1\2\3", b"", bomb()],
    ids=["broken", "old", "binary", "empty", "bomb"],
)
def test_hostile_file_is_refused_next_to_its_field(admin: Guest, body: bytes) -> None:
    answer = upload(admin, body)
    assert answer.status_code == 422
    assert 'id="file-wrong"' in answer.text


@pytest.mark.parametrize("role", ["guard", "manager", "auditor"])
def test_only_an_administrator_imports(app: Flask, accounts: Accounts, hub: SmallHub, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(role, role))
    assert guest.get("/admin/rooms").status_code == 403
    assert send(guest, text=LIST).status_code == 403


def test_import_without_the_forms_token_is_refused(admin: Guest) -> None:
    assert admin.client.post("/admin/rooms", data={"text": LIST}).status_code == 400


def test_page_without_a_hub_says_so(app: Flask, accounts: Accounts) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"))
    assert 'role="alert"' in guest.get("/admin/rooms").text
    assert send(guest, text=LIST).status_code == 503
