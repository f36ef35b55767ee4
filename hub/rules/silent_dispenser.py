"""A dispenser nobody presses although many come in: it is jammed, empty or unplugged (§35). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.layout import SensorKind
from hub.rules.empty_dispenser import about_sensor
from hub.rules.finding import Finding, Later
from hub.rules.passing import came_in_since
from hub.rules.placing import placing
from hub.situation import Situation

RULE = "silent-dispenser"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding when so many came in by its entrance today, for so long, without a press."""
    sensor = situation.sensors[subject]
    limits = situation.limits(placing(situation).space_of(sensor)).dispensers
    if limits is None or sensor.kind is not SensorKind.DISPENSER or sensor.door is None:
        return
    given = situation.dispenser(subject)
    last = given.last_at if given is not None else None
    patience = timedelta(seconds=limits.silent_after.seconds)
    # Never pressed: it is waited for since we began to listen.
    waited_from = last if last is not None else situation.presence.since
    if now - waited_from < patience:
        yield Later(waited_from + patience)
        return
    people = came_in_since(situation, placing(situation).doors[sensor.door], last, now)
    if people < limits.silent_people:
        return
    found = about_sensor(RULE, situation, sensor, limits.level_source)
    yield replace(found, value=people, limit=limits.silent_people, limit_rule="silent")
