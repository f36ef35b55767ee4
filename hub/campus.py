"""What we believe of the campus: a fold over the journal, one entry at a time, day by day. Pure.

Liveness is not here (`hub/presence.py`): the journal says what happened, not who is silent now.
Any order of entries, and any repeat, gives the same campus.
"""

from bisect import insort
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.acts import LOCKED_AND_STILL, AnyEntry, Hold, Recount, TaskWord
from hub.campus_days import CampusDays
from hub.campus_state import CampusState, DispenserBook, Elevated, Latest, PostBook
from hub.closing_days import close_days
from hub.counts.book import Counts
from hub.counts.door_day import DoorDay
from hub.counts.space_day import AnchorKind, SpaceDay, anchor_minute
from hub.counts.track import Estimate
from hub.day_pages import page_of, prune
from hub.layout import OUTSIDE, Door, Layout, Post, Sensor, SensorKind
from hub.node_lives import NodeLives
from hub.treatment.record import RoomDay
from protocol.events import (
    Air,
    Contact,
    Direction,
    Dispense,
    Fault,
    Passage,
    Recovered,
    Screening,
    Treatment,
    Verdict,
)

#: Elevated screenings remembered per post.
KEEP_ELEVATED = 50
#: A screening further ahead than this is of a clock that is wrong: it would outlast all that are right.
AHEAD = timedelta(minutes=2)
#: An event further ahead of its arrival is of a broken clock: kept in the journal, not believed.
FUTURE = timedelta(days=1)


class Observed(NamedTuple):
    """A journal entry with all that the fold needs to know of it."""

    position: int
    node: str
    epoch: str
    received: datetime
    event: AnyEntry


class Campus:
    """The fold."""

    def __init__(self, layout: Layout, state: CampusState | None = None) -> None:
        self.layout = layout
        self.state = state if state is not None else CampusState()
        self._days = CampusDays(ZoneInfo(layout.timezone))
        self._doors: dict[tuple[str, str], Door] = {(d.node, d.channel): d for d in layout.doors}
        self._posts: dict[tuple[str, str], Post] = {(p.node, p.channel): p for p in layout.posts}
        self._sensors: dict[tuple[str, str], Sensor] = {(s.node, s.channel): s for s in layout.sensors}
        self._spaces = {space.id for space in layout.spaces}
        self._inner = {door.id: door.outer if door.inner == OUTSIDE else door.inner for door in layout.doors}
        self._nodes = set(layout.nodes())
        state = self.state
        #: Estimates of spaces and errors of doors, from the pages kept here.
        self.counts = Counts(layout, state.spaces, state.doors, state.books)
        self._lives = NodeLives(state.nodes, {*self._doors, *self._posts, *self._sensors})
        #: Counts what was folded in: two looks at one version see the same.
        self.version = 0
        #: Rooms whose records have changed since somebody took this: by day, the earliest instant, ms.
        self.changed_rooms: dict[tuple[str, str], int] = {}
        #: The same for their counts: the earliest minute.
        self.changed_counts: dict[tuple[str, str], int] = {}

    def observe(self, observed: Observed) -> None:
        """Fold one entry in."""
        self.version += 1
        event = observed.event
        if observed.node in self._nodes and event.at - observed.received <= FUTURE:
            self._lives.live(observed.node, observed.epoch, min(event.at, observed.received))
        if event.at - observed.received > FUTURE:
            self.state.ahead += 1
        elif isinstance(event, Passage):
            self._observe_passage(observed.node, event)
        elif isinstance(event, Screening):
            self._observe_screening(observed, event)
        elif isinstance(event, Fault | Recovered):
            self._observe_fault(observed, event)
        elif isinstance(event, Recount | Hold | TaskWord):
            self._observe_act(observed, event)
        else:
            self._observe_sensor(observed, event)

    @property
    def changed_lives(self) -> set[str]:
        """Nodes of which another life of the outbox is the newest, since somebody took this."""
        return self._lives.changed

    def day_of(self, at: datetime) -> str:
        """The campus day of an instant, as an ISO date."""
        return self._days.of(at)

    def day_begins(self, day: str) -> datetime:
        """The instant at which a campus day begins, UTC."""
        return self._days.begins(day)

    def next_day(self, now: datetime) -> datetime:
        """The instant at which the next campus day begins, UTC."""
        return self._days.next(now)

    def today(self, space: str, now: datetime) -> SpaceDay:
        """The space on the campus day of `now`; a day without events is a day at zero."""
        return self.state.spaces.get(space, {}).get(self.day_of(now)) or SpaceDay()

    def estimate(self, space: str, now: datetime) -> Estimate:
        """How many are in the space, with the band that holds the truth 90 % of the time."""
        day = self.day_of(now)
        page = self.state.spaces.get(space, {}).get(day)
        # A clock that is a little ahead, here or at a node, hides nobody.
        minute = max(int(now.timestamp()) // 60, page.last if page is not None else 0)
        return self.counts.estimate(space, day, minute)

    def is_faulty(self, node: str, channel: str) -> bool:
        """Whether a fault of the channel is going on, in the node's newest life."""
        return self._lives.is_faulty(node, channel)

    def net_of_minute(self, space: str, at: datetime) -> int:
        """Entered minus left in the minute of an instant, as far as is known."""
        page = self.state.spaces.get(space, {}).get(self.day_of(at))
        ins, outs = page.minutes.get(int(at.timestamp()) // 60, (0, 0)) if page is not None else (0, 0)
        return ins - outs

    def hold_of(self, space: str) -> Latest | None:
        """What people last said of closing the space; None: nobody has."""
        return self.state.holds.get(space)

    def _observe_passage(self, node: str, event: Passage) -> None:
        door = self._doors.get((node, event.channel))
        if door is None:
            self.state.unplaced += 1
            return
        day, minute = self._enter_day(event.at), int(event.at.timestamp()) // 60
        book = page_of(self.state.doors, door.id, day, DoorDay)
        if event.direction is Direction.IN:
            to, back = door.inner, door.outer
            book.enter(minute, event.people)
        else:
            to, back = door.outer, door.inner
            book.leave(minute, event.people)
        if to != OUTSIDE:
            page_of(self.state.spaces, to, day, SpaceDay).enter(minute, event.people)
            self._note_count(to, day, minute)
        if back != OUTSIDE:
            page_of(self.state.spaces, back, day, SpaceDay).leave(minute, event.people)
            self._note_count(back, day, minute)
        self.counts.passed(door, day, minute)

    def _observe_screening(self, observed: Observed, event: Screening) -> None:
        post = self._posts.get((observed.node, event.channel))
        if post is None:
            self.state.unplaced += 1
            return
        book = self.state.posts.setdefault(post.id, PostBook())
        verdicts = book.verdicts.setdefault(self._enter_day(event.at), {})
        verdicts[event.verdict.value] = verdicts.get(event.verdict.value, 0) + 1
        prune(book.verdicts)
        book.last_at = _newest(book.last_at, event.at)
        if event.verdict is Verdict.ELEVATED and event.at - observed.received < AHEAD:
            insort(book.elevated, Elevated(event.at, observed.position, observed.received))
            del book.elevated[:-KEEP_ELEVATED]

    def _observe_fault(self, observed: Observed, event: Fault | Recovered) -> None:
        if observed.node not in self._nodes:
            self.state.unplaced += 1
            return
        self._lives.note(observed.node, observed.epoch, event)

    def _observe_sensor(self, observed: Observed, event: Air | Contact | Dispense | Treatment) -> None:
        sensor = self._sensors.get((observed.node, event.channel))
        if sensor is None:
            self.state.unplaced += 1
            return
        if isinstance(event, Dispense):
            self._observe_dispense(sensor, observed, event)
            return
        if isinstance(event, Contact):
            self._note_latest(self.state.contacts, sensor.id, observed, float(event.open))
        space = sensor.space if sensor.space is not None else self._inner.get(sensor.door or "")
        if space is None or space == OUTSIDE:
            return
        day = self._enter_day(event.at)
        room, at_ms = page_of(self.state.rooms, space, day, RoomDay), _ms(event.at)
        who = (at_ms, observed.node, observed.epoch, event.seq)
        if isinstance(event, Treatment):
            said = room.treatment(*who, task=event.task, action=event.action, proof=event.proof)
        elif isinstance(event, Contact):
            said = room.contact(*who, sensor=sensor.id, kind=sensor.kind, is_open=event.open)
        else:
            is_air = sensor.kind is SensorKind.AIR and event.co2_ppm is not None
            said = room.air(at_ms // 60_000, event.co2_ppm or 0.0) if is_air else None
        self._note_room(space, day, said)

    def _observe_dispense(self, sensor: Sensor, observed: Observed, event: Dispense) -> None:
        book = self.state.dispensers.setdefault(sensor.id, DispenserBook())
        day = self._enter_day(event.at)
        book.presses[day] = book.presses.get(day, 0) + (event.presses or 1)
        prune(book.presses)
        book.last_at = _newest(book.last_at, event.at)
        at = min(event.at, observed.received)
        if event.level is not None and (
            book.level is None or book.level.is_before(at, observed.epoch, event.seq)
        ):
            book.level = Latest(at, observed.epoch, event.seq, event.level)

    def _observe_act(self, observed: Observed, act: Recount | Hold | TaskWord) -> None:
        if act.space not in self._spaces:
            self.state.unplaced += 1
            return
        day = self._enter_day(act.at)
        if isinstance(act, Recount):
            kind = AnchorKind.RECOUNT if act.count else AnchorKind.EMPTY
            if act.reason == LOCKED_AND_STILL:
                kind = AnchorKind.LOCKED
            key = f"{observed.epoch}-{act.seq}"
            page = page_of(self.state.spaces, act.space, day, SpaceDay)
            is_exact = act.net_before is not None
            minute = int(act.at.timestamp()) // 60 if is_exact else anchor_minute(act.at)
            page.anchor(minute, act.count, kind, key, act.net_before)
            self._note_count(act.space, day, minute)
            self.counts.anchored(act.space, day, minute)
            return
        room, at_ms = page_of(self.state.rooms, act.space, day, RoomDay), _ms(act.at)
        if isinstance(act, Hold):
            self._note_latest(self.state.holds, act.space, observed, float(act.on), act.reason)
            said = room.hold(at_ms, act.seq, on=act.on)
        else:
            said = room.word(at_ms, act.seq, task=act.task, action=act.action, reason=act.reason)
        self._note_room(act.space, day, said)

    def _enter_day(self, at: datetime) -> str:
        """The campus day of an instant; the first sight of a new one closes those that are long past."""
        day = self.day_of(at)
        if day > self.state.newest_day:
            self.state.newest_day = day
            oldest = close_days(self.state, self.counts, self._days, day)
            for changed in (self.changed_rooms, self.changed_counts):
                for key in [key for key in changed if key[1] < oldest]:
                    del changed[key]
        return day

    def _note_count(self, space: str, day: str, minute: int) -> None:
        key = (space, day)
        self.changed_counts[key] = min(minute, self.changed_counts.get(key, minute))

    def _note_room(self, space: str, day: str, at_ms: int | None) -> None:
        if at_ms is not None:
            key = (space, day)
            self.changed_rooms[key] = min(at_ms, self.changed_rooms.get(key, at_ms))

    def _note_latest(
        self, book: dict[str, Latest], key: str, observed: Observed, value: float, reason: str = ""
    ) -> None:
        event, before = observed.event, book.get(key)
        # A clock that is ahead makes no word newer than when it came.
        at = min(event.at, observed.received)
        if before is None or before.is_before(at, observed.epoch, event.seq):
            book[key] = Latest(at, observed.epoch, event.seq, value, reason)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _newest(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
