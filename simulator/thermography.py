"""A facial-thermography CSV (FDA open data) in, visits of volunteers out: up to four rounds as attempts.

The oral temperature is kept apart as the truth. Pure, but for reading the file.

Its traps and what becomes of them:

* three header lines, the first with a byte-order mark, some names mis-typed (`T_LC14`): columns are found by
  their exact name on the third line, never by place;
* rounds not measured (blank): no attempt; the others keep their own number, so a visit may begin with 2;
* no round at all: a visit without attempts, which has no reading and is never a pass;
* air missing: the attempt stays, with no air, and cannot be read;
* humidity of 3021 %, distance of 79 m: neither column is used by anything here, and so not read;
* oral temperature missing or outside 30-45 °C: the visit has no truth and is not scored;
* a subject written twice: a second visit, named `<subject>#2`;
* temperatures that are no number: a fault of the file, all at once; impossible ones: left to the screener.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.recordings.readings import MOST_FAULTS, ReadingsError, number_in, numbered_rows, read_text

ROUNDS = (1, 2, 3, 4)
_HEADER_LINES = 3
_SUBJECT, _AIR, _ORAL = "SubjectID", "T_atm", "aveOralM"
#: °C an oral thermometer can show of a living person; outside it there is no truth.
_ORAL_RANGE_C = (30.0, 45.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of a volunteer at the camera."""

    attempt: int
    #: Hottest point around the centre of the forehead, °C.
    skin_c: float
    #: Air of the room, °C; None: not noted.
    ambient_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    """One volunteer's visit."""

    visit: str
    rounds: tuple[Round, ...]
    #: Mean oral temperature in monitor mode, °C; None: no truth. Never shown to the screener.
    oral_c: float | None


def is_thermography(text: str) -> bool:
    """Whether this is the text of such a file, by the names on its third line."""
    third = text.splitlines()[_HEADER_LINES - 1 : _HEADER_LINES]
    return bool(third) and third[0].startswith(_SUBJECT + ",") and "T_FHC_Max" in third[0]


def read_thermography(path: Path) -> list[Volunteer]:
    """The volunteers of a file in its order; raises ReadingsError with all its faults at once."""
    return parse_thermography(read_text(path), str(path))


def parse_thermography(text: str, name: str) -> list[Volunteer]:
    """The volunteers in the text of a file; `name` stands before each fault."""
    rows = numbered_rows(text, name)
    header = [column.strip() for column in rows[_HEADER_LINES - 1][1]] if len(rows) >= _HEADER_LINES else []
    wanted = [_SUBJECT, _AIR, _ORAL, *(f"T_FHC_Max{number}" for number in ROUNDS)]
    missing = [column for column in wanted if column not in header]
    if missing:
        raise ReadingsError(
            [f"{name}: line 3: lacks the columns {', '.join(missing)}; is this thermography data?"]
        )
    places = {column: header.index(column) for column in wanted}
    faults: list[str] = []
    seen: Counter[str] = Counter()
    volunteers: list[Volunteer] = []
    for number, row in rows[_HEADER_LINES:]:
        if not any(map(str.strip, row)):
            continue
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
        wrong = _faults_of(cells)
        faults += [f"{name}: line {number}: {fault}" for fault in wrong]
        if wrong:
            continue
        seen[cells[_SUBJECT]] += 1
        again = f"#{seen[cells[_SUBJECT]]}" if seen[cells[_SUBJECT]] > 1 else ""
        volunteers.append(_volunteer(cells[_SUBJECT] + again, cells))
    if not volunteers and not faults:
        faults.append(f"{name}: has no volunteers after its three header lines")
    if faults:
        raise ReadingsError(faults[:MOST_FAULTS])
    return volunteers


def _volunteer(visit: str, cells: dict[str, str]) -> Volunteer:
    air, oral = number_in(cells[_AIR]), number_in(cells[_ORAL])
    rounds = ((number, number_in(cells[f"T_FHC_Max{number}"])) for number in ROUNDS)
    low, high = _ORAL_RANGE_C
    return Volunteer(
        visit=visit,
        rounds=tuple(
            Round(attempt=number, skin_c=skin, ambient_c=air) for number, skin in rounds if skin is not None
        ),
        oral_c=oral if oral is not None and low <= oral <= high else None,
    )


def _faults_of(cells: dict[str, str]) -> Sequence[str]:
    faults = [] if cells[_SUBJECT] else [f"{_SUBJECT} is empty; every volunteer needs one"]
    for column, text in cells.items():
        is_blank = not text or text.lower() == "nan"
        if column != _SUBJECT and not is_blank and number_in(text) is None:
            faults.append(f'{column} must be a number or blank, got "{text}"')
    return faults
