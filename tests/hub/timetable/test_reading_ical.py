from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.timetable.lesson import Lesson
from hub.timetable.reading_ical import parse_ical
from protocol.errors import ConfigError
from tests.hub.timetable.weeks import ALMATY, LISBON, a_calendar, an_event

MONDAY = datetime(2026, 11, 22, 23, tzinfo=UTC)
WEEK = timedelta(weeks=1)
VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Campus
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


def lessons(text: str, start: datetime = MONDAY, zone: ZoneInfo | None = None) -> tuple[Lesson, ...]:
    return parse_ical(text, "t.ics", zone).between(start, start + WEEK)[0]


def starts(text: str, start: datetime = MONDAY, zone: ZoneInfo | None = None) -> list[str]:
    return [f"{one.start:%d %H:%M}" for one in lessons(text, start, zone)]


def faults(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_ical(text, "t.ics", None)
    return str(caught.value)


def test_ical_event_becomes_a_lesson() -> None:
    text = a_calendar(an_event("DESCRIPTION:enrolled=26\\; capacity=40"))
    (lesson,) = lessons(text)
    assert (lesson.space, lesson.code, lesson.enrolled, lesson.seats) == ("A-204", "CS-101", 26, 40)
    assert lesson.start == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert lesson.end - lesson.start == timedelta(minutes=40)


def test_ical_keeps_no_name_of_a_person() -> None:
    event = an_event(
        "SUMMARY:CS-101 Networks, A. Person",
        "ORGANIZER;CN=A. Person:mailto:person@example.kz",
        "ATTENDEE;CN=B. Person:mailto:b.person@example.kz",
        "CONTACT:C. Person",
        "DESCRIPTION:Lecturer A. Person\\nenrolled=26",
    )
    assert "erson" not in repr(lessons(a_calendar(event)))


def test_ical_weekly_rule_without_end_gives_one_lesson_a_week() -> None:
    text = a_calendar(an_event("RRULE:FREQ=WEEKLY"))
    assert starts(text, MONDAY + 52 * WEEK) == ["22 04:00"]


def test_ical_excluded_and_added_dates_count() -> None:
    text = a_calendar(
        an_event(
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;TZID=Asia/Almaty:20261124T090000",
            "RDATE;TZID=Asia/Almaty:20261127T110000",
        )
    )
    assert starts(text) == ["23 04:00", "25 04:00", "27 06:00"]


def test_ical_moved_instance_replaces_its_own() -> None:
    moved = an_event(
        "RECURRENCE-ID;TZID=Asia/Almaty:20261124T090000", start="20261124T120000", end="20261124T124000"
    )
    text = a_calendar(an_event("RRULE:FREQ=DAILY;COUNT=2"), moved)
    assert starts(text) == ["23 04:00", "24 07:00"]


def test_ical_cancelled_event_is_no_lesson() -> None:
    timetable = parse_ical(a_calendar(an_event("STATUS:CANCELLED")), "t.ics", None)
    assert timetable.between(MONDAY, MONDAY + WEEK) == ((), ("1 events are cancelled",))


def test_ical_floating_time_is_campus_time() -> None:
    assert starts(a_calendar(an_event(zone="")), zone=ALMATY) == ["23 04:00"]
    assert starts(a_calendar(an_event(zone="")), zone=LISBON) == ["23 09:00"]


def test_ical_floating_time_at_the_edge_of_the_week_falls_by_campus_time() -> None:
    text = a_calendar(an_event(zone="", start="20261123T040000", end="20261123T044000"))
    assert starts(text, zone=ALMATY) == ["22 23:00"]
    assert starts(text, MONDAY - WEEK, zone=ALMATY) == []


def test_ical_time_zone_of_the_file_itself_counts() -> None:
    assert starts(a_calendar(VTIMEZONE, an_event(zone=";TZID=Campus"))) == ["23 06:00"]


def test_ical_daylight_saving_keeps_the_local_hour() -> None:
    event = an_event(
        "RRULE:FREQ=WEEKLY", zone=";TZID=Europe/Lisbon", start="20261019T090000", end="20261019T094000"
    )
    assert starts(a_calendar(event), datetime(2026, 10, 19, tzinfo=UTC)) == ["19 08:00"]
    assert starts(a_calendar(event), datetime(2026, 10, 26, tzinfo=UTC)) == ["26 09:00"]


def test_ical_lesson_over_the_night_of_the_change_lasts_what_it_lasts() -> None:
    event = an_event(zone=";TZID=Europe/Lisbon", start="20261025T003000", end="20261025T023000")
    (lesson,) = lessons(a_calendar(event), datetime(2026, 10, 19, tzinfo=UTC))
    assert lesson.end - lesson.start == timedelta(hours=3)


def test_ical_all_day_event_is_left_out_and_said() -> None:
    event = an_event(zone=";VALUE=DATE", start="20261123", end="20261124")
    timetable = parse_ical(a_calendar(event, an_event()), "t.ics", None)
    found, notes = timetable.between(MONDAY, MONDAY + WEEK)
    assert len(found) == 1
    assert notes == ("1 all-day events are no lessons",)


@pytest.mark.parametrize("place", ["LOCATION:", "LOCATION:Online", "LOCATION:https://example.kz/j/1"])
def test_ical_event_without_a_room_is_left_out_and_said(place: str) -> None:
    timetable = parse_ical(a_calendar(an_event(place)), "t.ics", None)
    assert timetable.between(MONDAY, MONDAY + WEEK) == ((), ("1 events have no room",))


def test_ical_two_at_once_are_both_there() -> None:
    assert (
        starts(a_calendar(an_event(), an_event("SUMMARY:CS-102").replace("one@", "two@"))) == ["23 04:00"] * 2
    )


def test_ical_duration_serves_as_end() -> None:
    (lesson,) = lessons(a_calendar(an_event("DURATION:PT90M", end="")))
    assert lesson.end - lesson.start == timedelta(minutes=90)


def test_ical_zone_is_that_of_the_file_where_no_campus_says() -> None:
    event = an_event(zone=";TZID=Europe/Lisbon")
    assert parse_ical(a_calendar(event), "t.ics", None).zone == LISBON
    assert parse_ical(a_calendar(event), "t.ics", ALMATY).zone == ALMATY
    assert parse_ical(a_calendar(an_event(zone="")), "t.ics", None).zone == ALMATY


def test_ical_first_day_is_that_of_the_earliest_timed_event() -> None:
    all_day = an_event(zone=";VALUE=DATE", start="20200101", end="20200102")
    assert parse_ical(a_calendar(all_day, an_event()), "t.ics", None).first_day() == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            an_event(end="20261123T080000"),
            "ends at 2026-11-23 08:00, not after",
        ),
        (an_event(end=""), "has no end"),
        (an_event("DURATION:-PT5M", end=""), "DURATION is not above zero"),
        (an_event("RRULE:FREQ=SOMETIMES"), "RRULE cannot be read"),
        (an_event("RRULE:FREQ=WEEKLY;COUNT=abc"), "RRULE cannot be read"),
        (an_event("RRULE:COUNT=3"), "FREQ is `none`"),
        (an_event("RRULE:FREQ=SECONDLY"), "FREQ is `SECONDLY`"),
        (an_event("RRULE:FREQ=WEEKLY;INTERVAL=0"), "INTERVAL must be 1 or more"),
        (
            an_event(zone=";TZID=Asia/Almati"),
            "no time zone `Asia/Almati`; did you mean `Asia/Almaty`?",
        ),
        (an_event(start="2026-11-23 09:00"), "DTSTART cannot be read"),
        (an_event("DTSTART:20261123T100000Z"), "DTSTART is written 2 times"),
        (an_event("DESCRIPTION:enrolled=many"), "enrolled: `many` is not a number of people"),
        ("BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n", "DTSTART is missing"),
        (
            "BEGIN:VEVENT\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000\r\nEND:VEVENT\r\n",
            "only one of DTSTART and DTEND has a time zone",
        ),
    ],
)
def test_ical_faulty_event_is_named(event: str, said: str) -> None:
    text = faults(a_calendar(an_event(), event))
    assert text.startswith("t.ics: event 2")
    assert said in text


def test_ical_faulty_events_are_named_at_once() -> None:
    bad = an_event(end="20261123T080000")
    assert len(faults(a_calendar(bad, an_event(), bad)).splitlines()) == 2


@pytest.mark.parametrize("text", ["hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", a_calendar()])
def test_ical_that_is_no_calendar_or_empty_is_refused(text: str) -> None:
    assert faults(text).startswith("t.ics: ")
