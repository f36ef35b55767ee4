"""How long a room is used, the break after it and its treatments, by clause."""

from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.places import ORDER_2020, SEASON, a_lamp, a_lesson, a_room, a_switch, a_window

ALL = ("surfaces", "air_disinfection", "airing")


def a_lesson_until(end: str, kind: str = "classroom") -> DayOfScenario:
    """Twelve people in A-204 from 09:00 on."""
    day = a_day(a_room("A-204", kind, area_m2=60.0), sensors=(a_window("A-204"), a_lamp("A-204")))
    day.at("09:00").enter("A-204", 12)
    day.at(end).leave("A-204", 12)
    return day


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


# §36.4: the break, and what is done in it.


def test_36_4_room_after_use_is_to_be_treated() -> None:
    day = a_lesson_until("09:40")
    day.want_alert("treatment-due", "A-204", between=("09:40", "09:41"), clause="§36.4", priority=3, value=3)
    day.want_state("A-204", "09:42", "treatment", "surfaces")


def test_room_that_somebody_looked_into_owes_nothing() -> None:
    day = a_lesson_until("09:05")
    day.want_no_alert("treatment-due", until="12:00")
    day.want_state("A-204", "09:10", "open")


def test_36_4_treatment_late_by_a_quarter_of_an_hour() -> None:
    day = a_lesson_until("09:40")
    day.want_alert("treatment-late", "A-204", between=("09:56", "09:56:01"), clause="§36.4", priority=2)
    day.want_task("A-204", "09:57", "surfaces", "late")
    day.want_told("treatment-late", "manager", between=("09:56", "09:57"))
    day.want_told("treatment-late", "admin", between=("10:26", "10:27"))


def test_treatment_that_has_begun_is_late_only_when_it_should_be_over() -> None:
    day = a_lesson_until("09:40")
    day.at("09:45").enter("A-204").start("A-204", *ALL)
    day.want_resolved("treatment-due", between=("09:45:30", "09:45:31"))
    day.want_no_alert("treatment-late", until="10:02")


def test_room_is_open_when_its_tasks_are_proven_and_the_break_is_over() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").window("A-204", open=True).start("A-204", "surfaces")
    day.at("09:46").done("A-204", "surfaces").start("A-204", "air_disinfection").leave("A-204")
    day.at("10:03").done("A-204", "air_disinfection", proof="sensor")
    day.want_task("A-204", "09:49", "surfaces", "started")
    day.want_task("A-204", "09:50", "surfaces", "done")
    day.want_task("A-204", "09:51", "airing", "started")
    day.want_task("A-204", "09:52", "airing", "done")
    day.want_state("A-204", "10:02", "treatment", "air_disinfection")
    day.want_state("A-204", "10:07", "treatment", "re-entry")
    day.want_state("A-204", "10:08", "open")


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


def test_treatment_without_proof_keeps_the_room_shut() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").start("A-204", *ALL)
    day.at("09:44").leave("A-204")
    day.want_state("A-204", "12:00", "treatment")


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


def test_disinfection_of_a_room_that_is_not_empty_does_not_count() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").start("A-204", "air_disinfection")
    day.at("10:00").done("A-204", "air_disinfection", proof="sensor")
    day.want_task("A-204", "10:30", "air_disinfection", "late")
    day.want_state("A-204", "11:00", "treatment")


def test_disinfection_that_nobody_was_seen_to_begin_does_not_count() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").start("A-204", "air_disinfection", proof="sensor")
    day.at("10:00").done("A-204", "air_disinfection", proof="sensor")
    day.want_task("A-204", "10:05", "air_disinfection", "unproven")


def test_lamp_may_burn_only_over_a_room_that_somebody_saw_empty() -> None:
    day = a_lesson_until("09:40")
    day.at("09:45").recount("A-204", 0).start("A-204", "air_disinfection")
    assert day.lamp("A-204", "09:30").reason == "not-its-turn"
    assert day.lamp("A-204", "09:44").reason == "not-empty"
    assert day.lamp("A-204", "09:46").allowed


def test_lamp_is_dark_while_a_door_is_silent() -> None:
    day = a_lesson_until("09:40")
    day.at("09:45").recount("A-204", 0).start("A-204", "air_disinfection")
    day.at("09:47").fall_silent("A-204")
    assert not day.lamp("A-204", "09:49").allowed


def test_word_of_somebody_counts_when_the_treatment_lasted() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").word("A-204", "surfaces", "started")
    day.at("09:46").word("A-204", "surfaces", "done")
    day.want_task("A-204", "09:47", "surfaces", "done")


def test_word_of_somebody_that_it_is_done_needs_a_beginning_or_a_reason() -> None:
    day = a_lesson_until("09:40")
    day.at("09:44").enter("A-204")
    day.at("09:46").word("A-204", "surfaces", "done").leave("A-204")
    day.at("09:50").word("A-204", "surfaces", "done", reason="I wiped it, the button is broken")
    day.want_task("A-204", "09:47", "surfaces", "unproven")
    day.want_task("A-204", "09:51", "surfaces", "done")


def test_treatment_that_somebody_gave_up_is_due_again() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").word("A-204", "surfaces", "started")
    day.at("09:44").word("A-204", "surfaces", "aborted", reason="no water")
    day.want_task("A-204", "09:43", "surfaces", "started")
    day.want_task("A-204", "09:45", "surfaces", "due")


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


# What is wiped is disinfected once the room has stood empty, and somebody went in for it.


def test_36_4_wiped_room_is_ready_three_minutes_after_who_wiped_it_left() -> None:
    day = a_lesson_until("09:40", "laboratory")
    day.at("09:42").enter("A-204").start("A-204", "equipment")
    day.at("09:48").done("A-204", "equipment").start("A-204", "surfaces").acknowledge("treatment-due")
    day.at("09:52").done("A-204", "surfaces").leave("A-204")
    for task in ("equipment", "surfaces"):
        day.want_task("A-204", "09:55:59", task, "started")
        day.want_task("A-204", "09:56", task, "done")
    assert len(day.alerts("equipment-due", until="10:30")) == 1


def test_nobody_was_seen_to_wipe() -> None:
    day = a_lesson_until("09:40")
    day.at("09:50").word("A-204", "surfaces", "done", reason="I did it before")
    day.want_task("A-204", "12:00", "surfaces", "late")


def test_who_wiped_and_stays_keeps_the_room_shut() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").start("A-204", "surfaces")
    day.at("09:46").done("A-204", "surfaces")
    day.want_task("A-204", "09:59", "surfaces", "started")
    day.want_alert("treatment-late", "A-204", between=("09:56", "10:01"), clause="§36.4")
    day.want_task("A-204", "10:01", "surfaces", "late")


# A door misses some who pass.


def all_but_one_until(end: str) -> DayOfScenario:
    """Fifteen people in A-204 from 09:00 on, of whom the door sees fourteen leave."""
    day = a_day(a_room("A-204", area_m2=80.0), sensors=(a_window("A-204"), a_lamp("A-204")))
    day.at("09:00").enter("A-204", 15)
    day.at(end).leave("A-204", 14)
    return day


def test_36_3_missed_exit_does_not_make_the_lesson_longer() -> None:
    day = all_but_one_until("09:35")
    day.want_alert("treatment-due", "A-204", between=("09:35", "09:55"), clause="§36.4", value=3)
    day.want_no_alert("lesson-too-long", until="12:00")
    day.want_alert("treatment-late", "A-204", between=("09:51", "09:51:01"), clause="§36.4")


def test_lesson_of_forty_minutes_with_a_missed_exit_is_no_finding() -> None:
    all_but_one_until("09:40").want_no_alert("lesson-too-long", until="12:00")


def test_room_is_treated_beside_one_who_was_not_seen_to_leave() -> None:
    day = all_but_one_until("09:40")
    day.at("09:42").enter("A-204").window("A-204", open=True).start("A-204", "surfaces")
    day.at("09:46").done("A-204", "surfaces").leave("A-204")
    day.want_task("A-204", "09:44", "surfaces", "started")
    day.want_task("A-204", "09:47", "surfaces", "started")
    day.want_task("A-204", "09:53", "airing", "done")
    day.want_no_alert("early-entry", until="12:00")
    # Only an empty room proves that what was wiped on has acted.
    day.want_task("A-204", "10:05", "surfaces", "late")
    day.at("10:06").recount("A-204", 0)
    day.want_task("A-204", "10:10", "surfaces", "done")


def test_disinfection_of_the_air_is_not_proven_by_a_count_of_one() -> None:
    day = all_but_one_until("09:40")
    day.at("09:42").start("A-204", "air_disinfection")
    day.at("10:00").done("A-204", "air_disinfection", proof="sensor")
    day.want_task("A-204", "11:00", "air_disinfection", "late")
    assert day.lamp("A-204", "09:50").reason == "not-empty"


def test_room_that_somebody_saw_empty_is_disinfected_after_a_missed_exit() -> None:
    day = all_but_one_until("09:40")
    day.at("09:46").recount("A-204", 0).start("A-204", "air_disinfection")
    day.at("10:03").done("A-204", "air_disinfection", proof="sensor")
    assert day.lamp("A-204", "09:50").allowed
    day.want_task("A-204", "10:03", "air_disinfection", "done")


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


# §36.5: corridors.


def test_36_5_corridor_aired_in_each_lesson_slot() -> None:
    day = a_day(a_room("C-1", "corridor", area_m2=200.0), sensors=(a_window("C-1"),))
    day.at("08:00").enter("C-1", 10)
    day.want_alert("corridor-airing", "C-1", between=("09:00", "09:00:01"), clause="§36.5", priority=3)
    day.at("09:05").window("C-1", open=True)
    day.at("09:20").window("C-1", open=False).acknowledge("corridor-airing")
    day.want_resolved("corridor-airing", "C-1", between=("09:05:30", "09:05:31"))
    day.want_task("C-1", "09:15", "airing", "done")
    day.want_state("C-1", "10:14", "open")
    day.want_state("C-1", "10:15", "due", "airing")
    assert len(day.alerts("corridor-airing", "C-1", until="10:16")) == 2


def test_corridor_that_is_not_aired_is_late() -> None:
    day = a_day(a_room("C-1", "corridor", area_m2=200.0))
    day.at("08:00").enter("C-1", 10)
    day.want_alert("treatment-late", "C-1", between=("09:15", "09:16"), clause="§36.5", priority=2)


# §36.3, §36.6: what is shared.


def test_36_6_shared_equipment_after_two_hours_or_thirty_people() -> None:
    day = a_day(a_room("GYM", "gym", area_m2=400.0), a_room("PC-1", "gym", area_m2=400.0))
    day.at("09:00").enter("GYM", 20).enter("PC-1", 5)
    day.at("09:30").enter("GYM", 10)
    day.want_alert("equipment-due", "GYM", between=("09:30", "09:31"), clause="§36.6", priority=3)
    day.want_alert("equipment-due", "PC-1", between=("11:00", "11:01"), clause="§36.6")


def test_36_6_keyboards_of_a_computer_room_after_two_groups() -> None:
    day = a_day(a_room("PC-1", "computer-room"))
    day.at("09:00").enter("PC-1", 15)
    day.at("09:05").leave("PC-1", 15)
    day.at("09:30").enter("PC-1", 14)
    day.at("09:40").enter("PC-1", 1)
    day.want_alert("equipment-due", "PC-1", between=("09:40", "09:41"), clause="§36.6")


def test_36_6_who_comes_in_too_early_has_his_hands_on_the_keyboards_too() -> None:
    day = a_day(a_room("PC-1", "computer-room"))
    day.at("09:00").enter("PC-1", 15)
    day.at("09:30").leave("PC-1", 15)
    day.at("09:40").enter("PC-1", 15)
    day.want_alert("equipment-due", "PC-1", between=("09:40", "09:41"), clause="§36.6")


def test_36_3_laboratory_equipment_after_each_session() -> None:
    day = a_lesson_until("09:30", "laboratory")
    day.want_alert("equipment-due", "A-204", between=("09:30", "09:31"), clause="§36.3, §36.6", priority=3)
    day.at("09:33").enter("A-204").start("A-204", "equipment").acknowledge("equipment-due")
    day.at("09:39").done("A-204", "equipment").leave("A-204")
    day.at("10:00").enter("A-204", 12)
    day.at("10:30").leave("A-204", 12)
    day.want_task("A-204", "09:42", "equipment", "started")
    day.want_task("A-204", "09:43", "equipment", "done")
    assert len(day.alerts("equipment-due", "A-204", until="10:29")) == 1
    assert len(day.alerts("equipment-due", "A-204", until="10:32")) == 2


# §36.7, §36.10: other rooms.


def test_36_7_library_surfaces_after_two_hours() -> None:
    day = a_day(a_room("LIB", "library", area_m2=200.0))
    day.at("09:00").enter("LIB", 10)
    day.want_alert("treatment-due", "LIB", between=("11:00", "11:01"), clause="§36.7")
    day.want_task("LIB", "11:01", "surfaces", "due")


def test_36_7_canteen_tables_after_a_hundred_people() -> None:
    day = a_day(a_room("CANTEEN", "canteen", area_m2=800.0))
    day.at("12:00").enter("CANTEEN", 99)
    day.at("12:20").enter("CANTEEN", 1)
    day.want_alert("treatment-due", "CANTEEN", between=("12:20", "12:21"), clause="§36.7")


def test_36_10_dormitory_floor_disinfected_regularly() -> None:
    day = a_day(a_room("D-1", "dormitory", area_m2=200.0))
    day.at("08:00").enter("D-1", 5)
    day.want_alert("treatment-due", "D-1", between=("16:00", "16:01"), clause="§36.10")


def test_season_cleans_once_a_day_and_asks_for_no_break() -> None:
    day = a_day(a_room("A-204"), profile=SEASON)
    day.at("08:00").enter("A-204", 4)
    day.at("09:30").leave("A-204", 4)
    day.want_state("A-204", "09:35", "open")
    day.want_nothing(until="12:00")
