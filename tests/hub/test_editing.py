"""Carrying out edits of the campus file: whole or not at all, whatever happens between two steps."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from commandline.hub_orders import read_orders
from hub.editing import KEPT, CampusEditor
from hub.engine import Orders
from hub.layout import Layout, read_layout
from hub.store.campus_edits import AddDoor, AddSpace, CampusEdit, Named, RemoveDoor, SetCampus, StartEmpty
from hub.store.campus_rows import EditRow
from hub.store.decisions import Decision

DEPLOY = Path(__file__).parents[2] / "deploy"
DOOR = AddDoor(id="x", node="n-1", channel="beams", inner="a-204", outer="hall-a")
BOOK = "b" * 32
#: A campus of two rooms, as it would be shipped: edits of it take a moment, not a second.
SMALL = """site = "small"
names = { kk = "К", ru = "К", en = "C" }
[[buildings]]
id = "a"
names = { kk = "А", ru = "А", en = "A" }
""" + "".join(
    f"""[[spaces]]
id = "{id}"
building = "a"
kind = "{kind}"
code = "{id}"
floor = 1
area_m2 = 48
names = {{ kk = "Б", ru = "К", en = "R" }}
"""
    for id, kind in (("hall-a", "hall"), ("a-204", "classroom"))
)


class PowerCut(BaseException):
    """Everything stops here."""


def check(path: Path) -> Orders:
    return read_orders(path, DEPLOY / "regime")


def an_editor(folder: Path) -> CampusEditor[Layout]:
    shipped = folder / "shipped/campus.toml"
    shipped.parent.mkdir(exist_ok=True)
    shipped.write_text(SMALL, encoding="utf-8")
    return CampusEditor(folder / "campus.toml", shipped, read_layout)


def carry_out(editor: CampusEditor[Any], *edits: CampusEdit, number: int = 1, book: str = BOOK) -> EditRow:
    return editor.carry_out(Decision(number, 1_000, "Айгүл", "campus", "campus"), edits, book)


def named(words: str) -> SetCampus:
    return SetCampus(names=Named(kk=words, ru=words, en=words), timezone="Asia/Almaty")


def test_first_edit_makes_a_file_of_ones_own_with_its_timetable(tmp_path: Path) -> None:
    editor = CampusEditor(tmp_path / "campus.toml", DEPLOY / "campus.toml", check)
    assert editor.is_demonstration
    row = carry_out(editor, DOOR)
    assert (row.accepted, row.by, row.what, row.faults) == (True, "Айгүл", ("add-door x",), ())
    assert not editor.is_demonstration
    made = editor.take_made()
    assert made is not None
    assert made.layout == read_layout(tmp_path / "campus.toml")
    assert editor.take_made() is None
    assert (tmp_path / "timetable-demo.csv").exists()


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (AddDoor(id="y", node="n-1", channel="c", inner="a-1024"), "inner"),
        (
            AddSpace(
                id="new",
                building="a",
                kind="klassroom",
                code="A",
                floor=1,
                area_m2=9.0,
                names=Named(kk="1", ru="2", en="3"),
            ),
            "kind",
        ),
        (AddDoor(id="y", node="n-1", channel="beams", inner="a-204"), ""),
        (SetCampus(names=Named(kk="1", ru="2", en="3"), timezone="Asia/Nowhere"), ""),
    ],
    ids=["no-such-room", "no-such-kind", "channel-twice", "no-such-zone"],
)
def test_refused_edit_changes_nothing_and_says_where(tmp_path: Path, edit: CampusEdit, field: str) -> None:
    editor = an_editor(tmp_path)
    carry_out(editor, named("Бірінші"))
    editor.take_made()
    before = {one.name: one.read_bytes() for one in tmp_path.glob("*.*")}
    row = carry_out(editor, DOOR, edit, number=2)
    assert not row.accepted
    assert row.faults[0].field == field
    assert row.faults[0].edit == (1 if field else 0)
    assert ".new" not in row.faults[0].text
    assert {one.name: one.read_bytes() for one in tmp_path.glob("*.*")} == before
    assert editor.take_made() is None


def test_second_of_two_administrators_is_refused_and_the_first_stands(tmp_path: Path) -> None:
    editor = an_editor(tmp_path)
    assert carry_out(editor, DOOR, number=1).accepted
    second = carry_out(editor, DOOR, number=2)
    assert [fault.code for fault in second.faults] == ["taken"]
    assert carry_out(editor, RemoveDoor(id="x"), number=3).accepted
    assert [fault.code for fault in carry_out(editor, RemoveDoor(id="x"), number=4).faults] == ["missing"]


def test_decision_that_comes_again_after_a_crash_is_made_once(tmp_path: Path) -> None:
    assert carry_out(an_editor(tmp_path), DOOR).accepted
    again = an_editor(tmp_path)
    assert carry_out(again, DOOR).accepted
    made = again.take_made()
    assert made is not None
    assert [door.id for door in made.doors] == ["x"]
    # The same number of another people's file is another decision.
    assert not carry_out(again, DOOR, book="c" * 32).accepted


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_power_cut_between_two_steps_leaves_the_old_file_or_the_new(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = an_editor(tmp_path)
    carry_out(editor, named("Бірінші"), number=1)
    before = (tmp_path / "campus.toml").read_text(encoding="utf-8")
    done = 0
    replace = Path.replace

    def cut(self: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done == step:
            raise PowerCut
        return replace(self, target)

    with monkeypatch.context() as power:
        power.setattr(Path, "replace", cut)
        try:
            carry_out(editor, DOOR, number=2)
        except PowerCut:
            # Nothing of it counted: the name stands for the whole old file.
            assert (tmp_path / "campus.toml").read_text(encoding="utf-8") == before
    # The hub starts again and reads the decision again.
    again = an_editor(tmp_path)
    assert carry_out(again, DOOR, number=2).accepted
    assert [door.id for door in read_layout(tmp_path / "campus.toml").doors].count("x") == 1
    assert (tmp_path / "campus.toml.1").read_text(encoding="utf-8") == before


def test_last_twenty_files_are_kept(tmp_path: Path) -> None:
    editor = an_editor(tmp_path)
    for number in range(1, KEPT + 5):
        assert carry_out(editor, named(f"Кампус {number}"), number=number).accepted
    kept = sorted(int(one.suffix[1:]) for one in tmp_path.glob("campus.toml.*") if one.suffix[1:].isdecimal())
    assert kept == list(range(4, KEPT + 4))
    assert "Кампус 23" in (tmp_path / f"campus.toml.{KEPT + 3}").read_text(encoding="utf-8")


def test_named_file_is_edited_where_it_is_and_keeps_its_mode(tmp_path: Path) -> None:
    for name in ("campus.toml", "timetable-demo.csv"):
        shutil.copy(DEPLOY / name, tmp_path / name)
    (tmp_path / "campus.toml").chmod(0o640)
    editor = CampusEditor(tmp_path / "campus.toml", None, check)
    assert carry_out(editor, StartEmpty()).accepted
    assert (tmp_path / "campus.toml").stat().st_mode & 0o777 == 0o640
    assert read_layout(tmp_path / "campus.toml").spaces == ()
    assert len(read_layout(tmp_path / "campus.toml.1").spaces) == 60


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "campus.toml.new").mkdir()
    row = carry_out(an_editor(tmp_path), DOOR)
    assert [fault.code for fault in row.faults] == ["disk"]


def test_file_that_a_hand_has_spoilt_is_said_and_left(tmp_path: Path) -> None:
    (tmp_path / "campus.toml").write_text("site = ", encoding="utf-8")
    row = carry_out(an_editor(tmp_path), DOOR)
    assert [fault.code for fault in row.faults] == ["file"]
    assert (tmp_path / "campus.toml").read_text(encoding="utf-8") == "site = "
