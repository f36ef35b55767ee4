"""A file that is uploaded, or text pasted from a spreadsheet, as rows of words: bytes in, rows out. Pure.

It may be hostile: what it unpacks to, how many rows and columns it has and how long they are is bounded.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from typing import Any, NamedTuple

from openpyxl.reader.excel import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: openpyxl carries no types.
_load: Any = load_workbook
#: Most rows, columns, and letters of a cell.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 3000, 40, 500
#: The largest file, and the most a workbook may unpack to, bytes.
LARGEST_FILE, LARGEST_UNPACKED = 4 * 1024 * 1024, 24 * 1024 * 1024
_MOST_PARTS = 500
_DELIMITERS = ";\t,"
#: How a workbook begins: it is a zip archive; and the workbooks of before 2007.
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: What declares entities, which can unfold to anything; in both widths of letters.
_DECLARED = tuple(word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le"))


class TableFault(ValueError):
    """It cannot be read; `code` says why, as a word of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Row(NamedTuple):
    """A row that says something."""

    #: As the spreadsheet counts, from 1.
    number: int
    cells: tuple[str, ...]


def read_table(body: bytes) -> list[Row]:
    """The rows of a workbook's first sheet with any, or of a text file. Raises TableFault."""
    if len(body) > LARGEST_FILE:
        raise TableFault("large")
    if body.startswith(_OLD):
        raise TableFault("old")
    return _kept(_sheet(body) if body.startswith(_ZIP) else _lines(_decoded(body)))


def read_text(text: str) -> list[Row]:
    """The rows of text that was pasted. Raises TableFault."""
    if len(text) > LARGEST_FILE:
        raise TableFault("large")
    return _kept(_lines(text))


def as_text(rows: Iterable[Iterable[str]]) -> str:
    """Rows as a spreadsheet would paste them, tabs between the cells."""
    written = io.StringIO()
    csv.writer(written, delimiter="\t", lineterminator="\n").writerows(rows)
    return written.getvalue()


def _decoded(body: bytes) -> str:
    """Text by its mark; else UTF-8; else what Windows writes in Russian and, but for nine letters, Kazakh."""
    is_wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    for code in ("utf-16",) if is_wide else ("utf-8-sig", "cp1251"):
        try:
            text = body.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise TableFault("binary")


def _lines(text: str) -> list[list[Any]]:
    if "\0" in text:
        raise TableFault("binary")
    first = next((line for line in text.splitlines() if line.strip()), "")
    # Who pastes from a spreadsheet pastes tabs; a text file rarely has one.
    often = {sign: _outside_quotes(first, sign) for sign in _DELIMITERS}
    delimiter = "\t" if often["\t"] else max(_DELIMITERS, key=lambda sign: often[sign])
    rows: list[list[Any]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(list(row))
            if len(rows) > MOST_ROWS:
                raise TableFault("long")
    except csv.Error:
        raise TableFault("quotes") from None
    return rows


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _sheet(body: bytes) -> list[list[Any]]:
    try:
        _require_small(body)
        book = _load(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                # What a sheet says of its own size may be anything.
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS, values_only=True)
                found = [list(row) for row in rows]
                while found and not any(_said(cell) for cell in found[-1]):
                    found.pop()
                if len(found) > MOST_ROWS:
                    raise TableFault("long")
                if found:
                    return found
        finally:
            book.close()
    except TableFault:
        raise
    except (
        *(zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError),
        *(AttributeError, IndexError, OSError, EOFError, NotImplementedError, RuntimeError, OverflowError),
    ):
        # A damaged workbook breaks its reader in any of these ways; none tells a person more. Either parser
        # of XML that may be there raises a SyntaxError.
        raise TableFault("broken") from None
    return []


def _require_small(body: bytes) -> None:
    """Refuse what unpacks to too much, or declares entities: looked at before anything reads it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
            raise TableFault("bomb")
        for part in parts:
            # No more is read than a part says itself; one that says too little does not fit its sum.
            content = archive.read(part)
            if any(word in content for word in _DECLARED) and part.filename.endswith((".xml", ".rels")):
                raise TableFault("bomb")


def _kept(rows: list[list[Any]]) -> list[Row]:
    if len(rows) > MOST_ROWS:
        raise TableFault("long")
    kept = (Row(number, _cells(row)) for number, row in enumerate(rows, 1))
    return [row for row in kept if row.cells]


def _cells(row: list[Any]) -> tuple[str, ...]:
    """The cells up to the last that says something."""
    cells = [_said(cell) for cell in row[:MOST_COLUMNS]]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _said(value: object) -> str:
    """A cell as one line: whole numbers without `.0`, spaces of all kinds as one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    words = str(value)[: LONGEST_CELL * 2]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:LONGEST_CELL]
