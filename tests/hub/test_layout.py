from pathlib import Path

import pytest

from hub.layout import read_layout
from protocol.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "deploy" / "campus.toml"


def test_shipped_campus_is_sound() -> None:
    layout = read_layout(SHIPPED)
    assert len(layout.spaces) == 60
    assert len(layout.entrances()) == 3


def faults_after(tmp_path: Path, before: str, after: str) -> list[str]:
    text = SHIPPED.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "campus.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_layout(path)
    return [fault.removeprefix(f"{path}: ") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('inner = "a-101"', 'inner = "a-1o1"', "there is no `a-1o1`; did you mean `a-101`?"),
        ('id = "a-102"', 'id = "a-101"', "$.spaces: id `a-101` is used twice"),
        ('kind = "gym"', 'kind = "gim"', "did you mean `gym`?"),
        ('timezone = "Asia/Almaty"', 'timezone = "Asia/Alma"', "timezone: there is no `Asia/Alma`"),
        ('channel = "door-a-102"', 'channel = "door-a-101"', "`floor-a1-1/door-a-101` is given to two doors"),
        ('id = "hall-a"', 'id = "outside"', "`outside` is the space beyond every entrance"),
        ('inner = "hall-a" },', 'inner = "outside" },', "joins `outside` to itself"),
        ('site = "demo"', 'site = "demo campus"', "$.site"),
        ('door = "entrance-a-main"', 'door = "entrance-a-mian"', "did you mean `entrance-a-main`?"),
        ('building = "a"', 'building = "aa"', "there is no `aa`"),
    ],
)
def test_fault_is_named_with_its_path(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert any(fault in one for one in faults_after(tmp_path, before, after))
