"""What we believe of the campus: a fold over the journal, one event at a time, day by day. Pure.

Liveness is not here (`hub/presence.py`): the journal says what happened, not who is silent now.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.layout import OUTSIDE, Door, Layout, Post
from protocol.events import (
    AnyEvent,
    Direction,
    Fault,
    Passage,
    Recovered,
    Screening,
    Verdict,
)

#: A campus day begins at this local hour: nobody is inside, every count starts at zero.
DAY_BEGINS_H = 4
#: Days kept per space and door; older ones are in the journal only.
KEEP_DAYS = 120
#: Elevated screenings remembered per post.
KEEP_ELEVATED = 50
#: Share of people a two-beam door misses until it has been tuned; see docs/rules.md, the band.
MISS_RATE = 0.02
#: 90 % of the truth lies within this many standard deviations.
BAND_SDS = 1.645


class SpaceDay(Struct):
    """One space on one day."""

    entered: int = 0
    left: int = 0
    #: Exits at zero: people who must have come in unseen.
    missed: int = 0

    @property
    def raw(self) -> int:
        """Entered minus left: the count without a clamp, below zero when entries were missed."""
        return self.entered - self.left

    @property
    def count(self) -> int:
        """People inside: never below zero, an exit at zero proves a missed entry."""
        return self.entered - self.left + self.missed

    def band(self) -> tuple[int, int]:
        """Lowest and highest plausible count, 90 %: binomial misses over the day's crossings."""
        spread = BAND_SDS * ((self.entered + self.left) * MISS_RATE * (1 - MISS_RATE)) ** 0.5
        return max(0, int(self.count - spread)), int(self.count + spread + 0.999)


class DoorDay(Struct):
    """One door on one day, people by direction."""

    ins: int = 0
    outs: int = 0


class Elevated(Struct, frozen=True):
    """An elevated screening: where in the journal and when."""

    position: int
    at: datetime


class PostBook(Struct):
    """What a screening post has seen: verdicts by day, never a temperature."""

    verdicts: dict[str, dict[str, int]] = {}
    elevated: list[Elevated] = []


class CampusState(Struct):
    """All that the fold knows; days are ISO dates. This is what a snapshot holds."""

    spaces: dict[str, dict[str, SpaceDay]] = {}
    doors: dict[str, dict[str, DoorDay]] = {}
    posts: dict[str, PostBook] = {}
    #: Faults going on, `node/channel` → components.
    faults: dict[str, list[str]] = {}
    #: Events of channels that the campus file does not name.
    unplaced: int = 0


class Campus:
    """The fold."""

    def __init__(self, layout: Layout, state: CampusState | None = None) -> None:
        self.layout = layout
        self.state = state if state is not None else CampusState()
        self._zone = ZoneInfo(layout.timezone)
        self._doors: dict[tuple[str, str], Door] = {(d.node, d.channel): d for d in layout.doors}
        self._posts: dict[tuple[str, str], Post] = {(p.node, p.channel): p for p in layout.posts}

    def observe(self, node: str, event: AnyEvent, position: int) -> tuple[str, ...]:
        """Fold one event in; returns the spaces it touches."""
        if isinstance(event, Passage):
            return self._observe_passage(node, event)
        if isinstance(event, Screening):
            return self._observe_screening(node, event, position)
        if isinstance(event, Fault | Recovered):
            return self._observe_fault(node, event)
        return ()

    def day_of(self, at: datetime) -> str:
        """The campus day of an instant, as an ISO date."""
        return _day(int(at.timestamp()) // 900, self._zone).isoformat()

    def today(self, space: str, now: datetime) -> SpaceDay:
        """The space on the campus day of `now`; a day without events is a day at zero."""
        return self.state.spaces.get(space, {}).get(self.day_of(now)) or SpaceDay()

    def is_faulty(self, node: str, channel: str) -> bool:
        """Whether a fault of the channel is going on."""
        return bool(self.state.faults.get(f"{node}/{channel}"))

    def _observe_passage(self, node: str, event: Passage) -> tuple[str, ...]:
        door = self._doors.get((node, event.channel))
        if door is None:
            self.state.unplaced += 1
            return ()
        day = self.day_of(event.at)
        book = _page(self.state.doors, door.id, day, DoorDay)
        if event.direction is Direction.IN:
            to, back = door.inner, door.outer
            book.ins += event.people
        else:
            to, back = door.outer, door.inner
            book.outs += event.people
        if to != OUTSIDE:
            _page(self.state.spaces, to, day, SpaceDay).entered += event.people
        if back != OUTSIDE:
            page = _page(self.state.spaces, back, day, SpaceDay)
            page.left += event.people
            page.missed += max(0, -page.count)
        return (to, back)

    def _observe_screening(self, node: str, event: Screening, position: int) -> tuple[str, ...]:
        post = self._posts.get((node, event.channel))
        if post is None:
            self.state.unplaced += 1
            return ()
        book = self.state.posts.setdefault(post.id, PostBook())
        verdicts = book.verdicts.setdefault(self.day_of(event.at), {})
        verdicts[event.verdict.value] = verdicts.get(event.verdict.value, 0) + 1
        _prune(book.verdicts)
        if event.verdict is Verdict.ELEVATED:
            book.elevated.append(Elevated(position, event.at))
            del book.elevated[:-KEEP_ELEVATED]
        return ()

    def _observe_fault(self, node: str, event: Fault | Recovered) -> tuple[str, ...]:
        going_on = self.state.faults.setdefault(f"{node}/{event.channel}", [])
        if isinstance(event, Fault) and event.component not in going_on:
            going_on.append(event.component)
        elif isinstance(event, Recovered) and event.component in going_on:
            going_on.remove(event.component)
        door = self._doors.get((node, event.channel))
        return () if door is None else (door.inner, door.outer)


D = TypeVar("D", SpaceDay, DoorDay)


def _page(books: dict[str, dict[str, D]], key: str, day: str, blank: type[D]) -> D:
    book = books.get(key)
    if book is None:
        book = books[key] = {}
    page = book.get(day)
    if page is None:
        page = book[day] = blank()
        _prune(book)
    return page


def _prune(days: dict[str, Any]) -> None:
    while len(days) > KEEP_DAYS:
        del days[min(days)]


@lru_cache(maxsize=4096)
def _day(quarter_hour: int, zone: ZoneInfo) -> date:
    local = datetime.fromtimestamp(quarter_hour * 900, UTC).astimezone(zone)
    return (local - timedelta(hours=DAY_BEGINS_H)).date()
