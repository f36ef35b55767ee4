"""From an alert to somebody who acts: who is called when, and when nobody is."""

import pytest

from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.places import a_room


def a_crowd() -> DayOfScenario:
    """Sixteen people in A-204 from 09:00 on; fifteen are allowed."""
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    return day


# Escalation.


def test_guard_then_manager_then_admin_are_called_until_somebody_acts() -> None:
    day = a_crowd()
    day.want_told("over-capacity", "guard", between=("09:00:20", "09:00:21"), reason="fired")
    day.want_told("over-capacity", "manager", between=("09:03:20", "09:03:21"), reason="escalated")
    day.want_told("over-capacity", "admin", between=("09:10:20", "09:10:21"), reason="escalated")
    day.want_told("over-capacity", "admin", between=("09:20:20", "09:20:21"), reason="repeated")


def test_nobody_further_is_called_once_somebody_acts() -> None:
    day = a_crowd()
    day.at("09:02").acknowledge("over-capacity")
    day.want_not_told("over-capacity", "manager", until="12:00")
    day.want_not_told("over-capacity", "admin", until="12:00")


def test_who_took_an_alert_is_reminded_when_it_goes_on() -> None:
    day = a_crowd()
    day.at("09:02").acknowledge("over-capacity", duty="guard-a")
    day.want_told("over-capacity", "guard", between=("09:17", "09:17:01"), reason="reminder")
    assert len(day.told("over-capacity", "guard", until="09:32")) == 3


def test_who_was_called_hears_that_it_is_over() -> None:
    day = a_crowd()
    day.at("09:02").leave("A-204", 3)
    day.want_told("over-capacity", "guard", between=("09:02:30", "09:02:31"), reason="resolved")
    day.want_not_told("over-capacity", "manager", until="12:00")


def test_who_is_not_on_a_shift_is_passed_over() -> None:
    day = a_day(a_room("A-204"))
    day.at("22:30").enter("A-204", 16)
    day.want_told("over-capacity", "manager", between=("22:30:20", "22:30:21"))
    day.want_not_told("over-capacity", "guard", until="23:00")


def test_what_sounds_nothing_wakes_nobody_at_night() -> None:
    day = a_day(a_room("A-204"))
    day.at("23:00").break_down("A-204", "door")
    day.want_alert("untrusted-door", between=("23:01", "23:02"), priority=3)
    day.want_not_told("untrusted-door", "admin", until="+1 06:59")
    day.want_told("untrusted-door", "admin", between=("+1 07:00", "+1 07:01"))


# Putting aside.


def test_shelved_alert_is_told_anew_when_its_time_is_over() -> None:
    day = a_crowd()
    day.at("09:02").shelve("over-capacity", minutes=15)
    day.want_muted("over-capacity", between=("09:02", "09:02:01"), why="shelved")
    day.want_not_told("over-capacity", "manager", until="09:16")
    day.want_told_again("over-capacity", between=("09:17", "09:17:01"))
    day.want_told("over-capacity", "manager", between=("09:20", "09:20:01"))


def test_silence_ends_with_the_shift_whatever_was_wanted() -> None:
    day = a_day(a_room("A-204"), variant="remote")
    day.at("20:00").silence("closed-space", until="+1 06:00")
    day.at("20:30").enter("A-204", 5)
    day.want_muted("closed-space", between=("20:31", "20:32"), why="silenced")
    day.want_not_told("closed-space", "manager", until="21:59")
    day.want_told("closed-space", "manager", between=("22:00", "22:01"))


def test_loudest_alert_is_not_silenced_everywhere_at_once() -> None:
    day = a_day(a_room("A-204"))
    day.at("08:00").silence("over-capacity", until="12:00")
    day.at("09:00").enter("A-204", 16)
    day.want_told("over-capacity", "guard", between=("09:00:20", "09:00:21"))


def test_loudest_alert_is_told_though_its_building_is_silenced() -> None:
    """A call a building would otherwise silence a whole campus."""
    day = a_day(a_room("A-204"))
    day.at("08:00").silence("over-capacity", until="12:00", building="a")
    day.at("09:00").enter("A-204", 16)
    day.want_told("over-capacity", "guard", between=("09:00:20", "09:00:21"))


def test_loudest_alert_is_silenced_in_a_room_that_is_named() -> None:
    day = a_day(a_room("A-204"))
    day.at("08:00").silence("over-capacity", until="12:00", space="A-204")
    day.at("09:00").enter("A-204", 16)
    day.want_not_told("over-capacity", "guard", until="11:59")
    day.want_told("over-capacity", "guard", between=("12:00", "12:01"))


def test_alert_that_comes_and_goes_is_put_aside_and_the_administrator_hears_of_it() -> None:
    day = a_crowd()
    day.at("09:00:20").leave("A-204", 2)
    day.at("09:00:55").enter("A-204", 2)
    day.want_muted("over-capacity", between=("09:00:55", "09:00:56"), why="chattering")
    day.want_told("over-capacity", "admin", between=("09:00:55", "09:00:56"), reason="chattering")
    day.want_told_again("over-capacity", between=("09:15:55", "09:15:56"))


# Drills.


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("fever", "elevated-screening"), ("overload", "over-capacity"), ("dead-door", "silent-node")],
)
def test_drill_is_labelled_and_changes_nothing(kind: str, rule: str) -> None:
    day = a_day(a_room("A-204"))
    day.at("10:00").drill("A-204", kind)
    alert = day.want_alert(rule, between=("10:00", "10:01"))
    assert alert.is_drill
    assert all(one.is_drill for one in day.play("10:01").notifications)
    assert day.play("10:01").notifications[0].reason.value == "drill"
    day.want_state("A-204", "10:01", "open")
    day.want_people("A-204", "10:01", 0)


def test_drill_that_somebody_takes_is_over() -> None:
    day = a_day(a_room("A-204"))
    day.at("10:00").drill("A-204", "overload")
    day.at("10:02").acknowledge("over-capacity", duty="guard-a")
    day.want_resolved("over-capacity", between=("10:02", "10:03"))


# What comes late.


def test_crowd_of_an_hour_ago_raises_nothing_now() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").fall_silent("A-204")
    day.at("09:10").enter("A-204", 16)
    day.at("09:30").leave("A-204", 16)
    day.at("10:30").speak_again("A-204")
    day.want_no_alert("over-capacity", until="12:00")


def test_lesson_that_was_too_long_an_hour_ago_raises_nothing_now() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").fall_silent("A-204")
    day.at("09:05").enter("A-204", 10)
    day.at("10:00").leave("A-204", 10)
    day.at("11:00").speak_again("A-204")
    day.want_no_alert("lesson-too-long", until="12:00")


def test_room_that_was_used_unseen_is_to_be_treated_now() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").fall_silent("A-204")
    day.at("09:05").enter("A-204", 10)
    day.at("09:35").leave("A-204", 10)
    day.at("10:30").speak_again("A-204")
    day.want_no_alert("treatment-late", until="10:29")
    day.want_alert("treatment-late", "A-204", between=("10:30", "10:31"))


def test_early_entry_of_an_hour_ago_raises_nothing_now() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 10)
    day.at("09:30").leave("A-204", 10)
    day.at("09:32").fall_silent("A-204")
    day.at("09:40").enter("A-204", 10)
    day.at("09:45").leave("A-204", 10)
    day.at("10:30").speak_again("A-204")
    day.want_no_alert("early-entry", until="12:00")


def test_somebody_elevated_an_hour_ago_raises_nothing_now() -> None:
    day = a_day()
    day.at("09:00").fall_silent("entrance")
    day.at("09:10").screen("elevated")
    day.at("10:30").speak_again("entrance")
    day.want_no_alert("elevated-screening", until="12:00")


def test_people_who_were_in_a_research_space_at_night_raise_nothing_in_the_morning() -> None:
    day = a_day(a_room("R-1", "research"))
    day.at("20:30").fall_silent("R-1")
    day.at("20:40").enter("R-1", 2)
    day.at("20:50").leave("R-1", 2)
    day.at("21:30").speak_again("R-1")
    day.want_no_alert("research-schedule", until="22:00")
