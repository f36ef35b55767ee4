"""An entrance without a living thermometer (§35, §2.1). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.layout import OUTSIDE, Door
from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "unscreened-entrance"


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each entrance of a building whose post is missing, silent or faulty.

    While its node may still come, after a start of ours, an alert from before goes on.
    """
    if not situation.profile.screening.obligatory:
        return
    for door in situation.layout.entrances():
        space = door.outer if door.inner == OUTSIDE else door.inner
        screened = _is_screened(situation, door, now)
        if screened:
            continue
        yield Finding(
            rule=RULE,
            subject=door.id,
            label=situation.spaces[space].code,
            space=space,
            node=door.node,
            clause=situation.profile.screening.source,
            starts=screened is False,
        )


def _is_screened(situation: Situation, door: Door, now: datetime) -> bool | None:
    """Whether a living, sound post is there; None when one may still come."""
    presence = situation.presence
    answer: bool | None = False
    for post in situation.layout.posts:
        if post.door != door.id or situation.campus.is_faulty(post.node, post.channel):
            continue
        if presence.is_alive(post.node, now):
            return True
        if presence.may_still_come(post.node, now):
            answer = None
    return answer
