"""A dispenser of antiseptic that is empty, or nearly (§35, §2.1). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.layout import Sensor, SensorKind
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space, placing
from hub.situation import Situation

RULE = "empty-dispenser"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding at the low share of its gauge; without a gauge, after so many presses as empty a full one."""
    sensor = situation.sensors[subject]
    space = placing(situation).space_of(sensor)
    limits = situation.limits(space).dispensers
    given = situation.dispenser(subject) if sensor.kind is SensorKind.DISPENSER else None
    if limits is None or given is None or space not in situation.spaces:
        return
    found = replace(about_sensor(RULE, situation, sensor, limits.source), limit_rule="level")
    if given.level is not None:
        if given.level <= limits.low_share:
            yield replace(found, value=given.level, limit=limits.low_share)
    elif given.presses >= limits.presses:
        yield replace(found, value=given.presses, limit=limits.presses, limit_rule="presses")


def about_sensor(rule: str, situation: Situation, sensor: Sensor, clause: str) -> Finding:
    """A finding about a sensor, labelled with the place it watches."""
    space = situation.spaces[placing(situation).space_of(sensor)]
    return replace(about_space(rule, space, clause), subject=sensor.id, node=sensor.node)
