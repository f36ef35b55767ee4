"""What is not heard or cannot be believed is unknown, is said so, and is told once (§2.6, §59)."""

from protocol.wire import NEWEST, Wire
from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.places import a_room

ROOMS = [f"A-{number}" for number in range(201, 210)]


def test_2_6_node_falls_silent() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 5)
    day.at("09:10").fall_silent("A-204")
    day.at("09:30").speak_again("A-204")
    day.want_state("A-204", "09:11", "open")
    alert = day.want_alert(
        "silent-node", "node-a-204", between=("09:11", "09:12"), clause="§2.6, §59", priority=2
    )
    assert alert.label == "A-204"
    day.want_told("silent-node", "manager", between=("09:11", "09:12"))
    day.want_told("silent-node", "admin", between=("09:26", "09:27"))
    day.want_state("A-204", "09:12", "unknown", "silent-node")
    day.want_people("A-204", "09:12", None)
    day.want_resolved("silent-node", between=("09:30:10", "09:30:11"))
    day.want_state("A-204", "09:31", "open")


def test_silent_node_mutes_the_alerts_of_its_room_and_unknown_speaks() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 16)
    day.at("09:05").fall_silent("A-204")
    day.at("09:30").speak_again("A-204")
    day.want_alert("over-capacity", between=("09:00", "09:01"))
    day.want_muted("over-capacity", between=("09:06", "09:07"), why="silent-node")
    day.want_told_again("over-capacity", between=("09:30", "09:31"))
    day.want_told("over-capacity", "admin", between=("09:33", "09:35"))


def test_crowd_behind_a_silent_door_raises_no_alert_until_it_is_heard_of() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").fall_silent("A-204")
    day.at("09:10").enter("A-204", 16)
    day.at("10:00").speak_again("A-204")
    alert = day.want_alert("over-capacity", "A-204", between=("10:00", "10:01"))
    assert alert.value == 16


def test_hall_is_unknown_while_the_door_of_a_room_is_silent() -> None:
    day = a_day(a_room("A-204"), a_room("A-205"))
    day.at("09:00").fall_silent("A-204")
    day.want_state("HALL", "09:05", "unknown")
    day.want_state("A-205", "09:05", "open")


def test_dormitory_is_unknown_until_somebody_has_counted() -> None:
    day = a_day(a_room("D-1", "dormitory", area_m2=60.0))
    day.at("08:00").enter("D-1", 2)
    day.at("09:00").recount("D-1", 7)
    day.want_state("D-1", "08:30", "unknown")
    day.want_people("D-1", "09:01", 7)


def test_2_6_dead_switch_is_one_alert() -> None:
    day = a_day(*(a_room(code) for code in ROOMS))
    day.at("09:00").fall_silent(*ROOMS)
    day.want_alert("silent-building", "A", between=("09:01", "09:02"), clause="§2.6, §59", value=9)
    day.want_told("silent-building", "guard", between=("09:01", "09:02"))
    day.want_no_alert("silent-node", until="10:00")


def test_two_silent_nodes_of_a_building_are_two_alerts() -> None:
    day = a_day(*(a_room(code) for code in ROOMS))
    day.at("09:00").fall_silent(*ROOMS[:2])
    assert len(day.alerts("silent-node", until="09:05")) == 2
    day.want_no_alert("silent-building", until="10:00")


def test_node_that_was_silent_before_its_building_is_no_longer_told() -> None:
    day = a_day(*(a_room(code) for code in ROOMS))
    day.at("09:00").fall_silent(ROOMS[0])
    day.at("09:10").fall_silent(*ROOMS[1:])
    day.want_muted("silent-node", between=("09:11", "09:12"), why="dark-building")
    day.want_not_told("silent-node", "admin", until="12:00")


def test_broken_door_makes_its_room_unknown() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").break_down("A-204", "door")
    day.at("09:30").mend("A-204", "door")
    day.want_state("A-204", "09:00", "unknown", "faulty-door")
    alert = day.want_alert(
        "untrusted-door", "door-a-204", between=("09:01", "09:01:01"), clause="§2.6, §59", priority=3
    )
    assert alert.limit_rule == "faulty"
    day.want_state("A-204", "09:30", "open")
    day.want_resolved("untrusted-door", between=("09:35", "09:36"))


def test_59_door_that_lies_is_named() -> None:
    day = a_swapped_door()
    day.want_alert("untrusted-door", "door-a-204", between=("09:05", "13:00"), clause="§59")
    day.want_no_alert("untrusted-door", "entrance", until="13:00")


def a_swapped_door() -> DayOfScenario:
    """Somebody has hung the counter of A-204 the wrong way round."""
    day = a_day(a_room("A-204"), a_room("A-205"))
    for hour in range(9, 13):
        day.at(f"{hour:02}:00").enter("A-205", 8).enter("HALL", 12)
        day.at(f"{hour:02}:05").count_wrongly("A-204", "out", 12)
        day.at(f"{hour:02}:45").count_wrongly("A-204", "in", 12)
        day.at(f"{hour:02}:50").leave("HALL", 12).leave("A-205", 8)
    return day


def test_59_node_that_speaks_another_version_is_not_guessed_at() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 3)
    day.at("09:30").speak_otherwise("A-204", Wire(NEWEST + 1, NEWEST + 2))
    alert = day.want_alert("unread-node", between=("09:30", "09:32"), clause="§2.6, §59")
    assert alert.limit_rule == "update-hub"
    day.want_state("A-204", "09:35", "unknown", "unread-node")
    day.want_people("A-204", "09:35", None)
