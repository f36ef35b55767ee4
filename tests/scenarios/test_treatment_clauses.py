"""When a room is to be treated, who is called for it and when it is late, by clause."""

from tests.scenarios.lessons import ALL, a_lesson_until


def test_36_4_room_after_use_is_to_be_treated() -> None:
    day = a_lesson_until("09:40")
    day.want_alert("treatment-due", "A-204", between=("09:40", "09:41"), clause="§36.4", priority=3, value=3)
    day.want_state("A-204", "09:42", "treatment", "surfaces")


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


def test_treatment_that_somebody_gave_up_is_due_again() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").word("A-204", "surfaces", "started")
    day.at("09:44").word("A-204", "surfaces", "aborted", reason="no water")
    day.want_task("A-204", "09:43", "surfaces", "started")
    day.want_task("A-204", "09:45", "surfaces", "due")


# Who has been called stays called; nobody is called twice for the same thing.


def test_who_comes_in_as_the_last_one_leaves_was_called_once() -> None:
    day = a_lesson_until("09:40:05")
    day.at("09:40:30").enter("A-204")
    day.at("09:40:40").start("A-204", "surfaces").acknowledge("treatment-due")
    day.at("09:43:50").done("A-204", "surfaces").leave("A-204")
    day.at("09:44:10").start("A-204", "air_disinfection", "airing")
    day.want_alert("treatment-due", "A-204", between=("09:40:05", "09:40:10"))
    day.want_resolved("treatment-due", between=("09:44:40", "09:44:41"))
    assert len(day.alerts("treatment-due", until="10:20")) == 1


def test_call_ends_when_people_come_back_before_their_use_was_over() -> None:
    day = a_lesson_until("09:30:05")
    day.at("09:30:30").enter("A-204")
    day.at("09:32").enter("A-204", 11)
    day.want_resolved("treatment-due", between=("09:32:30", "09:32:31"))


def test_treatment_begun_and_left_is_called_for_again_after_five_minutes() -> None:
    day = a_lesson_until("09:40")
    day.at("09:45").enter("A-204").start("A-204", *ALL)
    day.at("09:46").acknowledge("treatment-due")
    day.at("09:50").word("A-204", "airing", "aborted", reason="the window is stuck").leave("A-204")
    assert len(day.alerts("treatment-due", until="09:54:59")) == 1
    assert len(day.alerts("treatment-due", until="09:55")) == 2


def test_treatment_begun_and_left_at_once_is_the_same_call() -> None:
    day = a_lesson_until("09:40")
    day.at("09:44").acknowledge("treatment-due")
    day.at("09:45").enter("A-204").start("A-204", *ALL)
    day.at("09:45:20").word("A-204", "airing", "aborted", reason="the window is stuck").leave("A-204")
    day.want_resolved("treatment-due", between=("09:56:30", "09:56:31"))
    assert len(day.alerts("treatment-due", until="10:20")) == 1


def test_window_shut_too_soon_is_called_for_again_after_five_minutes() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").window("A-204", open=True).start("A-204", "surfaces", "air_disinfection")
    day.at("09:43").acknowledge("treatment-due")
    day.at("09:48").window("A-204", open=False)
    assert len(day.alerts("treatment-due", until="09:52:59")) == 1
    assert len(day.alerts("treatment-due", until="09:53")) == 2


def test_treatment_said_to_be_done_too_soon_is_called_for_again_after_five_minutes() -> None:
    day = a_lesson_until("09:40")
    day.at("09:42").enter("A-204").start("A-204", *ALL)
    day.at("09:43").done("A-204", "surfaces").acknowledge("treatment-due").leave("A-204")
    day.want_task("A-204", "09:44", "surfaces", "unproven")
    assert len(day.alerts("treatment-due", until="09:47:59")) == 1
    assert len(day.alerts("treatment-due", until="09:48")) == 2
