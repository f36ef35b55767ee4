from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from hub.layout import Building, Door, Layout, Names, SpaceKind
from hub.regime.limits import ClosedLimits
from hub.timetable.rooms import Room, RoomRow, Rooms, kind_of, parse_rooms, places_of, rooms_of
from protocol.errors import ConfigError
from tests.hub.timetable.weeks import ORDER, a_lesson, a_room

LISTED = parse_rooms("room,capacity,type\n0 - 25,40,Sala de aula\nA5,130,Anfiteatro para ensino\n", "r.csv")
NAMES = Names(kk="x", ru="x", en="x")


def a_campus() -> Layout:
    corridor = a_room("corridor-1", kind=SpaceKind.CORRIDOR, code="C1").space
    return Layout(
        site="s",
        names=NAMES,
        buildings=(Building(id="a", names=NAMES),),
        spaces=(corridor, a_room("a-204", code="A-204").space, a_room("a-301", floor=3).space),
        doors=(Door(id="d", node="n", channel="c", inner="a-204", outer="corridor-1"),),
    )


def of(lesson_room: str, **changes: Any) -> Rooms:
    lesson = replace(a_lesson(space=lesson_room), **changes)
    return rooms_of([lesson], a_campus(), LISTED)


def the(rooms: Rooms) -> Room:
    (room,) = rooms.rooms.values()
    return room


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Sala de aula", SpaceKind.CLASSROOM),
        ("Anfiteatro para ensino", SpaceKind.LECTURE_HALL),
        ("Laboratório de ensino/investigação", SpaceKind.LABORATORY),
        ("Lecture hall", SpaceKind.LECTURE_HALL),
        ("Лекционный зал", SpaceKind.LECTURE_HALL),
        ("Компьютерный класс", SpaceKind.COMPUTER_ROOM),
        ("Зертхана", SpaceKind.LABORATORY),
        ("lecture-hall", SpaceKind.LECTURE_HALL),
        ("canteen", SpaceKind.CANTEEN),
        ("Something", None),
        ("", None),
    ],
)
def test_kind_of_room_type(word: str, kind: SpaceKind | None) -> None:
    assert kind_of(word) is kind


@pytest.mark.parametrize(
    ("room", "value", "limit"), [("0 - 25", 15, "group-cap"), ("A5", 52, "fill"), ("a204", 15, "group-cap")]
)
def test_room_cap_is_the_one_that_binds(room: str, value: int, limit: str) -> None:
    cap = the(of(room)).cap(ORDER)
    assert cap is not None
    assert (cap.value, cap.limit) == (value, limit)


def test_room_of_the_campus_comes_before_the_list() -> None:
    rooms = rooms_of(
        [a_lesson(space="А 204")], a_campus(), {"A204": RoomRow(room="A204", capacity=9, type="")}
    )
    assert rooms.lessons[0].space == "a-204"
    assert the(rooms).seats == 30


def test_room_with_fewer_seats_than_its_cap_holds_its_seats() -> None:
    cap = the(of("L1", seats=8, room_type="Laboratório")).cap(ORDER)
    assert cap is not None
    assert (cap.value, cap.limit) == (8, "seats")


def test_room_closed_by_the_regime_holds_nobody() -> None:
    remote = changed(ORDER, closed=ClosedLimits(source="§70", kinds=("classroom",)))
    cap = the(of("0 - 25")).cap(remote)
    assert cap is not None
    assert (cap.value, cap.limit, cap.clause) == (0, "closed", "§70")


def test_room_of_unknown_type_is_a_classroom_and_said() -> None:
    rooms = of("X1", seats=60, room_type="Aula magna")
    assert the(rooms).space.kind is SpaceKind.CLASSROOM
    assert rooms.notes == ("room type `Aula magna` is not known: taken as classroom",)


def test_room_nobody_knows_is_listed_with_a_hint() -> None:
    rooms = of("A55")
    assert rooms.lessons == ()
    assert rooms.unmatched == ("there is no room `A55`; did you mean `A5`?",)


def test_room_without_any_number_has_no_cap() -> None:
    corridor = parse_rooms("room,capacity,type\nC,,corridor\n", "r.csv")
    assert the(rooms_of([a_lesson(space="C")], None, corridor)).cap(ORDER) is None


@pytest.mark.parametrize(
    ("room", "place"),
    [("a-204", "C1"), ("a-301", "a, floor 3"), ("0 - 25", "rooms 0…"), ("A5", "rooms A…")],
)
def test_room_place_is_where_its_people_meet_others(room: str, place: str) -> None:
    assert the(of(room)).place == place


def test_room_of_a_bare_number_meets_the_whole_campus() -> None:
    assert the(of("204", seats=20)).place == "the whole campus"


def test_places_of_a_corridor_is_its_own_floor() -> None:
    assert places_of(a_campus())["corridor-1"] == "a, floor 1"


def test_rooms_file_names_every_fault_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rooms("room,capacity,type\nA1,many,x\n,5,x\nA2,5,x\na-2,5,x\nA3\n", "r.csv")
    lines = caught.value.faults
    assert [line.split(":")[1] for line in lines] == [" line 2", " line 3", " line 5", " line 6"]


def test_rooms_file_with_a_wrong_column_is_refused() -> None:
    with pytest.raises(ConfigError, match="no column `capacity`; did you mean `capacities`"):
        parse_rooms("room,capacities,type\nA1,5,x\n", "r.csv")
