"""A living thermometer that people pass by: nobody was screened while many came in (§35). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.rules.finding import Finding, Later
from hub.rules.passing import came_in_since
from hub.rules.placing import about_space, inside, placing
from hub.situation import Situation

RULE = "silent-post"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding when so many came in by its door today since it last screened anybody.

    A silent or faulty post is not asked: its entrance is unscreened.
    """
    post = placing(situation).posts[subject]
    space = inside(placing(situation).doors[post.door])
    screening = situation.limits(space).screening
    if not screening.obligatory or situation.campus.is_faulty(post.node, post.channel):
        return
    changes = situation.presence.changes_at(post.node)
    if changes is not None:
        yield Later(changes)
    if not situation.presence.is_alive(post.node, now):
        return
    # Several posts share the people of one door: one that works is enough.
    books = (situation.campus.state.posts.get(one.id) for one in placing(situation).posts_at[post.door])
    last = max(
        (book.last_at for book in books if book is not None and book.last_at is not None), default=None
    )
    people = came_in_since(situation, placing(situation).doors[post.door], last, now)
    if people < screening.silent_people:
        return
    found = about_space(RULE, situation.spaces[space], screening.silent_source)
    limit = screening.silent_people
    yield replace(found, subject=subject, node=post.node, value=people, limit=limit, limit_rule="coverage")
