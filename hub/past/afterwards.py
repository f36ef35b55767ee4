"""What is worked out of history after its minutes were written: corrections by late entries, sums of days.

One space a step, so that no turn of the engine is long.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from hub.closing_days import OPEN_DAYS
from hub.counts.space_day import SpaceDay
from hub.past.day_sum import sum_day
from hub.past.late import Record, corrected
from hub.situation import Situation
from hub.store.history_book import awake_of, minutes_of
from hub.store.history_rows import MINUTE_MS, History, SpaceDayRow, TaskDay
from hub.store.history_writer import HistoryWriter
from hub.store.schema import space_day

#: What has come of late entries: by node, the first and the last minute of them.
Spans = dict[str, tuple[int, int]]
_BLANK = SpaceDay()


class Afterwards:
    """What is still to be corrected and summed."""

    def __init__(self, situation: Situation, writer: HistoryWriter) -> None:
        self._situation, self._campus, self._writer = situation, situation.campus, writer
        #: By campus day and space: sums to be made, and what came late.
        self._sums: dict[tuple[str, str], None] = {}
        self._late: dict[tuple[str, str], Spans] = {}
        #: The treatments of days that are over and whose sums are still to be made.
        self._ended: dict[tuple[str, str], Mapping[str, TaskDay]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._sums or self._late)

    def note_late(self, space: str, at: datetime, node: str) -> None:
        """Somebody passed a door of the space at that instant; the node says so only now."""
        if space not in self._situation.spaces:
            return
        minute = int(at.timestamp()) // 60
        spans = self._late.setdefault((self._campus.day_of(at), space), {})
        first, last = spans.get(node, (minute, minute))
        spans[node] = min(first, minute), max(last, minute)

    def want_sum(self, day: str, space: str) -> None:
        """The sums of that day are no longer true."""
        self._sums[(day, space)] = None

    def end_day(self, day: str, tasks: Mapping[str, Mapping[str, TaskDay]]) -> None:
        """A campus day is over: its sums once more, and those of the day that nothing changes any more."""
        for space in self._situation.spaces:
            self._ended[(day, space)] = tasks.get(space, {})
            self.want_sum(day, space)
            self.want_sum(days_after(day, 1 - OPEN_DAYS), space)

    def step(
        self, connection: Connection, today: Mapping[str, Mapping[str, TaskDay]], minute: int, now: datetime
    ) -> None:
        """Correct or sum one space; `today` are the treatments of this day, `minute` is not written yet."""
        for key, spans in self._late.items():
            doubt = self._situation.judge(key[1], now).doubt
            if doubt == "catching-up":
                continue
            del self._late[key]
            self._correct(connection, *key, spans, minute, is_sound=doubt is None)
            self.want_sum(*key)
            return
        for day, space in list(self._sums)[:1]:
            del self._sums[(day, space)]
            self._sum(connection, day, space, today, now)

    def _correct(
        self, connection: Connection, day: str, space: str, spans: Spans, minute: int, *, is_sound: bool
    ) -> None:
        page = self._campus.state.spaces.get(space, {}).get(day)
        if page is None or page.is_closed:
            return
        first = min(one for one, _ in spans.values())
        until = min(minute, int(self._ends(day).timestamp()) // 60)
        rows = minutes_of(connection, space, (first - 1) * MINUTE_MS, until * MINUTE_MS)
        nodes = {door.node for door in self._situation.doors.get(space, ())}

        def is_heard(at: int) -> bool:
            heard = {node for node, (one, other) in spans.items() if one <= at <= other}
            return is_sound and nodes <= heard

        moved = {one.minute for one in page.steps(first)}
        moved |= {edge for one, other in spans.values() for edge in (one, other + 1)}
        record = Record(
            estimate=lambda at: self._campus.counts.estimate(space, day, at),
            is_heard=is_heard,
            near_share=self._situation.limits(space).near_share,
            clause=self._situation.capacity[space].clause,
        )
        changed = corrected(rows, {one for one in moved if one < until}, first, record)
        self._writer.write_minutes(connection, ((space, row) for row in changed))

    def _sum(
        self,
        connection: Connection,
        day: str,
        space: str,
        today: Mapping[str, Mapping[str, TaskDay]],
        now: datetime,
    ) -> None:
        room = self._situation.spaces.get(space)
        starts, ends = self._campus.day_begins(day), min(self._ends(day), now)
        starts_ms, ends_ms = _ms(starts), _ms(ends)
        awake = awake_of(connection, starts_ms, ends_ms)
        if room is None or not awake:
            return
        if day == self._campus.day_of(now):
            tasks = today.get(space, {})
        else:
            key = (day, space)
            tasks = self._ended.pop(key) if key in self._ended else _told(connection, day, space)
        page = self._campus.state.spaces.get(space, {}).get(day, _BLANK)
        history = History(
            space=space,
            starts_ms=starts_ms,
            ends_ms=ends_ms,
            minutes=tuple(minutes_of(connection, space, starts_ms, ends_ms)),
            awake=tuple(awake),
        )
        row = sum_day(
            room,
            day,
            history,
            passed=(page.entered, page.left),
            tasks=tasks,
            is_final=day <= days_after(self._campus.day_of(now), -OPEN_DAYS),
        )
        self._writer.write_days(connection, [row])

    def _ends(self, day: str) -> datetime:
        return self._campus.day_begins(days_after(day, 1))


def days_after(day: str, days: int) -> str:
    """The ISO date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _told(connection: Connection, day: str, space: str) -> Mapping[str, TaskDay]:
    """The treatments of a day as its row has them."""
    query = select(space_day.c.body).where(space_day.c.day == day, space_day.c.space == space)
    body = connection.execute(query).scalar()
    return {} if body is None else msgspec.json.decode(body, type=SpaceDayRow).tasks


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
