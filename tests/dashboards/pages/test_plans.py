"""The pages of the floors' plans: drawing, pictures, maps brought in, and who may."""

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from dashboards.services import Services
from hub.campus_office import layout_row
from hub.store.accounts import Accounts
from hub.store.plans import Drawing, OutdatedError, RoomShape
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.dashboards.plan_files import floor_png, geojson, pdf, svg

FLOOR = "/admin/plans/a/2"
_SQUARE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]


@pytest.fixture
def campus(campus: CampusBoard) -> CampusBoard:
    """With the campus's file on the board, as a hub puts it there."""
    campus.calm()
    campus.write([("layout", "layout", msgspec.json.encode(layout_row(campus.layout, None, 0, None)))])
    return campus


@pytest.fixture
def admin(app: Flask, campus: CampusBoard, accounts: Accounts) -> Guest:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code("admin-1", "admin"), shown_name="Дана")
    return guest


def stored(app: Flask) -> Services:
    found: Services = app.extensions["kuzet"]
    return found


def drawing(*spaces: str, doors: tuple[str, ...] = ()) -> dict[str, Any]:
    rooms = [{"space": space, "points": _SQUARE} for space in spaces]
    return {"aspect": 2.0, "rooms": rooms, "doors": [{"door": door, "at": [0.2, 0.3]} for door in doors]}


def draw(guest: Guest, what: object, seen: int = 0, path: str = FLOOR) -> TestResponse:
    headers = {"X-CSRFToken": guest.token()}
    return guest.client.put(f"{path}/drawing", headers=headers, json={"seen": seen, "drawing": what})


def upload(
    guest: Guest, body: bytes, where: str = "picture", name: str = "plan.png", **more: str
) -> TestResponse:
    data = {"csrf_token": guest.token(), "file": (io.BytesIO(body), name), **more}
    return guest.client.post(f"{FLOOR}/{where}", data=data)


def floor_of(guest: Guest, building: str = "a", floor: int = 2) -> dict[str, Any]:
    floors = guest.get("/map/floors").get_json()["floors"]
    return next(one for one in floors if (one["building"], one["floor"]) == (building, floor))


def test_floor_nobody_has_drawn_is_a_grid_of_all_its_rooms(admin: Guest) -> None:
    found = floor_of(admin)
    assert found["is_plain"]
    assert len(found["rooms"]) == 10
    assert len(admin.get("/map/floors").get_json()["floors"]) == 6


def test_drawn_room_is_on_the_map_and_in_the_log(app: Flask, admin: Guest) -> None:
    assert draw(admin, drawing("a-204", doors=("door-a-204",))).get_json() == {"version": 1}
    found = floor_of(admin)
    assert not found["is_plain"]
    assert [one["space"] for one in found["rooms"]] == ["a-204"]
    assert [one["door"] for one in found["doors"]] == ["door-a-204"]
    entry = stored(app).audit.page(None, 1)[0]
    assert (entry.who, entry.action, entry.subject) == ("Дана", "plan.draw", "a/2")
    assert msgspec.json.decode(entry.detail)["added"] == ["a-204", "door-a-204"]


def test_two_who_draw_do_not_overwrite_each_other(admin: Guest) -> None:
    draw(admin, drawing("a-204"))
    draw(admin, drawing("a-204", "a-205"), seen=1)
    late = draw(admin, drawing("a-201"), seen=1)
    assert late.status_code == 409
    told = late.get_json()
    assert (told["version"], told["who"]) == (2, "Дана")
    assert [one["space"] for one in told["drawing"]["rooms"]] == ["a-204", "a-205"]
    assert draw(admin, drawing("a-201"), seen=2).get_json() == {"version": 3}


@pytest.mark.parametrize(
    ("what", "word"),
    [
        (drawing("b-101"), "space b-101"),
        (drawing("a-204", "a-204"), "twice a-204"),
        (drawing("a-204", doors=("door-b-101",)), "door door-b-101"),
        ({"aspect": 2.0, "rooms": [{"space": "a-204", "points": [[0, 0], [1, 0], [9, 9]]}]}, "off a-204"),
        ({"aspect": 99.0}, "aspect"),
        ({"rooms": "all"}, "cannot be read"),
        ([], "cannot be read"),
    ],
)
def test_drawing_that_does_not_fit_is_told(admin: Guest, what: object, word: str) -> None:
    answer = draw(admin, what)
    assert answer.status_code == 422
    assert word in answer.get_json()["detail"]
    assert floor_of(admin)["is_plain"]


@pytest.mark.parametrize("path", ["/admin/plans/a/9", "/admin/plans/z/1", "/map/a/9", "/map/picture/00"])
def test_floor_that_is_not_there_is_not_found(admin: Guest, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_guard_sees_the_map_and_draws_nothing(app: Flask, guard: Guest, campus: CampusBoard) -> None:
    assert guard.get("/map/a/2").status_code == 200
    assert guard.get(FLOOR).status_code == 403
    assert draw(guard, drawing("a-204")).status_code == 403
    assert upload(guard, floor_png()).status_code == 403
    assert stored(app).plans.all() == []


def test_picture_is_grey_and_kept_by_browsers(admin: Guest) -> None:
    assert upload(admin, floor_png()).status_code == 303
    draw(admin, drawing("a-204"), seen=1)
    answer = admin.get("/map/picture/" + floor_of(admin)["picture"])
    assert answer.content_type == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert floor_of(admin)["aspect"] == 2.0


def test_picture_of_svg_can_do_nothing_when_opened_by_itself(admin: Guest) -> None:
    upload(admin, svg(), name="plan.svg")
    draw(admin, drawing("a-204"), seen=1)
    answer = admin.get("/map/picture/" + floor_of(admin)["picture"])
    assert answer.content_type.startswith("image/svg+xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_wrong_file_is_told_beside_its_field_and_changes_nothing(app: Flask, admin: Guest) -> None:
    answer = upload(admin, b"MZ not a picture", name="plan.png", page="7")
    assert answer.status_code == 422
    assert 'id="file-wrong"' in answer.text
    assert 'value="7"' in answer.text
    assert stored(app).plans.all() == []


def test_page_of_a_pdf_is_asked_for_and_the_others_are_told_of(app: Flask, admin: Guest) -> None:
    answer = upload(admin, pdf((300, 300), (400, 200)), page="2")
    assert stored(app).plans.find("a", 2).drawing.aspect == 2.0
    assert "2 бет бар" in admin.get(answer.headers["Location"]).text


@pytest.mark.parametrize("page", ["0", "x", "99999", "-1"])
def test_page_that_is_no_number_is_told(admin: Guest, page: str) -> None:
    assert upload(admin, floor_png(), page=page).status_code == 422


def test_only_these_routes_take_large_bodies(admin: Guest) -> None:
    large = b"\0" * 200_000
    assert upload(admin, large).status_code == 422
    token = {"csrf_token": admin.token()}
    refused = admin.client.post(f"{FLOOR}/remove", data={**token, "file": (io.BytesIO(large), "x")})
    assert refused.status_code == 413


def test_new_picture_takes_the_place_of_the_old_one_and_leaves_the_drawing(app: Flask, admin: Guest) -> None:
    upload(admin, floor_png(600, 300))
    draw(admin, drawing("a-204"), seen=1)
    before = stored(app).plans.find("a", 2).picture
    upload(admin, floor_png(300, 300))
    after = stored(app).plans.find("a", 2)
    assert before is not None
    assert stored(app).plans.picture(before) is None
    assert (after.drawing.aspect, len(after.drawing.rooms)) == (1.0, 1)


def test_plan_taken_away_can_be_brought_back(app: Flask, admin: Guest) -> None:
    upload(admin, floor_png())
    draw(admin, drawing("a-204"), seen=1)
    admin.client.post(f"{FLOOR}/remove", data={"csrf_token": admin.token()})
    assert floor_of(admin)["is_plain"]
    admin.client.post(f"{FLOOR}/restore", data={"csrf_token": admin.token()})
    assert floor_of(admin)["picture"] == stored(app).plans.find("a", 2).picture
    actions = [one.action for one in stored(app).audit.page(None, 2)]
    assert actions == ["plan.restore", "plan.remove"]


def test_indoor_map_is_brought_in_and_the_rest_is_told(app: Flask, admin: Guest) -> None:
    rooms = {
        "А-201": [(0, 0), (9, 0), (9, 6)],
        "Z-1": [(0, 0), (1, 0), (1, 1)],
        "B-101": [(0, 0), (1, 0), (1, 1)],
    }
    draw(admin, drawing("a-209"))
    answer = upload(admin, geojson(rooms), "map", "plan.geojson")
    assert "Алынған бөлме: 1." in answer.text
    assert "мұндай нөмірлі бөлме жоқ" in answer.text
    assert "басқа қабатта" in answer.text
    assert {one.space for one in stored(app).plans.find("a", 2).drawing.rooms} == {"a-201", "a-209"}


def test_file_that_is_no_map_is_told_beside_its_field(admin: Guest) -> None:
    answer = upload(admin, b"{", "map", "plan.geojson")
    assert answer.status_code == 422
    assert 'id="map-wrong"' in answer.text


def test_mark_is_another_one_once_a_floor_is_drawn_otherwise(admin: Guest) -> None:
    before = admin.get("/map/doors").get_json()["mark"]
    assert admin.get("/map/floors").get_json()["mark"] == before
    draw(admin, drawing("a-204"))
    assert admin.get("/map/doors").get_json()["mark"] != before


def test_door_of_a_silent_node_is_off_and_says_no_number(admin: Guest, campus: CampusBoard) -> None:
    campus.node("floor-a2-2", "silent", 7)
    doors = {one["door"]: one for one in admin.get("/map/doors").get_json()["doors"]}
    assert doors["door-a-204"]["state"] == "off"
    assert doors["door-a-204"]["ins"] is None
    assert doors["door-a-201"]["state"] == "ok"


def test_room_the_campus_no_longer_has_is_no_longer_on_the_map(admin: Guest, campus: CampusBoard) -> None:
    draw(admin, drawing("a-204", "a-205"))
    campus.end("space", "a-205")
    assert [one["space"] for one in floor_of(admin)["rooms"]] == ["a-204"]
    assert '"space":"a-205"' not in admin.get(FLOOR).text


def test_plan_outlives_the_server(app: Flask, admin: Guest, tmp_path: Path) -> None:
    """Everything of it is in `people.db`: a copy of that file is a copy of the plans."""
    plans = stored(app).plans
    made = plans.draw(
        "a", 2, Drawing(rooms=(RoomShape(space="a-204", points=((0, 0), (1, 0), (1, 1))),)), 0, "Дана"
    )
    assert plans.find("a", 2) == made
    with pytest.raises(OutdatedError):
        plans.draw("a", 2, Drawing(), 0, "Айгүл")


@pytest.mark.parametrize("role", ["guard", "auditor"])
def test_large_picture_of_who_may_not_draw_is_not_read(app: Flask, accounts: Accounts, role: str) -> None:
    guest = Guest(app.test_client())
    guest.sign_in(code=accounts.issue_one_time_code(f"{role}-1", role))
    form = {"csrf_token": guest.token(), "file": (io.BytesIO(b"x" * 200 * 1024), "floor.png")}
    assert guest.client.post(f"{FLOOR}/picture", data=form).status_code == 413


@pytest.mark.parametrize("floor", ["9" * 30, "-" + "9" * 30])
def test_floor_that_no_building_has_is_not_found(admin: Guest, floor: str) -> None:
    assert admin.get(f"/admin/plans/a/{floor}").status_code == 404
    assert admin.get(f"/map/a/{floor}").status_code == 404


def test_page_of_a_picture_that_no_file_has_is_refused(admin: Guest) -> None:
    form = {"csrf_token": admin.token(), "page": "1" * 5000}
    assert admin.client.post(f"{FLOOR}/picture", data=form).status_code == 422
