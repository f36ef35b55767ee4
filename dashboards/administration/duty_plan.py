"""Shifts and duties as forms have them, a week of who is called when, and who then reaches nobody. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from hub.duties import Day, Role
from hub.layout import Layout
from hub.reach import Gap, unreachable
from hub.regime.alert_rule import AlertRule
from hub.roster import Roster
from hub.store.campus_edits import DutyRow, ShiftRow
from hub.store.campus_rows import DutyView, ShiftView

DAYS = tuple(day.value for day in Day)
ROLES = tuple(role.value for role in Role)
LANGUAGES = ("kk", "ru", "en")
WEEK = timedelta(days=7)
#: A clock time as people write it: `8:00`, `08.00`, `8-00`.
_TIME = re.compile(r"^\s*([01]?\d|2[0-3])\s*[:.\-]\s*([0-5]\d)\s*$")
_DAY_H = 24.0
_R = TypeVar("_R", bound=ShiftRow | DutyRow)


class Span(NamedTuple):
    """A stretch of one day, in hours from its midnight, and as people read it."""

    starts_h: float
    ends_h: float
    said: str


class WeekRow(NamedTuple):
    """One duty over a week: the stretches of each day."""

    duty: str
    role: str
    days: tuple[tuple[Span, ...], ...]


class GapSaid(NamedTuple):
    """A stretch in which nobody is reached, in campus time."""

    role: str
    building: str | None
    why: str
    starts: datetime
    ends: datetime
    #: Rules that then reach nobody at all.
    unheard: tuple[str, ...]


def clock_time(typed: str) -> str | None:
    """`08:00` of what was typed; None: it is no time."""
    found = _TIME.match(typed)
    return None if found is None else f"{int(found[1]):02}:{found[2]}"


def week_of(layout: Layout, now: datetime) -> list[WeekRow]:
    """The week from the Monday before `now`, duty by duty, in campus time."""
    roster, zone = Roster.of(layout), ZoneInfo(layout.timezone)
    monday = monday_of(now, zone)
    days = [monday + timedelta(days=i) for i in range(7)]
    return [
        WeekRow(
            duty.id,
            duty.role.value,
            tuple(_day(roster, duty.shifts, day) for day in days),
        )
        for duty in layout.duties
    ]


def monday_of(now: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week of `now`."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday())


def gaps_of(
    layout: Layout, rules: Mapping[str, AlertRule], receivers: Collection[str], now: datetime
) -> list[GapSaid]:
    """Every stretch of the seven days ahead in which a role reaches nobody."""
    zone = ZoneInfo(layout.timezone)
    found = unreachable(layout, rules, receivers, now, WEEK)
    return [_said(gap, zone) for gap in found]


def is_worse(before: Iterable[GapSaid], after: Iterable[GapSaid], buildings: Collection[str]) -> bool:
    """Whether some role reaches nobody in some building for longer than before."""
    were, would = _hours(before, buildings), _hours(after, buildings)
    return any(hours > were.get(key, 0.0) + 1e-6 for key, hours in would.items())


def with_shift(shifts: Iterable[ShiftView], id: str, row: ShiftRow | None) -> tuple[ShiftRow, ...]:
    """The shifts with this one changed, added, or taken out (None)."""
    rows = [ShiftRow(id=one.id, days=one.days, start=one.start, end=one.end) for one in shifts]
    return _with(rows, id, row)


def with_duty(duties: Iterable[DutyView], id: str, row: DutyRow | None) -> tuple[DutyRow, ...]:
    """The duties with this one changed, added, or taken out (None)."""
    rows = [
        DutyRow(
            id=one.id,
            role=one.role,
            buildings=one.buildings,
            shifts=one.shifts,
            receivers=one.receivers,
            language=one.language,
        )
        for one in duties
    ]
    return _with(rows, id, row)


def _with(rows: list[_R], id: str, row: _R | None) -> tuple[_R, ...]:
    if row is None:
        return tuple(one for one in rows if one.id != id)
    if any(one.id == id for one in rows):
        return tuple(row if one.id == id else one for one in rows)
    return tuple([*rows, row])


def _day(roster: Roster, shifts: tuple[str, ...], day: date) -> tuple[Span, ...]:
    if not shifts:
        return (Span(0.0, _DAY_H, "00:00–24:00"),)
    begins = datetime.combine(day, time(0), tzinfo=roster.zone)
    ends = datetime.combine(day + timedelta(days=1), time(0), tzinfo=roster.zone)
    spans: set[Span] = set()
    for shift in shifts:
        for at in (begins, ends - timedelta(minutes=1), *roster.boundaries(begins, ends)):
            running = roster.running(shift, at)
            if running is None or at >= ends:
                continue
            start, end = max(running[0], begins), min(running[1], ends)
            spans.add(_span(start, end, begins))
    return tuple(sorted(spans))


def _span(start: datetime, end: datetime, begins: datetime) -> Span:
    zone = begins.tzinfo
    hours = [(one - begins).total_seconds() / 3600 for one in (start, end)]
    last = "24:00" if hours[1] >= _DAY_H else f"{end.astimezone(zone):%H:%M}"
    return Span(hours[0], min(hours[1], _DAY_H), f"{start.astimezone(zone):%H:%M}–{last}")


def _said(gap: Gap, zone: ZoneInfo) -> GapSaid:
    return GapSaid(
        gap.role.value,
        gap.building,
        gap.why.value,
        gap.starts.astimezone(zone),
        gap.ends.astimezone(zone),
        gap.unheard,
    )


def _hours(gaps: Iterable[GapSaid], buildings: Collection[str]) -> dict[tuple[str, str], float]:
    """By role and building; a gap of the whole campus is one of each building."""
    hours: dict[tuple[str, str], float] = defaultdict(float)
    for gap in gaps:
        for building in (gap.building,) if gap.building is not None else buildings:
            hours[gap.role, building] += (gap.ends - gap.starts) / timedelta(hours=1)
    return hours
