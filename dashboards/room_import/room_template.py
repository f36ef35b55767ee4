"""The room list to fill in: rooms there are in, a workbook or a text file for spreadsheets out. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.cell import cell as cells_of
from openpyxl.styles import fonts
from openpyxl.workbook import workbook

#: openpyxl carries no types.
_Cell: Any = cells_of.WriteOnlyCell
_Font: Any = fonts.Font
_Workbook: Any = workbook.Workbook
_NUMBERS = ("floor", "area_m2", "desks", "design_capacity")
_WIDTHS = {"code": 14, "building": 18, "kind": 22, "name_kk": 30, "name_ru": 30, "name_en": 30}


def as_workbook(columns: Sequence[str], header: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    """A workbook with one sheet; what is text stays text, whatever it begins with."""
    book = _Workbook(write_only=True)
    sheet = book.create_sheet("Rooms")
    sheet.freeze_panes = "A2"
    for i, column in enumerate(columns):
        sheet.column_dimensions[chr(ord("A") + i)].width = _WIDTHS.get(column, 12)
    cells = [_Cell(sheet, value=word) for word in header]
    for cell in cells:
        cell.font = _Font(bold=True)
    sheet.append(cells)
    for row in rows:
        written = []
        for column in columns:
            word = row.get(column, "")
            is_number = column in _NUMBERS and word
            cell = _Cell(sheet, value=float(word) if is_number else word or None)
            if not is_number and word:
                cell.data_type = "s"
            written.append(cell)
        sheet.append(written)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def as_csv(columns: Sequence[str], header: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    """A text file as spreadsheets of our languages open it: marked as UTF-8, semicolons between.

    Text that a spreadsheet would take for a formula is marked as text.
    """
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_marked(column, row.get(column, "")) for column in columns])
    return written.getvalue().encode("utf-8-sig")


def _marked(column: str, word: str) -> str:
    return f"'{word}" if column not in _NUMBERS and word[:1] in ("=", "+", "-", "@") else word
