"""Screenings as they are believed in, how many of each verdict at which post in which hour out. Pure."""

from collections.abc import Callable
from datetime import datetime

from hub.layout import OUTSIDE, Layout, Post
from hub.store.history_rows import PostHour
from protocol.events import Screening

_HOUR_S = 3600


class Screened:
    """The screenings that are not written yet."""

    def __init__(self, layout: Layout, day_of: Callable[[datetime], str]) -> None:
        self._posts: dict[tuple[str, str], Post] = {(one.node, one.channel): one for one in layout.posts}
        self._day_of = day_of
        buildings = {space.id: space.building for space in layout.spaces}
        inner = {door.id: door.outer if door.inner == OUTSIDE else door.inner for door in layout.doors}
        self._building = {post.id: buildings.get(inner.get(post.door, OUTSIDE)) for post in layout.posts}
        self._counted: dict[tuple[Post, int], PostHour] = {}

    def count(self, node: str, event: Screening) -> None:
        """Somebody was screened."""
        post = self._posts.get((node, event.channel))
        if post is None:
            return
        key = (post, int(event.at.timestamp()) // _HOUR_S)
        row = self._counted.get(key)
        if row is None:
            row = self._counted[key] = PostHour(
                post=post.id,
                door=post.door,
                building=self._building[post.id],
                hour=key[1],
                day=self._day_of(event.at),
                verdicts={},
            )
        row.verdicts[event.verdict.value] = row.verdicts.get(event.verdict.value, 0) + 1

    def take(self) -> list[PostHour]:
        """What came since it was last taken."""
        taken = list(self._counted.values())
        self._counted.clear()
        return taken
