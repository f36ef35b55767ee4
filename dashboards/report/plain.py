"""Tables as text: CSV that a spreadsheet opens and that runs nothing there. Pure.

UTF-8 with a byte order mark, without which Excel reads Cyrillic as noise; a comma between cells, a point in
numbers, CRLF between rows, as RFC 4180 asks. Each row begins with its table's key.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from dashboards.report.tables import Cell, Table

BOM = "\ufeff"
#: What a spreadsheet takes for a formula when a cell begins with it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def tables_csv(tables: Iterable[Table]) -> bytes:
    """Every table of a report in one file."""
    rows: list[Sequence[Cell]] = []
    for table in tables:
        rows.append((table.key, *(column.title for column in table.columns)))
        rows += [(table.key, *row) for row in table.rows]
    return rows_csv(rows)


def rows_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as a file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return (BOM + text.getvalue()).encode()


def _guarded(cell: Cell) -> Cell:
    """Text that would be taken for a formula gets an apostrophe before it; numbers are numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULAS) else cell
