"""Tables in, an XLSX workbook out: a sheet a table, numbers as numbers, no formula ever."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import openpyxl
import openpyxl.cell
import openpyxl.styles
import openpyxl.utils
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from dashboards.report.tables import Cell, Column, Table

#: It carries no types.
_xlsx: Any = openpyxl
_FORMATS = {"text": "@", "int": "0", "number": "0.0#", "percent": "0.0%"}
#: Width of a column, letters.
_LEAST, _MOST = 10, 60


def workbook(tables: Iterable[Table], title: str, made_at: datetime) -> bytes:
    """The workbook of a report."""
    book = _xlsx.Workbook(write_only=True)
    book.properties.title = title
    book.properties.creator = "Kuzet"
    # A file of Excel knows no time zones: UTC.
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    for table in tables:
        sheet = book.create_sheet(_name(table.title))
        sheet.freeze_panes = "A2"
        for place, column in enumerate(table.columns):
            said = [column.title, *(str(row[place] or "") for row in table.rows)]
            width = min(_MOST, max(_LEAST, *(len(one) + 2 for one in said)))
            sheet.column_dimensions[_xlsx.utils.get_column_letter(place + 1)].width = width
        sheet.append([_head(sheet, column) for column in table.columns])
        for row in table.rows:
            sheet.append(
                [_cell(sheet, cell, column) for cell, column in zip(row, table.columns, strict=True)]
            )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _head(sheet: Any, column: Column) -> Any:
    cell = _cell(sheet, column.title, Column(""))
    cell.font = _xlsx.styles.Font(bold=True)
    cell.alignment = _xlsx.styles.Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Cell, column: Column) -> Any:
    if not isinstance(value, str):
        cell = _xlsx.cell.WriteOnlyCell(sheet, value)
        cell.number_format = _FORMATS[column.kind]
        return cell
    cell = _xlsx.cell.WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    # Text that begins with "=" would else be a formula.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _name(title: str) -> str:
    """A sheet's name: at most 31 letters, none of those that Excel refuses."""
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31]
