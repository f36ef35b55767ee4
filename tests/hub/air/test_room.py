from datetime import UTC, datetime
from typing import Any

import pytest

from hub.air.decay import Fit, Learned
from hub.air.limits import AirLimits
from hub.air.room import breathed, room_air
from hub.air.view import AirLevel, RoomAir
from hub.counts.steps import Step
from tests.hub.air.skies import LIMITS

MINUTE = 29_664_000


def at(minute: float) -> datetime:
    return datetime.fromtimestamp((MINUTE + minute) * 60, UTC)


def air(when: float = 1, **changes: Any) -> RoomAir:
    known: dict[str, Any] = {
        "volume_m3": 180.0,
        "inside": 20,
        "newest": (MINUTE, 700),
        "is_faulty": False,
        "learned": None,
        "is_window_open": None,
        "estimated_ppm": None,
    }
    return room_air(LIMITS, **(known | changes), now=at(when))


@pytest.mark.parametrize(
    ("ppm", "level", "limit_ppm"),
    [
        (799, AirLevel.FINE, None),
        (800, AirLevel.NEAR, 800.0),
        (1000, AirLevel.AIR, 1000.0),
        (1999, AirLevel.AIR, 1000.0),
        (2000, AirLevel.LEAVE, 2000.0),
    ],
)
def test_level_is_the_highest_limit_reached(ppm: int, level: AirLevel, limit_ppm: float | None) -> None:
    view = air(newest=(MINUTE, ppm))
    assert (view.level, view.limit_ppm, view.is_estimated) == (level, limit_ppm, False)


def test_reading_grows_old_at_the_instant_named() -> None:
    view = air(when=20)
    assert view.is_fresh
    assert view.again_at == at(21)
    late = air(when=21)
    assert (late.is_fresh, late.level, late.again_at) == (False, AirLevel.UNKNOWN, None)


def test_old_reading_gives_way_to_the_estimate() -> None:
    view = air(when=30, estimated_ppm=1200.0)
    assert (view.level, view.is_estimated, view.co2_ppm) == (AirLevel.AIR, True, 700.0)


def test_reading_overrides_the_estimate() -> None:
    view = air(estimated_ppm=3000.0)
    assert (view.level, view.is_estimated) == (AirLevel.FINE, False)


def test_wrong_sensor_is_not_believed() -> None:
    view = air(newest=(MINUTE, 300), is_faulty=True)
    assert (view.level, view.is_fresh, view.is_faulty) == (AirLevel.UNKNOWN, False, True)


def test_people_unknown_need_an_unknown_amount() -> None:
    assert air(inside=None).need_ls is None
    assert air(inside=20).need_ls == 200.0


def test_learned_air_changes_are_those_of_the_windows_as_they_are() -> None:
    learned = Learned(shut=[Fit(1, 2.0, 0.99, 9)], open=[Fit(1, 6.0, 0.99, 9)])
    shut, opened = air(learned=learned, is_window_open=False), air(learned=learned, is_window_open=True)
    assert (shut.ach, shut.has_ls) == (2.0, 100.0)
    assert shut.purge_min_90 == pytest.approx(69.08, abs=0.01)
    assert (opened.ach, opened.has_ls) == (6.0, 300.0)


def test_estimate_follows_people_and_minutes() -> None:
    # 25 people in 180 m³ with 2 air changes: .0043 L/s each is 0.387 m³/h.
    steps = [Step(MINUTE, 25, 0, 25), Step(MINUTE + 45, 0, 25, 0)]
    estimate = breathed(LIMITS, 180.0, 2.0, MINUTE, steps)
    assert estimate.ppm == pytest.approx(420 + 1075 * (1 - 0.22313), abs=0.1)
    assert estimate.at(MINUTE + 60) == pytest.approx(420 + (estimate.ppm - 420) * 0.60653, abs=0.1)


def test_estimate_without_air_changes_takes_the_profile() -> None:
    assert breathed(LIMITS, 180.0, None, MINUTE).ach == LIMITS.assumed_ach


def test_limits_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise, got 420, 1200, 1000, 2000"):
        AirLimits(near_ppm=1200.0, near_source="x", air_source="x", leave_source="x", need_source="x")
