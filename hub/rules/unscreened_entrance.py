"""An entrance without a living thermometer, or without antiseptic (§35, §2.1). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.layout import OUTSIDE
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space, inside, placing
from hub.situation import Situation

RULE = "unscreened-entrance"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for an entrance whose post, or whose dispenser, is missing, silent or faulty.

    While a node of it may still come, after a start of ours, an alert from before goes on. An empty
    dispenser is a rule of its own.
    """
    door = placing(situation).doors[subject]
    if OUTSIDE not in (door.outer, door.inner):
        return
    limits = situation.limits(inside(door))
    posts = [(post.node, post.channel) for post in placing(situation).posts_at[subject]]
    dispensers = [(one.node, one.channel) for one in placing(situation).dispensers_at[subject]]
    wanted = []
    if limits.screening.obligatory:
        wanted.append(("thermometer", limits.screening.source, posts))
    if limits.dispensers is not None and limits.dispensers.obligatory:
        wanted.append(("dispenser", limits.dispensers.source, dispensers))
    lacking = [
        (what, clause, is_there)
        for what, clause, channels in wanted
        if not (is_there := _is_there(situation, channels, now))
    ]
    for node, _ in (*posts, *dispensers):
        changes = situation.presence.changes_at(node)
        if changes is not None:
            yield Later(changes)
    if not lacking:
        return
    # What is known to be missing is told before what may still come.
    what, clause, is_there = min(lacking, key=lambda one: one[2] is None)
    found = about_space(RULE, situation.spaces[inside(door)], clause, starts=is_there is False)
    yield replace(found, subject=subject, node=door.node, limit_rule=what)


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
