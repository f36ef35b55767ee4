"""What we believe of the campus: a fold over the journal, one event at a time, day by day. Pure.

Liveness is not here (`hub/presence.py`): the journal says what happened, not who is silent now.
Any order of passages gives the same counts.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.acts import AnyEntry
from hub.layout import OUTSIDE, Door, Layout, Post
from hub.space_day import SpaceDay
from protocol.events import Direction, Fault, Passage, Recovered, Screening, Verdict

#: A campus day begins at this local hour: nobody is inside, every count starts at zero.
DAY_BEGINS_H = 4
#: Days kept per space and door; older ones are in the journal only.
KEEP_DAYS = 120
#: The newest days that keep their minutes, so that what comes late finds its place among them.
OPEN_DAYS = 3
#: Elevated screenings remembered per post, components per channel.
KEEP_ELEVATED = 50
KEEP_COMPONENTS = 20
#: Channels of a node whose faults are remembered; doors and posts always are.
KEEP_CHANNELS = 100
#: An event further ahead of its arrival is of a broken clock: kept in the journal, not believed.
FUTURE = timedelta(days=1)
#: The channel of faults that are the node's own.
NODE_CHANNEL = "node"


class Observed(NamedTuple):
    """An event with all that the fold needs to know of it."""

    position: int
    node: str
    epoch: str
    received: datetime
    event: AnyEntry


class DoorDay(Struct):
    """One door on one day, people by direction."""

    ins: int = 0
    outs: int = 0


class Elevated(Struct, frozen=True):
    """An elevated screening: where in the journal, when it happened and when it came."""

    position: int
    at: datetime
    received: datetime


class PostBook(Struct):
    """What a screening post has seen: verdicts by day, never a temperature."""

    verdicts: dict[str, dict[str, int]] = {}
    elevated: list[Elevated] = []


class NodeBook(Struct):
    """A node's epochs, oldest first, and the faults of the newest by channel and component."""

    epochs: list[str] = []
    #: Channel → component → (seq, whether the fault goes on).
    faults: dict[str, dict[str, tuple[int, bool]]] = {}


class CampusState(Struct):
    """All that the fold knows; days are ISO dates. This is what a snapshot holds."""

    spaces: dict[str, dict[str, SpaceDay]] = {}
    doors: dict[str, dict[str, DoorDay]] = {}
    posts: dict[str, PostBook] = {}
    nodes: dict[str, NodeBook] = {}
    #: Events of channels that the campus file does not name.
    unplaced: int = 0
    #: Events from the future.
    ahead: int = 0


class Campus:
    """The fold."""

    def __init__(self, layout: Layout, state: CampusState | None = None) -> None:
        self.layout = layout
        self.state = state if state is not None else CampusState()
        self._zone = ZoneInfo(layout.timezone)
        self._doors: dict[tuple[str, str], Door] = {(d.node, d.channel): d for d in layout.doors}
        self._posts: dict[tuple[str, str], Post] = {(p.node, p.channel): p for p in layout.posts}
        self._nodes = set(layout.nodes())

    def observe(self, observed: Observed) -> tuple[str, ...]:
        """Fold one event in; returns the spaces it touches."""
        event = observed.event
        if event.at - observed.received > FUTURE:
            self.state.ahead += 1
            return ()
        if isinstance(event, Passage):
            return self._observe_passage(observed.node, event)
        if isinstance(event, Screening):
            return self._observe_screening(observed, event)
        if isinstance(event, Fault | Recovered):
            return self._observe_fault(observed, event)
        return ()

    def day_of(self, at: datetime) -> str:
        """The campus day of an instant, as an ISO date."""
        return _day(int(at.timestamp()) // 900, self._zone).isoformat()

    def today(self, space: str, now: datetime) -> SpaceDay:
        """The space on the campus day of `now`; a day without events is a day at zero."""
        return self.state.spaces.get(space, {}).get(self.day_of(now)) or SpaceDay()

    def is_faulty(self, node: str, channel: str) -> bool:
        """Whether a fault of the channel is going on."""
        book = self.state.nodes.get(node)
        return book is not None and any(on for _, on in book.faults.get(channel, {}).values())

    def _observe_passage(self, node: str, event: Passage) -> tuple[str, ...]:
        door = self._doors.get((node, event.channel))
        if door is None:
            self.state.unplaced += 1
            return ()
        day, minute = self.day_of(event.at), int(event.at.timestamp()) // 60
        book = _page(self.state.doors, door.id, day, DoorDay)
        if event.direction is Direction.IN:
            to, back = door.inner, door.outer
            book.ins += event.people
        else:
            to, back = door.outer, door.inner
            book.outs += event.people
        if to != OUTSIDE:
            self._space_page(to, day).enter(minute, event.people)
        if back != OUTSIDE:
            self._space_page(back, day).leave(minute, event.people)
        return (to, back)

    def _space_page(self, space: str, day: str) -> SpaceDay:
        pages = self.state.spaces.get(space, {})
        is_new = day not in pages
        page = _page(self.state.spaces, space, day, SpaceDay)
        if is_new:
            pages = self.state.spaces[space]
            for old in sorted(pages)[:-OPEN_DAYS]:
                pages[old].close()
        return page

    def _observe_screening(self, observed: Observed, event: Screening) -> tuple[str, ...]:
        post = self._posts.get((observed.node, event.channel))
        if post is None:
            self.state.unplaced += 1
            return ()
        book = self.state.posts.setdefault(post.id, PostBook())
        verdicts = book.verdicts.setdefault(self.day_of(event.at), {})
        verdicts[event.verdict.value] = verdicts.get(event.verdict.value, 0) + 1
        _prune(book.verdicts)
        if event.verdict is Verdict.ELEVATED:
            book.elevated.append(Elevated(observed.position, event.at, observed.received))
            del book.elevated[:-KEEP_ELEVATED]
        return ()

    def _observe_fault(self, observed: Observed, event: Fault | Recovered) -> tuple[str, ...]:
        node, channel = observed.node, event.channel
        door = self._doors.get((node, channel))
        if node not in self._nodes:
            self.state.unplaced += 1
            return ()
        book = self.state.nodes.setdefault(node, NodeBook())
        if observed.epoch not in book.epochs:
            # A new outbox is a new start of the node: what it said before is no longer true.
            book.epochs.append(observed.epoch)
            book.faults.clear()
        # Not doors and posts alone: a window contact that broke is a fault of its node too.
        is_known = door is not None or (node, channel) in self._posts or channel == NODE_CHANNEL
        if not is_known and channel not in book.faults and len(book.faults) >= KEEP_CHANNELS:
            return ()
        components = book.faults.setdefault(channel, {})
        seen = components.get(event.component, (0, False))
        if observed.epoch == book.epochs[-1] and event.seq > seen[0] and len(components) < KEEP_COMPONENTS:
            components[event.component] = (event.seq, isinstance(event, Fault))
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
