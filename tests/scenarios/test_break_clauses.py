"""The break after a lesson: how long it is, who may be in the room, and whose breaks coincide, by clause."""

from tests.scenarios.language import a_day
from tests.scenarios.lessons import a_lesson_until
from tests.scenarios.places import SEASON, a_lesson, a_room


def test_treated_room_waits_until_twenty_minutes_are_over() -> None:
    day = a_lesson_until("09:40")
    day.at("09:40:30").start("A-204", "air_disinfection")
    day.at("09:41").word("A-204", "surfaces", "started")
    for task in ("surfaces", "airing"):
        day.at("09:45").word("A-204", task, "done", reason="I was there and saw it")
    day.at("09:56").done("A-204", "air_disinfection", proof="sensor")
    until = day.want_state("A-204", "10:00:59", "treatment", "break").until
    assert until is not None
    day.want_state("A-204", "10:01", "open")


def test_36_4_room_entered_before_it_is_ready() -> None:
    day = a_lesson_until("09:40")
    day.at("09:50").enter("A-204", 10)
    day.want_alert("early-entry", "A-204", between=("09:50:30", "09:51"), clause="§36.4", priority=2)
    day.at("09:58").leave("A-204", 10)
    day.want_resolved("early-entry", between=("09:59", "10:00"))


def test_who_treats_a_room_does_not_enter_early() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204")
    day.want_no_alert("early-entry", until="12:00")


def test_entry_before_the_reentry_time_undoes_the_disinfection() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").window("A-204", open=True).start("A-204", "surfaces")
    day.at("09:46").done("A-204", "surfaces").start("A-204", "air_disinfection").leave("A-204")
    day.at("10:03").done("A-204", "air_disinfection", proof="sensor")
    day.at("10:05").enter("A-204", 8)
    day.want_task("A-204", "10:04", "air_disinfection", "done")
    day.want_task("A-204", "10:06", "air_disinfection", "due")
    day.want_alert("early-entry", between=("10:05:30", "10:06"))


def test_36_4_timetable_leaves_less_than_twenty_minutes() -> None:
    lessons = (a_lesson("A-204", "09:00", "09:40"), a_lesson("A-204", "09:55", "10:35"))
    day = a_day(a_room("A-204"), lessons=lessons)
    day.want_alert("break-too-short", "A-204", between=("09:01", "09:02"), clause="§36.4", value=15, limit=20)
    day.want_resolved("break-too-short", between=("09:56", "09:57"))


def test_break_of_twenty_minutes_is_long_enough() -> None:
    lessons = (a_lesson("A-204", "09:00", "09:40"), a_lesson("A-204", "10:00", "10:40"))
    a_day(a_room("A-204"), lessons=lessons).want_no_alert("break-too-short", until="12:00")


def test_36_4_breaks_coincide_on_one_corridor() -> None:
    lessons = (a_lesson("A-204", "09:00", "09:40"), a_lesson("A-205", "09:10", "09:50"))
    day = a_day(a_room("A-204"), a_room("A-205"), lessons=lessons)
    (found,) = day.check_week()
    assert (found.rule.value, found.clause) == ("breaks-coincide", "§36.4")
    assert (found.value, found.limit) == (10, 15)


def test_groups_a_quarter_of_an_hour_apart_do_not_meet() -> None:
    lessons = (a_lesson("A-204", "09:00", "09:40"), a_lesson("A-205", "09:15", "09:55"))
    assert a_day(a_room("A-204"), a_room("A-205"), lessons=lessons).check_week() == []


def test_season_cleans_once_a_day_and_asks_for_no_break() -> None:
    day = a_day(a_room("A-204"), profile=SEASON)
    day.at("08:00").enter("A-204", 4)
    day.at("09:30").leave("A-204", 4)
    day.want_state("A-204", "09:35", "open")
    day.want_nothing(until="12:00")
