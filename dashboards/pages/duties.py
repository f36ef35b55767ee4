"""Who is called when: shifts and duties as forms, and a week's picture with its gaps before it is saved."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from dashboards.access.gate import ADMINISTERING, administering, reading
from dashboards.administration.campus_edits import Outcome, change_campus, id_from, layout
from dashboards.administration.campus_forms import Reading
from dashboards.administration.duty_plan import (
    DAYS,
    LANGUAGES,
    ROLES,
    GapSaid,
    clock_time,
    gaps_of,
    is_worse,
    monday_of,
    week_of,
    with_duty,
    with_shift,
)
from dashboards.administration.regime_view import layout_of, profile_now
from dashboards.services import services
from dashboards.words.naming import Names, as_code
from hub.layout import Layout
from hub.store.campus_edits import CampusEdit, DutyRow, SetDuties, SetShifts, ShiftRow
from hub.store.campus_rows import DutyView, LayoutRow, ShiftView

blueprint = Blueprint("duties", __name__)
#: In an address: one that is not there yet.
NEW = "new"
#: Receivers of one duty, tried in order.
_RECEIVERS = 4
Answer = Response | str | tuple[str, int]


def show() -> str:
    """The week, its gaps, and what can be changed."""
    campus = layout()
    return render_template(
        "duties.html",
        campus=campus,
        saved=request.args.get("saved") == "1",
        days=DAYS,
        names=Names(campus),
        **(_picture(layout_of(campus), campus) if campus else {}),
    )


def shift(shift_id: str) -> str:
    """A shift's form."""
    campus = _campus()
    return _shift_page(campus, _find(campus.shifts, shift_id))


def change_shift(shift_id: str) -> Answer:
    """Look at the week with it, save it, or take it away."""
    campus, read = _campus(), Reading(request.form)
    known = _find(campus.shifts, shift_id)
    if request.form.get("do") == "remove" and known is not None:
        users = [one.id for one in campus.duties if known.id in one.shifts]
        if users:
            read.faults["remove"] = "in-use"
            return _shift_page(campus, known, read), 422
        rows = with_shift(campus.shifts, known.id, None)
    else:
        row = _read_shift(read, known, campus)
        if read.faults:
            return _shift_page(campus, known, read), 422
        rows = with_shift(campus.shifts, row.id, row)
    views = [ShiftView(id=one.id, days=one.days, start=one.start, end=one.end) for one in rows]
    after = layout_of(campus, shifts=views)
    return _after(campus, after, read, SetShifts(shifts=rows), partial(_shift_page, campus, known, read))


def duty(duty_id: str) -> str:
    """A duty's form."""
    campus = _campus()
    return _duty_page(campus, _find(campus.duties, duty_id))


def change_duty(duty_id: str) -> Answer:
    """Look at the week with it, save it, or take it away."""
    campus, read = _campus(), Reading(request.form)
    known = _find(campus.duties, duty_id)
    if request.form.get("do") == "remove" and known is not None:
        rows = with_duty(campus.duties, known.id, None)
    else:
        row = _read_duty(read, known, campus)
        if read.faults:
            return _duty_page(campus, known, read), 422
        rows = with_duty(campus.duties, row.id, row)
    after = layout_of(campus, duties=[_as_view(one) for one in rows])
    return _after(campus, after, read, SetDuties(duties=rows), partial(_duty_page, campus, known, read))


for _rule, _view in (("", show), ("/shifts/<shift_id>", shift), ("/<duty_id>", duty)):
    blueprint.add_url_rule(f"/admin/duties{_rule}", _view.__name__, reading(_view, ADMINISTERING))
for _rule, _change in (("/shifts/<shift_id>", change_shift), ("/<duty_id>", change_duty)):
    blueprint.add_url_rule(
        f"/admin/duties{_rule}", _change.__name__, administering(_change), methods=["POST"]
    )


def _campus() -> LayoutRow:
    found = layout()
    if found is None:
        abort(503)
    return found


def _find(rows: Iterable[Any], id: str) -> Any:
    """The row of this id, None for a new one; another id is nowhere."""
    found = next((one for one in rows if one.id == id), None)
    if found is None and id != NEW:
        abort(404)
    return found


def _read_shift(read: Reading, known: ShiftView | None, campus: LayoutRow) -> ShiftRow:
    id = known.id if known else _new_id(read, [one.id for one in campus.shifts], "shift")
    days = tuple(day for day in DAYS if day in request.form.getlist("days"))
    if not days:
        read.faults["days"] = "needed"
    times = {}
    for name in ("start", "end"):
        times[name] = clock_time(request.form.get(name, ""))
        if times[name] is None:
            read.faults[name] = "time" if request.form.get(name) else "needed"
    return ShiftRow(id=id, days=days, start=times["start"] or "00:00", end=times["end"] or "00:00")


def _read_duty(read: Reading, known: DutyView | None, campus: LayoutRow) -> DutyRow:
    id = known.id if known else _new_id(read, [one.id for one in campus.duties], "duty")
    receivers = [one for one in request.form.getlist("receivers") if one]
    if len(set(receivers)) < len(receivers):
        read.faults["receivers"] = "double"
    may = {*(campus.receivers or ()), *(known.receivers if known else ())}
    if any(one not in may for one in receivers):
        read.faults["receivers"] = "missing"
    chosen = {name: tuple(request.form.getlist(name)) for name in ("buildings", "shifts")}
    for name, rows in (("buildings", campus.buildings), ("shifts", campus.shifts)):
        if not set(chosen[name]) <= {one.id for one in rows}:
            read.faults[name] = "missing"
    return DutyRow(
        id=id,
        role=read.choice("role", list(ROLES)) or ROLES[0],
        buildings=chosen["buildings"],
        shifts=chosen["shifts"],
        receivers=tuple(receivers),
        language=read.choice("language", list(LANGUAGES)) or LANGUAGES[0],
    )


def _new_id(read: Reading, taken: list[str], fallback: str) -> str:
    """A new row's id, from the name that was typed."""
    return id_from(read.word("id"), [*taken, NEW, "shifts"], fallback)


def _after(
    campus: LayoutRow, after: Layout, read: Reading, edit: CampusEdit, again: Callable[..., str]
) -> Answer:
    """Show the week as it would be; save it when that is what was asked, and nobody is lost unawares."""
    picture = _picture(after, campus)
    if request.form.get("do") == "look":
        return again(picture=picture)
    before = _picture(layout_of(campus), campus)
    if (
        is_worse(before["gaps"], picture["gaps"], [one.id for one in campus.buildings])
        and request.form.get("sure") != "1"
    ):
        read.faults["sure"] = "worse"
        return again(picture=picture), 422
    outcome = change_campus(edit)
    if not outcome.is_accepted:
        return again(picture=picture, outcome=outcome), 422
    return redirect(url_for("duties.show", saved=1), 303)


def _picture(there: Layout, campus: LayoutRow) -> dict[str, Any]:
    """The week of a campus as it is or would be, with its gaps."""
    here = services()
    now = here.clock.now()
    profile = profile_now(here.work.limits, now)
    named = {one for row in there.duties for one in row.receivers}
    # Without a file of receivers nobody is told but by the board: said once, and not as a gap each.
    receivers = named if campus.receivers is None else set(campus.receivers)
    gaps: list[GapSaid] = [] if profile is None else gaps_of(there, profile.alerts, receivers, now)
    return {
        "week": week_of(there, now),
        "monday": monday_of(now, ZoneInfo(there.timezone)),
        "gaps": gaps,
        "has_rules": profile is not None,
        "building_names": {one.id: one.names for one in campus.buildings},
        "duty_names": _duty_names(there, campus),
    }


def _duty_names(there: Layout, campus: LayoutRow) -> dict[str, str]:
    """What each duty is called; of those that would be called the same, each has its id beside."""
    names = Names(campus)
    views = [
        DutyView(
            id=one.id,
            role=one.role.value,
            buildings=tuple(one.buildings),
            shifts=tuple(one.shifts),
            receivers=tuple(one.receivers),
            language="",
        )
        for one in there.duties
    ]
    called = {one.id: names.duty(one) for one in views}
    twice = {name for name, times in Counter(called.values()).items() if times > 1}
    return {
        id: Markup("{} · {}").format(name, as_code(id)) if name in twice else name
        for id, name in called.items()
    }


def _shift_page(
    campus: LayoutRow,
    known: ShiftView | None,
    read: Reading | None = None,
    *,
    picture: dict[str, Any] | None = None,
    outcome: Outcome | None = None,
) -> str:
    shown = known or ShiftView(id="", days=DAYS[:5], start="08:00", end="20:00")
    if read is not None:
        shown = ShiftView(
            id=shown.id,
            days=tuple(request.form.getlist("days")),
            start=request.form.get("start", ""),
            end=request.form.get("end", ""),
        )
    return render_template("duties_shift.html", shift=shown, **_told(campus, known, read, picture, outcome))


def _duty_page(
    campus: LayoutRow,
    known: DutyView | None,
    read: Reading | None = None,
    *,
    picture: dict[str, Any] | None = None,
    outcome: Outcome | None = None,
) -> str:
    shown = known or DutyView(
        id="", role=ROLES[0], buildings=(), shifts=(), receivers=(), language=LANGUAGES[0]
    )
    if read is not None:
        form = request.form
        shown = DutyView(
            id=shown.id,
            role=form.get("role", ""),
            buildings=tuple(form.getlist("buildings")),
            shifts=tuple(form.getlist("shifts")),
            receivers=tuple(one for one in form.getlist("receivers") if one),
            language=form.get("language", ""),
        )
    may = dict.fromkeys([*(campus.receivers or ()), *(known.receivers if known else ())])
    return render_template(
        "duties_duty.html",
        duty=shown,
        roles=ROLES,
        receivers=list(may),
        ranks=range(min(_RECEIVERS, max(1, len(may)))),
        **_told(campus, known, read, picture, outcome),
    )


def _told(
    campus: LayoutRow,
    known: Any,
    read: Reading | None,
    picture: dict[str, Any] | None,
    outcome: Outcome | None,
) -> dict[str, Any]:
    return {
        "campus": campus,
        "known": known,
        "days": DAYS,
        "typed": {} if read is None else read.form,
        "wrong": {} if read is None else read.faults,
        "faults": () if outcome is None else outcome.faults,
        "picture": picture,
        "names": Names(campus),
    }


def _as_view(row: DutyRow) -> DutyView:
    return DutyView(
        id=row.id,
        role=row.role,
        buildings=row.buildings,
        shifts=row.shifts,
        receivers=row.receivers,
        language=row.language,
    )
