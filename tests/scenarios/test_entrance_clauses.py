"""The entrance: a living thermometer, antiseptic, and somebody who is called in need (§35, §2.1)."""

from tests.scenarios.language import a_day
from tests.scenarios.places import SEASON, a_room


def test_35_entrance_without_a_living_thermometer() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").fall_silent("entrance")
    day.want_alert(
        "unscreened-entrance", "entrance", between=("09:01", "09:02"), clause="§35, §2.1", priority=2
    )
    day.want_told("unscreened-entrance", "guard", between=("09:01", "09:02"))


def test_35_entrance_without_any_thermometer() -> None:
    alert = a_day(has_post=False).want_alert("unscreened-entrance", between=("07:00", "07:01"))
    assert alert.limit_rule == "thermometer"


def test_35_entrance_whose_thermometer_is_broken_and_mended() -> None:
    day = a_day()
    day.at("09:00").break_down("entrance", "thermometer")
    day.at("09:30").mend("entrance", "thermometer")
    day.want_alert("unscreened-entrance", between=("09:00:10", "09:00:11"), clause="§35")
    day.want_resolved("unscreened-entrance", between=("09:30:10", "09:30:11"))


def test_35_entrance_without_antiseptic() -> None:
    alert = a_day(has_dispenser=False).want_alert(
        "unscreened-entrance", between=("07:00", "07:01"), clause="§35, §2.1"
    )
    assert alert.limit_rule == "dispenser"


def test_35_entrance_that_has_both_is_screened() -> None:
    a_day().want_nothing(until="12:00")


def test_35_thermometer_that_people_pass_by() -> None:
    day = a_day()
    day.at("08:00").enter("HALL", 5)
    day.at("08:10").pass_the_thermometer_by(19)
    day.at("08:20").pass_the_thermometer_by(1)
    day.want_alert(
        "silent-post", "post", between=("08:22", "08:23"), clause="ours", priority=2, value=20, limit=20
    )
    day.at("08:30").screen()
    day.want_resolved("silent-post", between=("08:31", "08:32"))


def test_35_somebody_elevated_measures_again() -> None:
    day = a_day()
    day.at("08:00").screen("elevated")
    day.want_alert(
        "elevated-screening", "post", between=("08:00", "08:00:01"), clause="§35, §2.1", priority=2
    )
    day.want_told("elevated-screening", "guard", between=("08:00", "08:01"))
    day.want_told("elevated-screening", "manager", between=("08:05", "08:06"))


def test_elevated_screening_waits_for_somebody_to_take_it() -> None:
    day = a_day()
    day.at("08:00").screen("elevated")
    day.at("08:30").acknowledge("elevated-screening")
    day.want_resolved("elevated-screening", between=("08:30", "08:31"))


def test_two_elevated_within_a_minute_are_one_alert() -> None:
    day = a_day()
    day.at("08:00").screen("elevated")
    day.at("08:00:40").screen("elevated")
    assert len(day.alerts("elevated-screening", until="09:00")) == 1


def test_somebody_elevated_after_the_guard_took_the_first_is_another_alert() -> None:
    day = a_day()
    day.at("08:00").screen("elevated")
    day.at("08:00:30").acknowledge("elevated-screening")
    day.at("08:10").screen("elevated")
    assert len(day.alerts("elevated-screening", until="09:00")) == 2


def test_screening_that_asks_to_repeat_or_is_too_cold_calls_nobody() -> None:
    day = a_day()
    for time, verdict in (("08:00", "repeat"), ("08:01", "too_cold"), ("08:02", "no_reading")):
        day.at(time).screen(verdict)
    day.want_nothing(until="09:00")


def test_35_dispenser_empty() -> None:
    day = a_day()
    day.at("09:00").dispense(level=0.11)
    day.at("09:30").dispense(level=0.1)
    day.at("10:00").dispense(level=1.0)
    day.want_alert(
        "empty-dispenser", "dispenser", between=("09:31", "09:32"), clause="§35, §2.1", priority=2, limit=0.1
    )
    day.want_told("empty-dispenser", "manager", between=("09:31", "09:32"))
    day.want_resolved("empty-dispenser", between=("10:01", "10:02"))


def test_35_dispenser_without_a_gauge_is_empty_after_so_many_presses() -> None:
    day = a_day()
    day.at("09:00").dispense(presses=899)
    day.at("09:30").dispense()
    day.want_alert("empty-dispenser", between=("09:31", "09:32"), value=900, limit=900)


def test_35_dispenser_nobody_presses() -> None:
    day = a_day()
    day.at("08:00").dispense()
    day.at("09:00").pass_the_thermometer_by(100).screen()
    day.want_alert("silent-dispenser", between=("10:01", "10:02"), clause="ours", priority=3, value=100)
    day.at("10:30").dispense()
    day.want_resolved("silent-dispenser", between=("10:31", "10:32"))


def test_dispenser_is_not_missed_where_nobody_comes() -> None:
    day = a_day()
    day.at("08:00").dispense()
    day.want_no_alert("silent-dispenser", until="20:00")


def test_season_screens_nobody() -> None:
    day = a_day(has_post=False, has_dispenser=False, profile=SEASON)
    day.at("08:00").enter("HALL", 100)
    day.at("08:10").leave("HALL", 100)
    day.want_nothing(until="12:00")


def test_season_calls_nobody_about_a_thermometer_that_is_there() -> None:
    day = a_day(profile=SEASON)
    day.at("08:00").screen("elevated")
    day.at("08:30").pass_the_thermometer_by(100)
    day.at("09:00").break_down("entrance", "thermometer")
    for rule in ("elevated-screening", "silent-post", "unscreened-entrance"):
        day.want_no_alert(rule, until="12:00")
