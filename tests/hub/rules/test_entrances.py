"""Rules about thermometers and dispensers at entrances."""

from datetime import timedelta

from msgspec.structs import replace

from hub.layout import Layout, Post, Sensor, SensorKind
from protocol.events import Dispense, Verdict
from tests.builders import a_fault, a_layout, a_passage, a_screening, at
from tests.hub.regime.regimes import SEASON, shipped
from tests.hub.rules.day import Day

DISPENSER = Sensor(id="gel", node="entrance", channel="gel", kind=SensorKind.DISPENSER, door="entrance")


def a_whole_entrance(**changes: object) -> Layout:
    """An entrance with a thermometer and a dispenser."""
    return a_layout(**{"sensors": (DISPENSER,), **changes})


def dispensed(seq: int = 1, seconds: float = 0, **changes: object) -> Dispense:
    return Dispense(seq=seq, at=at(seconds), channel="gel", **changes)  # type: ignore[arg-type]


def test_elevated_screening_is_found_for_a_minute() -> None:
    day = Day().see("entrance", a_screening(verdict=Verdict.ELEVATED))
    (finding,) = day.find("elevated-screening", 59)
    assert (finding.subject, finding.space, finding.clause) == ("post", "hall", "§35, §2.1")
    assert day.laters("elevated-screening", 59) == [60.0]
    assert day.find("elevated-screening", 60) == []


def test_late_elevated_screening_sounds_no_siren_about_the_past() -> None:
    old = a_screening(verdict=Verdict.ELEVATED, at=at(0) - timedelta(hours=3))
    assert Day().see("entrance", old).find("elevated-screening", 0) == []


def test_clock_of_a_node_that_is_a_minute_off_does_not_silence_a_fever() -> None:
    slow = a_screening(verdict=Verdict.ELEVATED, at=at(-61))
    assert len(Day().see("entrance", slow).find("elevated-screening", 0)) == 1
    fast = a_screening(verdict=Verdict.ELEVATED, at=at(7200))
    assert Day().see("entrance", fast).find("elevated-screening", 7200) == []


def test_living_thermometer_and_dispenser_screen_their_entrance() -> None:
    day = Day(a_whole_entrance()).see("entrance").promise("entrance", 10)
    assert day.find("unscreened-entrance", 1) == []
    (finding,) = day.find("unscreened-entrance", 26)
    assert (finding.subject, finding.clause, finding.limit_rule) == ("entrance", "§35, §2.1", "thermometer")
    assert finding.starts


def test_faulty_thermometer_leaves_its_entrance_unscreened() -> None:
    day = Day(a_whole_entrance()).see("entrance", a_fault(channel="thermometer"))
    assert [one.limit_rule for one in day.find("unscreened-entrance")] == ["thermometer"]


def test_entrance_without_a_post_is_unscreened() -> None:
    day = Day(a_whole_entrance(posts=())).see("entrance")
    assert [one.limit_rule for one in day.find("unscreened-entrance")] == ["thermometer"]


def test_entrance_whose_dispenser_nobody_watches_is_unscreened() -> None:
    assert [one.limit_rule for one in Day().see("entrance").find("unscreened-entrance")] == ["dispenser"]


def test_alert_about_an_entrance_goes_on_while_the_hub_has_just_started() -> None:
    (finding,) = Day(a_whole_entrance()).find("unscreened-entrance")
    assert not finding.starts


def test_door_inside_a_building_is_no_entrance() -> None:
    assert {one.subject for one in Day().find("unscreened-entrance", 91)} == {"entrance"}


def test_season_asks_for_no_screening() -> None:
    day = Day(a_layout(posts=()), shipped(SEASON)).see("entrance", a_passage(channel="main", people=50))
    assert [one for one in day.find_all(1) if one.rule in ("unscreened-entrance", "silent-post")] == []


def test_post_that_people_pass_by_is_found() -> None:
    day = Day().see("entrance", a_screening(at=at(-60)), a_passage(2, channel="main", people=19))
    assert day.find("silent-post") == []
    day.see("entrance", a_passage(3, channel="main", people=1))
    (finding,) = day.find("silent-post")
    assert (finding.subject, finding.value, finding.limit) == ("post", 20, 20)
    day.see("entrance", a_screening(4, at=at(60)), seconds=60)
    assert day.find("silent-post", 61) == []


def test_one_post_of_two_that_screens_is_enough() -> None:
    posts = (*a_layout().posts, Post(id="second", node="entrance", channel="thermo-2", door="entrance"))
    day = Day(a_layout(posts=posts)).see("entrance", a_passage(1, channel="main", people=50))
    assert len(day.find("silent-post")) == 2
    day.see("entrance", a_screening(2, channel="thermo-2", at=at(60)), seconds=60)
    assert day.find("silent-post", 61) == []


def test_post_of_a_silent_node_is_left_to_its_node() -> None:
    day = Day().see("entrance", a_passage(1, channel="main", people=50))
    assert day.find("silent-post", 91) == []


def test_dispenser_is_found_empty_by_its_gauge() -> None:
    day = Day(a_whole_entrance()).see("entrance", dispensed(level=0.11))
    assert day.find("empty-dispenser") == []
    day.see("entrance", dispensed(2, 1, level=0.1), seconds=1)
    (finding,) = day.find("empty-dispenser", 1)
    assert (finding.subject, finding.space, finding.value, finding.limit) == ("gel", "hall", 0.1, 0.1)
    assert finding.clause == "§35, §2.1"
    day.see("entrance", dispensed(3, 2, level=1.0), seconds=2)
    assert day.find("empty-dispenser", 2) == []


def test_dispenser_without_a_gauge_is_found_empty_by_its_presses() -> None:
    day = Day(a_whole_entrance()).see("entrance", dispensed(presses=899))
    assert day.find("empty-dispenser") == []
    day.see("entrance", dispensed(2, 1, presses=1), seconds=1)
    assert [one.limit_rule for one in day.find("empty-dispenser", 1)] == ["presses"]


def test_dispenser_that_nobody_presses_while_a_hundred_come_in_is_found() -> None:
    day = Day(a_whole_entrance()).see("entrance", dispensed(presses=1))
    day.see("entrance", a_passage(2, channel="main", people=100, at=at(60)), seconds=60)
    assert day.find("silent-dispenser", 7199) == []
    assert day.laters("silent-dispenser", 7199) == [7200.0]
    (finding,) = day.find("silent-dispenser", 7200)
    assert (finding.value, finding.limit) == (100, 100)


def test_dispenser_is_not_missed_where_nobody_comes() -> None:
    day = Day(a_whole_entrance()).see("entrance", dispensed(presses=1))
    assert day.find("silent-dispenser", 7200) == []


def test_profile_that_asks_for_no_dispenser_finds_none() -> None:
    day = Day(a_whole_entrance(), replace(shipped(), dispensers=None)).see("entrance", dispensed(level=0.0))
    assert day.find("empty-dispenser") == []
