"""Which profile is in force when and where: formats, switches, overrides, closed rooms (§4, §5, §70)."""

from msgspec.structs import replace

from hub.regime.profile import Profile
from tests.scenarios.language import a_day
from tests.scenarios.places import ORDER_2020, SEASON, a_room, a_switch, an_override, shipped
from tests.scenarios.playing import words


def graded(name: str, priority: int) -> Profile:
    """A shipped profile in which too many in a room is of this priority."""
    profile = shipped(name)
    rule = replace(profile.alerts["over-capacity"], priority=priority)
    return replace(profile, alerts={**profile.alerts, "over-capacity": rule})


def test_70_people_in_a_classroom_while_teaching_is_remote() -> None:
    day = a_day(a_room("A-204"), variant="remote")
    day.at("09:00").enter("A-204", 4)
    day.want_state("A-204", "08:00", "closed", "closed-by-profile")
    day.want_alert(
        "closed-space", "A-204", between=("09:01", "09:02"), clause="§5, §70", priority=2, value=4, limit=1
    )
    day.at("09:10").leave("A-204", 4)
    day.want_resolved("closed-space", between=("09:11", "09:12"))


def test_70_offices_and_research_stay_open_while_teaching_is_remote() -> None:
    day = a_day(a_room("R-1", "research"), a_room("O-1", "office"), variant="remote")
    day.at("09:00").enter("R-1", 2).enter("O-1", 2)
    day.want_state("R-1", "09:01", "open")
    day.want_nothing(until="09:20")


def test_who_cleans_a_closed_room_is_no_finding() -> None:
    day = a_day(a_room("A-204"), variant="remote")
    day.at("09:00").enter("A-204")
    day.want_no_alert("closed-space", until="10:00")


def test_70_in_person_is_the_order_as_it_is() -> None:
    day = a_day(a_room("A-204"), variant="in-person")
    day.at("09:00").enter("A-204", 16)
    day.want_alert("over-capacity", "A-204", between=("09:00", "09:01"), clause="§71", limit=15)


def test_70_blended_teaching_caps_a_lecture_hall_at_a_group() -> None:
    day = a_day(
        a_room("B-1", "lecture-hall", area_m2=300.0, desks=120, design_capacity=120), variant="blended"
    )
    day.at("09:00").enter("B-1", 16)
    day.want_alert("over-capacity", "B-1", between=("09:00", "09:01"), clause="§70", limit=15)


def test_4_people_in_a_room_that_was_closed() -> None:
    day = a_day(a_room("A-204"))
    day.at("09:00").enter("A-204", 5)
    day.at("09:10").close("A-204")
    day.at("09:30").open_again("A-204")
    day.want_state("A-204", "09:10", "hold", "closed-by-person")
    day.want_alert("closed-space", "A-204", between=("09:11", "09:12"), clause="a person closed it", value=5)
    day.want_resolved("closed-space", between=("09:31", "09:32"))
    day.want_state("A-204", "09:33", "open")


def test_4_building_under_a_stricter_order_of_its_own() -> None:
    stricter = an_override("capacity.classroom.m2_per_person", 4.0, building="a")
    day = a_day(a_room("A-204"), a_room("B-204", building="b"), overrides=(stricter,))
    day.at("09:00").enter("A-204", 13).enter("B-204", 13)
    day.want_no_alert("over-capacity", "B-204", until="10:00")
    alert = day.want_alert("over-capacity", "A-204", between=("09:00", "09:01"), limit=12)
    assert "order 7 of the rector" in alert.clause


def test_4_order_of_a_room_holds_from_its_beginning_to_its_end() -> None:
    ends = an_override("capacity.classroom.group_cap", 10, space="A-204", starts="09:30", ends="10:00")
    day = a_day(a_room("A-204"), overrides=(ends,))
    found = [day.state("A-204", at).capacity for at in ("09:29:59", "09:30", "09:59:59", "10:00")]
    assert found == [15, 10, 10, 15]


def test_4_room_closed_by_an_order_of_its_own() -> None:
    closed = an_override("closed.here", True, space="A-204")
    day = a_day(a_room("A-204"), a_room("A-205"), overrides=(closed,))
    day.at("09:00").enter("A-204", 3).enter("A-205", 3)
    day.want_state("A-204", "08:59", "closed")
    day.want_state("A-205", "08:59", "open")
    day.want_alert("closed-space", "A-204", between=("09:01", "09:02"))
    day.want_no_alert("closed-space", "A-205", until="10:00")


def test_4_switch_takes_effect_at_its_time_on_both_sides() -> None:
    day = a_day(a_room("A-204"), switches=(a_switch("10:00", SEASON),))
    day.at("09:00").enter("A-204", 16)
    day.want_alert("over-capacity", "A-204", between=("09:00", "09:01"), limit=15)
    day.want_state("A-204", "09:59:59", "full", "over-capacity")
    assert day.state("A-204", "10:00").capacity == 24
    day.want_resolved("over-capacity", between=("10:00:30", "10:00:31"))


def test_4_switch_that_tightens_finds_who_is_there_already() -> None:
    day = a_day(a_room("A-204"), profile=SEASON, switches=(a_switch("10:00", ORDER_2020),))
    day.at("09:55").enter("A-204", 16)
    day.want_no_alert("over-capacity", until="10:00:19")
    day.want_alert("over-capacity", "A-204", between=("10:00:20", "10:00:21"), clause="§71")


def test_4_switch_to_a_profile_that_makes_an_open_alert_more_urgent_calls_everybody_anew() -> None:
    day = a_day(
        a_room("A-204"),
        switches=(a_switch("10:00", SEASON),),
        profiles={ORDER_2020: graded(ORDER_2020, 2), SEASON: graded(SEASON, 1)},
    )
    day.at("09:58").enter("A-204", 30)
    day.want_alert("over-capacity", "A-204", between=("09:58", "09:59"), priority=2, limit=15)
    day.want_regraded("over-capacity", "A-204", at="10:00", priority=1, limit=24, change="raised")
    told = [(words(one.at), one.reason.value) for one in day.told("over-capacity", "guard", until="10:01")]
    assert [reason for _, reason in told] == ["fired", "fired"]
    assert told[1][0] == "10:00:00"


def test_4_switch_to_a_profile_that_makes_an_open_alert_less_urgent_calls_nobody_anew() -> None:
    day = a_day(
        a_room("A-204"),
        switches=(a_switch("10:00", SEASON),),
        profiles={ORDER_2020: graded(ORDER_2020, 1), SEASON: graded(SEASON, 2)},
    )
    day.at("09:58").enter("A-204", 30)
    before = day.told("over-capacity", "guard", until="09:59")
    day.want_regraded("over-capacity", "A-204", at="10:00", priority=2, limit=24, change="regraded")
    assert day.told("over-capacity", "guard", until="10:10") == before


def test_4_switch_to_a_profile_under_which_nothing_is_amiss_raises_nothing_before_it_ends() -> None:
    day = a_day(
        a_room("A-204"),
        switches=(a_switch("10:00", SEASON),),
        profiles={ORDER_2020: graded(ORDER_2020, 2), SEASON: graded(SEASON, 1)},
    )
    day.at("09:58").enter("A-204", 16)
    day.want_resolved("over-capacity", between=("10:00:30", "10:00:31"))
    (alert,) = day.alerts("over-capacity", until="10:01")
    assert alert.priority == 2
    assert [one.reason.value for one in day.told("over-capacity", "guard", until="10:01")] == [
        "fired",
        "resolved",
    ]


def test_70_switch_of_the_format_closes_the_classrooms_at_noon() -> None:
    day = a_day(a_room("A-204"), switches=(a_switch("12:00", ORDER_2020, "remote"),))
    day.want_state("A-204", "11:59:59", "open")
    day.want_state("A-204", "12:00", "closed")


def test_71_research_space_entered_outside_its_schedule() -> None:
    day = a_day(a_room("R-1", "research"))
    day.at("19:30").enter("R-1", 2)
    day.want_alert("research-schedule", "R-1", between=("20:01", "20:02"), clause="§71", priority=2, value=2)
    day.at("20:10").leave("R-1", 2)
    day.want_resolved("research-schedule", between=("20:11", "20:12"))


def test_71_research_space_opens_in_the_morning() -> None:
    day = a_day(a_room("R-1", "research"))
    day.at("07:50").enter("R-1", 1)
    day.want_alert("research-schedule", "R-1", between=("07:51", "07:52"))
    day.want_resolved("research-schedule", between=("08:01", "08:02"))
