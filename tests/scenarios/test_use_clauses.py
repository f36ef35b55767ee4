"""How long a room is used, and when that is over though a door missed somebody, by clause."""

from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.lessons import a_lesson_until, all_but_one_until
from tests.scenarios.places import ORDER_2020, SEASON, a_room, a_switch

# §36.3: forty minutes.


def test_36_3_room_in_use_longer_than_forty_minutes() -> None:
    day = a_lesson_until("09:50")
    day.want_state("A-204", "09:39", "open")
    day.want_state("A-204", "09:40", "due", "must-leave")
    day.want_alert("lesson-too-long", "A-204", between=("09:42", "09:43"), clause="§36.3", priority=3)
    day.want_resolved("lesson-too-long", between=("09:52", "09:53"))


def test_lesson_of_forty_minutes_is_no_finding() -> None:
    a_lesson_until("09:40").want_no_alert("lesson-too-long", until="12:00")


def test_two_minutes_in_the_corridor_are_no_break() -> None:
    day = a_lesson_until("09:30")
    day.at("09:32").enter("A-204", 12)
    day.want_alert("lesson-too-long", between=("09:42", "09:43"))


def test_room_that_somebody_looked_into_owes_nothing() -> None:
    day = a_lesson_until("09:05")
    day.want_no_alert("treatment-due", until="12:00")
    day.want_state("A-204", "09:10", "open")


# A door misses some who pass.


def test_36_3_missed_exit_does_not_make_the_lesson_longer() -> None:
    day = all_but_one_until("09:35")
    day.want_alert("treatment-due", "A-204", between=("09:35", "09:55"), clause="§36.4", value=3)
    day.want_no_alert("lesson-too-long", until="12:00")
    day.want_alert("treatment-late", "A-204", between=("09:51", "09:51:01"), clause="§36.4")


def test_lesson_of_forty_minutes_with_a_missed_exit_is_no_finding() -> None:
    all_but_one_until("09:40").want_no_alert("lesson-too-long", until="12:00")


def test_next_lesson_after_a_missed_exit_is_one_of_its_own() -> None:
    day = all_but_one_until("09:40")
    day.at("10:40").enter("A-204", 15)
    day.at("11:15").leave("A-204", 15)
    day.want_alert("early-entry", "A-204", between=("10:40", "10:41"))
    day.want_no_alert("lesson-too-long", until="13:00")
    day.want_task("A-204", "11:14", "surfaces", "late")
    day.want_task("A-204", "11:21", "surfaces", "due")


# A switch of the profile in the middle of a day.


def a_day_of_the_switch() -> DayOfScenario:
    """The season until 10:00, the order from then on."""
    return a_day(a_room("A-204", area_m2=80.0), profile=SEASON, switches=(a_switch("10:00", ORDER_2020),))


def test_nothing_is_late_because_the_profile_was_switched() -> None:
    day = a_day_of_the_switch()
    day.at("08:00").enter("A-204", 12)
    day.at("09:00").leave("A-204", 12)
    day.want_task("A-204", "10:00:30", "surfaces", "due")
    day.want_alert("treatment-late", "A-204", between=("10:15", "10:15:01"), clause="§36.4")


def test_lesson_is_as_long_as_the_profile_that_limits_it_is_in_force() -> None:
    day = a_day_of_the_switch()
    day.at("09:00").enter("A-204", 12)
    day.want_alert("lesson-too-long", "A-204", between=("10:40", "10:43"), clause="§36.3")


def test_nobody_entered_early_before_the_profile_that_asks_for_a_break() -> None:
    day = a_day_of_the_switch()
    day.at("08:00").enter("A-204", 12)
    day.at("09:00").leave("A-204", 12)
    day.at("09:58").enter("A-204", 12)
    day.want_no_alert("early-entry", until="10:30")
