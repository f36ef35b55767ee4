"""What each door may show on its own: light, places left, reason, and until when. Pure."""

from collections.abc import Callable
from datetime import datetime

from hub.layout import OUTSIDE, Sensor
from hub.situation import Situation
from hub.store.journal import Receipt
from protocol.messages import Allowance, Light, ScreeningLimits, Signal, SpaceCondition, SpaceState

#: The light for each state of the room behind the door.
LIGHTS = {
    SpaceCondition.OPEN: Light.GO,
    SpaceCondition.NEAR: Light.GO,
    SpaceCondition.DUE: Light.GO,
    SpaceCondition.TREATMENT: Light.WAIT,
    SpaceCondition.FULL: Light.STOP,
    SpaceCondition.CLOSED: Light.STOP,
    SpaceCondition.HOLD: Light.STOP,
    SpaceCondition.UNKNOWN: Light.UNKNOWN,
}
#: The way out is never barred.
ANYBODY = Allowance(light=Light.GO, reason="free")


def signal_for(
    node: str,
    situation: Situation,
    state_of: Callable[[str], SpaceState],
    receipt: Receipt | None,
    now: datetime,
    valid_s: float,
) -> Signal:
    """The allowance of every door of a node, and the limits of its screening.

    `receipt` is what is durable of the node's present epoch: passages up to it are counted in `free`.
    """
    channels = {
        door.channel: ANYBODY if door.inner == OUTSIDE else allow(state_of(door.inner))
        for door in situation.doors_of.get(node, ())
    }
    for sensor in situation.switched_by.get(node, ()):
        channels[sensor.channel] = _switch(sensor, situation, now)
    rule = situation.profile.screening
    has_post = any(post.node == node for post in situation.layout.posts)
    limits = ScreeningLimits(
        repeat_over_c=rule.repeat_over_c,
        elevated_over_c=rule.elevated_over_c,
        too_cold_under_c=rule.too_cold_under_c,
        enabled=rule.obligatory,
    )
    return Signal(
        as_of=now,
        valid_s=valid_s,
        epoch=receipt.epoch if receipt else None,
        seq=receipt.received.prefix if receipt else 0,
        channels=channels,
        screening=limits if has_post else None,
    )


def _switch(sensor: Sensor, situation: Situation, now: datetime) -> Allowance:
    """Whether a lamp or fan may run: `go` is leave, never an order; the node's interlock comes after it."""
    leave = situation.permission(sensor, now)
    return Allowance(
        light=Light.GO if leave.allowed else Light.STOP, reason=leave.reason, clause=leave.clause
    )


def allow(state: SpaceState) -> Allowance:
    """What the door of a space in this state may show.

    `free` goes below zero where too many are inside: a node that is alone must know how many have
    to leave before somebody may go in.
    """
    free = None
    if state.occupancy is not None and state.capacity is not None:
        free = state.capacity - state.occupancy
    return Allowance(
        light=LIGHTS[state.state],
        free=free,
        reason=state.reason,
        clause=state.clause or "",
        until=state.until,
    )
