"""The rules, listed by hand: each is `check(situation, subject, now)` about one subject of its kind."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from hub.layout import Layout
from hub.places import CAMPUS, Subject
from hub.rules import (
    break_too_short,
    certificate_ending,
    certificate_expired,
    certificate_urgent,
    closed_space,
    co2_high,
    co2_too_high,
    corridor_airing,
    early_entry,
    elevated_screening,
    empty_dispenser,
    equipment_due,
    expected_against_seen,
    faulty_sensor,
    lesson_too_long,
    nobody_reachable,
    over_capacity,
    research_schedule,
    silent_building,
    silent_dispenser,
    silent_node,
    silent_post,
    store_restored,
    timetable_over_cap,
    treatment_due,
    treatment_late,
    unread_node,
    unscreened_entrance,
    untrusted_door,
    ventilation_need,
)
from hub.rules.finding import Finding, Later
from hub.situation import Situation

Check = Callable[[Situation, str, datetime], Iterator[Finding | Later]]


class Rule(NamedTuple):
    """What a rule looks at, and how."""

    subject: Subject
    check: Check


CHECKS: dict[str, Rule] = {
    over_capacity.RULE: Rule(Subject.SPACE, over_capacity.check),
    closed_space.RULE: Rule(Subject.SPACE, closed_space.check),
    lesson_too_long.RULE: Rule(Subject.SPACE, lesson_too_long.check),
    early_entry.RULE: Rule(Subject.SPACE, early_entry.check),
    break_too_short.RULE: Rule(Subject.SPACE, break_too_short.check),
    treatment_due.RULE: Rule(Subject.SPACE, treatment_due.check),
    treatment_late.RULE: Rule(Subject.SPACE, treatment_late.check),
    corridor_airing.RULE: Rule(Subject.SPACE, corridor_airing.check),
    equipment_due.RULE: Rule(Subject.SPACE, equipment_due.check),
    elevated_screening.RULE: Rule(Subject.POST, elevated_screening.check),
    unscreened_entrance.RULE: Rule(Subject.SPACE, unscreened_entrance.check),
    silent_post.RULE: Rule(Subject.SPACE, silent_post.check),
    empty_dispenser.RULE: Rule(Subject.SENSOR, empty_dispenser.check),
    silent_dispenser.RULE: Rule(Subject.SPACE, silent_dispenser.check),
    research_schedule.RULE: Rule(Subject.SPACE, research_schedule.check),
    co2_high.RULE: Rule(Subject.SPACE, co2_high.check),
    co2_too_high.RULE: Rule(Subject.SPACE, co2_too_high.check),
    ventilation_need.RULE: Rule(Subject.SPACE, ventilation_need.check),
    faulty_sensor.RULE: Rule(Subject.SENSOR, faulty_sensor.check),
    untrusted_door.RULE: Rule(Subject.DOOR, untrusted_door.check),
    silent_node.RULE: Rule(Subject.BUILDING, silent_node.check),
    silent_building.RULE: Rule(Subject.BUILDING, silent_building.check),
    unread_node.RULE: Rule(Subject.NODE, unread_node.check),
    timetable_over_cap.RULE: Rule(Subject.SPACE, timetable_over_cap.check),
    expected_against_seen.RULE: Rule(Subject.SPACE, expected_against_seen.check),
    nobody_reachable.RULE: Rule(Subject.CAMPUS, nobody_reachable.check),
    store_restored.RULE: Rule(Subject.CAMPUS, store_restored.check),
    certificate_ending.RULE: Rule(Subject.CAMPUS, certificate_ending.check),
    certificate_urgent.RULE: Rule(Subject.CAMPUS, certificate_urgent.check),
    certificate_expired.RULE: Rule(Subject.CAMPUS, certificate_expired.check),
}


def find_all(situation: Situation, now: datetime) -> list[Finding]:
    """What every rule finds at `now` about every subject of its kind."""
    subjects = subjects_of(situation.layout)
    return [
        found
        for rule in CHECKS.values()
        for subject in subjects[rule.subject]
        for found in rule.check(situation, subject, now)
        if isinstance(found, Finding)
    ]


def subjects_of(layout: Layout) -> dict[Subject, tuple[str, ...]]:
    """Everything rules look at in a campus, by kind."""
    return {
        Subject.SPACE: tuple(one.id for one in layout.spaces),
        Subject.DOOR: tuple(one.id for one in layout.doors),
        Subject.POST: tuple(one.id for one in layout.posts),
        Subject.SENSOR: tuple(one.id for one in layout.sensors),
        Subject.NODE: layout.nodes(),
        Subject.BUILDING: tuple(one.id for one in layout.buildings),
        Subject.CAMPUS: (CAMPUS.id,),
    }
