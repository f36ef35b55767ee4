from pathlib import Path

import pytest

from hub.layout import SpaceKind, read_layout
from hub.regime.capacity import Capacity, capacity_of
from hub.regime.profile import read_profile
from hub.rules import CHECKS
from protocol.errors import ConfigError
from tests.builders import a_space

DEPLOY = Path(__file__).parents[2] / "deploy"
SEED_FILE = DEPLOY / "regime" / "kz-2020-order-345-381.toml"
SEED = read_profile(SEED_FILE, tuple(CHECKS))


@pytest.mark.parametrize(
    ("kind", "area_m2", "desks", "design", "expected"),
    [
        (SpaceKind.CLASSROOM, 48.0, 24, None, (15, "group-cap", "§71, §69.3")),
        (SpaceKind.CLASSROOM, 12.9, 24, None, (12, "area", "§36.2, §71")),
        (SpaceKind.CLASSROOM, 48.0, 10, None, (10, "desks", "§36.2, §71")),
        (SpaceKind.LECTURE_HALL, 150.0, None, 120, (48, "fill", "§71, §69.3")),
        (SpaceKind.LABORATORY, 72.0, None, None, (14, "area", "§36.2, §71")),
        (SpaceKind.LABORATORY, 200.0, None, None, (15, "group-cap", "§71, §69.3")),
        (SpaceKind.GYM, 320.0, None, 80, (32, "fill", "§36.9, §71")),
        (SpaceKind.RESEARCH, 50.0, None, None, (12, "area", "§71")),
        (SpaceKind.CORRIDOR, 180.0, None, None, (90, "area", "§36.4, §36.7")),
    ],
)
def test_smallest_cap_binds_and_names_its_clause(
    kind: SpaceKind, area_m2: float, desks: int | None, design: int | None, expected: tuple[int, str, str]
) -> None:
    space = a_space(kind=kind, area_m2=area_m2, desks=desks, design_capacity=design)
    value, limit, clause = expected
    assert capacity_of(space, SEED) == Capacity(value=value, limit=limit, clause=clause)


def test_every_room_of_the_shipped_campus_has_a_limit() -> None:
    layout = read_layout(DEPLOY / "campus.toml")
    assert all(capacity_of(space, SEED).value > 0 for space in layout.spaces)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("[capacity.gym]", "[capacity.gim]", "did you mean `gym`?"),
        ('fire_after = "20s"', "fire_after = 20", '"20s"'),
        ('cap_source = "§71, §69.3"', "", "need a `cap_source`"),
        ("[alerts.over-capacity]", "[alerts.over-capasity]", "did you mean `over-capacity`?"),
        ("m2_per_person = 5.0", "m2_per_person = 0.0", "$.capacity.laboratory.m2_per_person"),
    ],
)
def test_fault_of_a_profile_is_named(tmp_path: Path, before: str, after: str, fault: str) -> None:
    path = tmp_path / "profile.toml"
    text = SEED_FILE.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_profile(path, tuple(CHECKS))
    assert any(fault in one for one in caught.value.faults)
