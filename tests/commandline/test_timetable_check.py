import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from commandline import timetable_check
from commandline.defaults import CAMPUS, REGIME
from hub.timetable.reading import MOST_BYTES
from tests.hub.timetable.weeks import a_calendar, an_event
from tests.recordings import recording

ROOMS = "room,capacity,type\nA-204,40,classroom\nA5,130,lecture hall\n"
SIXTY = "DESCRIPTION:enrolled=60"


def check(*words: object) -> int:
    parser = argparse.ArgumentParser()
    timetable_check.add_arguments(parser)
    return timetable_check.run(parser.parse_args([str(word) for word in words]))


def written(folder: Path, text: str, name: str = "t.ics") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    return written(tmp_path, ROOMS, "rooms.csv")


def document(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert check(*words, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_timetable_check_prints_one_document(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event(SIXTY, end="20261123T103000")))
    found = document(capsys, calendar, "--rooms", rooms)
    assert (found["file"], found["profile"]) == (str(calendar), "kz-2020-order-345-381")
    assert (found["week"], found["timezone"], found["lessons"]) == ("2026-11-23", "Asia/Almaty", 1)
    over, long = found["findings"]
    assert (over["rule"], over["value"], over["limit"], over["clause"]) == (
        "over-capacity",
        60,
        15,
        "§71, §69.3",
    )
    assert (over["room"], over["start"], over["local"]) == (
        "A-204",
        "2026-11-23T04:00:00.000Z",
        "2026-11-23T09:00",
    )
    assert over["suggestion"] == {"room": None, "sittings": 4}
    assert (long["rule"], long["value"], long["limit"]) == ("long-lesson", 90, 40)
    assert found["totals"]["sittings"] == 4
    assert found["totals"]["fits"] == 0.25


def test_timetable_check_prints_a_table_for_people(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event(SIXTY, end="20261123T103000")))
    assert check(calendar, "--rooms", rooms) == 0
    out = capsys.readouterr().out
    assert "A-204: classroom, 40 seats, at most 15 by group-cap (§71, §69.3); 1 lessons" in out
    assert "MO 09:00–10:30  CS-101" in out
    assert "60 enrolled, 45 without a place; 4 groups" in out
    assert "1 lessons longer than 40 min, up to 90 (§36.3)" in out
    assert "a full week: 25.0% of the enrolled have a place" in out


def test_timetable_check_needs_no_files_where_events_say_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event("DESCRIPTION:enrolled=26\\; capacity=40")))
    found = document(capsys, calendar)
    assert [(one["value"], one["limit"]) for one in found["findings"]] == [(26, 15)]
    assert found["notes"] == ["rooms without a type: classrooms"]


def test_timetable_check_takes_rooms_from_the_campus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event(SIXTY, "LOCATION:Ауд. В-204")))
    found = document(capsys, calendar, "--campus", CAMPUS)
    assert found["rooms"][0]["room"] == "b-204"
    assert found["findings"][0]["limit"] == 15


def test_timetable_check_of_another_profile_is_a_what_if(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event(SIXTY, end="20261123T103000")))
    found = document(capsys, calendar, "--rooms", rooms, "--profile", REGIME / "kz-2020-order-345-381.toml")
    assert found["totals"]["over_capacity"] == 1
    season = document(capsys, calendar, "--campus", CAMPUS, "--rooms", rooms, "--profile", "kz-season")
    assert season["profile"] == "kz-season"
    assert season["totals"]["findings"]["long-lesson"] == 0


def test_timetable_check_of_the_week_asked_for(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event(SIXTY, "RRULE:FREQ=WEEKLY")))
    found = document(capsys, calendar, "--rooms", rooms, "--week", "2027-01-06")
    assert found["week"] == "2027-01-04"
    assert [one["local"] for one in found["findings"]] == ["2027-01-04T09:00"]


def test_timetable_check_of_an_empty_week_says_where_the_file_begins(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calendar = written(tmp_path, a_calendar(an_event()))
    assert check(calendar, "--rooms", rooms, "--week", "2027-01-06") == 0
    assert "no lessons in this week; the file begins 2026-11-23" in capsys.readouterr().out


def test_timetable_check_names_unknown_rooms_and_checks_the_rest(
    tmp_path: Path, rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = an_event("LOCATION:A-240").replace("one@", "two@")
    calendar = written(tmp_path, a_calendar(an_event(SIXTY), other))
    assert check(calendar, "--rooms", rooms, "--json") == 1
    printed = capsys.readouterr()
    assert printed.err == f"{calendar}: there is no room `A-240`; did you mean `A-204`?\n"
    found = json.loads(printed.out)
    assert (found["lessons"], found["totals"]["lessons"]) == (2, 1)
    assert found["totals"]["over_capacity"] == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.ics", "", "is empty"),
        ("t.ics", "<html></html>", "is not iCalendar"),
        ("t.ics", "BEGIN:VCALENDAR\0\x01\x02", "is not text"),
        ("t.ics", "BEGIN:VCALENDAR\r\ngarbage", "is not iCalendar"),
        ("t.csv", "raum,beginn,ende\nA,1,2\n", "there is no column `room`"),
        ("t.csv", "room,day,start,end\nA5,MO,10:00,09:00\n", "line 2: ends at 09:00, not after"),
        ("t.csv", "room,start,end\nA5,soon,later\n", "line 2: start: `soon` is no date and time"),
        ("t.ics", a_calendar(an_event(end="20261123T080000")), "event 1 (CS-101): ends at"),
        ("t.ics", a_calendar(an_event("RRULE:FREQ=OFTEN")), "RRULE cannot be read"),
        ("t.ics", a_calendar(an_event("RRULE:FREQ=WEEKLY;INTERVAL=0")), "INTERVAL must be 1 or more"),
        ("t.ics", a_calendar(an_event(zone=";TZID=Asia/Almati")), "did you mean `Asia/Almaty`?"),
        ("t.ics", a_calendar(), "has no events"),
    ],
)
def test_timetable_check_of_a_bad_file_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str
) -> None:
    path = written(tmp_path, text, name)
    assert check(path, "--json") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{path}: ")
    assert said in printed.err


def test_timetable_check_of_a_huge_file_does_not_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.ics"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert check(path) == 1
    assert "16 MB is the most" in capsys.readouterr().err


def test_timetable_check_of_a_binary_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.ics"
    path.write_bytes(bytes(range(256)))
    assert check(path) == 1
    assert "is not UTF-8 text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "kz-saison"), "no such regime profile; did you mean `kz-season`?"),
        (("--variant", "in-persn"), "there is no variant `in-persn`; did you mean `in-person`?"),
        (("--rooms", "none.csv"), "none.csv: no such file"),
    ],
)
def test_timetable_check_of_a_wrong_option_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str], said: str
) -> None:
    calendar = written(tmp_path, a_calendar(an_event()))
    assert check(calendar, *words) == 1
    assert said in capsys.readouterr().err


def test_timetable_check_of_a_week_that_is_none_is_a_usage_fault(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        check(tmp_path / "t.ics", "--week", "tomorrow")
    assert caught.value.code == 2


@pytest.mark.data
def test_timetable_check_of_a_real_week(capsys: pytest.CaptureFixture[str]) -> None:
    folder = recording("timetables")
    name = "ist_Tagus-2017-2018"
    found = document(capsys, folder / f"{name}.ics", "--rooms", folder / f"{name}_rooms.csv")
    assert found["week"] == "2018-09-17"
    assert found["lessons"] == found["totals"]["checked"] == 397
    rules = [one["rule"] for one in found["findings"]]
    assert rules.count("over-capacity") == found["totals"]["over_capacity"]
    assert all(one["clause"] for one in found["findings"])
