"""An entrance thermometer found somebody elevated: a person must measure again (§35, §2.1). Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hub.campus import Elevated
from hub.rules.finding import Finding
from hub.situation import Situation

RULE = "elevated-screening"
#: One alert a post for this long, however many are elevated.
HOLD = timedelta(seconds=60)
#: Further apart than this, happening and arriving are two things: a backlog, not a clock that is off.
LATE = timedelta(minutes=2)


def check(situation: Situation, now: datetime) -> Iterator[Finding]:
    """A finding for each post with an elevated screening in the last minute.

    What comes long after it happened corrects the record and sounds no siren about the past; a node
    whose clock is a little off is still heard.
    """
    if not situation.profile.screening.obligatory:
        return
    doors = {door.id: door for door in situation.layout.doors}
    for post in situation.layout.posts:
        book = situation.campus.state.posts.get(post.id)
        fresh = [one for one in book.elevated if _is_fresh(one, now)] if book else []
        if not fresh:
            continue
        yield Finding(
            rule=RULE,
            subject=post.id,
            label=_label(situation, doors[post.door].inner),
            space=doors[post.door].inner,
            node=post.node,
            value=len(fresh),
            newest_at=max(one.received for one in fresh),
            clause=situation.profile.screening.source,
        )


def _is_fresh(one: Elevated, now: datetime) -> bool:
    return timedelta(0) <= now - one.received < HOLD and abs(one.received - one.at) < LATE


def _label(situation: Situation, space: str) -> str:
    return situation.spaces[space].code if space in situation.spaces else space
