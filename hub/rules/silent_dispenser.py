"""A dispenser nobody presses although many come in: it is jammed, empty or unplugged (§35). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.layout import Door, Sensor
from hub.regime.limits import DispenserLimits
from hub.rules.empty_dispenser import about_sensor
from hub.rules.finding import Finding, Later
from hub.rules.passing import came_in_since
from hub.rules.placing import placing
from hub.situation import Situation

RULE = "silent-dispenser"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each dispenser by which so many came into a space today, for so long, without a press."""
    limits = situation.limits(subject).dispensers
    if limits is None:
        return
    for door in placing(situation).entrances_of[subject]:
        for sensor in placing(situation).dispensers_at[door.id]:
            yield from _check_one(situation, limits, door, sensor, now)


def _check_one(
    situation: Situation, limits: DispenserLimits, door: Door, sensor: Sensor, now: datetime
) -> Iterator[Finding | Later]:
    given = situation.dispenser(sensor.id)
    last = given.last_at if given is not None else None
    patience = timedelta(seconds=limits.silent_after.seconds)
    # Never pressed: it is waited for since we began to listen.
    waited_from = last if last is not None else situation.presence.since
    if now - waited_from < patience:
        yield Later(waited_from + patience)
        return
    people = came_in_since(situation, door, last, now)
    if people >= limits.silent_people:
        found = about_sensor(RULE, situation, sensor, limits.level_source)
        yield replace(found, value=people, limit=limits.silent_people, limit_rule="silent")
