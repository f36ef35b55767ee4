"""The check of a real week against a count of our own, straight from the CSV file."""

import csv
from collections import Counter
from datetime import date, timedelta
from math import floor
from pathlib import Path

import pytest

from hub.timetable.checking import check_week
from hub.timetable.reading import lessons_of_week, read_text, read_timetable
from hub.timetable.rooms import parse_rooms, rooms_of
from hub.timetable.week_report import WeekReport, WeekRule
from tests.hub.timetable.weeks import LISBON, always, found
from tests.recordings import recording

NAME = "ist_Tagus-2017-2018"
MONDAY = date(2018, 9, 17)
DAYS = ("MO", "TU", "WE", "TH", "FR")
Row = dict[str, str]

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def folder() -> Path:
    return recording("timetables")


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Row]:
    with (folder / f"{NAME}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["room"]]


@pytest.fixture(scope="module")
def report(folder: Path) -> WeekReport:
    return checked(folder, "ics")


def checked(folder: Path, kind: str) -> WeekReport:
    listed = parse_rooms(read_text(folder / f"{NAME}_rooms.csv"), "rooms")
    timetable = read_timetable(folder / f"{NAME}.{kind}", LISBON)
    rooms = rooms_of(lessons_of_week(timetable, MONDAY)[0], None, listed)
    assert rooms.unmatched == ()
    return check_week(rooms.lessons, rooms.rooms, always())


def cap_of(row: Row) -> int:
    """By hand: 40 % of a lecture hall, else 15 people and a desk each."""
    seats = int(row["room_capacity"])
    return floor(seats * 0.4) if row["room_type"].startswith("Anfiteatro") else min(15, seats)


def minutes(word: str) -> int:
    hours, rest = word.split(":")
    return int(hours) * 60 + int(rest)


def begins(row: Row) -> str:
    return f"{MONDAY + timedelta(days=DAYS.index(row['day']))} {row['start']}"


def pairs(rows: list[Row]) -> list[tuple[Row, Row]]:
    """Every two lessons of one room and day, the earlier first."""
    some = sorted(rows, key=lambda row: (row["room"], row["day"], row["start"], row["end"]))
    return [
        (one, other)
        for i, one in enumerate(some)
        for other in some[i + 1 :]
        if (one["room"], one["day"]) == (other["room"], other["day"])
    ]


def test_real_week_lists_every_lesson_over_its_cap(report: WeekReport, rows: list[Row]) -> None:
    ours = Counter(
        (one.room, f"{one.start.astimezone(LISBON):%Y-%m-%d %H:%M}", one.code, one.value, one.limit)
        for one in found(report, WeekRule.OVER_CAPACITY)
    )
    by_hand = Counter(
        (row["room"], begins(row), row["name"], int(row["enrolled"]), cap_of(row))
        for row in rows
        if int(row["enrolled"]) > cap_of(row)
    )
    assert ours == by_hand
    assert ours.total() == report.totals.over_capacity > 0


def test_real_week_has_its_long_lessons(report: WeekReport, rows: list[Row]) -> None:
    by_hand = sum(minutes(row["end"]) - minutes(row["start"]) > 40 for row in rows)
    assert len(found(report, WeekRule.LONG_LESSON)) == by_hand


def test_real_week_has_its_double_bookings(report: WeekReport, rows: list[Row]) -> None:
    late = {id(other) for one, other in pairs(rows) if other["start"] < one["end"]}
    assert len(found(report, WeekRule.DOUBLE_BOOKING)) == len(late)


def test_real_week_has_its_short_breaks(report: WeekReport, rows: list[Row]) -> None:
    close, at_once = set(), set()
    for one, other in pairs(rows):
        gap = minutes(other["start"]) - minutes(one["end"])
        close |= {id(other) for _ in range(gap < 20)}
        at_once |= {id(other) for _ in range(gap < 0)}
    assert len(found(report, WeekRule.SHORT_BREAK)) == len(close - at_once)


def test_real_week_sums_are_those_of_the_file(report: WeekReport, rows: list[Row]) -> None:
    sums = report.totals
    assert sums.lessons == sums.checked == len(rows)
    assert sums.enrolled == sum(int(row["enrolled"]) for row in rows)
    assert sums.seats == sum(int(row["room_capacity"]) for row in rows)
    assert sums.allowed == sum(cap_of(row) for row in rows)
    fitting = sum(min(int(row["enrolled"]), cap_of(row)) for row in rows)
    assert sums.fits == pytest.approx(fitting / sums.enrolled)


def test_real_week_is_the_same_in_both_formats(folder: Path, report: WeekReport) -> None:
    assert checked(folder, "csv").findings == report.findings
