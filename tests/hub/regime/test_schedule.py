from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import ProfileError
from hub.layout import Layout
from hub.regime.capacity import capacity_of
from hub.regime.closed import closed_by
from hub.regime.schedule import HistoryRow, Regime, next_row
from tests.hub.regime.regimes import ORDER, SEASON, a_campus, a_switch, an_override, day, shipped

PROFILES = {ORDER: shipped(ORDER), SEASON: shipped(SEASON)}
MONDAY = day("2026-11-23T06:00")


def a_regime(layout: Layout) -> Regime:
    return Regime(PROFILES, layout, {ORDER: "aa", SEASON: "bb"})


def test_profile_of_the_campus_file_is_in_force_from_the_beginning() -> None:
    in_force = a_regime(a_campus()).at(datetime(2020, 1, 1, tzinfo=UTC))
    assert (in_force.profile, in_force.variant, in_force.since, in_force.until) == (ORDER, None, None, None)
    assert in_force.limits.screening.obligatory


def test_switch_takes_effect_at_its_campus_time_to_the_microsecond() -> None:
    regime = a_regime(a_campus(switches=(a_switch("2026-12-01T00:00"),)))
    midnight = day("2026-11-30T19:00")
    before, after = regime.at(midnight - timedelta(microseconds=1)), regime.at(midnight)
    assert (before.profile, before.until) == (ORDER, midnight)
    assert (after.profile, after.since, after.digest) == (SEASON, midnight, "bb")


def test_limits_change_with_the_switch_and_without_a_restart() -> None:
    regime = a_regime(a_campus(switches=(a_switch("2026-12-01T00:00"),)))
    space = a_campus().spaces[1]
    asked = [day("2026-11-30T18:59"), day("2026-11-30T19:00"), day("2026-11-30T18:59")]
    values = [capacity_of(space, regime.limits("room", now)).value for now in asked]
    assert values == [15, 24, 15]


def test_switches_out_of_order_in_the_file_follow_each_other_in_time() -> None:
    switches = (a_switch("2027-02-01T00:00", ORDER, "remote"), a_switch("2026-12-01T00:00"))
    regime = a_regime(a_campus(switches=switches))
    assert regime.at(day("2026-12-31T00:00")).profile == SEASON
    assert regime.at(day("2027-02-02T00:00")).variant == "remote"


def test_next_change_names_switches_and_both_ends_of_an_override() -> None:
    override = an_override(
        "lesson.longest", "30min", starts=day("2026-12-05T00:00"), ends=day("2026-12-06T00:00")
    )
    regime = a_regime(a_campus(switches=(a_switch("2027-01-01T00:00"),), overrides=(override,)))
    found, now = [], MONDAY
    for _ in range(3):
        change = regime.next_change(now)
        assert change is not None
        found.append(change)
        now = change
    assert found == [day("2026-12-05T00:00"), day("2026-12-06T00:00"), day("2026-12-31T19:00")]
    assert regime.next_change(now) is None


@pytest.mark.parametrize(("space", "closed"), [("room", "§5, §70"), ("lab", "§5, §70"), ("hall", None)])
def test_remote_variant_closes_the_rooms_of_classes(space: str, closed: str | None) -> None:
    layout = a_campus(variant="remote")
    (one,) = [one for one in layout.spaces if one.id == space]
    assert closed_by(one, a_regime(layout).limits(space, MONDAY)) == closed


def test_blended_variant_holds_lecture_halls_to_a_group() -> None:
    limits = a_regime(a_campus(variant="blended")).at(MONDAY).limits
    assert limits.capacity["lecture-hall"].group_cap == 15
    assert limits.capacity["classroom"] == PROFILES[ORDER].capacity["classroom"]


def test_override_holds_in_its_space_alone_and_names_its_paper() -> None:
    regime = a_regime(a_campus(overrides=(an_override("capacity.classroom.group_cap", 10),)))
    limits = regime.limits("room", MONDAY).capacity["classroom"]
    assert (limits.group_cap, limits.cap_source) == (10, "Chief doctor, No. 7 (§71, §69.3)")
    assert regime.limits("hall", MONDAY) is regime.at(MONDAY).limits


def test_tighter_of_building_and_space_holds_in_the_space() -> None:
    overrides = (
        an_override("capacity.classroom.group_cap", 8, building="a"),
        an_override("capacity.classroom.group_cap", 10),
    )
    limits = a_regime(a_campus(overrides=overrides)).limits("room", MONDAY)
    assert limits.capacity["classroom"].group_cap == 8


def test_override_ends_by_itself() -> None:
    override = an_override("capacity.classroom.group_cap", 10, ends=day("2026-11-23T07:00"))
    regime = a_regime(a_campus(overrides=(override,)))
    caps = [
        regime.limits("room", now).capacity["classroom"].group_cap
        for now in (day("2026-11-23T06:59"), day("2026-11-23T07:00"))
    ]
    assert caps == [10, 15]


def test_override_of_the_lesson_sets_the_rooms_own_clock() -> None:
    limits = a_regime(a_campus(overrides=(an_override("lesson.longest", "30min"),))).limits("room", MONDAY)
    assert limits.treatment is not None
    clock = limits.treatment.kinds["classroom"].leave_after
    assert clock is not None
    assert clock.seconds == 1800


def test_override_may_close_one_room() -> None:
    layout = a_campus(overrides=(an_override("closed.here", True),))
    assert closed_by(layout.spaces[1], a_regime(layout).limits("room", MONDAY)) == "Chief doctor, No. 7 (§4)"
    assert closed_by(layout.spaces[0], a_regime(layout).limits("hall", MONDAY)) is None


def test_override_of_a_table_that_a_profile_does_not_have_asks_nothing_there() -> None:
    layout = a_campus(profile=SEASON, overrides=(an_override("lesson.longest", "30min"),))
    assert a_regime(layout).limits("room", MONDAY).lesson is None


def test_limits_asked_for_again_are_the_same_object() -> None:
    regime = a_regime(a_campus(overrides=(an_override("near_share", 0.2),)))
    assert regime.limits("room", MONDAY) is regime.limits("room", MONDAY + timedelta(hours=5))


def test_faults_of_a_campus_forbid_its_regime() -> None:
    with pytest.raises(ProfileError, match="looser"):
        a_regime(a_campus(overrides=(an_override("capacity.classroom.group_cap", 20),)))


def test_history_gets_a_row_for_a_switch_at_its_set_time() -> None:
    regime = a_regime(a_campus(switches=(a_switch("2026-12-01T00:00"),)))
    first = next_row(None, regime.at(MONDAY), MONDAY)
    assert first == HistoryRow(MONDAY, ORDER, None, "aa")
    assert next_row(first, regime.at(MONDAY), MONDAY + timedelta(days=1)) is None
    later = day("2026-12-03T00:00")
    assert next_row(first, regime.at(later), later) == HistoryRow(day("2026-11-30T19:00"), SEASON, None, "bb")


def test_history_gets_a_row_when_a_file_was_changed() -> None:
    changed = Regime(PROFILES, a_campus(), {ORDER: "cc"})
    last = HistoryRow(MONDAY, ORDER, None, "aa")
    noticed = MONDAY + timedelta(days=1)
    assert next_row(last, changed.at(noticed), noticed) == HistoryRow(noticed, ORDER, None, "cc")
