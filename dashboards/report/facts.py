"""A week's sums of days in, the figures of its report out. Pure.

How every figure is counted is told in docs/reports.md.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from msgspec import Struct

from dashboards.report.week import Week, begins, campus_day
from hub.store.history_rows import SpaceDayRow, TaskDay

#: Under this share of minutes known nothing is graded.
ENOUGH = 0.95
AIRING = ("airing",)
DISINFECTION = ("surfaces", "equipment", "air_disinfection")
#: The sums of today are written every quarter of an hour, and by a hub that may be busy.
_LAG = timedelta(minutes=20)
_MINUTE_MS = 60_000


class Share(Struct, frozen=True, kw_only=True):
    """So many of so many, and how much of the time behind them is known."""

    done: int
    asked: int
    #: Share of the minutes known, 0–1.
    completeness: float

    @property
    def is_enough(self) -> bool:
        """Whether so much is known that a percentage may be told."""
        return self.completeness >= ENOUGH

    @property
    def value(self) -> float | None:
        """0–1; None where nothing was asked for, or too little is known."""
        return self.done / self.asked if self.asked and self.is_enough else None


class RoomFacts(Struct, frozen=True, kw_only=True):
    """A room over a week."""

    space: str
    code: str
    building: str
    kind: str
    #: Minutes the room was there for, and those of them in which its count was known.
    minutes: float
    minutes_known: float
    minutes_over: float
    times_over: int
    worst_excess: int
    airing: Share
    disinfection: Share
    minutes_late: float
    minutes_corrected: float
    #: Days kept of those that can be judged.
    kept: Share

    @property
    def minutes_unknown(self) -> float:
        """Minutes in which nobody knew its count."""
        return max(0.0, self.minutes - self.minutes_known)

    @property
    def completeness(self) -> float:
        """Share of its minutes known, 0–1."""
        return _share(self.minutes_known, self.minutes)


class WeekFacts(Struct, frozen=True, kw_only=True):
    """The campus over a week."""

    week: str
    rooms: tuple[RoomFacts, ...]
    minutes: float
    minutes_known: float
    minutes_over: float
    times_over: int
    #: Room-days without a breach, of those that can be judged.
    kept: Share
    airing: Share
    disinfection: Share
    minutes_corrected: float

    @property
    def completeness(self) -> float:
        """Share of all minutes known, 0–1."""
        return _share(self.minutes_known, self.minutes)


def week_facts(rows: Iterable[SpaceDayRow], week: Week, zone: tzinfo, now: datetime) -> WeekFacts:
    """The figures of the week by the sums of its days; give those of four weeks before too.

    A room that is known from before is expected on every day of the week; another from its first day on. A
    day without its row is a day of which nothing is known.
    """
    by_space: dict[str, dict[str, SpaceDayRow]] = defaultdict(dict)
    for row in rows:
        if row.day <= week.sunday.isoformat():
            by_space[row.space][row.day] = row
    inside = {day.isoformat() for day in week.days}
    rooms = [
        _room(days, week, zone, now) for _space, days in sorted(by_space.items()) if inside & days.keys()
    ]
    rooms.sort(key=_worst_first)
    minutes, known = sum(one.minutes for one in rooms), sum(one.minutes_known for one in rooms)
    completeness = _share(known, minutes)
    return WeekFacts(
        week=week.name,
        rooms=tuple(rooms),
        minutes=minutes,
        minutes_known=known,
        minutes_over=sum(one.minutes_over for one in rooms),
        times_over=sum(one.times_over for one in rooms),
        kept=_sum([one.kept for one in rooms], completeness),
        airing=_sum([one.airing for one in rooms], completeness),
        disinfection=_sum([one.disinfection for one in rooms], completeness),
        minutes_corrected=sum(one.minutes_corrected for one in rooms),
    )


def change(now: Share, before: Share | None) -> float | None:
    """Percentage points to the week before; None where either cannot be told."""
    if before is None or now.value is None or before.value is None:
        return None
    return (now.value - before.value) * 100


def _room(days: dict[str, SpaceDayRow], week: Week, zone: tzinfo, now: datetime) -> RoomFacts:
    first = min(days)
    today = campus_day(now, zone)
    # A hub whose clock is ahead of ours has summed what has not come yet.
    expected = [
        day for day in week.days if first <= day.isoformat() and (day <= today or day.isoformat() in days)
    ]
    found = [days[day.isoformat()] for day in expected if day.isoformat() in days]
    newest = found[-1]
    minutes = 0.0
    kept = judged = 0
    for day in expected:
        row = days.get(day.isoformat())
        length = _minutes_of(day, row if day.isoformat() == first else None, row, zone, now)
        minutes += length
        if row is None:
            continue
        is_kept = not _is_broken(row)
        # A breach is one whatever else is unknown; a day without one says something only where it was seen.
        if not is_kept or _share(row.minutes_known, length) >= ENOUGH:
            judged += 1
            kept += is_kept
    known = min(minutes, sum(row.minutes_known for row in found))
    completeness = _share(known, minutes)
    return RoomFacts(
        space=newest.space,
        code=newest.code,
        building=newest.building,
        kind=newest.kind,
        minutes=minutes,
        minutes_known=known,
        minutes_over=sum(row.minutes_over for row in found),
        times_over=sum(row.times_over for row in found),
        worst_excess=max(row.worst_excess for row in found),
        airing=_share_of(found, AIRING, completeness),
        disinfection=_share_of(found, DISINFECTION, completeness),
        minutes_late=sum(task.minutes_late for row in found for task in row.tasks.values()),
        minutes_corrected=sum(row.minutes_corrected for row in found),
        kept=Share(done=kept, asked=judged, completeness=completeness),
    )


def _minutes_of(
    day: date, first: SpaceDayRow | None, row: SpaceDayRow | None, zone: tzinfo, now: datetime
) -> float:
    """How long the room was there: all day, on its first day from its beginning, today until now."""
    starts_ms = _ms(begins(day, zone)) if first is None else first.starts_ms
    ends_ms = min(_ms(begins(day + timedelta(days=1), zone)), _ms(now - _LAG))
    length = (ends_ms - starts_ms) / _MINUTE_MS
    return max(0.0, length, 0.0 if row is None else row.minutes)


def _is_broken(row: SpaceDayRow) -> bool:
    """Whether the regime was not kept: too many people, a treatment late or never done."""
    if row.minutes_over > 0 or row.times_over > 0:
        return True
    return any(task.late > 0 or (_owed(task) > 0 and task.due_ms is None) for task in row.tasks.values())


def _owed(task: TaskDay) -> int:
    return max(0, task.due - task.done - task.lapsed)


def _share_of(rows: list[SpaceDayRow], tasks: tuple[str, ...], completeness: float) -> Share:
    found = [row.tasks[task] for row in rows for task in tasks if task in row.tasks]
    done = sum(one.done for one in found)
    # What fell away was not asked for in the end; what stands due now is not yet owed.
    asked = sum(max(0, one.due - one.lapsed - (one.due_ms is not None)) for one in found)
    return Share(done=min(done, asked), asked=asked, completeness=completeness)


def _sum(shares: list[Share], completeness: float) -> Share:
    return Share(
        done=sum(one.done for one in shares),
        asked=sum(one.asked for one in shares),
        completeness=completeness,
    )


def _worst_first(one: RoomFacts) -> tuple[float, float, float, float, str]:
    owed = one.airing.asked - one.airing.done + one.disinfection.asked - one.disinfection.done
    return -one.minutes_over, -float(owed), -one.minutes_late, -one.minutes_unknown, one.code


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
