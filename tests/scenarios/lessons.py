"""Lessons that the scenarios of uses and treatments begin with."""

from tests.scenarios.language import DayOfScenario, a_day
from tests.scenarios.places import a_lamp, a_room, a_window

#: What a classroom owes after a lesson.
ALL = ("surfaces", "air_disinfection", "airing")


def a_lesson_until(end: str, kind: str = "classroom") -> DayOfScenario:
    """Twelve people in A-204 from 09:00 on."""
    day = a_day(a_room("A-204", kind, area_m2=60.0), sensors=(a_window("A-204"), a_lamp("A-204")))
    day.at("09:00").enter("A-204", 12)
    day.at(end).leave("A-204", 12)
    return day


def all_but_one_until(end: str) -> DayOfScenario:
    """Fifteen people in A-204 from 09:00 on, of whom the door sees fourteen leave."""
    day = a_day(a_room("A-204", area_m2=80.0), sensors=(a_window("A-204"), a_lamp("A-204")))
    day.at("09:00").enter("A-204", 15)
    day.at(end).leave("A-204", 14)
    return day
