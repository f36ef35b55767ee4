"""Lessons, rooms and calendars with sensible values, so that a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub.layout import Names, Space, SpaceKind
from hub.regime.profile import Profile
from hub.timetable.checking import LimitsAt, check_week
from hub.timetable.lesson import Lesson
from hub.timetable.rooms import Room
from hub.timetable.week_report import WeekFinding, WeekReport, WeekRule
from protocol.config import read_struct

ALMATY = ZoneInfo("Asia/Almaty")
LISBON = ZoneInfo("Europe/Lisbon")
FOLDER = Path(__file__).parents[3] / "deploy" / "regime"
#: As shipped. Whether its alerts fit the rules is not what a timetable asks.
ORDER = read_struct(FOLDER / "kz-2020-order-345-381.toml", Profile)


def at(text: str = "09:00", day: int = 23) -> datetime:
    """A time of the week of Monday 23 November 2026, as if campus time were UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02d}T{text}").replace(tzinfo=UTC)


def a_lesson(start: str = "09:00", minutes: float = 40, **changes: Any) -> Lesson:
    """A lesson of ten people in the room."""
    begins = at(start)
    fields: dict[str, Any] = {
        "space": "room",
        "start": begins,
        "end": begins + timedelta(minutes=minutes),
        "code": "CS-101",
        "enrolled": 10,
    }
    return Lesson(**{**fields, **changes})


def a_room(id: str = "room", place: str = "corridor", **changes: Any) -> Room:
    """A classroom of 60 m² and 30 desks: 15 may be in it."""
    fields: dict[str, Any] = {
        "id": id,
        "building": "a",
        "kind": SpaceKind.CLASSROOM,
        "code": id.upper(),
        "floor": 1,
        "area_m2": 60.0,
        "names": Names(kk=id, ru=id, en=id),
        "desks": 30,
    }
    space = Space(**{**fields, **changes})
    return Room(space=space, seats=space.design_capacity or space.desks, is_area_known=True, place=place)


def always(profile: Profile = ORDER) -> LimitsAt:
    """The same limits everywhere and always."""
    return lambda room, when: profile


def checked(*lessons: Lesson, rooms: tuple[Room, ...] = (), limits: LimitsAt | None = None) -> WeekReport:
    """The week with these lessons, in the room and in `rooms`."""
    known = {one.space.id: one for one in (a_room(), *rooms)}
    return check_week(lessons, known, limits or always())


def found(report: WeekReport, rule: WeekRule) -> list[WeekFinding]:
    """What was found by one rule."""
    return [finding for finding in report.findings if finding.rule is rule]


def an_event(
    *lines: str, start: str = "20261123T090000", end: str = "20261123T094000", zone: str = ";TZID=Asia/Almaty"
) -> str:
    """An event of a calendar in the room A-204."""
    rows = [
        "BEGIN:VEVENT",
        "UID:one@test",
        "DTSTAMP:20260901T000000Z",
        f"DTSTART{zone}:{start}",
        *([f"DTEND{zone}:{end}"] if end else []),
        *([] if any(line.startswith("SUMMARY") for line in lines) else ["SUMMARY:CS-101"]),
        *([] if any(line.startswith("LOCATION") for line in lines) else ["LOCATION:A-204"]),
        *lines,
        "END:VEVENT",
    ]
    return "\r\n".join(rows) + "\r\n"


def a_calendar(*components: str) -> str:
    """The text of an iCalendar file."""
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n" + "".join(components) + "END:VCALENDAR\r\n"
