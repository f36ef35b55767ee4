"""A living thermometer that people pass by: nobody was screened while many came in (§35). Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.layout import Door
from hub.rules.finding import Finding, Later
from hub.rules.passing import came_in_since
from hub.rules.placing import about_space, placing
from hub.situation import Situation

RULE = "silent-post"


def check(situation: Situation, subject: str, now: datetime) -> Iterator[Finding | Later]:
    """A finding for each post at an entrance of a space by which so many came in since anybody was screened.

    A silent or faulty post is not asked: its entrance is unscreened.
    """
    if situation.limits(subject).screening.obligatory:
        for door in placing(situation).entrances_of[subject]:
            yield from _check_door(situation, subject, door, now)


def _check_door(situation: Situation, space: str, door: Door, now: datetime) -> Iterator[Finding]:
    screening, posts = situation.limits(space).screening, placing(situation).posts_at[door.id]
    # Several posts share the people of one door: one that works is enough.
    books = [situation.campus.state.posts.get(post.id) for post in posts]
    last = max((one.last_at for one in books if one is not None and one.last_at is not None), default=None)
    people = came_in_since(situation, door, last, now)
    if people < screening.silent_people:
        return
    found = about_space(RULE, situation.spaces[space], screening.silent_source)
    found = replace(found, value=people, limit=screening.silent_people, limit_rule="coverage")
    for post in posts:
        is_sound = not situation.campus.is_faulty(post.node, post.channel)
        if is_sound and situation.presence.is_alive(post.node, now):
            yield replace(found, subject=post.id, node=post.node)
