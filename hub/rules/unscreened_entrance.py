"""An entrance without a living thermometer, or without antiseptic (§35, §2.1). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.layout import Door
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space, placing
from hub.rules.silence import waits
from hub.situation import Situation

RULE = "unscreened-entrance"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each entrance of a space whose post, or whose dispenser, is missing, silent or faulty.

    While a node of it may still come, after a start of ours, an alert from before goes on. An empty
    dispenser is a rule of its own.
    """
    for door in placing(situation).entrances_of[subject]:
        yield from _check_door(situation, subject, door, now)


def _check_door(situation: Situation, space: str, door: Door, now: datetime) -> Iterator[Finding | Later]:
    limits, at = situation.limits(space), placing(situation)
    wanted = []
    if limits.screening.obligatory:
        posts = [(one.node, one.channel) for one in at.posts_at[door.id]]
        wanted.append(("thermometer", limits.screening.source, posts))
    if limits.dispensers is not None and limits.dispensers.obligatory:
        dispensers = [(one.node, one.channel) for one in at.dispensers_at[door.id]]
        wanted.append(("dispenser", limits.dispensers.source, dispensers))
    lacking = []
    for what, clause, channels in wanted:
        yield from waits(situation, {node for node, _ in channels}, now)
        is_there = _is_there(situation, channels, now)
        if not is_there:
            lacking.append((what, clause, is_there))
    if lacking:
        # What is known to be missing is told before what may still come.
        what, clause, is_there = min(lacking, key=lambda one: one[2] is None)
        found = about_space(RULE, situation.spaces[space], clause, starts=is_there is False)
        yield replace(found, subject=door.id, node=door.node, limit_rule=what)


def _is_there(situation: Situation, channels: list[tuple[str, str]], now: datetime) -> bool | None:
    """Whether one of the channels is alive and sound; None when one may still come."""
    answer: bool | None = False
    for node, channel in channels:
        if situation.campus.is_faulty(node, channel):
            continue
        if situation.presence.is_alive(node, now):
            return True
        if situation.presence.may_still_come(node, now):
            answer = None
    return answer
