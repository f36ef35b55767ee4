"""A readings file (`visit,attempt,t_s,object_c,ambient_c`) in, attempts in order of arrival out."""

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from edge.signals.stable_run import Sample

HEADER = ("visit", "attempt", "t_s", "object_c", "ambient_c")
#: Most faults told of one file; a wrong file is as wrong after these.
MOST_FAULTS = 20
_EXAMPLE = "1,1,0.0,34.9,23.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at the thermometer, as recorded."""

    visit: str
    #: 1 for the first try of a visit.
    attempt: int
    #: The run of it, or a single settled reading.
    samples: tuple[Sample, ...]


class ReadingsError(ValueError):
    """Readings that cannot be screened; `faults` holds every fault as `file: line 7: what is wrong; hint`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def read_text(path: Path) -> str:
    """The text of a CSV file in UTF-8, with or without its mark; raises ReadingsError."""
    wanted = f"a CSV file {','.join(HEADER)} in UTF-8"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ReadingsError([f"{path}: no such file; give the path of {wanted}"]) from None
    except IsADirectoryError:
        raise ReadingsError([f"{path}: is a directory; give the path of {wanted}"]) from None
    except UnicodeDecodeError:
        raise ReadingsError([f"{path}: is not text; expected {wanted}"]) from None
    except OSError as error:
        raise ReadingsError([f"{path}: cannot be read ({error.strerror}); check its permissions"]) from None
    if "\0" in text:
        raise ReadingsError([f"{path}: is a binary file; expected {wanted}"])
    if not text.strip():
        raise ReadingsError(
            [f"{path}: is empty; expected the header {','.join(HEADER)} and at least one row"]
        )
    return text


def read_readings(path: Path) -> list[Attempt]:
    """The attempts of a readings file; raises ReadingsError with all its faults at once."""
    return parse_readings(read_text(path), str(path))


def parse_readings(text: str, name: str) -> list[Attempt]:
    """The attempts in the text of a readings file, each in the place of its last row.

    `name` stands before each fault.
    """
    rows = [(number, row) for number, row in numbered_rows(text, name) if any(map(str.strip, row))]
    if not rows:
        raise ReadingsError(
            [f"{name}: is empty; expected the header {','.join(HEADER)} and at least one row"]
        )
    number, header = rows[0]
    columns = [column.strip().lower() for column in header]
    missing = [column for column in HEADER if column not in columns]
    if missing:
        raise ReadingsError([f"{name}: line {number}: {_header_fault(header, missing)}"])
    if len(rows) == 1:
        raise ReadingsError([f"{name}: has no rows; expected lines such as {_EXAMPLE} after the header"])
    places = [columns.index(column) for column in HEADER]
    found: dict[tuple[str, int], list[Sample]] = {}
    faults: list[str] = []
    for number, row in rows[1:]:
        if len(row) != len(header):
            faults.append(
                f"{name}: line {number}: has {len(row)} fields, expected {len(header)} as in the header"
            )
            continue
        visit, attempt, *numbers = (row[place].strip() for place in places)
        wrong = list(_faults_of(visit, attempt, numbers))
        faults += [f"{name}: line {number}: {fault}" for fault in wrong]
        if wrong or faults:
            continue
        t_s, object_c, ambient_c = map(float, numbers)
        key = (visit, int(attempt))
        # The newest row moves its attempt to the end: an attempt is over when its last sample has come.
        found[key] = [*found.pop(key, []), Sample(t_s=t_s, object_c=object_c, ambient_c=ambient_c)]
    if faults:
        more = len(faults) - MOST_FAULTS
        raise ReadingsError(
            [*faults[:MOST_FAULTS], *([f"{name}: and {more} more faults"] if more > 0 else [])]
        )
    return [
        Attempt(visit=visit, attempt=attempt, samples=tuple(samples))
        for (visit, attempt), samples in found.items()
    ]


def numbered_rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """The rows of a CSV text with the number of the line each ends on, from 1; raises ReadingsError."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ReadingsError(
            [f"{name}: line {reader.line_num}: is not CSV ({error}); check its quotes"]
        ) from None


def number_in(text: str) -> float | None:
    """The finite number a cell holds; None where there is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _faults_of(visit: str, attempt: str, numbers: list[str]) -> Iterable[str]:
    if not visit:
        yield "visit is empty; give every visit a name or number of its own"
    if not (attempt.isascii() and attempt.isdigit() and 1 <= int(attempt[:9]) <= 1000 and len(attempt) < 10):
        yield f'attempt must be a whole number from 1 to 1000, got "{attempt}"; the first try of a visit is 1'
    for column, text in zip(HEADER[2:], numbers, strict=True):
        if number_in(text) is None:
            comma = "; write the decimal point as a point" if "," in text else ""
            nothing = (
                "; leave the whole row out where nothing was read"
                if not text or text.lower() == "nan"
                else ""
            )
            yield f'{column} must be a number, got "{text}"{comma}{nothing}'


def _header_fault(header: list[str], missing: list[str]) -> str:
    close = get_close_matches(missing[0], [column.strip().lower() for column in header], n=1)
    meant = f'; did you write "{close[0]}" for "{missing[0]}"?' if close else ""
    got = ",".join(header)[:120]
    return f"the header lacks {', '.join(missing)}; expected {','.join(HEADER)}, got {got}{meant}"
