from datetime import UTC, date, datetime, timedelta

import pytest

from hub.timetable.reading_csv import parse_csv
from protocol.errors import ConfigError
from tests.hub.timetable.weeks import ALMATY, LISBON

MONDAY = datetime(2026, 11, 22, 23, tzinfo=UTC)
WEEK = timedelta(weeks=1)
WEEKLY = "class_id,name,room,room_capacity,room_type,day,start,end,enrolled,class_limit\n"
PLAIN = "room,start,end,enrolled\n"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_csv(text, "t.csv", ALMATY)
    return list(caught.value.faults)


def test_csv_by_weekday_repeats_every_week() -> None:
    timetable = parse_csv(WEEKLY + "0,CS-101,A-204,40,Sala de aula,WE,09:00,10:30,26,40\n", "t.csv", ALMATY)
    assert timetable.first_day() is None
    for weeks in (0, 5):
        (lesson,) = timetable.between(MONDAY + weeks * WEEK, MONDAY + (weeks + 1) * WEEK)[0]
        assert lesson.start == datetime(2026, 11, 25, 4, tzinfo=UTC) + weeks * WEEK
    assert (lesson.space, lesson.code, lesson.seats) == ("A-204", "CS-101", 40)
    assert (lesson.room_type, lesson.enrolled) == ("Sala de aula", 26)


def test_csv_by_weekday_over_three_weeks_repeats_three_times() -> None:
    timetable = parse_csv("room,day,start,end\nA,MO,09:00,10:00\n", "t.csv", ALMATY)
    assert len(timetable.between(MONDAY, MONDAY + 3 * WEEK)[0]) == 3


def test_csv_by_weekday_keeps_the_local_hour_over_daylight_saving() -> None:
    timetable = parse_csv("room,day,start,end\nA,MO,09:00,10:00\n", "t.csv", LISBON)
    lessons, _ = timetable.between(datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    assert [lesson.start.hour for lesson in lessons] == [8, 9]


@pytest.mark.parametrize("word", ["TU", "Tuesday", "вт", "Вторник", "сс", "Сейсенбі", "2"])
def test_csv_day_is_read_in_three_languages(word: str) -> None:
    timetable = parse_csv(f"room,day,start,end\nA,{word},09:00,10:00\n", "t.csv", ALMATY)
    (lesson,) = timetable.between(MONDAY, MONDAY + WEEK)[0]
    assert lesson.start.astimezone(ALMATY).date() == date(2026, 11, 24)


def test_csv_by_date_reads_instants() -> None:
    text = PLAIN + "A,2026-11-23T09:00,2026-11-23T10:00,\nA,2026-11-23T09:00Z,2026-11-23T10:00Z,5\n"
    timetable = parse_csv(text, "t.csv", ALMATY)
    lessons, _ = timetable.between(MONDAY, MONDAY + WEEK)
    assert [(one.start.hour, one.enrolled) for one in lessons] == [(4, None), (9, 5)]
    assert timetable.first_day() == date(2026, 11, 23)


@pytest.mark.parametrize("cut", [";", "\t"])
def test_csv_of_other_cuts_is_read(cut: str) -> None:
    text = (PLAIN + "A,2026-11-23T09:00,2026-11-23T10:00,5\n").replace(",", cut)
    assert len(parse_csv(text, "t.csv", ALMATY).between(MONDAY, MONDAY + WEEK)[0]) == 1


def test_csv_column_of_teachers_is_not_read_and_said() -> None:
    text = "room,day,start,end,teacher\nA,MO,09:00,10:00,A. Person\n"
    lessons, notes = parse_csv(text, "t.csv", ALMATY).between(MONDAY, MONDAY + WEEK)
    assert "erson" not in repr(lessons)
    assert notes == ("columns not read: teacher",)


def test_csv_line_without_a_room_is_left_out_and_said() -> None:
    timetable = parse_csv("room,day,start,end\n,MO,09:00,10:00\n", "t.csv", ALMATY)
    assert timetable.between(MONDAY, MONDAY + WEEK) == ((), ("1 lines have no room",))


def test_csv_faulty_lines_are_named_at_once() -> None:
    text = "room,day,start,end,enrolled\nA,XX,09:00,10:00,1\nA,MO,10:00,09:00,1\nA,MO,09:00,10:00,1\n"
    text += "A,MO,9,10:00,1\nA,MO,09:00,10:00,many\nA,MO\n"
    found = faults(text)
    assert [fault.split(":")[1] for fault in found] == [f" line {i}" for i in (2, 3, 5, 6, 7)]
    assert "`XX` is no day of the week" in found[0]
    assert "ends at 09:00, not after it starts at 10:00" in found[1]
    assert "`9` is no time of day" in found[2]
    assert "`many` is not a number of people" in found[3]
    assert "has 2 cells, the header 5" in found[4]


def test_csv_wrong_column_is_named_with_the_nearest() -> None:
    (fault,) = faults("roam,start,end\nA,2026-11-23T09:00,2026-11-23T10:00\n")
    assert fault.startswith("t.csv: line 1: there is no column `room`; is it `roam`")


def test_csv_date_that_is_none_is_refused() -> None:
    (fault,) = faults(PLAIN + "A,tomorrow,2026-11-23T10:00,5\n")
    assert "start: `tomorrow` is no date and time" in fault


def test_csv_with_a_header_alone_is_refused() -> None:
    assert "no lessons" in faults(PLAIN)[0]
