"""Which campus file counts, and what of it the simulation plays."""

import shutil
from pathlib import Path

from commandline.data_folder import campus_file
from commandline.defaults import CAMPUS
from commandline.simulate_live import simulated
from hub.campus_file import edited
from hub.layout import read_layout
from hub.store.campus_edits import AddDoor, CampusEdit, RemoveDoor


def test_campus_of_the_data_folder_counts_once_it_is_there(tmp_path: Path) -> None:
    file = campus_file(None, tmp_path)
    assert (file.in_use, file.path) == (CAMPUS, tmp_path / "campus.toml")
    shutil.copy(CAMPUS, file.path)
    assert file.in_use == tmp_path / "campus.toml"


def test_named_campus_is_read_and_written_where_it_is(tmp_path: Path) -> None:
    given = tmp_path / "ours.toml"
    shutil.copy(CAMPUS, tmp_path / "campus.toml")
    file = campus_file(given, tmp_path)
    assert (file.in_use, file.path, file.shipped) == (given, given, None)


def test_door_that_was_added_is_real_and_one_that_was_removed_is_not_played(tmp_path: Path) -> None:
    shipped = read_layout(CAMPUS)
    edits: list[CampusEdit] = [
        AddDoor(id="x", node="door-9f2a", channel="beams", inner="a-204", outer="hall-a"),
        RemoveDoor(id="door-a-204"),
    ]
    path = tmp_path / "campus.toml"
    path.write_text(edited(CAMPUS.read_text(encoding="utf-8"), edits), encoding="utf-8")
    played = {door.id for door in simulated(read_layout(path), frozenset(shipped.nodes())).doors}
    assert {door.id for door in shipped.doors} - played == {"door-a-204"}
    assert "x" not in played
