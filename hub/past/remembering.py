"""What the engine sees turn by turn in, history out, inside the engine's own transaction.

A minute is written when it is over; at most one space a second is corrected or summed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from hub.campus import Observed
from hub.closing_days import OPEN_DAYS
from hub.past.afterwards import Afterwards, days_after
from hub.past.gathering import Gathering
from hub.past.screened import Screened
from hub.past.task_day import end, follow
from hub.situation import Situation
from hub.store.facts import Facts
from hub.store.history_book import HistoryBook
from hub.store.history_rows import KEEP_MINUTES_DAYS, MINUTE_MS, TaskDay
from hub.store.history_writer import HistoryWriter
from hub.store.journal import Journal
from protocol.events import Passage, Screening
from protocol.messages import SpaceState, TaskState

#: Up to which entry of the journal screenings are in the hours of their posts.
SCREENED = "history-screened"
#: How exactly the end of a stretch awake is known after a crash, and the silence that ends one, ms.
AWAKE_EVERY_MS, ASLEEP_MS = 10_000, 60_000
#: Today's sums are made anew so often, ms.
SUM_EVERY_MS = 15 * MINUTE_MS
#: An entry older than this when it comes belongs to a minute that may be written already.
LATE = timedelta(seconds=30)
_STEP_MS = 1000
_DAY_MS = 24 * 3600 * 1000


class Remembering:
    """The one who writes history; called by the engine's thread."""

    def __init__(
        self, store: Engine, facts: Facts, situation: Situation, journal: Journal, started: datetime
    ) -> None:
        self._situation, self._journal, self._facts = situation, journal, facts
        self._campus = situation.campus
        self._doors = {(door.node, door.channel): door for door in situation.layout.doors}
        self._writer = HistoryWriter(store)
        self._gathering = Gathering()
        self._screened = Screened(situation.layout, self._campus.day_of)
        self._afterwards = Afterwards(situation, self._writer)
        self._is_first = True
        now_ms = _ms(started)
        self._minute, self._day = now_ms // MINUTE_MS, self._campus.day_of(started)
        self._awake_from = self._awake_until = self._seen_ms = now_ms
        self._stepped_ms = self._summed_ms = now_ms
        self._to_forget: list[str] = []
        #: Treatments of this campus day by space, and as they were last seen.
        self._tasks: dict[str, dict[str, TaskDay]] = {}
        self._seen_tasks: dict[str, tuple[TaskState, ...]] = {}
        self._resume(HistoryBook(store))

    def observe(self, observed: Observed) -> None:
        """An entry of the journal was just believed."""
        event = observed.event
        if isinstance(event, Passage):
            if observed.received - event.at > LATE:
                door = self._doors.get((observed.node, event.channel))
                for space in () if door is None else (door.inner, door.outer):
                    self._afterwards.note_late(space, event.at, observed.node)
        elif isinstance(event, Screening):
            self._screened.count(observed.node, event)

    def look(self, states: Iterable[SpaceState], now: datetime) -> None:
        """Some spaces were looked at, and are so."""
        for state in states:
            self._gathering.look(state)
            if self._seen_tasks.get(state.space) != state.tasks:
                self._seen_tasks[state.space] = state.tasks
                self._follow_tasks(state, now)

    def is_due(self, now: datetime) -> bool:
        """Whether there is anything to write."""
        now_ms = _ms(now)
        return (
            self._is_first
            or now_ms // MINUTE_MS != self._minute
            or abs(now_ms - self._awake_until) >= AWAKE_EVERY_MS
            or (self._afterwards.is_busy and abs(now_ms - self._stepped_ms) >= _STEP_MS)
        )

    def write(self, connection: Connection, now: datetime) -> None:
        """Write what is due, inside the engine's transaction."""
        now_ms = _ms(now)
        self._stay_awake(connection, now_ms, must_write=self._is_first)
        minute = now_ms // MINUTE_MS
        if self._is_first or minute != self._minute:
            # At once after a start: what was so before it must not seem to go on.
            self._write_minute(connection, minute if self._is_first else self._minute)
            self._is_first, self._minute = False, minute
            self._turn_day(now)
            self._forget_some(connection, now_ms - KEEP_MINUTES_DAYS * _DAY_MS)
        if abs(now_ms - self._summed_ms) >= SUM_EVERY_MS:
            self._summed_ms = now_ms
            for space in self._situation.spaces:
                self._afterwards.want_sum(self._day, space)
        if abs(now_ms - self._stepped_ms) >= _STEP_MS:
            self._stepped_ms = now_ms
            self._afterwards.step(connection, self._tasks, self._minute, now)

    def close(self, connection: Connection, now: datetime) -> None:
        """The hub ends: the minute under way is written as far as it has come."""
        self._stay_awake(connection, _ms(now), must_write=True)
        self._write_minute(connection, _ms(now) // MINUTE_MS)

    def _resume(self, book: HistoryBook) -> None:
        """Go on where the hub before this one was."""
        written = self._facts.read(SCREENED)
        if written is None:
            return
        if int(written) < self._journal.position:
            for observed in self._journal.replay(int(written)):
                if isinstance(observed.event, Screening):
                    self._screened.count(observed.node, observed.event)
        for row in book.days(days_after(self._day, -OPEN_DAYS - 2), self._day):
            if row.day == self._day:
                self._tasks[row.space] = dict(row.tasks)
            elif not row.is_final:
                self._afterwards.want_sum(row.day, row.space)

    def _follow_tasks(self, state: SpaceState, now: datetime) -> None:
        before = self._tasks.get(state.space)
        if before or state.tasks:
            after = follow(before or {}, state, _ms(now))
            if after != before:
                self._tasks[state.space] = after
                self._afterwards.want_sum(self._day, state.space)

    def _stay_awake(self, connection: Connection, now_ms: int, *, must_write: bool) -> None:
        """The stretch goes on; a silence of the hub, or a clock set back, begins another."""
        if now_ms - self._seen_ms > ASLEEP_MS or now_ms < self._seen_ms - ASLEEP_MS:
            self._writer.write_awake(connection, self._awake_from, max(self._awake_from, self._seen_ms))
            self._awake_from, must_write = now_ms, True
        self._seen_ms = now_ms
        if must_write or abs(now_ms - self._awake_until) >= AWAKE_EVERY_MS:
            self._awake_until = now_ms
            self._writer.write_awake(connection, self._awake_from, max(self._awake_from, now_ms))

    def _write_minute(self, connection: Connection, minute: int) -> None:
        if not self._gathering.is_empty:
            self._writer.write_minutes(connection, self._gathering.take(minute))
        counted = self._screened.take()
        self._writer.write_posts(connection, counted)
        if counted or self._is_first:
            self._facts.write(connection, SCREENED, str(self._journal.position))

    def _turn_day(self, now: datetime) -> None:
        """A campus day begins: its rows stand for themselves, and its treatments begin anew."""
        day = self._campus.day_of(now)
        if day == self._day:
            return
        over_ms = _ms(self._campus.day_begins(day))
        self._afterwards.end_day(self._day, {space: end(one, over_ms) for space, one in self._tasks.items()})
        self._tasks.clear()
        self._day = day
        self._gathering.again()

    def _forget_some(self, connection: Connection, before_ms: int) -> None:
        """One space a minute: letting go of what is old costs no long step."""
        if not self._to_forget:
            self._to_forget = sorted(self._situation.spaces)
            self._writer.forget_awake(connection, before_ms)
        if self._to_forget:
            self._writer.forget_minutes(connection, self._to_forget.pop(), before_ms // MINUTE_MS)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
