"""Edits on the text of a campus file: what they write, what they leave alone, what they refuse."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.campus_file import EditRefused, edited
from hub.layout import Layout, check_references, read_layout
from hub.store.campus_edits import (
    AddBuilding,
    AddDoor,
    AddPost,
    AddSensor,
    AddSpace,
    CampusEdit,
    ChangeBuilding,
    ChangeDoor,
    ChangeSpace,
    DutyRow,
    Named,
    RemoveBuilding,
    RemoveDoor,
    RemoveOverride,
    RemovePost,
    RemoveSensor,
    RemoveSpace,
    ReverseDoor,
    SetCampus,
    SetDuties,
    SetOverride,
    SetProfile,
    SetShifts,
    ShiftRow,
    StartEmpty,
)
from hub.store.campus_rows import mark_of
from protocol.config import decode_table

DEMO = Path(__file__).parents[2] / "deploy/campus.toml"
NAMES = Named(kk="Қ", ru="Р", en="E")
#: Sections instead of lines, as a person may write it.
SECTIONS = """# Ours.
site = "test"

[names]
kk = "Кампус"
ru = "Кампус"
en = "Campus"

[[buildings]]
id = "a"
names = { kk = "А", ru = "А", en = "A" }

[[spaces]]
id = "room"  # the seminar room
building = "a"
kind = "classroom"
code = "A-1"
floor = 1
area_m2 = 48
timetable_names = ["A1"]

[spaces.names]
kk = "Бөлме"
ru = "Комната"
en = "Room"
"""


def a_space(id: str = "new", **changes: object) -> AddSpace:
    fields: dict[str, object] = {
        "building": "a",
        "kind": "classroom",
        "code": "A-9",
        "floor": 1,
        "area_m2": 48.0,
    }
    return msgspec.convert(
        {"do": "add-space", "id": id, "names": {"kk": "Қ", "ru": "Р", "en": "E"}, **fields, **changes},
        AddSpace,
    )


def layout_of(text: str) -> Layout:
    tables, faults = tomllib.loads(text), list[str]()
    layout = decode_table(tables, Layout, "$", faults)
    assert faults + check_references(tables) == []
    assert layout is not None
    return layout


def test_added_door_is_one_line_more_and_nothing_else() -> None:
    before = DEMO.read_text(encoding="utf-8")
    after = edited(before, [AddDoor(id="x", node="n-1", channel="beams", inner="a-204", outer="hall-a")])
    lines = [line for line in after.splitlines() if line not in before.splitlines()]
    assert lines == ['    { id = "x", node = "n-1", channel = "beams", inner = "a-204", outer = "hall-a" },']
    assert len(after.splitlines()) == len(before.splitlines()) + 1


def test_comments_and_what_an_edit_does_not_know_stay() -> None:
    room = layout_of(SECTIONS).spaces[0]
    edit = ChangeSpace(
        id="room",
        building="a",
        kind="laboratory",
        code="A-1",
        floor=2,
        area_m2=50.5,
        names=NAMES,
        seen=mark_of(room),
    )
    after = edited(SECTIONS, [edit])
    assert "# Ours." in after
    assert "# the seminar room" in after
    changed = layout_of(after).spaces[0]
    assert (changed.kind.value, changed.area_m2, changed.timetable_names, changed.names.kk) == (
        "laboratory",
        50.5,
        ("A1",),
        "Қ",
    )


def test_file_of_sections_gets_sections() -> None:
    after = edited(SECTIONS, [a_space(), AddDoor(id="d", node="n-1", channel="c", inner="new")])
    assert "[[doors]]" in after
    assert [space.id for space in layout_of(after).spaces] == ["room", "new"]


def test_row_changed_meanwhile_is_refused() -> None:
    seen = mark_of(layout_of(SECTIONS).buildings[0])
    mine = ChangeBuilding(id="a", names=NAMES, seen=seen)
    once = edited(SECTIONS, [ChangeBuilding(id="a", names=Named(kk="1", ru="2", en="3"), seen=seen)])
    with pytest.raises(EditRefused) as refused:
        edited(once, [mine])
    assert refused.value.fault.code == "changed"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (AddDoor(id="door-a-101", node="n", channel="c", inner="a-101"), "taken"),
        (AddBuilding(id="a", names=NAMES), "taken"),
        (RemoveSpace(id="a-204"), "in-use"),
        (RemoveBuilding(id="a"), "in-use"),
        (RemoveDoor(id="entrance-a-main"), "in-use"),
        (RemoveDoor(id="nowhere"), "missing"),
        (RemovePost(id="nowhere"), "missing"),
        (ReverseDoor(id="door-a-101", inner="a-102"), "changed"),
        (RemoveOverride(limit="capacity.x", space="a-204"), "missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_edit_that_cannot_be_made_says_why(edit: CampusEdit, code: str) -> None:
    with pytest.raises(EditRefused) as refused:
        edited(DEMO.read_text(encoding="utf-8"), [edit])
    assert refused.value.fault.code == code
    assert refused.value.fault.text


def test_batch_says_which_edit_is_refused() -> None:
    with pytest.raises(EditRefused) as refused:
        edited(SECTIONS, [a_space("one"), a_space("one")])
    assert refused.value.fault.edit == 1


@pytest.mark.parametrize(
    ("inner", "sides"), [("outside", ("outside", "hall-a")), ("hall-a", ("hall-a", "outside"))]
)
def test_reversed_door_leads_the_other_way_and_a_repeat_turns_nothing(
    inner: str, sides: tuple[str, str]
) -> None:
    text = DEMO.read_text(encoding="utf-8")
    for _ in range(2):
        text = edited(text, [ReverseDoor(id="entrance-a-main", inner=inner)])
    door = next(one for one in layout_of(text).doors if one.id == "entrance-a-main")
    assert (door.inner, door.outer) == sides


def test_empty_campus_keeps_who_it_is_and_takes_a_first_door() -> None:
    empty = edited(DEMO.read_text(encoding="utf-8"), [StartEmpty()])
    layout = layout_of(empty)
    assert (layout.site, layout.timezone, layout.spaces, layout.duties) == ("demo", "Asia/Almaty", (), ())
    first: list[CampusEdit] = [
        AddBuilding(id="a", names=NAMES),
        a_space(),
        AddDoor(id="d", node="n-1", channel="c", inner="new"),
    ]
    assert layout_of(edited(empty, first)).doors[0].inner == "new"


def test_override_takes_the_place_of_the_one_before() -> None:
    text = SECTIONS
    for value in (20, 15):
        edit = SetOverride(limit="capacity.classroom.group_cap", value=value, source="order 7", space="room")
        text = edited(text, [edit])
    assert [one.value for one in layout_of(text).overrides] == [15]
    assert layout_of(edited(text, [RemoveOverride(limit=edit.limit, space="room")])).overrides == ()


def test_names_shifts_and_duties_are_set() -> None:
    shifts = SetShifts(shifts=(ShiftRow(id="day", days=("mon",), start="08:00", end="20:00"),))
    duties = SetDuties(duties=(DutyRow(id="guard", role="guard", shifts=("day",)),))
    text = edited(
        SECTIONS,
        [SetCampus(names=NAMES, timezone="Asia/Oral"), shifts, duties, SetProfile(profile="p", variant="v")],
    )
    layout = layout_of(text)
    assert (layout.names.ru, layout.timezone, layout.profile, layout.variant) == ("Р", "Asia/Oral", "p", "v")
    assert (layout.shifts[0].id, layout.duties[0].shifts) == ("day", ("day",))


@pytest.mark.parametrize("text", ["", "site = ", "buildings = 3\n", "[buildings]\nid = 1\n"])
def test_file_that_is_no_campus_is_refused_and_not_guessed_at(text: str) -> None:
    with pytest.raises(EditRefused) as refused:
        edited(text, [AddBuilding(id="a", names=NAMES), RemoveBuilding(id="b")])
    assert refused.value.fault.code in ("file", "missing")


IDS = st.sampled_from(["a", "b", "room", "hall", "d1", "d2", "outside"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NAMED = st.builds(Named, kk=WORDS, ru=WORDS, en=WORDS)
KIND = st.sampled_from(["classroom", "corridor", "klassroom"])
ROOM = {
    "id": IDS,
    "building": IDS,
    "kind": KIND,
    "code": WORDS,
    "floor": st.integers(-6, 101),
    "area_m2": st.sampled_from([48.0, 0.0, 12.5]),
    "names": NAMED,
    "desks": st.none() | st.integers(0, 40),
}
DOOR = {"id": IDS, "node": IDS, "channel": IDS, "inner": IDS, "outer": IDS}
ANY_EDIT: st.SearchStrategy[CampusEdit] = st.one_of(
    st.builds(AddBuilding, id=IDS, names=NAMED),
    st.builds(ChangeBuilding, id=IDS, names=NAMED),
    st.builds(RemoveBuilding, id=IDS),
    st.builds(AddSpace, **ROOM),
    st.builds(ChangeSpace, **ROOM),
    st.builds(RemoveSpace, id=IDS),
    st.builds(AddDoor, **DOOR),
    st.builds(ChangeDoor, **DOOR),
    st.builds(ReverseDoor, id=IDS, inner=IDS),
    st.builds(RemoveDoor, id=IDS),
    st.builds(AddPost, id=IDS, node=IDS, channel=IDS, door=IDS),
    st.builds(RemovePost, id=IDS),
    st.builds(AddSensor, id=IDS, node=IDS, channel=IDS, kind=st.sampled_from(["air", "lamp"]), space=IDS),
    st.builds(RemoveSensor, id=IDS),
    st.builds(SetCampus, names=NAMED, timezone=st.sampled_from(["Asia/Almaty", "Asia/Oral"])),
    st.builds(
        SetOverride, limit=WORDS, value=st.booleans() | st.integers(0, 9) | WORDS, source=WORDS, space=IDS
    ),
    st.just(StartEmpty()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.sampled_from([SECTIONS, 'site = "t"\nnames = { kk = "1", ru = "2", en = "3" }\n']),
    edits=st.lists(ANY_EDIT, max_size=8),
)
def test_any_edits_leave_a_file_that_reads_as_meant_or_are_refused(
    start: str, edits: list[CampusEdit]
) -> None:
    text, codes = start, set[str]()
    for edit in edits:
        try:
            text = edited(text, [edit])
        except EditRefused as refused:
            codes.add(refused.fault.code)
            continue
        tables = tomllib.loads(text)
        rows = {
            name: [row["id"] for row in tables.get(name, [])] for name in ("buildings", "spaces", "doors")
        }
        assert all(len(ids) == len(set(ids)) for ids in rows.values())
    assert "file" not in codes


def test_shipped_campus_is_read_by_the_same_check() -> None:
    assert layout_of(DEMO.read_text(encoding="utf-8")) == read_layout(DEMO)
