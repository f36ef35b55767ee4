"""An entrance thermometer found somebody elevated: a person must measure again (§35, §2.1). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.campus_state import Elevated
from hub.rules.finding import Finding, Later
from hub.rules.placing import about_space, inside, placing
from hub.situation import Situation

RULE = "elevated-screening"
#: One alert a post for this long, however many are elevated.
HOLD = timedelta(seconds=60)
#: Further apart than this, happening and arriving are two things: a backlog, not a clock that is off.
LATE = timedelta(minutes=2)


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for a post with an elevated screening in the last minute.

    What comes long after it happened corrects the record and sounds no siren about the past; a node
    whose clock is a little off is still heard.
    """
    post = placing(situation).posts[subject]
    space = inside(placing(situation).doors[post.door])
    screening = situation.limits(space).screening
    book = situation.campus.state.posts.get(subject)
    fresh = [one for one in book.elevated if _is_fresh(one, now)] if book and screening.obligatory else []
    if not fresh:
        return
    found = about_space(RULE, situation.spaces[space], screening.source)
    newest = max(one.received for one in fresh)
    yield replace(found, subject=subject, node=post.node, value=len(fresh), newest_at=newest)
    yield Later(min(one.received for one in fresh) + HOLD)


def _is_fresh(one: Elevated, now: datetime) -> bool:
    return timedelta(0) <= now - one.received < HOLD and abs(one.received - one.at) < LATE
