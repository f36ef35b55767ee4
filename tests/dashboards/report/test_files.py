"""The report as files: the same figures in each, Kazakh letters and tags in the PDF, no formula anywhere."""

import ast
import csv
import io
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl as openpyxl_untyped
import pypdfium2 as pypdfium2_untyped
import pytest

from dashboards.report.files import FORMS, make_file
from dashboards.report.making import Report, Sources, make_report
from dashboards.report.pdf import PdfFault, make_pdf
from dashboards.report.plain import rows_csv, tables_csv
from dashboards.report.rendering import paper_html, show
from dashboards.report.tables import Column, Table, counted, tables_of
from dashboards.report.words import LANGUAGES, Words
from dashboards.report.workbook import workbook
from hub.store import schema
from hub.store.audit import AuditLog
from hub.store.database import hub_url, opened, people_url
from hub.store.history_book import HistoryBook
from hub.store.report_book import ReportBook
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.report.weeks import W47, ZONE, whole_campus
from tests.fakes.edge import FakeClock

#: They carry no types.
openpyxl: Any = openpyxl_untyped
pypdfium2: Any = pypdfium2_untyped
NOW = W47.ends(ZONE) + timedelta(hours=5)
_PRINTING = Path(__file__).parents[3] / "dashboards/report/printing.py"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    data = tmp_path_factory.mktemp("report")
    board = CampusBoard(data, NOW)
    board.pulse()
    whole_campus(board.engine, rooms=20)
    board.engine.dispose()
    with opened(hub_url(data), schema.hub) as hub, opened(people_url(data), schema.people) as people:
        log = AuditLog(people, FakeClock(NOW))
        log.add("Сәуле", "admin", "account.add", "әсет")
        yield make_report(Sources(HistoryBook(hub), ReportBook(hub), log), W47, NOW)


class _Cells(HTMLParser):
    """The cells of every table of a page, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._is_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tables += [[]] if tag == "table" else []
        if tag == "tr":
            self.tables[-1].append([])
        self._is_cell = tag in ("td", "th")
        if self._is_cell:
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.tables[-1][-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._is_cell = False


def _figure(text: str) -> float | str:
    """A cell of a page as the number it shows; text where it shows none; a dash is 0."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace("\u2212", "-").replace(",", ".")
    try:
        return 0.0 if plain == "–" else round(float(plain.removesuffix("%")), 1)
    except ValueError:
        return text


def _of_file(value: object, kind: str) -> float | str:
    """A cell of a workbook or a CSV, as a page would show it."""
    if value in (None, "") and kind != "text":
        return 0.0
    if kind == "text":
        return "–" if value in (None, "") else _figure(str(value))
    try:
        number = float(str(value))
    except ValueError:
        return str(value)
    return round(number * 100, 1) if kind == "percent" else round(number, 1)


def test_html_workbook_and_csv_hold_the_same_figures(report: Report) -> None:
    say = Words("ru")
    tables = tables_of(report, say)
    page = _Cells(make_file(report, "html", say).body.decode()).tables
    shown = [table for table in tables if table.rows]
    book = openpyxl.load_workbook(io.BytesIO(make_file(report, "xlsx", say).body))
    lines = list(csv.reader(io.StringIO(make_file(report, "csv", say).body.decode("utf-8-sig"))))
    compared = 0
    for table, drawn in zip(shown, page, strict=False):
        sheet = [list(row) for row in book[table.title[:31]].iter_rows(min_row=2, values_only=True)]
        text = [line[1:] for line in lines if line[0] == table.key][1:]
        for drawn_row, sheet_row, text_row in zip(drawn[1:], sheet, text, strict=True):
            for place, column in enumerate(table.columns):
                seen = _figure(drawn_row[place])
                expected = [_of_file(row[place], column.kind) for row in (sheet_row, text_row)]
                expected = ["–" if one == 0.0 and column.kind == "text" else one for one in expected]
                assert [0.0 if seen == "–" else seen] * 2 == [0.0 if one == "–" else one for one in expected]
                compared += 1
    assert compared > 300


def test_workbook_has_numbers_as_numbers(report: Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make_file(report, "xlsx", Words("en")).body))
    row = next(book["Rooms"].iter_rows(min_row=2))
    assert [cell.data_type for cell in row] == ["s", "s", "n", "n", "n", "n", "n", "n", "n"]
    assert row[8].number_format == "0.0%"


def test_small_counts_of_screening_are_hidden_in_every_form(report: Report) -> None:
    screening = next(table for table in tables_of(report, Words("en")) if table.key == "screening")
    assert "<5" not in {cell for row in screening.rows for cell in row[:3]}
    # 15 repeats, 5 elevated in odd hours, none in even ones, 5 without a reading: nothing between 1 and 4.
    assert {row[5] for row in screening.rows} == {5, 0}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_report_is_there_in_each_language(report: Report, language: str) -> None:
    text = paper_html(report, tables_of(report, Words(language)), Words(language))
    body = text.partition("</style>")[2]
    assert re.findall(r"report\.[a-z_.]+", body) == []
    assert f'<html lang="{language}">' in text


def test_pdf_is_tagged_and_keeps_kazakh_letters(report: Report) -> None:
    made = make_file(report, "pdf", Words("kk"))
    document = pypdfium2.PdfDocument(made.body)
    try:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
        assert document.is_tagged()
    finally:
        document.close()
    assert "Апталық санитарлық есеп" in text
    assert set("әғқңөүі") <= set(text)
    assert "Сыйымдылықтан асу" in text
    assert b"pdfuaid" in made.body or b"/Metadata" in made.body


def test_pdf_declares_its_language_title_and_ua_1(report: Report, tmp_path: Path) -> None:
    say = Words("kk")
    html = paper_html(report, tables_of(report, say), say, for_pdf=True)
    raw = make_pdf(html)
    # The catalogue may lie in a compressed stream: pypdfium2 writes it out plainly.
    document = pypdfium2.PdfDocument(raw)
    try:
        plain = io.BytesIO()
        document.save(plain)
        assert document.get_metadata_dict()["Title"].startswith("Апталық санитарлық есеп")
    finally:
        document.close()
    body = plain.getvalue() + raw
    assert b"/MarkInfo" in body
    assert b"/StructTreeRoot" in body
    assert b"/Lang" in body


def test_printing_asks_nobody_for_anything() -> None:
    html = '<html lang="kk"><title>x</title><img src="http://127.0.0.1:9/x.png" alt="x"></html>'
    with pytest.raises(PdfFault, match="is none of our files"):
        make_pdf(html)


def test_printing_reads_no_file_outside_its_fonts() -> None:
    html = '<html lang="kk"><title>x</title><img src="kuzet:fonts/../base.css" alt="x"></html>'
    with pytest.raises(PdfFault, match="is none of our files"):
        make_pdf(html)


def test_missing_library_says_which_package_to_install(tmp_path: Path) -> None:
    """A Python without WeasyPrint: the other forms need none."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(PdfFault, match=r"apt install libpango-1\.0-0 .* HTML, XLSX and CSV still work"):
        make_pdf("<html></html>", python=str(bare))


def test_printing_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(PdfFault, match="took longer"):
        make_pdf("<html></html>", deadline_s=0.001)


def test_printing_process_imports_nothing_of_ours() -> None:
    tree = ast.parse(_PRINTING.read_text(encoding="utf-8"))
    froms = {str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in froms} == {"pathlib", "typing", "weasyprint"}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+7 701", "'+7 701"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("A-204", "A-204"),
        ("–", "–"),
        (-3, "-3"),
        (None, ""),
    ],
)
def test_csv_cell_is_never_a_formula(cell: str | int | None, kept: str) -> None:
    assert next(csv.reader(io.StringIO(rows_csv([(cell,)]).decode("utf-8-sig"), newline="")), [""]) == [kept]


def test_workbook_cell_is_never_a_formula_and_holds_no_control_letters() -> None:
    table = Table("t", "T", (Column("A"),), (("=1+1",), ("a\x00b",)))
    book = openpyxl.load_workbook(io.BytesIO(workbook((table,), "t", NOW)))
    assert [(cell.data_type, cell.value) for (cell,) in book["T"].iter_rows(min_row=2)] == [
        ("s", "=1+1"),
        ("s", "ab"),
    ]


def test_room_named_like_markup_is_text_in_the_page() -> None:
    table = Table("t", "T", (Column("A"),), (("<b>x</b>",),))
    assert b"<b>x</b>" in tables_csv((table,))


def test_forms_are_those_of_the_contract() -> None:
    assert set(FORMS) == {"html", "pdf", "xlsx", "csv"}


def test_no_breach_is_told_where_little_is_known() -> None:
    """A sum over cells must not read an unknown week as a good one."""
    assert counted(0, 0.8, Words("kk")) == "жеткіліксіз"
    assert counted(0, 0.97, Words("kk")) == 0
    assert counted(2, 0.1, Words("kk")) == 2


def test_zero_is_a_nought_and_the_dash_is_explained(report: Report) -> None:
    say = Words("en")
    tables = tables_of(report, say)
    column = next(one for table in tables for one in table.columns if one.kind == "int")
    assert (show(0, column, say), show(None, column, say)) == ("0", "–")
    assert "there are no data to tell it" in paper_html(report, tables, say)
