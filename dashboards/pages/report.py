"""The weekly report as a page, the weeks there are, and the inspector's export."""

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext

from dashboards.access.auditing import record
from dashboards.access.gate import AUDITING, acting, visitor
from dashboards.report.export import ExportSources, PeriodFault, make_export, read_period
from dashboards.report.making import weeks
from dashboards.report.rendering import body_html
from dashboards.report.reporting import report_of, sources, words
from dashboards.report.tables import tables_of
from dashboards.report.week import WeekFault, campus_day, week_of
from dashboards.services import services

blueprint = Blueprint("report", __name__)


@blueprint.get("/report")
def show() -> str:
    """Every week that has a report."""
    return _list()


@blueprint.get("/report/<name>")
def week(name: str) -> str:
    """One week."""
    try:
        made = report_of(name)
    except WeekFault:
        abort(Response(_list(gettext("report.bad_week").format(week=name[:20])), 404))
    say, now = words(), services().clock.now()
    newest = week_of(campus_day(now, made.site.zone))
    nearby = [one for one in weeks(sources(), now) if one > made.week]
    return render_template(
        "report_week.html",
        body=body_html(made, tables_of(made, say), say),
        week=made.week,
        earlier=made.week.before(),
        later=nearby[-1] if nearby and made.week < newest else None,
    )


@blueprint.post("/report/export")
def export() -> Response:
    """The inspector's export as a file; who took it, and its seal, stand in the audit log."""
    return acting(_export, AUDITING)()


def _export() -> Response:
    here = services()
    now, zone = here.clock.now(), here.report_book.site().zone
    try:
        first, last = read_period(request.form.get("from", ""), request.form.get("to", ""), zone, now)
    except PeriodFault:
        return Response(_list(fault=gettext("report.bad_period")), 422)
    made = make_export(
        ExportSources(here.history, here.report_book, here.audit, here.decisions), first, last, now
    )
    record("report.export", f"{first}..{last}", {"manifest_sha256": made.manifest_sha256})
    answer = Response(made.body, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _list(missing: str = "", fault: str = "") -> str:
    here, say = services(), words()
    now, asker = here.clock.now(), visitor()
    zone = here.report_book.site().zone
    today = campus_day(now, zone)
    oversees = asker is not None and asker.user.role in AUDITING
    days = [(one, f"{say.day(one.monday)} – {say.day(one.sunday)}") for one in weeks(sources(), now)]
    return render_template(
        "report.html",
        weeks=[{"week": one, "days": told} for one, told in days],
        missing=missing,
        fault=fault,
        sees_export=oversees,
        sees_mail=oversees,
        mailings=here.mailings() if oversees else [],
        time=lambda at: say.instant(at, zone),
        first=request.form.get("from") or week_of(today).before().monday.isoformat(),
        last=request.form.get("to") or week_of(today).before().sunday.isoformat(),
    )
