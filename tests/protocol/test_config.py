from pathlib import Path

import pytest
from msgspec import Struct

from protocol.config import read_struct
from protocol.errors import ConfigError
from protocol.quantities import Duration


class Lamp(Struct, frozen=True, kw_only=True):
    pin: int
    colour: str = "green"


class Machine(Struct, frozen=True, kw_only=True):
    name: str
    every: Duration = Duration("1s")
    lamps: tuple[Lamp, ...] = ()
    best: Lamp | None = None


def write(folder: Path, text: str) -> Path:
    path = folder / "machine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_struct(path, Machine)
    return [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]


def test_file_becomes_a_struct(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\nevery = "2min"\nlamps = [{ pin = 4 }]\nbest = { pin = 5 }')
    machine = read_struct(path, Machine)
    assert machine == Machine(name="a", every=Duration("120s"), lamps=(Lamp(pin=4),), best=Lamp(pin=5))


def test_every_fault_comes_at_once_with_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, 'nmae = "a"\nevery = 5\nlamps = [{ pin = "x" }, { colour = "red" }, { pim = 1 }]')
    faults = faults_of(path)
    assert "$: unknown key `nmae`; did you mean `name`?" in faults
    assert "$: required key `name` is missing" in faults
    assert any(fault.startswith("$.every: ") and '"5s"' in fault for fault in faults)
    assert any(fault.startswith("$.lamps[0].pin: ") for fault in faults)
    assert "$.lamps[1]: required key `pin` is missing" in faults
    assert "$.lamps[2]: unknown key `pim`; did you mean `pin`?" in faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [("= 1", "not TOML"), ('name = "a"\nbest = 3', "$.best"), ('name = "a"\nlamps = 3', "$.lamps")],
)
def test_wrong_shape_is_named(tmp_path: Path, text: str, fault: str) -> None:
    assert any(fault in one for one in faults_of(write(tmp_path, text)))


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    assert "no such file" in faults_of(tmp_path / "none.toml")[0]
    assert "is a folder" in faults_of(tmp_path)[0]


def test_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in faults_of(path)[0]


def test_byte_order_mark_is_let_pass(tmp_path: Path) -> None:
    path = tmp_path / "machine.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 'a'\n")
    assert read_struct(path, Machine).name == "a"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("name = " + "[" * 100_000, "lists or tables are nested too deeply", id="nested"),
        pytest.param(f"name = {'9' * 5000}", "not TOML: Exceeds the limit", id="long-number"),
    ],
)
def test_file_that_python_cannot_hold_is_a_fault_of_the_file(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults_of(write(tmp_path, text))
    assert said.startswith(fault)


def test_file_below_a_file_is_no_such_file(tmp_path: Path) -> None:
    above = write(tmp_path, "name = 'a'")
    assert faults_of(above / "x") == [f"no such file, {above} is no folder; check the path"]


def test_path_that_no_system_takes_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path / ("x" * 5000)) == ["cannot be read: File name too long"]


def test_long_value_is_cut_where_a_fault_shows_it(tmp_path: Path) -> None:
    (said,) = faults_of(write(tmp_path, f"name = 'a'\nlamps = [{{ pin = '{'x' * 5000}' }}]"))
    assert said.startswith("$.lamps[0].pin: ")
    assert len(said) < 300


class Yard(Struct, frozen=True, kw_only=True):
    by_name: dict[str, Machine] = {}
    gates: tuple[Lamp, ...] | None = None


def test_tables_by_name_are_read_and_shapes_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "[by_name.a]\nname = 'a'\n[[gates]]\npin = 4")
    yard = read_struct(path, Yard)
    assert (yard.by_name, yard.gates) == ({"a": Machine(name="a")}, (Lamp(pin=4),))
    path = write(tmp_path, "[[by_name]]\nname = 'a'\n[gates]\npin = 4")
    with pytest.raises(ConfigError) as caught:
        read_struct(path, Yard)
    assert list(caught.value.faults) == [
        f"{path}: $.by_name: is a list of tables, one table is wanted: write `[by_name]`",
        f"{path}: $.gates: is one table, a list of tables is wanted: write `[[gates]]`",
    ]
