"""How many may be in a room, by clause; which cap binds; and who says how many there are."""

from tests.scenarios.language import a_day
from tests.scenarios.places import SEASON, a_room


def test_36_2_classroom_over_one_per_square_metre() -> None:
    day = a_day(a_room("A-204", area_m2=12.0))
    day.at("09:00").enter("A-204", 12)
    day.want_state("A-204", "09:39", "full", "full")
    day.at("09:40").enter("A-204", 1)
    day.want_alert(
        "over-capacity", "A-204", between=("09:40", "09:41"), clause="§36.2", priority=1, value=13, limit=12
    )
    day.want_state("A-204", "09:41", "full", "over-capacity")


def test_36_2_classroom_over_its_desks() -> None:
    day = a_day(a_room("A-204", desks=10))
    day.at("09:00").enter("A-204", 10)
    day.at("09:05").enter("A-204", 1)
    alert = day.want_alert("over-capacity", "A-204", between=("09:05", "09:06"), clause="§36.2", limit=10)
    assert alert.limit_rule == "desks"


def test_71_laboratory_over_one_per_five_square_metres() -> None:
    day = a_day(a_room("L-1", "laboratory", area_m2=44.0))
    day.at("09:00").enter("L-1", 8)
    day.at("09:05").enter("L-1", 1)
    day.want_alert("over-capacity", "L-1", between=("09:05", "09:06"), clause="§71", value=9, limit=8)


def test_71_group_over_fifteen() -> None:
    day = a_day(a_room("A-204", area_m2=48.0, desks=24))
    day.at("09:00").enter("A-204", 15)
    day.at("09:05").enter("A-204", 1)
    alert = day.want_alert(
        "over-capacity", "A-204", between=("09:05", "09:06"), clause="§71, §69.3", limit=15
    )
    assert alert.limit_rule == "group-cap"


def test_69_3_lecture_hall_over_two_fifths_of_its_design() -> None:
    day = a_day(a_room("B-1", "lecture-hall", area_m2=300.0, desks=120, design_capacity=120))
    day.at("09:00").enter("B-1", 48)
    day.at("09:05").enter("B-1", 1)
    alert = day.want_alert("over-capacity", "B-1", between=("09:05", "09:06"), clause="§69.3", limit=48)
    assert alert.limit_rule == "fill"


def test_36_9_gym_over_two_fifths_of_its_design() -> None:
    day = a_day(a_room("GYM", "gym", area_m2=400.0, design_capacity=100))
    day.at("09:00").enter("GYM", 40)
    day.at("09:05").enter("GYM", 1)
    day.want_alert("over-capacity", "GYM", between=("09:05", "09:06"), clause="§36.9", value=41, limit=40)


def test_36_9_gym_over_its_area() -> None:
    day = a_day(a_room("GYM", "gym", area_m2=80.0))
    day.at("09:00").enter("GYM", 21)
    day.want_alert("over-capacity", "GYM", between=("09:00", "09:01"), clause="§36.9", limit=20)


def test_71_research_space_over_one_per_four_square_metres() -> None:
    day = a_day(a_room("R-1", "research", area_m2=20.0))
    day.at("09:00").enter("R-1", 5)
    day.at("09:05").enter("R-1", 1)
    day.want_alert("over-capacity", "R-1", between=("09:05", "09:06"), clause="§71", limit=5)


def test_36_1_hall_too_crowded() -> None:
    day = a_day(a_room("HALL", "hall", area_m2=40.0))
    day.at("08:00").enter("HALL", 20)
    day.at("08:05").enter("HALL", 1)
    day.want_alert("over-capacity", "HALL", between=("08:05", "08:06"), clause="§36.1", limit=20)


def test_36_4_corridor_too_crowded() -> None:
    day = a_day(a_room("C-1", "corridor", area_m2=60.0))
    day.at("09:40").enter("C-1", 31)
    day.want_alert("over-capacity", "C-1", between=("09:40", "09:41"), clause="§36.4", limit=30)


def test_36_7_canteen_over_its_limit() -> None:
    day = a_day(a_room("CANTEEN", "canteen", area_m2=200.0, design_capacity=80))
    day.at("12:00").enter("CANTEEN", 33)
    day.want_alert("over-capacity", "CANTEEN", between=("12:00", "12:01"), clause="§36.7", limit=32)


def test_36_7_library_over_its_limit() -> None:
    day = a_day(a_room("LIB", "library", area_m2=100.0))
    day.at("12:00").enter("LIB", 26)
    day.want_alert("over-capacity", "LIB", between=("12:00", "12:01"), clause="§36.7", limit=25)


def test_36_10_dormitory_floor_over_its_limit() -> None:
    day = a_day(a_room("D-1", "dormitory", area_m2=60.0))
    day.at("12:00").recount("D-1", 8)
    day.at("12:10").enter("D-1", 3)
    day.want_alert("over-capacity", "D-1", between=("12:10", "12:11"), clause="§36.10", value=11, limit=10)


def test_room_with_few_places_left_is_near() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 13)
    day.at("09:01").enter("A-204", 1)
    day.want_state("A-204", "09:00:30", "open")
    day.want_state("A-204", "09:01", "near", "few-places")


def test_one_place_free_for_half_a_minute_ends_it() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    day.at("09:05").leave("A-204", 1)
    day.at("09:10").leave("A-204", 1)
    day.want_resolved("over-capacity", "A-204", between=("09:10:30", "09:10:31"))


def test_somebody_who_turns_round_in_the_door_is_no_alarm() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    day.at("09:00:15").leave("A-204", 2)
    day.want_no_alert("over-capacity", until="10:00")


def test_recount_corrects_the_doors() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    day.at("09:05").recount("A-204", 14)
    day.want_people("A-204", "09:04", 16)
    day.want_people("A-204", "09:05", 14)
    day.want_resolved("over-capacity", "A-204", between=("09:05:30", "09:05:31"))


def test_recount_may_find_more_than_the_doors_did() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 12)
    day.at("09:05").recount("A-204", 17)
    day.want_alert("over-capacity", "A-204", between=("09:05", "09:06"), value=17)


def test_empty_yes_begins_the_count_again() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 9)
    day.at("09:30").leave("A-204", 7)
    day.at("09:35").recount("A-204", 0)
    day.at("09:50").enter("A-204", 3)
    day.want_people("A-204", "09:34", 2)
    day.want_people("A-204", "09:36", 0)
    day.want_people("A-204", "09:51", 3)


def test_every_count_begins_anew_at_four_in_the_morning() -> None:
    day = a_day(a_room("A-204"))
    day.at("20:00").enter("A-204", 5)
    day.at("20:40").leave("A-204", 3)
    day.want_people("A-204", "+1 03:59", 2)
    day.want_people("A-204", "+1 04:00", 0)
    day.want_state("A-204", "+1 04:00", "open")


def test_season_has_no_group_cap() -> None:
    day = a_day(a_room("A-204", desks=24), profile=SEASON)
    day.at("09:00").enter("A-204", 24)
    day.want_no_alert("over-capacity", until="10:00")
    assert day.state("A-204", "09:01").capacity == 24
