"""The weekly report over HTTP: a name like `2026-W47.pdf` in, the file or a problem out."""

from flask import Response, request

from dashboards.api.problems import problem
from dashboards.report.files import FORMS, make_file
from dashboards.report.making import Report, Sources, make_report
from dashboards.report.pdf import PdfFault
from dashboards.report.rendering import style_policy
from dashboards.report.week import WeekFault, read_week
from dashboards.report.words import LANGUAGES, Words
from dashboards.services import services
from dashboards.words.wording import language

#: A PDF that is under way is waited for so long by who asks for another, seconds.
AGAIN_S = 30


def sources() -> Sources:
    """What reports are made from."""
    here = services()
    return Sources(here.history, here.report_book, here.audit)


def report_of(name: str) -> Report:
    """The report of a week by its name. Raises WeekFault."""
    now = services().clock.now()
    zone = services().report_book.site().zone
    return make_report(sources(), read_week(name, zone, now), now)


def words(chosen: str | None = None) -> Words:
    """The reader's language, or the one asked for."""
    return Words(chosen or language(), services().settings.translations)


def report(file: str) -> Response:
    """A week's report as a file."""
    name, _, form = file.partition(".")
    if form not in FORMS:
        return problem(404, "form", f"A report is a week and one of {', '.join(FORMS)}: 2026-W47.pdf.")
    asked = request.args.get("language")
    if asked is not None and asked not in LANGUAGES:
        return problem(400, "language", f"`language` is one of {', '.join(LANGUAGES)}; got `{asked[:20]}`.")
    try:
        made = make_file(report_of(name), form, words(asked))
    except WeekFault as fault:
        return problem(404, "week", f"{fault}.")
    except PdfFault as fault:
        return problem(503, "pdf", f"{fault}.", retry_after_s=AGAIN_S)
    answer = Response(made.body, content_type=made.media_type)
    shown = "inline" if form in ("html", "pdf") else "attachment"
    answer.headers["Content-Disposition"] = f'{shown}; filename="{made.name}"'
    if form == "html":
        # It carries its style in itself, and nothing else may run or load.
        answer.headers["Content-Security-Policy"] = style_policy()
    return answer
