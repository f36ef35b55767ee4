"""The air of rooms, beyond the order: read by a sensor, else estimated from people and minutes."""

from tests.scenarios.language import a_day
from tests.scenarios.places import SEASON, a_room, an_air_sensor


def test_air_to_be_aired_at_1000_ppm() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 999.0)
    day.at("09:10").air("A-204", 1000.0)
    day.at("09:22").air("A-204", 799.0)
    day.want_alert(
        "co2-high", "A-204", between=("09:13", "09:13:01"), clause="UBA", priority=3, value=1000, limit=1000
    )
    day.want_state("A-204", "09:09", "open")
    day.want_state("A-204", "09:11", "due", "air")
    day.want_resolved("co2-high", between=("09:25", "09:26"))


def test_air_at_800_ppm_calls_nobody() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 850.0)
    day.want_nothing(until="09:40")


def test_air_to_be_left_at_2000_ppm() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 2000.0)
    day.want_alert(
        "co2-too-high", "A-204", between=("09:03", "09:03:01"), clause="UBA", priority=2, limit=2000
    )
    day.want_told("co2-too-high", "guard", between=("09:03", "09:04"))
    day.want_no_alert("co2-high", until="09:10")


def test_a_few_breaths_at_the_sensor_are_no_finding() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 1800.0)
    day.at("09:02").air("A-204", 600.0)
    day.want_nothing(until="09:15")


def test_air_estimated_from_people_and_minutes() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 15)
    day.want_alert(
        "ventilation-need", "A-204", between=("09:38", "09:55"), clause="WHO", priority=3, limit=1000
    )


def test_fresh_reading_of_good_air_silences_the_estimate() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").enter("A-204", 12)
    day.want_no_alert("ventilation-need", until="10:15")


def test_season_is_led_by_carbon_dioxide() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),), profile=SEASON)
    day.at("09:00").enter("A-204", 20).air("A-204", 1400.0)
    day.want_alert("co2-high", "A-204", between=("09:03", "09:04"), clause="UBA")
    day.want_state("A-204", "09:04", "due", "air")


def test_59_sensor_breaks() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").break_down("A-204", "air")
    alert = day.want_alert(
        "faulty-sensor", "air-a-204", between=("09:00:30", "09:00:31"), clause="§2.6, §59", priority=3
    )
    assert alert.limit_rule == "faulty"
    day.want_told("faulty-sensor", "admin", between=("09:00:30", "09:01"))


def test_sensor_that_says_nothing_although_its_node_is_alive() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 600.0)
    day.at("09:01").air("A-204", None)
    alert = day.want_alert("faulty-sensor", "air-a-204", between=("09:20", "09:22"))
    assert alert.limit_rule == "silent"


def test_sensor_that_reads_below_outdoor_air_is_wrong() -> None:
    day = a_day(a_room("A-204"), sensors=(an_air_sensor("A-204"),))
    day.at("09:00").air("A-204", 300.0)
    alert = day.want_alert("faulty-sensor", "air-a-204", between=("09:10", "09:12"))
    assert alert.limit_rule == "below-outdoor"
