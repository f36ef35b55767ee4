"""The text of a CSV timetable in, its lessons out; the header says which of two kinds it is. Pure.

By weekday: `room,day,start,end` and optionally `name,enrolled,room_capacity,room_type,group`, the same
every week. By date: `room,start,end` with ISO 8601 instants, those without an offset in campus time. Other
columns are not read, so a column of teachers' names never gets in.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.timetable.class_code import class_code, read_people
from hub.timetable.lesson import CAMPUS_ZONE, LONGEST, Lesson
from protocol.config import did_you_mean
from protocol.errors import ConfigError

#: The columns that are read, each with the names it goes by.
COLUMNS: dict[str, tuple[str, ...]] = {
    "room": ("room", "space", "location"),
    "start": ("start", "starts"),
    "end": ("end", "ends"),
    "day": ("day", "weekday"),
    "enrolled": ("enrolled", "enrolment", "enrollment", "students"),
    "seats": ("room_capacity", "capacity", "seats"),
    "room_type": ("room_type", "type"),
    "name": ("name", "class", "code", "class_code"),
    "group": ("group",),
}
_WANTED = ("room", "start", "end")
#: Days of the week as timetables write them, Monday first: English, Russian, Kazakh; longer words by these.
_DAYS = (
    ("mo", "пн", "пон", "дс", "дүй", "1"),
    ("tu", "вт", "сс", "сей", "2"),
    ("we", "ср", "сәр", "3"),
    ("th", "чт", "чет", "бс", "бей", "4"),
    ("fr", "пт", "пят", "жм", "жұм", "5"),
    ("sa", "сб", "суб", "сн", "сен", "6"),
    ("su", "вс", "вос", "жк", "жек", "7"),
)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class _Row:
    """A lesson before its week is known: by weekday and time, or by date."""

    lesson: Lesson | None
    weekday: int
    starts: time
    ends: time
    fields: dict[str, str]


class CsvTimetable:
    """Lessons of a file whose every line has been checked."""

    def __init__(self, rows: list[_Row], zone: ZoneInfo, notes: tuple[str, ...]) -> None:
        self.zone = zone
        self._rows = rows
        self._notes = notes

    def first_day(self) -> date | None:
        """The local day of the earliest lesson; None: the same every week."""
        dated = [row.lesson.start for row in self._rows if row.lesson is not None]
        return min(dated).astimezone(self.zone).date() if dated else None

    def between(self, start: datetime, stop: datetime) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
        """The lessons that begin in `[start, stop)`, in order of time, and what was left out and why."""
        first, last = start.astimezone(self.zone).date(), stop.astimezone(self.zone).date()
        lessons = [
            lesson
            for row in self._rows
            for lesson in ([row.lesson] if row.lesson else self._repeat(row, first, last))
            if start <= lesson.start < stop
        ]
        return tuple(sorted(lessons, key=lambda one: (one.start, one.space, one.code))), self._notes

    def _repeat(self, row: _Row, first: date, last: date) -> Iterator[Lesson]:
        day = first + timedelta(days=(row.weekday - first.weekday()) % 7)
        while day <= last:
            starts, ends = (datetime.combine(day, one, tzinfo=self.zone) for one in (row.starts, row.ends))
            yield _lesson(row.fields, starts, ends)
            day += _WEEK


def parse_csv(text: str, name: str, zone: ZoneInfo | None) -> CsvTimetable:
    """The timetable in `text`; `name` is its file's. Raises ConfigError with every faulty line."""
    zone = zone or CAMPUS_ZONE
    header, lines = read_lines(text, name)
    places = _places(header, name)
    faults: list[str] = []
    rows: list[_Row] = []
    nowhere = 0
    for number, cells in lines:
        fields = {key: cells[i].strip() for key, i in places.items() if i < len(cells)}
        if len(cells) != len(header):
            faults.append(f"{name}: line {number}: has {len(cells)} cells, the header {len(header)}")
        elif not fields["room"]:
            nowhere += 1
        else:
            try:
                rows.append(_read(fields, zone))
            except ValueError as error:
                faults.append(f"{name}: line {number}: {error}")
    if faults:
        raise ConfigError(faults)
    if not rows and not nowhere:
        raise ConfigError([f"{name}: has a header but no lessons; export the timetable again"])
    unread = [word for i, word in enumerate(header) if i not in places.values()]
    notes = [f"{nowhere} lines have no room"] if nowhere else []
    notes += [f"columns not read: {', '.join(unread)}"] if unread else []
    return CsvTimetable(rows, zone, tuple(notes))


def read_lines(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the numbered lines of a CSV file that is cut by comma, semicolon or tab."""
    first = text.lstrip().split("\n", 1)[0]
    cut = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=cut)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise ConfigError([f"{name}: line {reader.line_num}: is not CSV: {error}"]) from None
    return [word.strip().lower() for word in lines[0][1]], lines[1:]


def _places(header: list[str], name: str) -> dict[str, int]:
    places = {
        key: next(i for i, word in enumerate(header) if word in words)
        for key, words in COLUMNS.items()
        if any(word in words for word in header)
    }
    missing = [key for key in _WANTED if key not in places]
    if missing:
        shown = ", ".join(header)[:120]
        raise ConfigError(
            [
                f"{name}: line 1: there is no column `{key}`{_near(key, header)}; the header is {shown}"
                for key in missing
            ]
        )
    return places


def _near(key: str, header: list[str]) -> str:
    return did_you_mean(key, header).replace("did you mean", "is it").replace("?", "")


def _read(fields: dict[str, str], zone: ZoneInfo) -> _Row:
    read_people(fields.get("enrolled", ""), "enrolled")
    read_people(fields.get("seats", ""), "seats")
    if "day" not in fields:
        starts, ends = (_instant(fields[key], key, zone) for key in ("start", "end"))
        return _Row(_lesson(fields, starts, ends), 0, time(), time(), fields)
    weekday = _weekday(fields["day"])
    begins, stops = _time(fields["start"], "start"), _time(fields["end"], "end")
    if stops <= begins:
        raise ValueError(f"ends at {stops:%H:%M}, not after it starts at {begins:%H:%M}")
    return _Row(None, weekday, begins, stops, fields)


def _lesson(fields: dict[str, str], starts: datetime, ends: datetime) -> Lesson:
    if ends - starts > LONGEST:
        raise ValueError(f"lasts {ends - starts}, more than {LONGEST}: no lesson")
    return Lesson(
        space=" ".join(fields["room"].split())[:80],
        start=starts.astimezone(UTC),
        end=ends.astimezone(UTC),
        code=class_code(fields.get("name", "")),
        enrolled=read_people(fields.get("enrolled", ""), "enrolled"),
        seats=read_people(fields.get("seats", ""), "seats"),
        room_type=fields.get("room_type") or None,
        group=class_code(fields.get("group", "")) or None,
    )


def _weekday(word: str) -> int:
    lower = word.lower()
    for i, begins in enumerate(_DAYS):
        if lower and lower.startswith(begins):
            return i
    raise ValueError(f"day: `{word[:20]}` is no day of the week; write for example MO or пн")


def _time(word: str, key: str) -> time:
    for form in ("%H:%M", "%H:%M:%S"):
        try:
            return datetime.strptime(word, form).time()  # noqa: DTZ007 - a time of day, no instant
        except ValueError:
            continue
    raise ValueError(f"{key}: `{word[:40]}` is no time of day; write for example 09:00")


def _instant(word: str, key: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(word)
    except ValueError:
        hint = "write for example 2026-11-23T09:00, or add a column `day`"
        raise ValueError(f"{key}: `{word[:40]}` is no date and time; {hint}") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at
