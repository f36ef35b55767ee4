"""Files of rows, whoever made them: encodings, delimiters, workbooks that are broken or hostile."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.workbook import workbook as books

from dashboards.room_import.tables import (
    LARGEST_FILE,
    MOST_COLUMNS,
    MOST_ROWS,
    TableFault,
    as_text,
    read_table,
    read_text,
)

#: openpyxl carries no types.
new_book: Any = books.Workbook
ROWS = [["Код", "Қабат", "Атауы"], ["А-204", "2", "Дәріс; «үлкен», зал"]]
SIGNS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book, kept = new_book(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(kept)
    return kept.getvalue()


def with_part(name: str, body: bytes) -> bytes:
    """A sound workbook, one part of it another."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(ROWS))) as old, zipfile.ZipFile(packed, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, body if part == name else old.read(part))
    return packed.getvalue()


def fault(body: bytes) -> str:
    with pytest.raises(TableFault) as caught:
        read_table(body)
    return caught.value.code


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_delimiter(code: str, delimiter: str) -> None:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in ROWS]
    assert [list(row.cells) for row in read_table("\r\n".join(lines).encode(code))] == ROWS


def test_windows_text_is_read() -> None:
    assert read_table("Код;Этаж\nА-204;2\n".encode("cp1251"))[1].cells == ("А-204", "2")


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    assert [row.number for row in read_table(workbook([["a"], [None], [], ["b"]]))] == [1, 4]
    assert [row.number for row in read_text("a\n\n\nb\n")] == [1, 4]


def test_whole_numbers_of_a_workbook_have_no_point() -> None:
    assert read_table(workbook([["x", 204.0, 48.5, True, None]]))[0].cells == ("x", "204", "48.5", "1")


def test_first_sheet_with_rows_is_read() -> None:
    book, kept = new_book(), io.BytesIO()
    book.create_sheet("second").append(["here"])
    book.save(kept)
    assert read_table(kept.getvalue())[0].cells == ("here",)


def test_entities_are_never_unfolded() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    assert fault(with_part("xl/workbook.xml", laughs)) == "bomb"
    assert fault(with_part("xl/workbook.xml", laughs.decode().encode("utf-16-le"))) == "bomb"


def test_sheet_that_says_it_is_endless_is_read_no_further_than_rows_may_go() -> None:
    sheet = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension
 ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c></row>
 <row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>end</t></is></c></row></sheetData></worksheet>"""
    rows = read_table(with_part("xl/worksheets/sheet1.xml", sheet))
    assert [row.cells[0] for row in rows] == ["Code"]


def test_more_rows_than_may_be_are_refused() -> None:
    assert fault(workbook([["x"]] * (MOST_ROWS + 1))) == "long"
    assert fault(b"x\n" * (MOST_ROWS + 1)) == "long"


def test_wide_rows_are_cut() -> None:
    assert len(read_text(";".join("x" * 500))[0].cells) == MOST_COLUMNS


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old"),
        (b"PK\x03\x04" + b"x" * 100, "broken"),
        (b"a\0b", "binary"),
        (b'"' + b"x" * 200_000, "quotes"),
        (b"x" * (LARGEST_FILE + 1), "large"),
        (with_part("xl/worksheets/sheet1.xml", b"<worksheet"), "broken"),
        (with_part("xl/workbook.xml", b""), "broken"),
    ],
    ids=["old", "cut-off", "binary", "unclosed", "large", "half-a-sheet", "no-book"],
)
def test_what_is_no_table_says_what_it_is(body: bytes, code: str) -> None:
    assert fault(body) == code


@given(st.binary(max_size=2000))
def test_any_bytes_are_rows_or_a_fault(body: bytes) -> None:
    for start in (b"", b"PK\x03\x04"):
        try:
            rows = read_table(start + body)
        except TableFault:
            continue
        assert all(any(row.cells) for row in rows)


@given(st.lists(st.lists(st.text(SIGNS, max_size=20), min_size=2, max_size=6), min_size=1, max_size=20))
def test_rows_come_back_from_text_as_they_were(rows: list[list[str]]) -> None:
    plain = [[" ".join(cell.split()) for cell in row] for row in rows]
    found = [row.cells for row in read_text(as_text(plain))]
    assert [row[: len(cells)] for row, cells in zip((r for r in plain if any(r)), found, strict=True)] == [
        list(cells) for cells in found
    ]
