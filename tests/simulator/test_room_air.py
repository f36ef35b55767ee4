"""Room air: it rises with people, rests where ventilation holds it, falls by the air changes."""

import math

import pytest

from simulator.room_air import RoomAir, RoomAirSettings

SETTINGS = RoomAirSettings()


def test_air_of_an_empty_room_is_outdoor_air() -> None:
    assert RoomAir("a-103", 144.0, SETTINGS).advance(3600.0, 0) == pytest.approx(425.0)


def test_air_rests_at_what_people_add_over_what_ventilation_takes() -> None:
    air = RoomAir("a-103", 144.0, SETTINGS)
    # 12 people with 4.3 mL/s each into 144 m³ and 3 air changes an hour: 430 ppm.
    assert air.advance(10 * 3600.0, 12) == pytest.approx(425.0 + 430.0, abs=0.5)


def test_open_window_clears_the_air_by_its_changes() -> None:
    air = RoomAir("a-103", 144.0, SETTINGS)
    before = air.advance(3600.0, 12)
    air.is_open = True
    after = air.advance(3600.0 + 450.0, 0)
    # 8 air changes an hour for an eighth of an hour: 1/e is left.
    assert (after - 425.0) / (before - 425.0) == pytest.approx(math.exp(-1.0))


def test_small_steps_give_the_same_as_one() -> None:
    fine, coarse = RoomAir("a", 144.0, SETTINGS), RoomAir("a", 144.0, SETTINGS)
    for second in range(0, 1801, 5):
        fine.advance(float(second), 10)
    assert fine.ppm == pytest.approx(coarse.advance(1800.0, 10))


def test_tight_room_is_over_a_thousand_after_a_lesson() -> None:
    good, tight = RoomAir("a-103", 144.0, SETTINGS), RoomAir("a-307", 144.0, SETTINGS)
    assert good.advance(2100.0, 13) < 1000.0 < tight.advance(2100.0, 13)
