from typing import Any

import pytest

from hub.layout import Layout, Override
from hub.regime.campus_faults import regime_faults
from hub.regime.limits import CapacityLimits
from hub.regime.overrides import TIGHTER
from hub.regime.patching import as_tables, merge
from tests.hub.regime.regimes import ORDER, SEASON, a_campus, a_switch, an_override, day, shipped

FULL = CapacityLimits(m2_per_person=1.0, source="ours", group_cap=1, fill=0.1, cap_source="ours")
PROFILES = {ORDER: shipped(ORDER), SEASON: shipped(SEASON)}


@pytest.mark.parametrize(
    ("layout", "fault"),
    [
        (
            a_campus(profile="kz-seson"),
            "$.profile: there is no profile `kz-seson`; did you mean `kz-season`?",
        ),
        (
            a_campus(variant="remotely"),
            f"$.variant: `{ORDER}` has no variant `remotely`; did you mean `remote`?",
        ),
        (
            a_campus(switches=(a_switch("2026-12-01T00:00", SEASON, "remote"),)),
            "$.switches[0].variant: `kz-season` has no variant `remote`; known: none",
        ),
        (
            a_campus(switches=(a_switch("2026-12-01T00:00"), a_switch("2026-11-30T19:00+00:00"))),
            "$.switches[1].starts: is the same instant as switches[0]; remove one",
        ),
    ],
)
def test_fault_of_a_name_is_told_with_a_hint(layout: Layout, fault: str) -> None:
    assert regime_faults(PROFILES, layout) == [fault]


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        (
            an_override("capacity.classroom.group_cap", 20),
            f"$.overrides[0].value: 20 is looser than 15 of capacity.classroom.group_cap in {ORDER}",
        ),
        (
            an_override("breaks.shortest", "15min"),
            f"$.overrides[0].value: 15min is looser than 20min of breaks.shortest in {ORDER}",
        ),
        (
            an_override("capacity.classroom.per_desk", False),
            f"$.overrides[0].value: False is looser than True of capacity.classroom.per_desk in {ORDER}",
        ),
        (
            an_override("trust.capacity", "low"),
            f"$.overrides[0].value: low is looser than middle of trust.capacity in {ORDER}",
        ),
        (
            an_override("capacity.classroom.groupcap", 10),
            "$.overrides[0].limit: there is no `capacity.classroom.groupcap` to tighten; "
            "did you mean `capacity.classroom.group_cap`?",
        ),
        (
            an_override("capacity.gym.fill", 0.2),
            "$.overrides[0].limit: there is no gym here, only classroom",
        ),
        (
            an_override("near_share", 0.2, space=None),
            "$.overrides[0].building: say which building or which space it is for, one of the two",
        ),
        (
            an_override("near_share", 0.2, building="a", space="room"),
            "$.overrides[0].building: say which building or which space it is for, one of the two",
        ),
        (
            an_override("near_share", 0.2, starts=day("2026-12-02T00:00"), ends=day("2026-12-01T00:00")),
            "$.overrides[0].ends: 2026-12-01 00:00:00+00:00 is not after it starts, "
            "2026-12-02 00:00:00+00:00",
        ),
        (
            an_override("lesson.longest", 30),
            '$.overrides[0].value: a duration needs a unit: "30s" or "30min", got 30',
        ),
        (
            an_override("capacity.classroom.m2_per_person", "two"),
            "$.overrides[0].value: Expected `float`, got `str`, got 'two'",
        ),
    ],
)
def test_fault_of_an_override_is_named_with_both_values(override: Override, fault: str) -> None:
    assert regime_faults(PROFILES, a_campus(overrides=(override,))) == [fault]


def test_override_may_be_looser_than_a_profile_that_is_not_in_force_meanwhile() -> None:
    override = an_override("capacity.classroom.group_cap", 20, starts=day("2027-01-01T00:00"))
    before, after = a_switch("2026-12-01T00:00"), a_switch("2027-02-01T00:00", ORDER)
    assert regime_faults(PROFILES, a_campus(switches=(before,), overrides=(override,))) == []
    assert regime_faults(PROFILES, a_campus(switches=(before, after), overrides=(override,))) != []


def test_cap_where_the_profile_sets_none_is_tighter() -> None:
    override = an_override("capacity.hall.group_cap", 50, space="hall")
    assert regime_faults(PROFILES, a_campus(overrides=(override,))) == []


def test_every_fault_is_told_at_once() -> None:
    layout = a_campus(
        variant="remot",
        switches=(a_switch("2026-12-01T00:00", "kz-saison"),),
        overrides=(an_override("nearshare", 0.2), an_override("near_share", 9.0)),
    )
    assert len(regime_faults(PROFILES, layout)) == 3
    assert len(regime_faults(PROFILES, a_campus(overrides=layout.overrides))) == 2


@pytest.mark.parametrize("limit", sorted(TIGHTER))
def test_limit_that_may_be_tightened_exists_in_the_order(limit: str) -> None:
    path = limit.replace("*", "classroom").replace("+", "airing")
    # Every key may be there, whether the order sets it or not.
    everything = merge(as_tables(PROFILES[ORDER]), {"capacity": {"classroom": as_tables(FULL)}})
    tables: Any = everything
    for key in path.split("."):
        assert key in tables
        tables = tables[key]
