"""A week's report from the stores: what HTML, PDF, workbook and CSV all tell."""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import Struct

from dashboards.report.alarm_facts import AlarmFacts, alarm_facts
from dashboards.report.facts import WeekFacts, week_facts
from dashboards.report.limits import Period, periods
from dashboards.report.screening import DoorHour, by_door_and_hour
from dashboards.report.week import OPEN_FOR, Week, campus_day, week_of
from hub.store.audit import Head
from hub.store.history_rows import Awake, PostHour, SpaceDayRow
from hub.store.report_book import ReportBook, Site

#: A room seen in the weeks before is expected in this one.
_SEEN_WITHIN = timedelta(weeks=4)
_HOUR_MS = 3_600_000


class DayBook(Protocol):
    """Where sums of days are read: `HistoryBook`."""

    def days(self, from_day: str, to_day: str, space: str | None = None) -> list[SpaceDayRow]:
        """The sums of those days."""

    def posts(self, from_day: str, to_day: str) -> list[PostHour]:
        """The screenings of those days."""

    def awake(self, starts: datetime, ends: datetime) -> list[Awake]:
        """When the hub was awake."""

    def reaches(self) -> tuple[str, str] | None:
        """The first and the last day."""


class Log(Protocol):
    """Where the head of the audit log is read: `AuditLog`."""

    def head(self) -> Head:
        """The newest entry's number and hash."""


class Sources(NamedTuple):
    """What a report is made from."""

    history: DayBook
    book: ReportBook
    audit: Log


class Report(Struct, frozen=True, kw_only=True):
    """All that a report tells."""

    site: Site
    week: Week
    facts: WeekFacts
    before: WeekFacts
    alarms: AlarmFacts
    screening: tuple[DoorHour, ...]
    limits: tuple[Period, ...]
    head: Head
    made_at: datetime
    #: The week is not over; it is, but late events may still correct it.
    is_running: bool
    is_open: bool
    #: From then on nothing changes it.
    final_at: datetime
    #: When the record of an alert of it was last corrected; None: none was.
    corrected_at: datetime | None


def make_report(sources: Sources, week: Week, now: datetime) -> Report:
    """The report of a week that `read_week` let through."""
    site = sources.book.site()
    zone, before = site.zone, week.before()
    starts, ends = week.starts(zone), week.ends(zone)
    until = max(starts + timedelta(minutes=1), min(ends, now))
    rows = sources.history.days((before.monday - _SEEN_WITHIN).isoformat(), week.sunday.isoformat())
    alarms = sources.book.alarms(starts, until)
    awake_ms = sum(one.until_ms - one.from_ms for one in sources.history.awake(starts, until))
    return Report(
        site=site,
        week=week,
        facts=week_facts(rows, week, zone, now),
        before=week_facts(rows, before, zone, now),
        alarms=alarm_facts(alarms, awake_ms / _HOUR_MS),
        screening=by_door_and_hour(
            sources.history.posts(week.monday.isoformat(), week.sunday.isoformat()), zone
        ),
        limits=periods(sources.book.in_force(starts, until)),
        head=sources.audit.head(),
        made_at=now,
        is_running=now < ends,
        is_open=not week.is_final(zone, now),
        final_at=ends + OPEN_FOR,
        corrected_at=alarms.corrected_at,
    )


def weeks(sources: Sources, now: datetime, most: int = 60) -> list[Week]:
    """The weeks that have a report, newest first: from this one back to the first day remembered."""
    zone = sources.book.site().zone
    reach = sources.history.reaches()
    newest = week_of(campus_day(now, zone))
    if reach is None:
        return []
    oldest = reach[0]
    found = [newest]
    while len(found) < most and found[-1].monday.isoformat() > oldest:
        found.append(found[-1].before())
    return found
