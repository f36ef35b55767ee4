"""A small day whose truth is known to the second: what it deserved, and what its alerts were worth."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from commandline.simulate_deserved import deserved
from commandline.simulate_known import DayTruth, Sitting, Span, uses
from commandline.simulate_score import merged, score_alarms
from hub.alerts.alert import Alert, Change, Transition
from hub.regime.capacity import capacity_of
from protocol.events import Direction, Task
from protocol.messages import AlertState
from simulator.faults import FaultKind, Injection
from simulator.happenings import Crossing, Deed, Happening, Visit
from simulator.staff import CLEANER, Chore
from simulator.timetable import Act
from simulator.truth import Level, Truth
from tests.builders import at, shipped_profile
from tests.simulator.days import a_small_layout

ROOM, MIN, DAY_S = "room-1", 60.0, 4 * 3600.0
RULES = shipped_profile().alerts
#: What the order asks of a classroom after use.
CLASSROOM = (Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION)


def walks(t_s: float, direction: Direction, group: str = "group", door: str = "door-1") -> Crossing:
    return Crossing(t_s, door, direction, 1, group)


def stay(from_s: float, until_s: float, people: int = 10, group: str = "group") -> list[Happening]:
    """So many come through the hall into the room at once, and leave at once."""
    ways = (
        (from_s - 1.0, Direction.IN, "entrance"),
        (from_s, Direction.IN, "door-1"),
        (until_s, Direction.OUT, "door-1"),
        (until_s + 1.0, Direction.OUT, "entrance"),
    )
    return [walks(at_s, direction, group, door) for at_s, direction, door in ways for _ in range(people)]


def done(number: int, task: Task, due_s: float, started_s: float, done_s: float) -> list[Happening]:
    return [
        Chore(due_s, number, ROOM, task),
        Deed(started_s, "button", Act.PRESS_STARTED, number),
        Deed(done_s, "button", Act.PRESS_DONE, number),
    ]


def treated(due_s: float, begun_after_s: float = 120.0) -> list[Happening]:
    """All that the order asks for, begun so long after it fell due and done within 17 minutes."""
    begun_s = due_s + begun_after_s
    return [
        one
        for number, task in enumerate(CLASSROOM)
        for one in done(10 * int(due_s) + number, task, due_s, begun_s, begun_s + 17 * MIN)
    ]


def a_day(*happenings: Happening | Injection, sittings: Sequence[Sitting] = (), **changes: Any) -> DayTruth:
    layout, profile = a_small_layout(), shipped_profile()
    truth = Truth(layout)
    for one in sorted(happenings, key=_time):
        truth.observe(one)
    fields: dict[str, Any] = {"air": {}, "dispensers": {}, **changes}
    capacity = {space.id: capacity_of(space, profile).value for space in layout.spaces}
    return DayTruth(
        layout=layout,
        profile=profile,
        capacity=capacity,
        truth=truth,
        sittings=sittings,
        ends_s=DAY_S,
        **fields,
    )


def _time(one: Happening | Injection) -> float:
    return one.from_s if isinstance(one, Injection) else one.t_s


def an_alert(rule: str = "over-capacity", fired_s: float = 100.0, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "id": f"{rule}-{fired_s}",
        "subject": ROOM,
        "label": "A-101",
        "priority": 1,
        "space": ROOM,
        "node": None,
        "state": AlertState.FIRING,
    }
    times = {"since": at(fired_s), "found_at": at(fired_s), "fired_at": at(fired_s)}
    return Alert(rule=rule, **{**fields, **times, **changes})


def fired(*alerts: Alert) -> list[Transition]:
    return [Transition(alert=one.id, at=one.fired_at or at(0), change=Change.FIRED) for one in alerts]


def test_uses_with_little_between_them_are_one() -> None:
    levels = [Level(0.0, 0), Level(10.0, 2), Level(50.0, 0), Level(60.0, 1), Level(100.0, 0)]
    assert uses(levels, 20.0, DAY_S) == [(10.0, 100.0)]
    assert uses(levels, 5.0, DAY_S) == [(10.0, 50.0), (60.0, 100.0)]


def test_quiet_day_deserves_nothing() -> None:
    lesson = stay(1000.0, 1000.0 + 35 * MIN)
    after = stay(1000.0 + 80 * MIN, 1000.0 + 100 * MIN)
    found = deserved(a_day(*lesson, *treated(1000.0 + 35 * MIN), *after, *treated(1000.0 + 100 * MIN)))
    loud = {rule for rule, spans in found.items() if spans}
    assert loud == {"treatment-due"}


def test_overload_is_deserved_from_the_first_too_many() -> None:
    found = deserved(a_day(*stay(1000.0, 1200.0, people=60)))
    assert Span(ROOM, 1000.0, 1200.0) in found["over-capacity"]


def test_lesson_is_too_long_from_its_fortieth_minute() -> None:
    found = deserved(a_day(*stay(1000.0, 1000.0 + 50 * MIN)))
    assert found["lesson-too-long"] == [Span(ROOM, 1000.0 + 40 * MIN, 1000.0 + 50 * MIN)]


def test_who_cleans_makes_no_lesson_longer() -> None:
    left_s = 1000.0 + 39 * MIN
    cleaner = stay(left_s + 10.0, left_s + 5 * MIN, people=1, group=f"{CLEANER}hall")
    found = deserved(a_day(*stay(1000.0, left_s), *cleaner))
    assert not found["lesson-too-long"]


def test_room_is_due_until_somebody_begins() -> None:
    left_s = 1000.0 + 35 * MIN
    found = deserved(a_day(*stay(1000.0, left_s), *treated(left_s)))
    assert set(found["treatment-due"]) == {Span(ROOM, left_s, left_s + 120.0)}
    assert not found["treatment-late"]


def test_room_begun_late_is_late_from_a_quarter_of_an_hour_on() -> None:
    left_s = 1000.0 + 35 * MIN
    found = deserved(a_day(*stay(1000.0, left_s), *treated(left_s, begun_after_s=20 * MIN)))
    assert set(found["treatment-late"]) == {Span(ROOM, left_s + 15 * MIN, left_s + 20 * MIN)}


def test_forgotten_room_is_late_to_the_end() -> None:
    left_s = 1000.0 + 35 * MIN
    found = deserved(a_day(*stay(1000.0, left_s)))
    assert set(found["treatment-late"]) == {Span(ROOM, left_s + 15 * MIN, DAY_S)}


def test_entry_into_an_untreated_room_is_early() -> None:
    left_s = 1000.0 + 35 * MIN
    again_s = left_s + 30 * MIN
    found = deserved(a_day(*stay(1000.0, left_s), *stay(again_s, again_s + 20 * MIN)))
    assert found["early-entry"] == [Span(ROOM, again_s, again_s + 20 * MIN)]


def test_entry_into_a_treated_room_before_the_break_is_over_is_early() -> None:
    left_s = 1000.0 + 35 * MIN
    again_s = left_s + 19 * MIN
    day = a_day(*stay(1000.0, left_s), *treated(left_s, begun_after_s=10.0), *stay(again_s, again_s + 90.0))
    assert [one.from_s for one in deserved(day)["early-entry"]] == [again_s]


def test_lesson_over_its_room_and_one_to_which_nobody_came() -> None:
    sitting = Sitting(ROOM, 3600.0, 3600.0 + 40 * MIN, 50)
    found = deserved(a_day(sittings=[sitting]))
    assert found["timetable-over-cap"] == [Span(ROOM, 0.0, 3600.0)]
    assert found["expected-against-seen"] == [Span(ROOM, 3600.0 + 15 * MIN, 3600.0 + 40 * MIN)]


def test_short_break_of_the_timetable_is_deserved() -> None:
    first, second = Sitting(ROOM, 0.0, 40 * MIN, 9), Sitting(ROOM, 55 * MIN, 95 * MIN, 9)
    assert deserved(a_day(sittings=[second, first]))["break-too-short"] == [Span(ROOM, 0.0, 55 * MIN)]


def test_measured_air_is_deserved_while_it_is_over_the_limit() -> None:
    series = [(0.0, 500.0), (60.0, 1100.0), (120.0, 2100.0), (180.0, 900.0)]
    found = deserved(a_day(air={ROOM: series}))
    assert found["co2-high"] == [Span(ROOM, 60.0, 120.0)]
    assert found["co2-too-high"] == [Span(ROOM, 120.0, 180.0)]


@pytest.mark.parametrize(("people", "rooms"), [(200, [ROOM]), (3, [])])
def test_air_nobody_measures_is_worked_out_from_people(people: int, rooms: list[str]) -> None:
    found = deserved(a_day(*stay(10.0, 3 * 3600.0, people)))
    assert [one.subject for one in found["ventilation-need"]] == rooms


def test_fever_and_faults_are_deserved_where_they_were() -> None:
    silent = Injection(kind=FaultKind.SILENT_NODE, target="front", from_s=50.0, until_s=200.0)
    fever = Visit(300.0, "post", 1, 2.0, 37.0, fever_c=2.0)
    healthy = Visit(400.0, "post", 2, 2.0, 35.0)
    found = deserved(a_day(silent, fever, healthy))
    assert found["silent-node"] == [Span("front", 50.0, 200.0)]
    assert found["unscreened-entrance"] == [Span("hall", 50.0, 200.0)]
    assert found["elevated-screening"] == [Span("post", 300.0, 304.0)]


def test_dispenser_is_deserved_from_a_tenth_on() -> None:
    found = deserved(a_day(dispensers={"dispenser": [(0.0, 1.0), (60.0, 0.1), (120.0, 1.0)]}))
    assert found["empty-dispenser"] == [Span("dispenser", 60.0, 120.0)]


def test_alert_with_a_reason_is_true_and_one_without_is_false() -> None:
    good, bad = an_alert(fired_s=130.0), an_alert(fired_s=9000.0, id="bad")
    spans = {"over-capacity": [Span(ROOM, 100.0, 300.0)]}
    found = score_alarms([good, bad], fired(good, bad), spans, RULES, at(0), DAY_S)["over-capacity"]
    assert (found.fired, found.true, found.false, found.deserved, found.missed) == (2, 1, 1, 1, 0)
    assert found.false_at == ("A-101 9000",)


def test_alert_about_another_room_is_no_excuse() -> None:
    other = an_alert(fired_s=130.0, subject="room-2", space="room-2")
    spans = {"over-capacity": [Span(ROOM, 100.0, 300.0)]}
    found = score_alarms([other], fired(other), spans, RULES, at(0), DAY_S)["over-capacity"]
    assert (found.false, found.missed) == (1, 1)


@pytest.mark.parametrize(("lasts_s", "deserved_ones"), [(25.0, 0), (35.0, 1)])
def test_what_the_rule_is_too_patient_for_is_not_missed(lasts_s: float, deserved_ones: int) -> None:
    spans = {"over-capacity": [Span(ROOM, 100.0, 100.0 + lasts_s)]}
    found = score_alarms([], [], spans, RULES, at(0), DAY_S)["over-capacity"]
    assert found.deserved == found.missed == deserved_ones


def test_alert_that_fires_again_is_counted_again() -> None:
    alert = an_alert(fired_s=130.0)
    back = Transition(alert=alert.id, at=alert.since + timedelta(hours=1), change=Change.RETURNED)
    spans = {"over-capacity": [Span(ROOM, 100.0, 300.0)]}
    found = score_alarms([alert], [*fired(alert), back], spans, RULES, at(0), DAY_S)["over-capacity"]
    assert (found.fired, found.false) == (2, 1)


def test_alert_still_pending_has_said_nothing() -> None:
    pending = an_alert(fired_at=None, state=AlertState.PENDING)
    assert score_alarms([pending], [], {}, RULES, at(0), DAY_S) == {}


def test_stretches_that_touch_are_one() -> None:
    spans = [Span("b", 0.0, 10.0), Span("a", 50.0, 90.0), Span("a", 0.0, 60.0), Span("a", 500.0, 600.0)]
    assert merged(spans) == [Span("a", 0.0, 90.0), Span("a", 500.0, 600.0), Span("b", 0.0, 10.0)]
