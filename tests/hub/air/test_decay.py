import csv
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.air.decay import KEEP_FITS, Fit, Learned, fit_fall, reads_below_outdoor
from hub.air.limits import AirLimits
from hub.air.model import co2_after
from tests.hub.air.skies import LIMITS
from tests.recordings import recording


def a_fall(ach: float, minutes: int, start_ppm: float = 1500.0, every: int = 1) -> dict[int, float]:
    return {
        minute: co2_after(
            minute / 60, start_ppm=start_ppm, outdoor_ppm=420, source_m3h=0, volume_m3=180, ach=ach
        )
        for minute in range(0, minutes, every)
    }


@pytest.mark.parametrize("ach", [0.3, 2.0, 5.0])
def test_fall_of_an_empty_room_gives_its_air_changes(ach: float) -> None:
    fit = fit_fall(a_fall(ach, 40), 0, 40, LIMITS)
    assert fit is not None
    assert fit.ach == pytest.approx(ach, rel=1e-6)


def test_fall_is_read_only_while_enough_is_left() -> None:
    fit = fit_fall(a_fall(2.0, 120), 0, 120, LIMITS)
    assert fit is not None
    # 1080 ppm of excess are 150 after ln(7.2)/2 hours.
    assert fit.readings == 60


@pytest.mark.parametrize(
    ("co2_ppm", "ends"),
    [
        (a_fall(2.0, 15), 15),
        (a_fall(2.0, 40, start_ppm=600), 40),
        (a_fall(-1.0, 40, start_ppm=600), 40),
        (a_fall(2.0, 40) | {20: 1500.0}, 40),
        (a_fall(2.0, 40, every=20), 40),
        (dict.fromkeys(range(40), 900.0), 40),
        ({}, 40),
    ],
    ids=["too short", "too little", "rises", "somebody came in", "too few", "flat", "nothing"],
)
def test_what_is_no_fall_of_an_empty_room_teaches_nothing(co2_ppm: dict[int, float], ends: int) -> None:
    assert fit_fall(co2_ppm, 0, ends, LIMITS) is None


def a_fit(minute: int, ach: float = 2.0, readings: int = 10) -> Fit:
    return Fit(minute, ach, 0.99, readings)


def test_learned_is_the_median_and_half_the_middle_half() -> None:
    learned = Learned()
    for minute, ach in enumerate((1.0, 2.0, 3.0, 4.0, 50.0)):
        learned.add(a_fit(minute, ach), is_open=False)
    assert learned.ach(is_open=False) == (3.0, 1.0)
    assert learned.ach(is_open=True) is None


def test_one_fall_has_no_spread_to_tell() -> None:
    learned = Learned()
    learned.add(a_fit(1, 2.5), is_open=True)
    assert learned.ach(is_open=True) == (2.5, 0.0)


def test_fall_with_more_of_its_readings_replaces_what_it_taught() -> None:
    learned = Learned()
    for fit in (a_fit(1, 2.5, 10), a_fit(1, 2.2, 20), a_fit(1, 2.9, 15)):
        learned.add(fit, is_open=False)
    assert learned.shut == [a_fit(1, 2.2, 20)]


@given(st.permutations([a_fit(minute // 2, minute / 10 + 1, minute) for minute in range(2 * KEEP_FITS + 10)]))
def test_any_order_of_falls_teaches_the_same(fits: list[Fit]) -> None:
    learned, other = Learned(), Learned()
    for fit in fits:
        learned.add(fit, is_open=False)
        learned.add(fit, is_open=False)
    for fit in sorted(fits):
        other.add(fit, is_open=False)
    assert learned == other
    assert len(learned.shut) == KEEP_FITS


def test_sensor_below_outdoor_air_is_wrong_and_one_low_reading_is_not() -> None:
    assert reads_below_outdoor({1: 300, 2: 310, 3: 320, 4: 900}, LIMITS)
    assert not reads_below_outdoor({1: 300, 2: 310, 3: 400, 4: 900}, LIMITS)


# Two real offices: one sensor reads below outdoor air, the other is believed.


def readings(room: str, source: str = "CO2-meter-SCD4x", **only: str) -> dict[int, float]:
    with (recording("room_air") / f"{room}_raw_properties.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == source and row["co2__ppm"]]
    return {
        int(datetime.fromisoformat(row["timestamp"]).timestamp()) // 60: float(row["co2__ppm"])
        for row in rows
        if only.items() <= row.items()
    }


def falls(co2_ppm: dict[int, float], gap: int, limits: AirLimits) -> list[Fit]:
    """What the stretches teach that have no hole longer than `gap` minutes."""
    minutes = sorted(co2_ppm)
    ends = [a + 1 for a, b in pairwise([*minutes, minutes[-1] + 10 * gap]) if b - a > gap]
    begins = [minutes[0], *(b for a, b in pairwise(minutes) if b - a > gap)]
    fits = [fit_fall(co2_ppm, a, b, limits) for a, b in zip(begins, ends, strict=True)]
    return [fit for fit in fits if fit is not None]


@pytest.mark.data
@pytest.mark.parametrize(("room", "is_faulty"), [("917810", True), ("925038", False)])
def test_wrong_sensor_of_the_real_rooms_is_found(room: str, is_faulty: bool) -> None:
    assert reads_below_outdoor(readings(room), LIMITS) is is_faulty


@pytest.mark.data
def test_real_room_teaches_its_air_changes_by_the_buildings_own_sensor() -> None:
    empty = readings("917810", "bms", occupancy__bool="0")
    fits = falls(empty, 5, LIMITS)
    # In a month the air was bad enough, and then left alone, once: over one night.
    assert len(fits) == 1
    assert fits[0].ach == pytest.approx(0.12, abs=0.01)
    assert fits[0].r2 > 0.99
    assert fits[0].readings > 700


@pytest.mark.data
def test_real_room_whose_air_stays_good_teaches_nothing_by_the_book() -> None:
    empty = readings("925038", occupancy__p="0")
    assert falls(empty, 15, LIMITS) == []
    # With less left at the end one fall remains, within what its ventilation can do: 210 m³/h in 60 m³.
    fits = falls(empty, 15, replace(LIMITS, fit_least_excess_ppm=50.0))
    assert [round(fit.ach, 2) for fit in fits] == [1.54]
