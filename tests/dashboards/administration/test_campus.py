"""The campus from a screen: forms in, edits of the file out, faults beside their fields, all audited."""

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboards import create_app
from dashboards.administration.campus_edits import id_from
from dashboards.pages.new_door import phase_of
from dashboards.settings import Settings
from dashboards.stores import open_stores
from hub.campus_office import layout_row
from hub.editing import CampusEditor
from hub.layout import Layout, read_layout
from hub.store.audit import AuditLog
from hub.store.board import BoardReader, Change
from hub.store.campus_rows import HeardChannel, HeardRow
from hub.store.decisions import Decisions
from hub.store.orders import EditCampus, Listen, read_order
from tests.dashboards.campus_board import CAMPUS, NOON, CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock


class AnsweringBoard(BoardReader):
    """A board with a hub behind it: whoever reads it finds the edits carried out."""

    def __init__(self, campus: CampusBoard, decisions: Decisions, folder: Path) -> None:
        super().__init__(campus.engine)
        self._campus, self._decisions, self._last = campus, decisions, 0
        self._editor: CampusEditor[Layout] = CampusEditor(folder / "campus.toml", CAMPUS, read_layout)

    def read(self) -> list[Change]:
        for decision in self._decisions.since(self._last):
            self._last, order = decision.id, read_order(decision)
            if isinstance(order, EditCampus):
                row = self._editor.carry_out(decision, order.edits, "book")
                layout = self._editor.take_made()
                self._campus.write([("edit", str(decision.id), msgspec.json.encode(row))])
                if layout is not None:
                    drawn = msgspec.json.encode(layout_row(layout, None, decision.id, False))
                    self._campus.write([("layout", "layout", drawn)])
        return super().read()


@pytest.fixture
def app(campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock) -> Flask:
    campus.calm()
    stores = open_stores(campus.engine, people, tmp_path, clock)
    answering = AnsweringBoard(campus, stores.decisions, tmp_path)
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2)
    return create_app(settings, dataclasses.replace(stores, board=answering), clock)


@pytest.fixture
def admin(app: Flask) -> Guest:
    guest = Guest(app.test_client())
    accounts = app.extensions["kuzet"].accounts
    guest.sign_in(code=accounts.issue_one_time_code("admin", "admin"), shown_name="Айгүл")
    return guest


def post(guest: Guest, path: str, **fields: str) -> TestResponse:
    return guest.client.post(path, data={"csrf_token": guest.token(), **fields})


def test_door_in_a_new_room_of_a_new_building_is_one_edit(
    admin: Guest, tmp_path: Path, people: Engine
) -> None:
    fields = {"inner": "+", "building": "+", "building_name": "Жаңа корпус", "outer": "outside"}
    room = {"code": "Ә-5", "kind": "classroom", "floor": "1", "area_m2": "48,5", "desks": "24"}
    answer = post(admin, "/admin/doors/new", node="door-9f2a", channel="beams", **fields, **room)
    assert answer.status_code == 303
    assert answer.location == "/admin/doors/door-a-5/walk?room=a-5"
    layout = read_layout(tmp_path / "campus.toml")
    assert [(door.node, door.inner, door.outer) for door in layout.doors if door.id == "door-a-5"] == [
        ("door-9f2a", "a-5", "outside")
    ]
    added = next(space for space in layout.spaces if space.id == "a-5")
    assert (added.area_m2, added.desks, added.building, added.names.en) == (48.5, 24, "zhana-korpus", "Ә-5")
    noted = AuditLog(people, FakeClock(NOON)).page(None, 10, action="campus")
    assert [(one.who, one.action) for one in noted] == [("Айгүл", "campus.accepted"), ("Айгүл", "campus")]


def test_fault_stands_beside_its_field_and_what_was_typed_stays(admin: Guest, tmp_path: Path) -> None:
    answer = post(
        admin,
        "/admin/doors/new",
        node="n-1",
        channel="c",
        inner="+",
        building="a",
        code="",
        area_m2="abc",
        outer="x",
    )
    assert answer.status_code == 422
    for field in ("code", "area_m2", "outer"):
        assert f'id="{field}-wrong"' in answer.text
    assert 'value="abc"' in answer.text
    assert not (tmp_path / "campus.toml").exists()


@pytest.mark.parametrize(("node", "channel"), [("Дверь", "c"), ("n-1", "x" * 90), ("", "")])
def test_sensor_that_cannot_be_is_refused_and_nothing_ordered(
    admin: Guest, people: Engine, node: str, channel: str
) -> None:
    answer = post(admin, "/admin/doors/new", node=node, channel=channel, inner="a-204", outer="hall-a")
    assert answer.status_code == 422
    assert Decisions(people).since(0) == []


def test_hubs_refusal_is_told_and_audited(admin: Guest, people: Engine) -> None:
    answer = post(admin, "/admin/campus/rooms/a-204/remove")
    assert answer.status_code == 422
    assert "door-a-204" in answer.text
    assert AuditLog(people, FakeClock(NOON)).page(None, 1)[0].action == "campus.refused"
    assert "✕" in admin.get("/admin/campus").text


def test_room_that_was_changed_meanwhile_is_not_overwritten(admin: Guest, tmp_path: Path) -> None:
    room = {"code": "A-204", "kind": "classroom", "floor": "2", "building": "a", "seen": "0123456789ab"}
    answer = post(admin, "/admin/campus/rooms/a-204", area_m2="50", **room)
    assert answer.status_code == 422
    assert not (tmp_path / "campus.toml").exists()
    mark = next(
        line.split('value="')[1].split('"')[0]
        for line in admin.get("/admin/campus/rooms/a-204").text.splitlines()
        if 'name="seen"' in line
    )
    answer = post(admin, "/admin/campus/rooms/a-204", area_m2="50", **{**room, "seen": mark})
    assert answer.status_code == 303
    assert (
        next(one for one in read_layout(tmp_path / "campus.toml").spaces if one.id == "a-204").area_m2 == 50
    )


def test_first_steps_are_kept_one_by_one(admin: Guest, tmp_path: Path) -> None:
    words = "qyzyl alma bes tauda"
    assert post(admin, "/setup/password", new=words, again="other").status_code == 422
    assert post(admin, "/setup/password", new=words, again=words).location == "/setup?step=campus"
    assert post(admin, "/setup/campus", timezone="Asia/Oral").status_code == 422
    answer = post(admin, "/setup/campus", name_ru="Наш вуз", timezone="Asia/Oral")
    assert answer.location == "/setup?step=begin"
    layout = read_layout(tmp_path / "campus.toml")
    assert (layout.names.kk, layout.timezone, len(layout.spaces)) == ("Наш вуз", "Asia/Oral", 60)
    assert post(admin, "/setup/begin", **{"with": "empty"}).status_code == 422
    assert post(admin, "/setup/begin", **{"with": "empty", "sure": "1"}).location == "/admin/doors/new"
    assert read_layout(tmp_path / "campus.toml").spaces == ()


def test_reversing_is_one_way_however_often_it_is_pressed(admin: Guest, tmp_path: Path) -> None:
    for _ in range(2):
        answer = post(admin, "/admin/doors/door-a-204/reverse", inner="corridor-a2", room="a-204")
        assert answer.location == "/admin/doors/door-a-204/walk?room=a-204"
    door = next(one for one in read_layout(tmp_path / "campus.toml").doors if one.id == "door-a-204")
    assert (door.inner, door.outer) == ("corridor-a2", "a-204")


@pytest.mark.parametrize(
    ("first", "ins", "outs", "into", "phase"),
    [
        ("", 0, 0, "in", "in"),
        ("in", 1, 0, "in", "out"),
        ("in", 2, 0, "in", "again"),
        ("in", 1, 1, "in", "done"),
        ("in", 3, 1, "in", "done"),
        ("out", 0, 1, "in", "reversed"),
        ("out", 1, 1, "in", "reversed"),
        ("out", 0, 1, "out", "out"),
        ("out", 1, 1, "out", "done"),
        ("out", 0, 2, "out", "again"),
        ("in", 1, 0, "out", "reversed"),
    ],
)
def test_walk_is_seen_from_the_room(first: str, ins: int, outs: int, into: str, phase: str) -> None:
    heard = HeardChannel(node="n", channel="c", since=NOON, first=first, ins=ins, outs=outs)
    assert phase_of(heard, into) == phase


@pytest.mark.parametrize(
    ("passages", "seen", "offered"),
    [
        (("out",), "OUT seen · in 0, out 1", ["In: turn the sensor round", "Out: start the walk over"]),
        (("out", "in"), "IN seen · in 1, out 1", ["In: turn the sensor round", "Out: start the walk over"]),
        (("in", "in"), "IN seen · in 2, out 0", ["Start the walk over"]),
        (("in",), "IN seen · in 1, out 0", ["Start the walk over"]),
        ((), "Nothing was seen yet.", ["Start the walk over"]),
    ],
)
def test_walk_says_what_was_seen_and_lets_one_start_over(
    admin: Guest,
    campus: CampusBoard,
    people: Engine,
    passages: tuple[str, ...],
    seen: str,
    offered: list[str],
    clock: FakeClock,
) -> None:
    hear(campus, *passages)
    admin.get("/language/en")
    page = admin.get("/admin/doors/door-a-204/walk?room=a-204").text
    assert seen in page
    clock.advance(3)
    # Nothing is drawn anew under a finger.
    assert without_tokens(admin.get("/admin/doors/door-a-204/walk?room=a-204").text) == without_tokens(page)
    fresh = page[page.index('<div id="fresh"') : page.index("</main>")]
    assert re.findall(r'<button[^>]*type="submit">([^<]+)</button>', fresh) == offered
    answer = post(admin, "/admin/doors/door-a-204/listen", room="a-204")
    assert answer.location == "/admin/doors/door-a-204/walk?room=a-204"
    assert [(one.subject, read_order(one)) for one in Decisions(people).since(0)] == [
        ("door-a-204", Listen())
    ]


def without_tokens(page: str) -> str:
    """Tokens are signed anew each second; `refresh.js` does not look at them either."""
    return re.sub(r'(csrf_token" value=")[^"]*', r"\1", page)


def test_walk_of_a_door_that_turned_round_is_told_from_the_room(admin: Guest, campus: CampusBoard) -> None:
    hear(campus, "in", "out")
    admin.get("/language/en")
    page = admin.get("/admin/doors/door-a-204/walk?room=corridor-a2").text
    assert ("IN seen · in 1, out 1" in page, 'id="wrong-way"' in page) == (True, True)


def test_walk_that_nobody_listens_to_says_what_to_do(admin: Guest) -> None:
    admin.get("/language/en")
    page = admin.get("/admin/doors/door-a-204/walk?room=a-204").text
    assert "The sensor is not heard, or listening is over (30 minutes)" in page


def hear(campus: CampusBoard, *passages: str) -> None:
    """The sensor of A-204 is listened to, and has said these passages."""
    at = NOON if passages else None
    one = HeardChannel(
        node="n",
        channel="c",
        since=NOON,
        at=at,
        door="door-a-204",
        direction=passages[-1] if passages else "",
        first=passages[0] if passages else "",
        ins=passages.count("in"),
        outs=passages.count("out"),
    )
    campus.write([("heard", "heard", msgspec.json.encode(HeardRow(channels=(one,))))])


def test_silent_hub_is_said_and_the_order_stands(
    campus: CampusBoard, people: Engine, tmp_path: Path, clock: FakeClock
) -> None:
    campus.calm()
    settings = Settings(secret_key=b"k" * 32, build="b1", max_streams=2, edit_wait_s=0.1)
    app = create_app(settings, open_stores(campus.engine, people, tmp_path, clock), clock)
    guest = Guest(app.test_client())
    guest.sign_in(code=app.extensions["kuzet"].accounts.issue_one_time_code("admin", "admin"))
    answer = post(guest, "/admin/campus/doors/door-a-204/remove")
    assert answer.status_code == 422
    assert [one.kind for one in Decisions(people).since(0)] == ["campus"]
    assert AuditLog(people, clock).page(None, 1)[0].action == "campus.unanswered"


@pytest.mark.parametrize(
    ("words", "id"),
    [
        ("А-204", "a-204"),
        ("Дәрісхана №5", "darishana-5"),
        ("…", "room"),
        ("ЖШЩ", "zhshsch"),
        ("a-1", "a-1-2"),
    ],
)
def test_id_is_made_of_what_people_say(words: str, id: str) -> None:
    assert id_from(words, ["a-1"], "room") == id
