"""A list of rooms against the campus: headers and kinds in three languages, what is new, changed or wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.administration.campus_forms import KINDS
from dashboards.room_import.room_list import Line, Preview, compare
from dashboards.room_import.room_words import COLUMNS, column_of, kind_of, plain_code
from dashboards.room_import.tables import Row, TableFault
from hub.campus_office import layout_row
from hub.layout import Building, Layout, Names, Space, SpaceKind
from hub.store.campus_edits import AddBuilding, AddSpace, ChangeSpace

NAMES = Names(kk="Т", ru="Т", en="T")
ROOM = Space(
    id="a-204",
    building="a",
    kind=SpaceKind.CLASSROOM,
    code="A-204",
    floor=2,
    area_m2=48,
    names=NAMES,
    desks=30,
    height_m=4.5,
)
LAYOUT = Layout(
    site="s",
    names=NAMES,
    buildings=(Building(id="a", names=Names(kk="А корпусы", ru="Корпус А", en="Building A")),),
    spaces=(ROOM,),
)
CAMPUS = layout_row(LAYOUT, None, 0, None)
HEADER = ["Code", "Building", "Floor", "Kind", "Area"]


def preview(*rows: list[str], header: list[str] = HEADER, add_buildings: bool = False) -> Preview:
    table = [Row(number, tuple(row)) for number, row in enumerate([header, *rows], 1)]
    return compare(table, CAMPUS, add_buildings=add_buildings)


def line(*cells: str, header: list[str] = HEADER) -> Line:
    return preview(list(cells), header=header).lines[0]


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("Бөлме коды", "code"),
        ("НОМЕР", "code"),
        ("Ауданы, м²", "area_m2"),
        ("Площадь (кв. м)", "area_m2"),
        ("Жобалық сыйымдылығы", "design_capacity"),
        ("Қабат", "floor"),
        ("Name, Kazakh", "name_kk"),
        ("Name (KK)", "name_kk"),
        ("notes", None),
    ],
)
def test_header_is_known_in_three_languages(word: str, column: str | None) -> None:
    assert column_of(word) == column


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_known_by_its_id(kind: str) -> None:
    assert kind_of(kind) == kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Дәрісхана", "classroom"), ("читальный зал", "library"), ("Lab", "laboratory"), ("x", None)],
)
def test_kind_is_known_in_three_languages(word: str, kind: str | None) -> None:
    assert kind_of(word) == kind


def test_letters_that_look_alike_are_one_code() -> None:
    assert plain_code("А-204 ") == plain_code("a 204")
    found = preview(["А-204", "a", "2", "classroom", "50"])
    assert [one.state for one in found.lines] == ["changed"]
    assert found.lines[0].before == {"area_m2": "48"}


def test_change_keeps_what_the_list_does_not_have() -> None:
    (edit,) = preview(["A-204", "a", "3", "", ""]).edits
    assert isinstance(edit, ChangeSpace)
    assert (edit.floor, edit.area_m2, edit.kind, edit.desks, edit.height_m) == (3, 48.0, "classroom", 30, 4.5)
    assert edit.seen == CAMPUS.spaces[0].mark


def test_empty_cell_of_a_column_that_is_there_takes_the_desks_out() -> None:
    (edit,) = preview(["A-204", ""], header=["code", "desks"]).edits
    assert isinstance(edit, ChangeSpace)
    assert edit.desks is None


def test_new_room_needs_everything_and_one_building_need_not_be_said() -> None:
    (edit,) = preview(["B 1", "", "1", "office", "12,5 м²"]).edits
    assert isinstance(edit, AddSpace)
    assert (edit.id, edit.building, edit.area_m2, edit.names.kk) == ("b-1", "a", 12.5, "B 1")
    assert line("B 1", "", "", "", "").faults == {"floor": "needed", "kind": "needed", "area_m2": "needed"}


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        (["X", "b", "1", "office", "9"], {"building": "building"}),
        (["X", "a", "first", "office", "9"], {"floor": "number"}),
        (["X", "a", "1.5", "office", "9"], {"floor": "whole"}),
        (["X", "a", "999", "office", "9"], {"floor": "range"}),
        (["X", "a", "1", "ofice", "-9"], {"kind": "kind", "area_m2": "range"}),
        (["X", "a", "1", "office", "1,2,3"], {"area_m2": "number"}),
        (["x" * 81, "a", "1", "office", "9"], {"code": "long"}),
        (["", "a", "1", "office", "9"], {"code": "needed"}),
    ],
)
def test_fault_names_its_cell(cells: list[str], faults: dict[str, str]) -> None:
    assert line(*cells).faults == faults


def test_kind_that_is_misspelt_is_guessed() -> None:
    assert line("X", "a", "1", "лабаратория", "9").hints == {"kind": "лаборатория"}


def test_room_that_comes_twice_is_a_fault_that_names_the_first() -> None:
    found = preview(["X-1", "a", "1", "office", "9"], ["Х 1", "a", "1", "office", "9"])
    assert (found.lines[1].faults, found.lines[1].hints) == ({"code": "twice"}, {"code": "2"})
    assert found.edits == ()


def test_missing_building_is_added_once_and_first() -> None:
    found = preview(["X", "Б", "1", "office", "9"], ["Y", "б", "1", "office", "9"], add_buildings=True)
    first, *rooms = found.edits
    assert isinstance(first, AddBuilding)
    assert {one.building for one in rooms if isinstance(one, AddSpace)} == {first.id}
    assert len(found.edits) == 3


def test_header_may_stand_below_a_title_and_strange_columns_are_told() -> None:
    rows = [Row(1, ("Тізім", "")), Row(3, ("Код", "Этаж", "Примечание")), Row(4, ("A-204", "2", "x"))]
    found = compare(rows, CAMPUS)
    assert (found.columns, found.strange, found.lines[0].number) == (("code", "floor"), ("Примечание",), 4)


@pytest.mark.parametrize(("rows", "code"), [([], "empty"), ([Row(1, ("a", "b"))], "header")])
def test_list_without_a_header_is_refused(rows: list[Row], code: str) -> None:
    with pytest.raises(TableFault, match=code):
        compare(rows, CAMPUS)


def test_mark_is_another_when_the_campus_is() -> None:
    moved = layout_row(Layout(site="s", names=NAMES, buildings=LAYOUT.buildings, spaces=()), None, 0, None)
    rows = [Row(1, tuple(HEADER)), Row(2, ("A-204", "a", "2", "classroom", "50"))]
    assert compare(rows, CAMPUS).mark != compare(rows, moved).mark


@given(st.lists(st.lists(st.text(max_size=12), min_size=10, max_size=10), max_size=8))
def test_any_list_has_a_line_a_row_and_edits_only_without_faults(cells: list[list[str]]) -> None:
    rows = [Row(1, COLUMNS), *(Row(n, tuple(row)) for n, row in enumerate(cells, 2))]
    try:
        found = compare(rows, CAMPUS, add_buildings=True)
    except TableFault:
        assert not cells
        return
    assert len(found.lines) == len(cells)
    assert not (found.count("faulty") and found.edits)
