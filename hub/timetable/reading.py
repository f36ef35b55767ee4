"""A timetable file in, iCalendar or CSV, a timetable out that gives the lessons of any span of time."""

from bisect import bisect_right
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from hub.timetable.lesson import Lesson, day_begins
from hub.timetable.reading_csv import parse_csv
from hub.timetable.reading_ical import parse_ical
from protocol.errors import ConfigError

#: A campus of 1,000 rooms stays well below; a larger file is no timetable, and would fill the memory.
MOST_BYTES = 16_000_000
#: From the first lesson on, among how many weeks the fullest is sought: a term may begin in mid-week.
_WEEKS_TRIED = 2


class Timetable(Protocol):
    """The lessons a file holds; only what is asked for is expanded."""

    #: The time zone of what is written without one.
    zone: ZoneInfo

    def first_day(self) -> date | None:
        """The local day of the earliest lesson; None: it repeats every week, without dates."""

    def between(self, start: datetime, stop: datetime) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
        """The lessons that begin in `[start, stop)`, in order of time, and what was left out and why."""


def read_timetable(path: Path, zone: ZoneInfo | None) -> Timetable:
    """The timetable at `path`; `zone` is the campus's, None: the file's own, else Almaty's.

    Raises ConfigError with every fault of the file, by line or event.
    """
    text = read_text(path)
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        return parse_ical(text, str(path), zone)
    if path.suffix.lower() in (".ics", ".ical", ".ifb", ".icalendar"):
        began = text.strip()[:20].splitlines()
        raise ConfigError([f"{path}: is not iCalendar: it begins with {began[:1]}, not BEGIN:VCALENDAR"])
    return parse_csv(text, str(path), zone)


def read_text(path: Path) -> str:
    """The text of a timetable or rooms file. Raises ConfigError when it is missing, huge, empty or binary."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            most = f"{MOST_BYTES / 1e6:.0f} MB"
            fault = f"has {size / 1e6:.0f} MB, {most} is the most; export one term, or one building"
            raise ConfigError([f"{path}: {fault}"])
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; check the path"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: is a folder, a timetable file is wanted"]) from None
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 text (byte {error.start}); export it again as iCalendar or CSV in UTF-8"
        raise ConfigError([f"{path}: {fault}"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror or error}"]) from None
    if not text.strip():
        raise ConfigError([f"{path}: is empty; export the timetable again"])
    if "\0" in text:
        raise ConfigError([f"{path}: is not text (it holds zero bytes); export it as iCalendar or CSV"])
    return text


def week_of(timetable: Timetable, today: date) -> date:
    """The Monday of the week to check where none is asked for.

    The fuller of the first two weeks of the file; a timetable without dates is that of the week of `today`.
    """
    first = timetable.first_day()
    if first is None:
        return monday_of(today)
    mondays = [monday_of(first) + timedelta(weeks=i) for i in range(_WEEKS_TRIED)]
    start, stop = (day_begins(day, timetable.zone) for day in (mondays[0], mondays[-1] + timedelta(weeks=1)))
    lessons, _ = timetable.between(start, stop)
    begins = [day_begins(monday, timetable.zone) for monday in mondays]
    count = Counter(bisect_right(begins, lesson.start) - 1 for lesson in lessons)
    return max(mondays, key=lambda monday: count[mondays.index(monday)])


def lessons_of_week(timetable: Timetable, monday: date) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
    """The lessons of the campus week that begins on `monday`, and what was left out and why."""
    zone = timetable.zone
    return timetable.between(day_begins(monday, zone), day_begins(monday + timedelta(weeks=1), zone))


def monday_of(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())
