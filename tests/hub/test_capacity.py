from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.layout import SpaceKind, read_layout
from hub.regime.capacity import Capacity, capacity_of, caps_of
from hub.regime.limits import CapacityLimits
from hub.regime.profile import read_profile
from hub.rules import CHECKS
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


def test_every_cap_that_applies_is_told_beside_the_one_that_binds() -> None:
    space = a_space(kind=SpaceKind.CLASSROOM, area_m2=48.0, desks=24)
    assert [(cap.limit, cap.value) for cap in caps_of(space, SEED)] == [
        ("area", 48),
        ("desks", 24),
        ("group-cap", 15),
    ]


@pytest.mark.parametrize(
    ("kind", "area_m2", "people"),
    [
        (SpaceKind.CORRIDOR, 180.0, 90),
        (SpaceKind.HALL, 260.0, 130),
        (SpaceKind.CANTEEN, 210.0, 52),
        (SpaceKind.LIBRARY, 240.0, 60),
        (SpaceKind.DORMITORY, 120.0, 20),
        (SpaceKind.OFFICE, 30.0, 7),
    ],
)
def test_gatherings_have_a_limit_in_every_kind_of_space(kind: SpaceKind, area_m2: float, people: int) -> None:
    space = a_space(kind=kind, area_m2=area_m2, desks=None)
    assert capacity_of(space, SEED).value == people


def test_floating_point_takes_nobody_from_a_room() -> None:
    limits = CapacityLimits(m2_per_person=0.1, source="ours")
    profile = replace(SEED, capacity={**SEED.capacity, "classroom": limits})
    assert capacity_of(a_space(area_m2=0.3, desks=None), profile).value == 3
