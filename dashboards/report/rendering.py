"""A report and a language in, HTML out: the body that the page shows, or a document that stands alone."""

import hashlib
from base64 import b64encode
from functools import cache

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from dashboards.report.facts import ENOUGH
from dashboards.report.making import Report
from dashboards.report.tables import Cell, Column, Table, corrected, status
from dashboards.report.words import Words
from dashboards.settings import STATIC

_NOTHING = "–"
_MINUS = "\u2212"
#: The typefaces of the PDF; `printing.py` serves what begins so, and nothing else.
_FACES = "".join(
    f'@font-face {{ font-family: "Kuzet Sans"; font-weight: {weight}; src: url("kuzet:fonts/{file}"); }}\n'
    for weight, file in ((400, "noto-sans-regular.woff2"), (700, "noto-sans-bold.woff2"))
)


def body_html(report: Report, tables: tuple[Table, ...], say: Words) -> Markup:
    """The report without the page around it."""
    facts = report.facts
    buildings = sorted({report.site.building(one.building, say.language) for one in facts.rooms})
    text = (
        _templates()
        .get_template("report_body.html")
        .render(
            report=report,
            tables=tables,
            say=say,
            site=report.site.names.get(say.language, ""),
            buildings=", ".join(buildings),
            has_nothing=any(cell is None for table in tables for row in table.rows for cell in row),
            completeness=say.percent(int(facts.completeness * 1000) / 1000),
            is_enough=facts.completeness >= ENOUGH,
            status=status(report, say),
            corrected=corrected(report, say),
            show=lambda cell, column: show(cell, column, say),
            is_word=lambda cell, column: isinstance(cell, str) and column.kind != "text",
        )
    )
    return Markup(text)  # nosec B704  # what a template has rendered


def paper_html(report: Report, tables: tuple[Table, ...], say: Words, *, for_pdf: bool = False) -> str:
    """A document that stands alone: as a file, or with its typefaces for the PDF."""
    return (
        _templates()
        .get_template("report_paper.html")
        .render(
            report=report,
            say=say,
            body=body_html(report, tables, say),
            style=Markup((_FACES if for_pdf else "") + paper_style()),  # nosec B704  # files of ours
        )
    )


@cache
def paper_style() -> str:
    """The style that the document carries in itself."""
    names = ("report-paper.css", "report.css")
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


@cache
def style_policy() -> str:
    """The security policy of the document: its own style, and nothing else."""
    digest = b64encode(hashlib.sha256(paper_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"


def show(cell: Cell, column: Column, say: Words) -> str:
    """A cell as people read it: a dash is what nobody can tell, zero is 0."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return _NOTHING
    if column.kind == "percent":
        return say.percent(cell)
    text = say.number(cell, 2 if column.kind == "number" else 0)
    return text.replace("-", _MINUS)


@cache
def _templates() -> Environment:
    folder = STATIC.parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
