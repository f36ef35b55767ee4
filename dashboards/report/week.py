"""An ISO week of the campus: `2026-W47` in, its days and instants out. Pure.

A campus day begins at 04:00, so a week runs from Monday 04:00 to the next Monday 04:00.
"""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

#: When a campus day begins.
DAY_BEGINS = time(4)
#: So long after its end a day may still be corrected by what nodes send late.
OPEN_FOR = timedelta(hours=72)
DAYS = 7
_FORM = re.compile(r"([0-9]{4})-W([0-9]{2})")


class WeekFault(ValueError):
    """No week that has a report; the message says what to write instead."""


class Week(NamedTuple):
    """A week by its ISO number."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """As it stands in addresses: `2026-W47`."""
        return f"{self.year}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def days(self) -> tuple[date, ...]:
        """Its seven days."""
        return tuple(self.monday + timedelta(days=place) for place in range(DAYS))

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=DAYS - 1)

    def before(self, weeks: int = 1) -> "Week":
        """The week so many weeks earlier."""
        return week_of(self.monday - timedelta(weeks=weeks))

    def starts(self, zone: tzinfo) -> datetime:
        """Its first instant."""
        return begins(self.monday, zone)

    def ends(self, zone: tzinfo) -> datetime:
        """The first instant after it."""
        return begins(self.monday + timedelta(days=DAYS), zone)

    def is_final(self, zone: tzinfo, now: datetime) -> bool:
        """Whether nothing changes it any more."""
        return now >= self.ends(zone) + OPEN_FOR


def begins(day: date, zone: tzinfo) -> datetime:
    """The first instant of a campus day."""
    return datetime.combine(day, DAY_BEGINS, zone)


def week_of(day: date) -> Week:
    """The week of a day."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def campus_day(now: datetime, zone: tzinfo) -> date:
    """The campus day of an instant."""
    local = now.astimezone(zone)
    return local.date() - timedelta(days=int(local.time() < DAY_BEGINS))


def read_week(text: str, zone: tzinfo, now: datetime) -> Week:
    """The week named so. Raises WeekFault where there is none, or it has not begun."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise WeekFault(f"`{text[:20]}` is not a week: write the year and the ISO week, like 2026-W47")
    year, number = int(found[1]), int(found[2])
    newest = week_of(campus_day(now, zone))
    try:
        week = Week(year, number)
        _ = week.days, week.before()
    except (ValueError, OverflowError):
        last = week_of(date(max(1, year), 12, 28)).number
        raise WeekFault(f"{year} has no week {number}: its weeks are W01 to W{last}") from None
    if week > newest:
        raise WeekFault(f"{week.name} has not begun: the newest week is {newest.name}")
    return week
