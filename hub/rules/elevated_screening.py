"""An entrance thermometer found somebody elevated: a person must measure again (§35, §2.1). Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "elevated-screening"
#: One alert a post for this long, however many are elevated.
HOLD = timedelta(seconds=60)


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each post with an elevated screening in the last minute.

    Looks at when it happened, not when it arrived: what comes late corrects the record and sounds
    no siren about the past.
    """
    if not situation.profile.screening.obligatory:
        return
    doors = {door.id: door for door in situation.layout.doors}
    for post in situation.layout.posts:
        book = situation.campus.state.posts.get(post.id)
        fresh = [one for one in book.elevated if timedelta(0) <= now - one.at < HOLD] if book else []
        if not fresh:
            continue
        yield Finding(
            rule=RULE,
            subject=post.id,
            label=_label(situation, doors[post.door].inner),
            space=doors[post.door].inner,
            node=post.node,
            value=len(fresh),
            clause=situation.profile.screening.source,
        )


def _label(situation: Situation, space: str) -> str:
    return situation.spaces[space].code if space in situation.spaces else space
