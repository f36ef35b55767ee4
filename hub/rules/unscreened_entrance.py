"""An entrance without a living thermometer (§35, §2.1). Pure."""

from collections.abc import Iterator
from datetime import datetime

from hub.layout import OUTSIDE, Door
from hub.presence import Liveness
from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "unscreened-entrance"


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each entrance of a building whose post is missing, silent or faulty."""
    if not situation.profile.screening.obligatory:
        return
    for door in situation.layout.entrances():
        space = door.outer if door.inner == OUTSIDE else door.inner
        if _is_screened(situation, door, now):
            continue
        yield Finding(
            rule=RULE,
            subject=door.id,
            label=situation.spaces[space].code,
            space=space,
            node=door.node,
            clause=situation.profile.screening.source,
        )


def _is_screened(situation: Situation, door: Door, now: datetime) -> bool:
    presence = situation.presence
    for post in situation.layout.posts:
        if post.door != door.id or situation.campus.is_faulty(post.node, post.channel):
            continue
        liveness = presence.liveness(post.node, now)
        starting = now - presence.since < presence.patience(post.node) / 3
        if liveness is Liveness.ONLINE or (liveness is Liveness.NEVER_HEARD and starting):
            return True
    return False
