import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from edge.signals.air import AirMonitor, AirNotice, AirSample, AirSeen, AirSettings

ROOM_AIR = Path(__file__).parents[3].parent / "shared/data/room_air"
needs_data = pytest.mark.skipif(not ROOM_AIR.is_dir(), reason="../shared/data/room_air is missing")


def a_sample(t_s: float, co2_ppm: float = 500.0, **other: float) -> AirSample:
    return AirSample(
        t_s=t_s,
        co2_ppm=co2_ppm,
        temperature_c=other.get("temperature_c", 22.0),
        humidity=other.get("humidity", 0.4),
    )


def fed(monitor: AirMonitor, *samples: AirSample) -> list[AirSeen]:
    return [monitor.feed(sample) for sample in samples]


def reported_s(seen: list[AirSeen]) -> list[float]:
    return [one.report.t_s for one in seen if one.report is not None]


def noticed(seen: list[AirSeen]) -> list[AirNotice]:
    return [one.notice for one in seen if one.notice is not None]


def every_five_seconds(first_s: float, last_s: float, co2_ppm: float = 500.0) -> Iterator[AirSample]:
    return (a_sample(first_s + 5.0 * n, co2_ppm) for n in range(round((last_s - first_s) / 5.0)))


# Pacing.


def test_warm_up_is_left_out_and_then_a_report_a_minute() -> None:
    seen = fed(AirMonitor(), *every_five_seconds(0.0, 300.0))
    assert reported_s(seen) == [60.0, 120.0, 180.0, 240.0]


def test_pause_means_warming_up_again() -> None:
    monitor = AirMonitor()
    fed(monitor, *every_five_seconds(0.0, 100.0))
    assert reported_s(fed(monitor, *every_five_seconds(400.0, 500.0))) == [460.0]


@pytest.mark.parametrize(
    "moved",
    [a_sample(80.0, 550.0), a_sample(80.0, temperature_c=23.0), a_sample(80.0, humidity=0.35)],
    ids=["CO2", "temperature", "humidity"],
)
def test_what_moved_is_reported_at_once(moved: AirSample) -> None:
    monitor = AirMonitor()
    fed(monitor, *every_five_seconds(0.0, 80.0))
    assert monitor.feed(moved).report == moved


def test_what_hardly_moved_waits_for_its_minute() -> None:
    monitor = AirMonitor()
    fed(monitor, *every_five_seconds(0.0, 80.0))
    assert monitor.feed(a_sample(80.0, 549.0, temperature_c=22.9, humidity=0.36)).report is None


def test_air_that_keeps_moving_is_reported_every_fifteen_seconds_at_most() -> None:
    samples = [a_sample(5.0 * n, 500.0 + 100.0 * n) for n in range(25)]
    assert reported_s(fed(AirMonitor(), *samples)) == [60.0, 75.0, 90.0, 105.0, 120.0]


def test_report_is_the_measurement_itself() -> None:
    spike = a_sample(120.0, 3000.0)
    monitor = AirMonitor()
    fed(monitor, *every_five_seconds(0.0, 120.0))
    assert monitor.feed(spike) == AirSeen(report=spike)


# A sensor below outdoor air.

HOUR_S, DAY_S = 3600.0, 86_400.0
SLOW = AirSettings(warm_up_s=0.0, restart_after_s=2 * HOUR_S)


def hours(first: float, last: float, co2_ppm: float) -> list[AirSample]:
    return [a_sample(hour * HOUR_S, co2_ppm) for hour in range(round(first), round(last))]


def test_sensor_below_outdoor_air_for_hours_is_named_once() -> None:
    seen = fed(AirMonitor(SLOW), *hours(0, 48, 320.0))
    assert noticed(seen) == [AirNotice.BELOW_OUTDOOR]
    assert seen[6].notice is AirNotice.BELOW_OUTDOOR


def test_sensor_at_outdoor_air_is_not_named() -> None:
    assert noticed(fed(AirMonitor(SLOW), *hours(0, 48, 395.0))) == []


def test_sensor_below_for_an_hour_now_and_then_is_not_named() -> None:
    day = [*hours(0, 5, 380.0), *hours(5, 6, 395.0), *hours(6, 11, 380.0), *hours(11, 12, 395.0)]
    assert noticed(fed(AirMonitor(SLOW), *day)) == []


def test_hours_before_a_pause_do_not_count() -> None:
    seen = fed(AirMonitor(SLOW), *hours(0, 5, 320.0), *hours(8, 13, 320.0))
    assert noticed(seen) == []


def test_day_of_people_does_not_clear_a_sensor() -> None:
    monitor = AirMonitor(SLOW)
    fed(monitor, *hours(0, 12, 320.0))
    fed(monitor, *hours(12, 24, 700.0))
    assert monitor.is_implausible
    assert noticed(fed(monitor, *hours(24, 48, 320.0))) == []


def test_week_above_clears_a_sensor_once() -> None:
    monitor = AirMonitor(SLOW)
    fed(monitor, *hours(0, 12, 320.0))
    seen = fed(monitor, *hours(12, 12 + 24 * 9, 430.0))
    assert noticed(seen) == [AirNotice.PLAUSIBLE]
    assert seen[24 * 7].notice is AirNotice.PLAUSIBLE
    assert not monitor.is_implausible


def test_one_measurement_below_in_that_week_begins_it_anew() -> None:
    monitor = AirMonitor(SLOW, is_implausible=True)
    seen = fed(monitor, *hours(0, 160, 430.0), *hours(160, 161, 389.0), *hours(161, 320, 430.0))
    assert noticed(seen) == []


def test_fault_from_before_a_restart_is_not_named_again() -> None:
    monitor = AirMonitor(SLOW, is_implausible=True)
    assert noticed(fed(monitor, *hours(0, 24, 320.0))) == []


# The real sensors: one room's reads below outdoor air, the other's does not.


def measured(room: str) -> list[AirSample]:
    with (ROOM_AIR / f"{room}_raw_properties.csv").open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["source"] == "CO2-meter-SCD4x" and row["co2__ppm"] and row["temp_in__degC"]
        ]
    samples = [
        a_sample(
            datetime.fromisoformat(row["timestamp"]).timestamp(),
            float(row["co2__ppm"]),
            temperature_c=float(row["temp_in__degC"]),
            humidity=float(row["rel_humidity__0"]),
        )
        for row in rows
    ]
    return sorted(samples, key=lambda sample: sample.t_s)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("room", "notices"), [("917810", [AirNotice.BELOW_OUTDOOR]), ("925038", [])], ids=["917810", "925038"]
)
def test_miscalibrated_sensor_of_the_real_rooms_is_named_and_the_other_is_not(
    room: str, notices: list[AirNotice]
) -> None:
    samples = measured(room)
    assert len(samples) > 1_000
    monitor = AirMonitor(AirSettings(warm_up_s=0.0, restart_after_s=HOUR_S))
    assert noticed(fed(monitor, *samples)) == notices
    assert monitor.is_implausible is bool(notices)


@pytest.mark.data
@needs_data
def test_miscalibrated_sensor_of_the_real_room_is_named_in_its_first_day() -> None:
    samples = measured("917810")
    monitor = AirMonitor(AirSettings(warm_up_s=0.0, restart_after_s=HOUR_S))
    named = [sample.t_s for sample in samples if monitor.feed(sample).notice]
    assert named[0] - samples[0].t_s < DAY_S
