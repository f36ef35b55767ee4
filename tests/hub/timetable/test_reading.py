from datetime import date
from pathlib import Path

import pytest

from hub.timetable.reading import MOST_BYTES, lessons_of_week, monday_of, read_text, read_timetable, week_of
from protocol.errors import ConfigError
from tests.hub.timetable.weeks import ALMATY, a_calendar, an_event

TODAY = date(2026, 12, 3)


def written(folder: Path, text: str, name: str = "t.ics") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_timetable(path, ALMATY)
    return str(caught.value)


def test_timetable_is_told_by_its_content(tmp_path: Path) -> None:
    calendar = written(tmp_path, "\ufeff" + a_calendar(an_event()), "t.txt")
    table = written(tmp_path, "room,day,start,end\nA,MO,09:00,10:00\n", "t.csv")
    assert read_timetable(calendar, ALMATY).first_day() == date(2026, 11, 23)
    assert read_timetable(table, ALMATY).first_day() is None


def test_week_is_the_fullest_of_the_first(tmp_path: Path) -> None:
    friday = an_event("RRULE:FREQ=DAILY;COUNT=9", start="20261120T090000", end="20261120T094000")
    timetable = read_timetable(written(tmp_path, a_calendar(friday)), ALMATY)
    assert week_of(timetable, TODAY) == date(2026, 11, 23)
    assert len(lessons_of_week(timetable, date(2026, 11, 23))[0]) == 6


def test_week_of_a_timetable_without_dates_is_todays(tmp_path: Path) -> None:
    path = written(tmp_path, "room,day,start,end\nA,MO,09:00,10:00\n", "t.csv")
    assert week_of(read_timetable(path, ALMATY), TODAY) == monday_of(TODAY) == date(2026, 11, 30)


def test_timetable_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    assert "no such file" in fault(tmp_path / "none.ics")
    assert "is a folder" in fault(tmp_path)


def test_timetable_that_is_empty_is_refused(tmp_path: Path) -> None:
    assert "is empty" in fault(written(tmp_path, " \n"))


def test_timetable_of_zero_bytes_is_refused(tmp_path: Path) -> None:
    assert "zero bytes" in fault(written(tmp_path, "BEGIN:VCALENDAR\0"))


def test_timetable_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("room,день".encode("cp1251"))
    assert "is not UTF-8 text (byte 5)" in fault(path)


def test_timetable_that_is_a_page_is_refused(tmp_path: Path) -> None:
    assert "is not iCalendar" in fault(written(tmp_path, "<html>sign in</html>"))


def test_timetable_that_is_huge_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "t.ics"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ConfigError, match="16 MB is the most"):
        read_text(path)
