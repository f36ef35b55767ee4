"""A sensor is broken, reads what cannot be, or is silent: what it watches is unknown (§2.6, §59). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.layout import Sensor, SensorKind
from hub.rules.empty_dispenser import about_sensor
from hub.rules.finding import Finding, Later
from hub.rules.placing import placing
from hub.situation import Situation

RULE = "faulty-sensor"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding while the sensor's fault goes on; a sensor of a silent node is told of with its node."""
    sensor = situation.sensors[subject]
    if placing(situation).space_of(sensor) not in situation.spaces:
        return
    found = about_sensor(RULE, situation, sensor, situation.profile.alerts[RULE].source)
    if not situation.presence.is_alive(sensor.node, now):
        yield replace(found, starts=False)
    elif situation.is_sensor_faulty(subject):
        yield replace(found, limit_rule="faulty")
    elif sensor.kind is SensorKind.AIR and sensor.space is not None:
        yield from _check_air(situation, sensor, found, now)


def _check_air(
    situation: Situation, sensor: Sensor, found: Finding, now: datetime
) -> Iterator[Finding | Later]:
    space = sensor.space or ""
    limits, air = situation.limits(space).air, situation.air(space, now)
    if limits is None or air is None:
        return
    if air.is_faulty:
        yield replace(found, limit_rule="below-outdoor")
        return
    fresh_for = timedelta(seconds=limits.fresh_for.seconds)
    # Not read yet: it is waited for since we began to listen.
    silent_at = max(air.at or situation.presence.since, situation.presence.since) + fresh_for
    if air.is_fresh or now < silent_at:
        yield Later(air.again_at or silent_at)
    else:
        yield replace(found, limit_rule="silent")
