"""What the timetable says against what the rooms may hold, and against who came (§36.2, §36.13)."""

from tests.scenarios.language import a_day
from tests.scenarios.places import SEASON, a_lesson, a_room, a_switch


def test_36_13_lesson_of_the_week_over_its_room() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "+2 10:00", "+2 10:40", enrolled=20),))
    day.want_alert(
        "timetable-over-cap",
        "A-204",
        between=("07:00", "07:01"),
        clause="§36.2, §36.13",
        priority=3,
        value=20,
        limit=15,
    )
    (found,) = day.check_week()
    assert (found.rule.value, found.value, found.limit) == ("over-capacity", 20, 15)


def test_lesson_that_fits_its_room_is_no_finding() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "+2 10:00", "+2 10:40", enrolled=15),))
    day.want_no_alert("timetable-over-cap", until="12:00")
    assert day.check_week() == []


def test_lesson_after_the_switch_is_held_to_what_is_in_force_then() -> None:
    day = a_day(
        a_room("A-204"),
        lessons=(a_lesson("A-204", "+2 10:00", "+2 10:40", enrolled=20),),
        switches=(a_switch("+1 06:00", SEASON),),
    )
    day.want_no_alert("timetable-over-cap", until="12:00")


def test_lesson_that_has_begun_is_no_longer_ahead() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=20),))
    day.want_resolved("timetable-over-cap", between=("10:00", "10:01"))


def test_36_3_lesson_of_the_week_that_is_too_long() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "11:30"),))
    (found,) = day.check_week()
    assert (found.rule.value, found.clause, found.value, found.limit) == ("long-lesson", "§36.3", 90, 40)


def test_lesson_to_which_nobody_came() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=12),))
    day.want_alert(
        "expected-against-seen", "A-204", between=("10:17", "10:18"), clause="ours", priority=3, value=0
    )
    day.want_resolved("expected-against-seen", between=("10:42", "10:43"))


def test_lesson_to_which_some_came_late() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=12),))
    day.at("10:14").enter("A-204", 3)
    day.want_no_alert("expected-against-seen", until="12:00")


def test_lesson_to_which_far_more_came() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=5),))
    day.at("09:58").enter("A-204", 15)
    alert = day.want_alert("expected-against-seen", "A-204", between=("10:02", "10:03"), limit=5)
    assert alert.limit_rule == "more"


def test_lesson_behind_a_silent_door_is_not_judged() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=12),))
    day.at("09:30").fall_silent("A-204")
    day.want_no_alert("expected-against-seen", until="12:00")


def test_lesson_that_ends_early_is_no_finding() -> None:
    day = a_day(a_room("A-204"), lessons=(a_lesson("A-204", "10:00", "10:40", enrolled=6),))
    day.at("10:00").enter("A-204", 6)
    day.at("10:20").leave("A-204", 6)
    day.want_no_alert("expected-against-seen", until="12:00")
