"""What proves a treatment done, and when a lamp may burn, by clause."""

from tests.scenarios.lessons import ALL, a_lesson_until, all_but_one_until


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


def test_treatment_without_proof_keeps_the_room_shut() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").start("A-204", *ALL)
    day.at("09:44").leave("A-204")
    day.want_state("A-204", "12:00", "treatment")


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


# Air is disinfected over nobody.


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
