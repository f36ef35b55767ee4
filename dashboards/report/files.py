"""A report in a form and a language: what a download, the command line and the mail hand out."""

from typing import NamedTuple

from dashboards.report.making import Report
from dashboards.report.pdf import make_pdf
from dashboards.report.plain import tables_csv
from dashboards.report.rendering import paper_html
from dashboards.report.tables import tables_of
from dashboards.report.words import Words
from dashboards.report.workbook import workbook

#: Media type by form.
FORMS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ReportFile(NamedTuple):
    """One file."""

    name: str
    media_type: str
    body: bytes


def make_file(report: Report, form: str, say: Words) -> ReportFile:
    """The report as a file. Raises PdfFault where no PDF can be made, KeyError for a form that is none."""
    tables = tables_of(report, say)
    media_type = FORMS[form]
    if form == "html":
        body = paper_html(report, tables, say).encode()
    elif form == "pdf":
        body = make_pdf(paper_html(report, tables, say, for_pdf=True))
    elif form == "xlsx":
        body = workbook(tables, f"{say('report.title')} {report.week.name}", report.made_at)
    else:
        body = tables_csv(tables)
    return ReportFile(f"kuzet-{report.week.name}-{say.language}.{form}", media_type, body)
