"""The text of an iCalendar file in, its lessons out, expanded only for the span asked for. Pure.

Kept of an event: place, start, end, the code in its summary, and `enrolled`, `capacity` and `group` of its
description. ORGANIZER, ATTENDEE, CONTACT and all other words are dropped here. Times without a zone are
campus time; all-day events, and those of more than a day, are no lessons.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import recurring_ical_events
from icalendar import Calendar

from hub.timetable.class_code import class_code, read_description
from hub.timetable.lesson import CAMPUS_ZONE, LONGEST, Lesson
from protocol.config import did_you_mean
from protocol.errors import ConfigError

_REPEATS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
#: Lessons there that need no room.
_NOWHERE = ("", "online", "on-line", "zoom", "teams", "онлайн", "дистанционно", "қашықтан")
_DAY = timedelta(days=1)
#: What icalendar gives for an event: its types tell no more than what `_faults` has checked.
Event = Any


class IcalTimetable:
    """A calendar whose every event has been checked."""

    def __init__(self, calendars: list[Calendar], name: str, zone: ZoneInfo) -> None:
        self.zone = zone
        self._name = name
        self._queries = [recurring_ical_events.of(one) for one in calendars]
        starts = [event["DTSTART"].dt for one in calendars for event in _events(one)]
        timed = [one for one in starts if isinstance(one, datetime)]
        self._first = min((self._local(one).date() for one in timed), default=None)

    def first_day(self) -> date | None:
        """The local day of the earliest event that is not all-day; 1970 for a file without any."""
        return self._first or date(1970, 1, 1)

    def between(self, start: datetime, stop: datetime) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
        """The lessons that begin in `[start, stop)`, in order of time, and what was left out and why."""
        left_out: Counter[str] = Counter()
        lessons = list(self._expand(start, stop, left_out))
        notes = tuple(f"{count} {why}" for why, count in sorted(left_out.items()))
        return tuple(sorted(lessons, key=lambda one: (one.start, one.space, one.code))), notes

    def _expand(self, start: datetime, stop: datetime, left_out: Counter[str]) -> Iterator[Lesson]:
        # A day more on both sides: where an event without a zone falls is decided here, by campus time.
        span = (start - _DAY).astimezone(self.zone), (stop + _DAY).astimezone(self.zone)
        try:
            events = [event for query in self._queries for event in query.between(*span)]
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
            raise ConfigError([f"{self._name}: its repetitions cannot be followed: {error}"]) from None
        for event in events:
            begins, ends = event["DTSTART"].dt, event["DTEND"].dt
            place = str(event.get("LOCATION", "")).strip()
            if not isinstance(begins, datetime):
                if start <= datetime(begins.year, begins.month, begins.day, 12, tzinfo=self.zone) < stop:
                    left_out["all-day events are no lessons"] += 1
                continue
            begins, ends = self._local(begins).astimezone(UTC), self._local(ends).astimezone(UTC)
            if not start <= begins < stop:
                continue
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                left_out["events are cancelled"] += 1
            elif ends - begins > LONGEST:
                left_out["events last more than a day and are no lessons"] += 1
            elif place.casefold() in _NOWHERE or "://" in place:
                left_out["events have no room"] += 1
            else:
                yield _lesson_of(event, place, begins, ends)

    def _local(self, at: datetime) -> datetime:
        return at.replace(tzinfo=self.zone) if at.tzinfo is None else at.astimezone(self.zone)


def parse_ical(text: str, name: str, zone: ZoneInfo | None) -> IcalTimetable:
    """The calendar in `text`; `name` is its file's. Raises ConfigError with every faulty event."""
    try:
        calendars = [one for one in Calendar.from_ical(text, multiple=True) if isinstance(one, Calendar)]
    except (ValueError, LookupError, AttributeError) as error:
        raise ConfigError([f"{name}: is not iCalendar: {str(error)[:120]}"]) from None
    events = [event for one in calendars for event in _events(one)]
    if not events:
        raise ConfigError([f"{name}: has no events (no whole VEVENT); export the timetable again"])
    own = {str(one.params["TZID"]) for one in _instants(events) if "TZID" in one.params}
    defined = {str(zone_.get("TZID")) for one in calendars for zone_ in one.walk("VTIMEZONE")}
    faults = [
        f"{name}: event {i}{_which(event)}: {fault}"
        for i, event in enumerate(events, 1)
        for fault in _faults(event, defined)
    ]
    if faults:
        raise ConfigError(faults)
    _tell_apart(events)
    return IcalTimetable(calendars, name, zone or _zone_of(calendars, own))


def _events(calendar: Calendar) -> list[Event]:
    return list(calendar.walk("VEVENT"))


def _zone_of(calendars: list[Calendar], own: set[str]) -> ZoneInfo:
    """The zone that the file says of itself, that of its events where it is one, else that of a campus."""
    said = [str(one["X-WR-TIMEZONE"]) for one in calendars if "X-WR-TIMEZONE" in one]
    for word in [*said, *(own if len(own) == 1 else ())]:
        if word in available_timezones():
            return ZoneInfo(word)
    return CAMPUS_ZONE


def _instants(events: list[Event]) -> Iterator[Any]:
    for event in events:
        for key in ("DTSTART", "DTEND"):
            if hasattr(event.get(key), "params"):
                yield event[key]


def _faults(event: Event, defined: set[str]) -> Iterator[str]:
    for key, error in event.errors:
        yield f"{key} cannot be read: {str(error)[:120]}"
    if event.errors:
        return
    start, end = event.get("DTSTART"), event.get("DTEND")
    for key, value in (("DTSTART", start), ("DTEND", end)):
        if isinstance(value, list):
            yield f"{key} is written {len(value)} times"
            return
        zone = str(value.params.get("TZID", "")) if value is not None else ""
        if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None and zone not in defined:
            yield f"{key}: there is no time zone `{zone}`{did_you_mean(zone, sorted(available_timezones()))}"
            return
    if start is None:
        yield "DTSTART is missing"
        return
    if isinstance(start.dt, datetime):
        yield from _fault_of_times(event, start.dt)
    yield from _faults_of_repeating(event)
    try:
        read_description(str(event.get("DESCRIPTION", "")))
    except ValueError as error:
        yield f"DESCRIPTION: {error}"


def _fault_of_times(event: Event, start: datetime) -> Iterator[str]:
    end = event.get("DTEND")
    if end is None and event.get("DURATION") is None:
        yield "has no end: DTEND or DURATION is missing"
    elif end is not None and not isinstance(end.dt, datetime):
        yield "DTEND is a day, DTSTART an instant; both must be instants"
    elif end is not None and (end.dt.tzinfo is None) != (start.tzinfo is None):
        yield "only one of DTSTART and DTEND has a time zone"
    elif (start + event["DURATION"].dt if end is None else end.dt) <= start:
        ends = "DURATION is not above zero" if end is None else f"ends at {end.dt:%Y-%m-%d %H:%M}"
        yield f"{ends}, not after it starts at {start:%Y-%m-%d %H:%M}"


def _faults_of_repeating(event: Event) -> Iterator[str]:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        frequency = str((rule.get("FREQ") or ["none"])[0])
        if frequency not in _REPEATS:
            yield f"RRULE: FREQ is `{frequency}`, a lesson repeats {', '.join(_REPEATS)}"
        for key in ("INTERVAL", "COUNT"):
            # An interval of 0 would repeat for ever at one instant.
            if any(value < 1 for value in rule.get(key, [])):
                yield f"RRULE: {key} must be 1 or more"


def _lesson_of(event: Event, place: str, begins: datetime, ends: datetime) -> Lesson:
    enrolled, seats, group = read_description(str(event.get("DESCRIPTION", "")))
    return Lesson(
        space=" ".join(place.split())[:80],
        start=begins,
        end=ends,
        code=class_code(str(event.get("SUMMARY", ""))),
        enrolled=enrolled,
        seats=seats,
        group=group,
    )


def _tell_apart(events: list[Event]) -> None:
    """Give events without a UID one, and those that share one without being changes of each other their own.

    Careless exports do both, and the later event would silently replace the earlier.
    """
    seen: set[tuple[str, str]] = set()
    for i, event in enumerate(events):
        uid = str(event.get("UID", ""))
        if "RECURRENCE-ID" in event and uid:
            continue
        key = uid, str(event.get("SEQUENCE", 0))
        if not uid or key in seen:
            event["UID"] = f"{uid}#{i}"
        seen.add(key)


def _which(event: Event) -> str:
    code = class_code(str(event.get("SUMMARY", "")))
    return f" ({code})" if code else ""
