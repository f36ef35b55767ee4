"""The limits in force with their clauses: tighten one, schedule a profile, and try it on last week first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import ADMINISTERING, administering, reading
from dashboards.administration import dry_run
from dashboards.administration.campus_edits import Outcome, change_campus, layout
from dashboards.administration.campus_forms import Reading
from dashboards.administration.limit_list import (
    EDGES,
    Limit,
    Unit,
    fault_of,
    find_limit,
    limits_of,
    read_value,
    typed_value,
)
from dashboards.administration.regime_view import profile_now, read_profiles
from dashboards.services import services
from dashboards.serving.jobs import TooMany
from dashboards.words.wording import language
from hub.campus_file import EditRefused
from hub.layout import Override
from hub.regime.overrides import Value
from hub.regime.profile import Profile
from hub.store.campus_edits import CampusEdit, RemoveOverride, SetOverride, SetSwitches, SwitchRow
from hub.store.campus_rows import LayoutRow, OverrideView, SwitchView

blueprint = Blueprint("limits", __name__)
_EVERY_S = 1
#: In a choice of profile and variant: what stands between the two.
_BETWEEN = "|"
Answer = Response | str | tuple[str, int]


def show() -> str:
    """Every limit, section by section; the schedule; what is tightened where."""
    campus = layout()
    return _page(campus, None if campus is None else _in_force())


def tighten() -> Answer:
    """The form of one limit; sent, it is tried on last week or saved."""
    campus, now = _there()
    limit = find_limit(_limits(campus, now), request.values.get("limit", ""))
    if limit is None:
        abort(404)
    if request.method == "GET":
        return _tighten_page(campus, limit, Reading({}))
    read = Reading(request.form)
    edit = _read_override(read, limit, campus, now)
    if edit is None or read.faults:
        return _tighten_page(campus, limit, read), 422
    if request.form.get("do") == "try":
        about = {"limit": limit.path, "where": request.form.get("where", ""), "source": edit.source}
        about |= {"value": request.form.get("value", "")}
        tried = _try((edit,), about)
        if not isinstance(tried, str):
            return tried
        read.faults["try"] = tried
        return _tighten_page(campus, limit, read), 409
    outcome = change_campus(edit)
    if not outcome.is_accepted:
        return _tighten_page(campus, limit, read, outcome), 422
    return redirect(url_for("limits.show", saved=1), 303)


def loosen() -> Answer:
    """The profile's own value again, for the building or room."""
    campus, now = _there()
    form = request.form
    edit = RemoveOverride(
        limit=form.get("limit", "") or "-",
        building=form.get("building") or None,
        space=form.get("space") or None,
    )
    outcome = change_campus(edit)
    if not outcome.is_accepted:
        return _page(campus, now, outcome=outcome), 422
    return redirect(url_for("limits.show", saved=1), 303)


def switch() -> Answer:
    """Another profile or variant from an instant on: tried on last week, or set."""
    campus, now = _there()
    read = Reading(request.form)
    chosen = read.choice("regime", [f"{one}{_BETWEEN}{variant}" for one, variant, _ in _choices()])
    profile, _, variant = chosen.partition(_BETWEEN)
    is_try = request.form.get("do") == "try"
    starts = _instant(read, ZoneInfo(campus.timezone))
    if is_try and not request.form.get("starts", "").strip():
        # It is tried on last week, whenever it would begin; a date that makes no sense is said all the same.
        read.faults.pop("starts", None)
    if read.faults:
        return _page(campus, now, read), 422
    if is_try:
        about = {"regime": chosen, "starts": request.form.get("starts", "")}
        tried = _try((), about, profile, variant)
        if not isinstance(tried, str):
            return tried
        read.faults["try"] = tried
        return _page(campus, now, read), 409
    assert starts is not None
    row = SwitchRow(starts=starts, profile=profile, variant=variant or None)
    rows = [_as_row(one) for one in campus.switches if one.starts != starts]
    outcome = change_campus(SetSwitches(switches=tuple([*rows, row])))
    if not outcome.is_accepted:
        return _page(campus, now, read, outcome), 422
    return redirect(url_for("limits.show", saved=1, _anchor="schedule"), 303)


def unswitch() -> Answer:
    """A switch that is not to take place."""
    campus, now = _there()
    rows = [_as_row(one) for one in campus.switches if one.starts.isoformat() != request.form.get("starts")]
    outcome = change_campus(SetSwitches(switches=tuple(rows)))
    if not outcome.is_accepted:
        return _page(campus, now, outcome=outcome), 422
    return redirect(url_for("limits.show", saved=1, _anchor="schedule"), 303)


def trial(job_id: str) -> str:
    """How far a dry run is, and what it gave."""
    job = services().jobs.find(job_id)
    if job is None or job.kind != dry_run.KIND:
        abort(404)
    campus, now = layout(), _in_force()
    limits = [] if campus is None or now is None else _limits(campus, now)
    answer = dry_run.read_answer(job.answer) if job.state == "done" else None
    return render_template(
        "limits_try.html",
        job=job,
        answer=answer,
        # What went wrong, without the lines that only tell how far it is.
        log=" ".join(one for one in job.log.splitlines() if not one.startswith("progress "))[:500],
        limit=find_limit(limits, job.about.get("limit", "")),
        regime=_named(job.about.get("regime", "")),
        where=_where_named(campus, job.about.get("where", "")),
        every=_EVERY_S,
        zone=ZoneInfo(campus.timezone) if campus else ZoneInfo("UTC"),
        instant=datetime.fromisoformat,
        value_said=value_said,
    )


blueprint.add_url_rule("/admin/limits", "show", reading(show, ADMINISTERING))
blueprint.add_url_rule("/admin/limits/tighten", "tighten", reading(tighten, ADMINISTERING))
blueprint.add_url_rule("/admin/limits/try/<job_id>", "trial", reading(trial, ADMINISTERING))
for _rule, _change in (
    ("tighten", tighten),
    ("loosen", loosen),
    ("switch", switch),
    ("unswitch", unswitch),
):
    blueprint.add_url_rule(
        f"/admin/limits/{_rule}", f"do_{_change.__name__}", administering(_change), methods=["POST"]
    )


def value_said(unit: Unit, value: Value | float) -> str:
    """A value with its unit, in the reader's words."""
    if value is None:
        return "–"
    typed = typed_value(unit, value)
    if unit in (Unit.YES, Unit.EDGE):
        return gettext(f"limits.{unit.value}.{typed}")
    shown = typed if language() == "en" else typed.replace(".", ",")
    return gettext(f"limits.unit.{unit.value}").format(n=shown)


def _there() -> tuple[LayoutRow, Profile]:
    campus, now = layout(), _in_force()
    if campus is None or now is None:
        abort(503)
    return campus, now


def _in_force() -> Profile | None:
    here = services()
    return profile_now(here.work.limits, here.clock.now())


def _limits(campus: LayoutRow, now: Profile) -> list[Limit]:
    usual = read_profiles(services().settings.files).get(now.id)
    return limits_of(now, usual, campus.overrides, {one.kind for one in campus.spaces})


def _read_override(read: Reading, limit: Limit, campus: LayoutRow, now: Profile) -> SetOverride | None:
    value = read_value(limit.unit, request.form.get("value", ""))
    if value is None:
        read.faults["value"] = "number" if request.form.get("value") else "needed"
    where = read.choice("where", [one for one, _ in _wheres(campus, limit)])
    source = read.word("source")
    if read.faults or value is None:
        return None
    side, _, id = where.partition(":")
    building, space = (id, None) if side == "building" else (None, id)
    override = Override(limit=limit.path, value=value, source=source, building=building, space=space)
    fault = fault_of(now, override)
    if fault:
        read.faults["value"] = fault
        return None
    return SetOverride(limit=limit.path, value=value, source=source, building=building, space=space)


def _wheres(campus: LayoutRow, limit: Limit) -> list[tuple[str, str]]:
    """The buildings and rooms a limit may be tightened for: those that have such rooms."""
    kind = limit.of if limit.section == "capacity" else ""
    rooms = [one for one in campus.spaces if kind in ("", one.kind)]
    with_rooms = {one.building for one in rooms}
    here = [(f"building:{one.id}", one.names[language()]) for one in campus.buildings if one.id in with_rooms]
    return here + [(f"space:{one.id}", f"{one.code} · {one.names[language()]}") for one in rooms]


def _where_named(campus: LayoutRow | None, where: str) -> str:
    side, _, id = where.partition(":")
    if campus is None:
        return id
    if side == "building":
        return next((one.names[language()] for one in campus.buildings if one.id == id), id)
    return next((one.code for one in campus.spaces if one.id == id), id)


def _choices() -> list[tuple[str, str, str]]:
    """Every profile and its variants, with its title."""
    found = []
    for id, profile in read_profiles(services().settings.files).items():
        title = getattr(profile.titles, language())
        found.append((id, "", title))
        for name, variant in profile.variants.items():
            found.append((id, name, f"{title}: {getattr(variant.titles, language())}"))
    return found


def _named(chosen: str) -> str:
    profile, _, variant = chosen.partition(_BETWEEN)
    return next((said for one, way, said in _choices() if (one, way) == (profile, variant)), profile)


def _instant(read: Reading, zone: ZoneInfo) -> datetime | None:
    """From when: campus time as typed, `2026-11-30 08:00`; it is not in the past."""
    typed = request.form.get("starts", "").strip().replace(" ", "T")
    try:
        at = datetime.fromisoformat(typed)
        at = at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at
    except (ValueError, OverflowError):
        read.faults["starts"] = "instant"
        return None
    if at.replace(tzinfo=zone) < services().clock.now():
        read.faults["starts"] = "past"
    return at


def _as_row(one: SwitchView) -> SwitchRow:
    return SwitchRow(starts=one.starts, profile=one.profile, variant=one.variant)


def _try(
    edits: Iterable[CampusEdit], about: dict[str, Any], profile: str = "", variant: str = ""
) -> Response | str:
    """Begin a dry run and go where it is shown; else why it cannot begin."""
    here = services()
    if here.settings.files is None:
        return "nothing"
    try:
        job = here.jobs.start(
            dry_run.KIND,
            dry_run.command(here.settings.files, edits, profile, variant),
            deadline_s=dry_run.DEADLINE_S,
            most=1,
            about=about,
        )
    except TooMany:
        return "busy"
    except (EditRefused, OSError):
        return "nothing"
    record("limits.tried", detail=about)
    return redirect(url_for("limits.trial", job_id=job.id), 303)


def _tighten_page(campus: LayoutRow, limit: Limit, read: Reading, outcome: Outcome | None = None) -> str:
    return render_template(
        "limits_tighten.html",
        limit=limit,
        wheres=_wheres(campus, limit),
        edges=EDGES,
        typed=read.form or request.args,
        wrong=read.faults,
        faults=() if outcome is None else outcome.faults,
        running=services().jobs.newest(dry_run.KIND),
        can_try=services().settings.files is not None,
        value_said=value_said,
        where_named=lambda one: _override_where(campus, one),
    )


def _override_where(campus: LayoutRow, one: OverrideView) -> str:
    return _where_named(campus, f"building:{one.building}" if one.building else f"space:{one.space}")


def _page(
    campus: LayoutRow | None,
    now: Profile | None,
    read: Reading | None = None,
    outcome: Outcome | None = None,
) -> str:
    limits = [] if campus is None or now is None else _limits(campus, now)
    sections: dict[str, list[Limit]] = {}
    for one in limits:
        sections.setdefault(one.section, []).append(one)
    zone = ZoneInfo(campus.timezone) if campus else ZoneInfo("UTC")
    local = services().clock.now().astimezone(zone).replace(tzinfo=None)
    return render_template(
        "limits.html",
        campus=campus,
        now=now,
        title="" if now is None else getattr(now.titles, language()),
        variant="" if campus is None or now is None else _variant_now(campus, now, local, zone),
        sections=sections,
        choices=_choices(),
        between=_BETWEEN,
        named=lambda one: _named(f"{one.profile}{_BETWEEN}{one.variant or ''}"),
        is_past=lambda one: _local(one.starts, zone) <= local,
        local=lambda at: _local(at, zone),
        typed=read.form if read else {},
        wrong=read.faults if read else {},
        faults=() if outcome is None else outcome.faults,
        running=services().jobs.newest(dry_run.KIND),
        can_try=services().settings.files is not None,
        saved=request.args.get("saved") == "1",
        value_said=value_said,
        where_named=lambda one: "" if campus is None else _override_where(campus, one),
    )


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at


def _variant_now(campus: LayoutRow, now: Profile, local: datetime, zone: ZoneInfo) -> str:
    """The title of the variant that the schedule says is in force."""
    chosen = campus.variant
    for one in sorted(campus.switches, key=lambda one: _local(one.starts, zone)):
        if _local(one.starts, zone) <= local:
            chosen = one.variant
    profile = read_profiles(services().settings.files).get(now.id)
    variant = None if profile is None or chosen is None else profile.variants.get(chosen)
    return getattr(variant.titles, language()) if variant is not None else chosen or ""
