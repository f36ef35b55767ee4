"""What is aired and disinfected while people come and go, by clause."""

from tests.scenarios.language import a_day
from tests.scenarios.places import a_room, a_window

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


def test_who_is_left_in_a_corridor_for_some_minutes_uses_it() -> None:
    day = a_day(a_room("C-1", "corridor", area_m2=200.0))
    day.at("08:00").enter("C-1", 10)
    day.at("08:50").leave("C-1", 9)
    day.at("08:57").leave("C-1")
    day.at("09:05").enter("C-1", 10)
    day.want_alert("corridor-airing", "C-1", between=("09:08", "09:10"), clause="§36.5")
    day.want_alert("treatment-late", "C-1", between=("09:23", "09:25"), clause="§36.5")


# §36.6: what is shared.


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
