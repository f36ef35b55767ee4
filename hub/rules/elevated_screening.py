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
    elevated = book.elevated if book and screening.obligatory else []
    fresh = [one for one in elevated if _is_fresh(one, _judged_from(situation, one), now)]
    if not fresh:
        return
    found = about_space(RULE, situation.spaces[space], screening.source)
    newest = max(_judged_from(situation, one) for one in fresh)
    yield replace(found, subject=subject, node=post.node, value=len(fresh), newest_at=newest)
    yield Later(min(_judged_from(situation, one) for one in fresh) + HOLD)


def _judged_from(situation: Situation, one: Elevated) -> datetime:
    """When it came; what came just before a restart and was never judged counts from the start."""
    unjudged = situation.unjudged_since
    is_unjudged = unjudged is not None and unjudged <= one.received < situation.started
    return situation.started if is_unjudged else one.received


def _is_fresh(one: Elevated, since: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - since < HOLD and abs(one.received - one.at) < LATE
