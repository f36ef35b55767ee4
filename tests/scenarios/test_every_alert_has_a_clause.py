"""Nothing is found, raised or told without the clause or the stated reason that stands in the profile.

That no clause is empty is looked at in every scenario (`promises.py`); here it is one of the profile's.
"""

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub.itself import Ending, Itself, Restoration
from hub.rules import CHECKS, find_all
from hub.rules.closed_space import HELD
from protocol.wire import NEWEST, Wire
from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.places import (
    ORDER_2020,
    REGIMES,
    SEASON,
    a_duty,
    a_lesson,
    a_room,
    a_window,
    an_air_sensor,
)
from tests.scenarios.playing import clock

ROOMS = {
    "A-204": "classroom",
    "L-1": "laboratory",
    "R-1": "research",
    "C-1": "corridor",
    "D-1": "dormitory",
}
TASKS = ("surfaces", "air_disinfection", "airing", "equipment")
PROFILES = [(ORDER_2020, None), (ORDER_2020, "remote"), (ORDER_2020, "blended"), (SEASON, None)]


def sources(tree: object) -> Iterator[str]:
    """Every clause and reason that stands anywhere in a profile."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from [value] if "source" in str(key) and isinstance(value, str) else sources(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from sources(value)


def known_clauses(profile: str) -> set[str]:
    return {HELD, *sources(tomllib.loads((REGIMES / f"{profile}.toml").read_text(encoding="utf-8")))}


def strangers(day: DayOfScenario, profile: str, until: str) -> list[tuple[str, str]]:
    """Rules and clauses of alerts that the profile does not know."""
    known = known_clauses(profile)
    alerts = day.play(until).alerts.values()
    return sorted(
        {(one.rule, one.clause) for one in alerts if one.clause not in known and not both(one.clause, known)}
    )


def both(clause: str, known: set[str]) -> bool:
    """Two clauses said together: a lesson ahead is over the timetable's and over the room's."""
    return any(clause == f"{one}; {other}" for one in known for other in known if clause.startswith(one))


def a_day_on_which_everything_goes_wrong() -> DayOfScenario:
    """One morning; every rule finds something."""
    rooms = [a_room(code, kind) for code, kind in ROOMS.items()]
    more = [a_room(f"B-{number}") for number in range(1, 5)]
    lessons = (
        a_lesson("B-1", "08:00", "08:40", enrolled=12),
        a_lesson("B-1", "08:50", "09:30", enrolled=20),
    )
    sensors = (a_window("A-204"), an_air_sensor("L-1"), an_air_sensor("R-1"))
    nobody_at_night = tuple(a_duty(role, "day") for role in ("guard", "manager", "admin"))
    day = a_day(*rooms, *more, lessons=lessons, sensors=sensors, duties=nobody_at_night)
    day.at("07:10").enter("R-1", 1)
    day.at("07:20").enter("A-204", 16).enter("C-1", 3)
    day.at("07:30").screen("elevated").air("L-1", 1200.0).air("R-1", 2500.0)
    day.at("07:40").enter("L-1", 5).enter("B-4", 3).close("B-4")
    day.at("08:10").leave("A-204", 16).leave("L-1", 5)
    day.at("08:12").enter("A-204", 8)
    day.at("08:20").dispense(level=0.05).break_down("B-3", "door").air("R-1", None)
    day.at("08:30").pass_the_thermometer_by(100)
    day.at("09:00").learn(what_goes_wrong_with_itself(clock("09:00")))
    day.at("10:00").speak_otherwise("C-1", Wire(NEWEST + 1, NEWEST + 2))
    day.at("11:00").fall_silent("A-204")
    day.at("11:10").fall_silent("entrance", "B-1", "B-2")
    return day


def what_goes_wrong_with_itself(now: datetime) -> Itself:
    """A store put back, and certificates near their ends."""
    left = {"door-a": timedelta(days=20), "door-b": timedelta(days=3), "door-c": timedelta(0)}
    return Itself(
        restored=(Restoration(store="hub.db", since=now - timedelta(hours=1), at=now),),
        certificates=tuple(
            Ending(name=name, role="node", starts=now - timedelta(days=150), ends=now + more)
            for name, more in left.items()
        ),
    )


def test_every_rule_finds_something_on_such_a_day_and_cites_the_profile() -> None:
    day = a_day_on_which_everything_goes_wrong()
    fired = {one.rule for one in day.play("11:30").alerts.values() if one.fired_at is not None}
    assert fired == set(CHECKS)
    assert strangers(day, ORDER_2020, "11:30") == []


def test_clause_of_another_profile_is_a_stranger() -> None:
    day = a_day_on_which_everything_goes_wrong()
    assert ("over-capacity", "§71, §69.3") in strangers(day, SEASON, "11:30")


def happen(day: DayOfScenario, minute: int, what: str, code: str, number: int) -> None:
    """One deed of a random day."""
    at = day.at(f"{7 + minute // 60:02}:{minute % 60:02}")
    task = TASKS[number % len(TASKS)]
    deeds: dict[str, Any] = {
        "enter": lambda: at.enter(code, number),
        "leave": lambda: at.leave(code, number),
        "come in": lambda: at.pass_the_thermometer_by(number),
        "start": lambda: at.start(code, task),
        "done": lambda: at.done(code, task, proof="tag"),
        "word": lambda: at.word(code, task, "done"),
        "window": lambda: at.window("A-204", open=number % 2 == 0),
        "air": lambda: at.air("L-1", 300.0 + 100 * number),
        "screen": lambda: at.screen("elevated"),
        "dispense": lambda: at.dispense(level=number / 100),
        "recount": lambda: at.recount(code, number),
        "close": lambda: at.close(code),
        "open": lambda: at.open_again(code),
        "break": lambda: at.break_down(code, "door"),
        "mend": lambda: at.mend(code, "door"),
        "silent": lambda: at.fall_silent(code),
        "back": lambda: at.speak_again(code),
    }
    deeds[what]()


WHAT = [
    *("enter", "enter", "enter", "come in", "leave", "leave"),
    *("start", "done", "word", "window", "air", "screen", "dispense", "recount", "close", "open"),
    *("break", "mend", "silent", "back"),
]
DEEDS = st.tuples(
    st.integers(0, 179), st.sampled_from(WHAT), st.sampled_from(sorted(ROOMS)), st.integers(1, 20)
)


@pytest.mark.parametrize(("profile", "variant"), PROFILES)
# Without shrinking: a day that fails is told as it is, and soon.
@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(deeds=st.lists(DEEDS, max_size=40))
def test_on_any_day_nothing_is_found_without_a_clause_of_the_profile(
    profile: str, variant: str | None, deeds: list[tuple[int, str, str, int]]
) -> None:
    rooms = [a_room(code, kind) for code, kind in ROOMS.items()]
    lessons = (
        a_lesson("A-204", "07:30", "08:10", enrolled=20),
        a_lesson("A-204", "08:20", "09:00", enrolled=5),
    )
    sensors = (a_window("A-204"), an_air_sensor("L-1"))
    day = a_day(*rooms, lessons=lessons, profile=profile, variant=variant, sensors=sensors)
    for deed in deeds:
        happen(day, *deed)
    for until in ("08:07", "09:01", "10:30"):
        playing = day.play(until)
        officer = playing.officer
        # Looking only where something has changed finds what looking everywhere finds.
        looked = {(one.rule, one.subject): one for one in find_all(officer.situation, playing.now)}
        assert officer.rounds.findings == looked
    assert strangers(day, profile, "10:30") == []
