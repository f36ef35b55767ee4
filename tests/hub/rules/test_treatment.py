"""Rules about lessons, breaks, treatments and the air of rooms."""

import pytest

from hub.layout import Layout, Sensor, SensorKind, SpaceKind
from protocol.events import Action, Air, Proof, Task, Treatment
from tests.builders import a_layout, a_passage, a_space, an_exit, at
from tests.hub.regime.regimes import SEASON, shipped
from tests.hub.rules.day import Day, a_lesson

MIN = 60.0
AIR = Sensor(id="air", node="room-node", channel="air", kind=SensorKind.AIR, space="room")
BUTTON = Sensor(id="button", node="room-node", channel="button", kind=SensorKind.BUTTON, space="room")


def a_campus(kind: SpaceKind = SpaceKind.CLASSROOM) -> Layout:
    spaces = (a_layout().spaces[0], a_space("room", kind=kind, desks=None))
    return a_layout(spaces=spaces, sensors=(AIR, BUTTON))


def in_use(kind: SpaceKind = SpaceKind.CLASSROOM, people: int = 10) -> Day:
    """Ten people went in at the beginning of the morning."""
    return Day(a_campus(kind)).see("room-node", a_passage(people=people)).hear(seconds=0)


def used(minutes: float = 30, kind: SpaceKind = SpaceKind.CLASSROOM) -> Day:
    """... and all left again after so many minutes."""
    out = an_exit(2, people=10, at=at(minutes * MIN))
    return in_use(kind).see("room-node", out, seconds=minutes * MIN).hear(seconds=minutes * MIN)


def treated(task: Task, action: Action, minutes: float, seq: int) -> Treatment:
    return Treatment(
        seq=seq, at=at(minutes * MIN), channel="button", task=task, action=action, proof=Proof.BUTTON
    )


def found(day: Day, rule: str, minutes: float) -> list[tuple[str, bool]]:
    """The subjects a rule finds that many minutes later, all nodes alive, and whether they start an alert."""
    day.hear(seconds=minutes * MIN)
    return [(one.subject, one.starts) for one in day.find(rule, minutes * MIN) if one.subject == "room"]


def test_room_in_use_for_longer_than_a_lesson_is_found_minute_by_minute() -> None:
    day = in_use()
    assert found(day, "lesson-too-long", 39) == []
    assert 40 * MIN in day.laters("lesson-too-long", 39 * MIN)
    assert found(day, "lesson-too-long", 40) == [("room", True)]
    day.hear(seconds=43.5 * MIN)
    (finding,) = day.find("lesson-too-long", 43.5 * MIN)
    assert (finding.value, finding.limit, finding.clause) == (43, 40, "§36.3")
    assert 44 * MIN in day.laters("lesson-too-long", 43.5 * MIN)


def test_room_that_was_left_is_no_long_lesson() -> None:
    assert found(used(39), "lesson-too-long", 60) == []


def test_unknown_room_starts_no_alert_about_its_lesson() -> None:
    (finding,) = in_use().find("lesson-too-long", 60 * MIN)
    assert not finding.starts


def test_corridor_may_be_in_use_all_day() -> None:
    assert found(in_use(SpaceKind.CORRIDOR), "lesson-too-long", 300) == []


def test_room_after_use_is_to_be_treated_and_late_a_quarter_of_an_hour_later() -> None:
    day = used(30)
    assert found(day, "treatment-due", 32) == [("room", True)]
    assert found(day, "treatment-late", 32) == []
    (due,) = day.find("treatment-due", 32 * MIN)
    assert (due.value, due.limit_rule) == (3, "surfaces, air_disinfection, airing")
    assert found(day, "treatment-late", 47) == [("room", True)]
    assert found(day, "treatment-due", 47) == []


def test_treatment_that_somebody_is_at_is_not_called_for() -> None:
    day = used(30)
    day.see(
        "room-node",
        *(
            treated(task, Action.STARTED, 33, 3 + i)
            for i, task in enumerate((Task.SURFACES, Task.AIR_DISINFECTION, Task.AIRING))
        ),
        seconds=33 * MIN,
    )
    assert found(day, "treatment-due", 34) == []


def test_treatment_begun_and_left_keeps_an_alert_and_starts_none_for_five_minutes() -> None:
    day = used(30)
    others = (Task.SURFACES, Task.AIR_DISINFECTION)
    day.see(
        "room-node",
        *(treated(one, Action.STARTED, 33, 3 + i) for i, one in enumerate(others)),
        seconds=33 * MIN,
    )
    day.see("room-node", treated(Task.AIRING, Action.ABORTED, 34, 5), seconds=34 * MIN)
    assert found(day, "treatment-due", 34) == [("room", False)]
    assert 39 * MIN in day.laters("treatment-due", 34 * MIN)
    assert found(day, "treatment-due", 39) == [("room", True)]


def test_use_that_seems_to_be_over_keeps_an_alert_and_starts_none() -> None:
    day = in_use().see("room-node", an_exit(2, people=9, at=at(30 * MIN)), seconds=30 * MIN)
    assert found(day, "treatment-due", 32) == [("room", False)]
    assert found(day, "treatment-due", 36) == [("room", True)]


def test_room_used_for_five_minutes_owes_nothing() -> None:
    assert found(used(5), "treatment-due", 10) == []


def test_equipment_of_a_laboratory_is_due_after_each_session() -> None:
    day = used(30, SpaceKind.LABORATORY)
    assert found(day, "equipment-due", 32) == [("room", True)]
    (finding,) = day.find("equipment-due", 32 * MIN)
    assert (finding.limit_rule, finding.clause) == (
        "equipment",
        "§36.3, §36.6; 5 min, and then 3 min empty for it to act, are ours",
    )


def test_shared_equipment_is_due_after_so_many_people() -> None:
    day = in_use(SpaceKind.GYM)
    assert found(day, "equipment-due", 1) == []
    day.see("room-node", a_passage(2, people=20, at=at(MIN)), seconds=MIN)
    assert found(day, "equipment-due", 2) == [("room", True)]


def test_shared_equipment_is_due_after_two_hours_of_use() -> None:
    day = in_use(SpaceKind.GYM)
    assert found(day, "equipment-due", 119) == []
    assert found(day, "equipment-due", 121) == [("room", True)]


def test_corridor_is_to_be_aired_in_each_lesson_slot() -> None:
    day = in_use(SpaceKind.CORRIDOR)
    assert found(day, "corridor-airing", 59) == []
    assert found(day, "corridor-airing", 61) == [("room", True)]
    (finding,) = [one for one in day.find("corridor-airing", 61 * MIN) if one.subject == "room"]
    assert finding.clause == "§36.5"
    assert found(day, "treatment-due", 61) == []


def test_entry_before_the_room_is_ready_is_found_as_long_as_they_stay() -> None:
    day = used(30)
    assert found(day, "early-entry", 35) == []
    day.see("room-node", a_passage(3, people=8, at=at(36 * MIN)), seconds=36 * MIN)
    assert found(day, "early-entry", 36) == [("room", True)]
    assert found(day, "early-entry", 50) == [("room", False)]
    day.see("room-node", an_exit(4, people=8, at=at(51 * MIN)), seconds=51 * MIN)
    assert found(day, "early-entry", 53) == []


def test_who_treats_the_room_did_not_enter_early() -> None:
    day = used(30).see("room-node", a_passage(3, people=1, at=at(33 * MIN)), seconds=33 * MIN)
    assert found(day, "early-entry", 34) == []


def test_late_word_of_an_early_entry_starts_no_alert() -> None:
    day = used(30)
    day.see("room-node", a_passage(3, people=8, at=at(36 * MIN)), seconds=60 * MIN)
    assert found(day, "early-entry", 60) == [("room", False)]


def test_two_lessons_without_a_break_between_are_found_from_the_first_on() -> None:
    day = Day(None, None, a_lesson(10, 40), a_lesson(65, 40))
    assert day.find("break-too-short", 9 * MIN) == []
    (finding,) = day.find("break-too-short", 11 * MIN)
    assert (finding.subject, finding.value, finding.limit, finding.clause) == ("room", 15, 20, "§36.4")
    assert day.laters("break-too-short", 11 * MIN) == [65 * MIN]
    assert day.find("break-too-short", 66 * MIN) == []


def test_break_of_twenty_minutes_is_long_enough() -> None:
    day = Day(None, None, a_lesson(10, 40), a_lesson(70, 40))
    assert day.find("break-too-short", 11 * MIN) == []


def breathed(ppm: float) -> Day:
    return Day(a_campus()).see("room-node", Air(seq=1, at=at(0), channel="air", co2_ppm=ppm)).hear(seconds=61)


@pytest.mark.parametrize(
    ("ppm", "rules"),
    [(999.0, []), (1000.0, ["co2-high"]), (1999.0, ["co2-high"]), (2000.0, ["co2-too-high"])],
)
def test_air_is_found_bad_by_its_sensor(ppm: float, rules: list[str]) -> None:
    day = breathed(ppm)
    findings = [one for rule in ("co2-high", "co2-too-high") for one in day.find(rule, 61)]
    assert [one.rule for one in findings if one.starts] == rules
    assert [one.value for one in findings] == [ppm] * len(rules)


def test_old_reading_keeps_an_alert_and_starts_none() -> None:
    day = breathed(1500.0).hear(seconds=3600)
    assert [one.starts for one in day.find("co2-high", 3600)] == [False]


def test_air_of_a_room_without_a_sensor_is_estimated_from_people_and_minutes() -> None:
    day = in_use(people=15)
    assert found(day, "ventilation-need", 1) == []
    assert found(day, "ventilation-need", 180) == [("room", True)]
    (finding,) = [one for one in day.find("ventilation-need", 180 * MIN) if one.subject == "room"]
    assert finding.limit == 1000.0
    assert finding.clause.startswith("WHO")


def test_fresh_reading_of_good_air_silences_the_estimate() -> None:
    day = in_use().see("room-node", Air(seq=2, at=at(3540), channel="air", co2_ppm=700.0), seconds=3540)
    assert found(day, "ventilation-need", 60) == []


def test_season_cleans_daily_and_asks_for_no_break() -> None:
    out = an_exit(2, people=10, at=at(30 * MIN))
    day = Day(a_campus(), shipped(SEASON)).see("room-node", a_passage(people=10), out).hear(seconds=32 * MIN)
    rules = ("treatment-due", "lesson-too-long", "early-entry", "break-too-short")
    assert [one for rule in rules for one in day.find(rule, 32 * MIN)] == []
