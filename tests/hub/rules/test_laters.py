"""A rule that is looked at only when it asked to be finds what looking all the time would find."""

from collections.abc import Callable

import pytest

from hub.layout import Sensor, SensorKind, SpaceKind
from hub.presence import Liveness
from hub.rules import CHECKS, subjects_of
from hub.rules.finding import Finding, Later
from protocol.events import Air, Dispense, Verdict
from tests.builders import a_layout, a_passage, a_screening, a_space, an_exit, at
from tests.hub.rules.day import Day, a_lesson

AIR = Sensor(id="air", node="room-node", channel="air", kind=SensorKind.AIR, space="room")
GEL = Sensor(id="gel", node="entrance", channel="gel", kind=SensorKind.DISPENSER, door="entrance")


def a_lesson_day() -> Day:
    """Ten people in a classroom for an hour, then nobody; nodes fall silent in the end."""
    day = Day(a_layout(sensors=(AIR, GEL)), None, a_lesson(5, 40, enrolled=3), a_lesson(50, 40, enrolled=30))
    return day.see(
        "room-node",
        a_passage(1, people=10),
        Air(seq=2, at=at(600), channel="air", co2_ppm=1500.0),
        an_exit(3, people=10, at=at(3600)),
    )


def an_entrance_day() -> Day:
    """A fever, a press, and two hundred people."""
    return Day(a_layout(sensors=(AIR, GEL))).see(
        "entrance",
        a_screening(1, verdict=Verdict.ELEVATED),
        Dispense(seq=2, at=at(0), channel="gel", presses=1),
        a_passage(3, channel="main", people=200, at=at(30)),
    )


def a_research_day() -> Day:
    """People in a research space and in a corridor from the morning on."""
    spaces = (
        a_space("hall", kind=SpaceKind.CORRIDOR, area_m2=200.0, desks=None),
        a_space("room", kind=SpaceKind.RESEARCH, desks=None),
    )
    return Day(a_layout(spaces=spaces), None, a_lesson(13 * 60, 40)).see("room-node", a_passage(1, people=3))


@pytest.mark.parametrize("rule", sorted(CHECKS))
@pytest.mark.parametrize("story", [a_lesson_day, an_entrance_day, a_research_day])
@pytest.mark.parametrize(
    ("heard_every", "seconds"),
    [((), range(0, 200)), ((1,), range(3720, 4 * 3600, 60)), ((1,), range(3720, 54000, 900))],
    ids=["nodes-fall-silent", "morning", "day"],
)
def test_rule_finds_the_same_when_looked_at_only_as_it_asked(
    story: Callable[[], Day], rule: str, heard_every: tuple[int, ...], seconds: range
) -> None:
    day = story()
    subject_kind, check = CHECKS[rule]
    subjects = subjects_of(day.layout)[subject_kind]
    kept: dict[str, list[Finding]] = {}
    due = dict.fromkeys(subjects, 0.0)
    standing: list[Liveness] = []
    for second in seconds:
        for _ in heard_every:
            day.hear(seconds=second)
        day.situation.renew(at(second))
        # Who falls silent the hub notices itself, and looks at all that hangs on it.
        before, standing = standing, [day.presence.liveness(node, at(second)) for node in day.layout.nodes()]
        for subject in subjects:
            looked = list(check(day.situation, subject, at(second)))
            found = [one for one in looked if isinstance(one, Finding)]
            laters = [(one.at - at(0)).total_seconds() for one in looked if isinstance(one, Later)]
            again = min((one for one in laters if one > second), default=float("inf"))
            is_due = second >= due[subject] or standing != before
            # What it asked for earlier still holds.
            asked = min(again, due[subject] if due[subject] > second else again)
            kept[subject], due[subject] = (found, asked) if is_due else (kept[subject], due[subject])
            assert all(one.clause and one.rule == rule for one in found)
            assert kept[subject] == found, (subject, second, due[subject])
