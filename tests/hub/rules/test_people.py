"""Rules about how many people are where."""

import pytest
from msgspec.structs import replace

from hub.acts import Hold, Recount
from hub.layout import SpaceKind
from hub.regime.limits import Edge
from tests.builders import a_layout, a_passage, a_space, an_exit, at
from tests.hub.regime.regimes import SEASON, a_switch, shipped
from tests.hub.rules.day import Day, a_lesson


def test_room_over_its_limit_is_found_with_value_limit_and_clause() -> None:
    day = Day().see("room-node", a_passage(people=16))
    (finding,) = [one for one in day.find("over-capacity") if one.subject == "room"]
    assert (finding.value, finding.limit, finding.limit_rule) == (16, 15, "group-cap")
    assert finding.clause == "§71, §69.3"
    assert finding.starts


@pytest.mark.parametrize(("people", "found"), [(14, []), (15, [False]), (16, [True])])
def test_full_room_may_keep_an_alert_but_starts_none(people: int, found: list[bool]) -> None:
    day = Day().see("room-node", a_passage(people=people))
    assert [one.starts for one in day.find("over-capacity") if one.subject == "room"] == found


def test_unknown_room_starts_no_alert() -> None:
    assert [one.starts for one in Day().find("over-capacity")] == [False, False]


@pytest.mark.parametrize(("edge", "found"), [(Edge.LOW, []), (Edge.MIDDLE, [True]), (Edge.HIGH, [True])])
def test_profile_says_which_edge_of_the_band_is_over(edge: Edge, found: list[bool]) -> None:
    profile = shipped()
    profile = replace(profile, trust=replace(profile.trust, capacity=edge))
    day = Day(None, profile).see("room-node", a_passage(people=100), an_exit(2, people=84))
    findings = [one for one in day.find("over-capacity") if one.subject == "room"]
    assert [one.starts for one in findings] == found


def test_dormitory_nobody_has_counted_is_unknown_and_not_full() -> None:
    spaces = (a_layout().spaces[0], a_space("room", kind=SpaceKind.DORMITORY, area_m2=24.0, desks=None))
    day = Day(a_layout(spaces=spaces)).see("room-node", a_passage(people=13))
    assert [one.starts for one in day.find("over-capacity") if one.subject == "room"] == [False]


@pytest.mark.parametrize("kind", [SpaceKind.CORRIDOR, SpaceKind.CANTEEN, SpaceKind.LIBRARY])
def test_gathering_is_found_in_every_kind_of_space(kind: SpaceKind) -> None:
    spaces = (a_layout().spaces[0], a_space("room", kind=kind, area_m2=24.0, desks=None))
    day = Day(a_layout(spaces=spaces)).see("room-node", a_passage(people=13))
    (finding,) = [one for one in day.find("over-capacity") if one.subject == "room"]
    assert finding.starts
    assert finding.limit_rule == "area"


def test_people_in_a_room_that_the_profile_closes_are_found() -> None:
    layout = a_layout(variant="remote")
    day = Day(layout).see("room-node", a_passage(people=2))
    (finding,) = day.find("closed-space")
    assert (finding.subject, finding.value, finding.limit_rule) == ("room", 2, "closed")
    assert finding.clause == "§5, §70"


def test_one_person_in_a_closed_room_is_who_treats_it() -> None:
    assert Day(a_layout(variant="remote")).see("room-node", a_passage()).find("closed-space") == []


def test_people_in_a_room_that_somebody_closed_are_found_until_it_is_opened() -> None:
    day = Day().see("room-node", a_passage(people=3))
    assert day.find("closed-space") == []
    day.decide(Hold(seq=1, at=at(1), space="room", on=True, reason="a pipe"))
    (finding,) = day.find("closed-space", 2)
    assert (finding.limit_rule, finding.clause) == ("held", "a person closed it")
    day.decide(Hold(seq=2, at=at(3), space="room", on=False))
    assert day.find("closed-space", 4) == []


def test_closed_room_that_is_unknown_starts_no_alert() -> None:
    (finding,) = Day(a_layout(variant="remote")).find("closed-space")
    assert not finding.starts


def a_research_campus(**changes: object) -> Day:
    spaces = (a_layout().spaces[0], a_space("room", kind=SpaceKind.RESEARCH, desks=None))
    return Day(a_layout(spaces=spaces, **changes))


def test_research_space_is_open_in_its_hours() -> None:
    assert a_research_campus().see("room-node", a_passage()).find("research-schedule") == []


def test_people_in_a_research_space_after_hours_are_found() -> None:
    # 09:00 is the morning of the tests; the hours end at 20:00.
    evening = 11 * 3600.0
    day = a_research_campus().see("room-node", a_passage(at=at(evening)), seconds=evening)
    assert day.laters("research-schedule", 1) == [evening]
    (finding,) = day.hear(seconds=evening).find("research-schedule", evening)
    assert (finding.value, finding.limit_rule, finding.clause) == (1, "hours", "§71")


def test_lesson_of_the_timetable_opens_a_research_space() -> None:
    evening = 11 * 3600.0
    spaces = (a_layout().spaces[0], a_space("room", kind=SpaceKind.RESEARCH, desks=None))
    day = Day(a_layout(spaces=spaces), None, a_lesson(11 * 60, 40))
    day.see("room-node", a_passage(at=at(evening)), seconds=evening)
    assert day.find("research-schedule", evening) == []


def test_room_to_which_nobody_came_is_found_a_quarter_of_an_hour_later() -> None:
    day = Day(None, None, a_lesson(0, 40, enrolled=12)).see("room-node")
    assert day.find("expected-against-seen", 60) == []
    day.hear(seconds=900)
    (finding,) = day.find("expected-against-seen", 900)
    assert (finding.subject, finding.value, finding.limit, finding.limit_rule) == ("room", 0, 12, "nobody")


def test_class_that_left_early_is_not_missing() -> None:
    day = Day(None, None, a_lesson(0, 40, enrolled=12))
    day.see("room-node", a_passage(people=12, at=at(0)), an_exit(2, people=12, at=at(1500)), seconds=1500)
    day.decide(Recount(seq=1, at=at(1560), space="room", count=0)).hear(seconds=1600)
    assert [one for one in day.find("expected-against-seen", 1600) if one.starts] == []


def test_room_with_far_more_than_enrolled_is_found() -> None:
    day = Day(None, None, a_lesson(0, 40, enrolled=5)).see("room-node", a_passage(people=15))
    (finding,) = day.find("expected-against-seen", 60)
    assert (finding.limit, finding.limit_rule) == (5, "more")


def test_lesson_of_the_days_ahead_over_its_room_is_found_once_with_the_worst() -> None:
    day = Day(None, None, a_lesson(60, 40, enrolled=20), a_lesson(120, 40, enrolled=31), a_lesson(180, 40))
    (finding,) = day.find("timetable-over-cap")
    assert (finding.value, finding.limit, finding.limit_rule) == (31, 15, "group-cap")
    assert finding.clause == "§36.2, §36.13; §71, §69.3"
    assert day.laters("timetable-over-cap") == [3600.0]
    day.hear(seconds=7300)
    assert day.find("timetable-over-cap", 7300) == []


def test_lesson_further_ahead_than_a_week_waits() -> None:
    day = Day(None, None, a_lesson(8 * 24 * 60, 40, enrolled=20))
    assert day.find("timetable-over-cap") == []
    assert day.laters("timetable-over-cap") == [24 * 3600.0]


def test_nobody_is_expected_in_a_room_that_is_closed() -> None:
    day = Day(a_layout(variant="remote"), None, a_lesson(0, 40, enrolled=12), a_lesson(45, 40)).see(
        "room-node"
    )
    day.hear(seconds=900)
    assert day.find("expected-against-seen", 900) == []
    assert day.find("break-too-short", 900) == []


def test_lessons_of_the_days_ahead_are_held_to_the_limits_that_hold_then() -> None:
    # From noon on the season lets all 24 desks be taken.
    profiles = {"test": shipped(), SEASON: shipped(SEASON)}
    layout = a_layout(switches=(a_switch("2026-11-23T12:00"),))
    day = Day(layout, profiles, a_lesson(60, 40, enrolled=15), a_lesson(240, 40, enrolled=24))
    assert day.find("timetable-over-cap") == []
    (finding,) = Day(a_layout(), None, a_lesson(240, 40, enrolled=24)).find("timetable-over-cap")
    assert finding.value == 24


def test_lesson_in_a_room_that_will_be_closed_is_not_over_its_cap() -> None:
    day = Day(a_layout(variant="remote"), None, a_lesson(60, 40, enrolled=31))
    assert day.find("timetable-over-cap") == []
