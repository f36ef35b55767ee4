"""Rooms from a spreadsheet: a list is sent, looked at row by row, and applied whole or not at all."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from dashboards.access.gate import ADMINISTERING, administering, reading
from dashboards.administration.campus_edits import Outcome, change_campus, layout
from dashboards.administration.campus_forms import KINDS
from dashboards.room_import.room_list import Preview, as_rows, compare
from dashboards.room_import.room_template import as_csv, as_workbook
from dashboards.room_import.room_words import COLUMNS
from dashboards.room_import.tables import LARGEST_FILE, TableFault, as_text, read_table, read_text
from hub.store.campus_rows import LayoutRow

blueprint = Blueprint("rooms", __name__)
#: Room beside the file for the rest of the form.
_BESIDE = 256 * 1024
#: The batch of the hub takes no more edits.
_MOST_EDITS = 2000
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Answer = AnyResponse | str | tuple[str, int]


@blueprint.url_value_preprocessor
def allow_files(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let these forms be larger than the others, before anything reads them."""
    request.max_content_length = LARGEST_FILE + _BESIDE
    request.max_form_memory_size = LARGEST_FILE + _BESIDE


def show() -> str:
    """The form."""
    return _page()


def look() -> Answer:
    """What the list would do; with `apply`, do it when it is what was looked at."""
    campus = layout()
    if campus is None:
        return _page(), 503
    text, fault = _sent()
    if fault:
        return _page(text=text, fault=fault), 422
    wants_buildings = request.form.get("buildings") == "1"
    try:
        preview = compare(read_text(text), campus, add_buildings=wants_buildings)
    except TableFault as error:
        return _page(text=text, fault=error.code), 422
    if request.form.get("do") != "apply":
        return _page(campus, text, preview)
    if len(preview.edits) > _MOST_EDITS:
        return _page(campus, text, preview, fault="many"), 422
    if not preview.edits or request.form.get("mark") != preview.mark:
        return _page(campus, text, preview, fault="faulty" if preview.count("faulty") else "other"), 409
    outcome = change_campus(*preview.edits)
    if not outcome.is_accepted:
        return _page(campus, text, preview, outcome=outcome), 422
    return redirect(url_for("rooms.show", added=preview.count("new"), changed=preview.count("changed")), 303)


def template(ending: str) -> Response:
    """The rooms there are as a list to change and add to; without any, one for example."""
    campus = layout()
    rows = [] if campus is None else as_rows(campus.spaces, campus.buildings)
    for row in rows:
        row["kind"] = gettext(f"space_kind.{row['kind']}")
    header = [gettext(f"rooms.column.{one}") for one in COLUMNS]
    if ending == "csv":
        return _file(as_csv(COLUMNS, header, rows or [_example()]), "text/csv; charset=utf-8", ending)
    return _file(as_workbook(COLUMNS, header, rows or [_example()]), _WORKBOOK, ending)


blueprint.add_url_rule("/admin/rooms", "show", reading(show, ADMINISTERING))
blueprint.add_url_rule("/admin/rooms", "look", administering(look), methods=["POST"])
blueprint.add_url_rule(
    "/admin/rooms/template.<any(csv, xlsx):ending>", "template", reading(template, ADMINISTERING)
)


def _sent() -> tuple[str, str]:
    """The list as text, from the file where there is one, and what is wrong with it."""
    file = request.files.get("file")
    text = request.form.get("text", "").replace("\r\n", "\n")
    if file is None or not file.filename:
        return text, "" if text.strip() else "needed"
    try:
        rows = read_table(file.read(LARGEST_FILE + 1))
    except TableFault as error:
        return text, error.code
    # Gaps are kept, so that a row has the number that the spreadsheet shows.
    lines: list[tuple[str, ...]] = []
    for row in rows:
        lines += [("",)] * (row.number - 1 - len(lines)) + [row.cells]
    return as_text(lines), ""


def _page(
    campus: LayoutRow | None = None,
    text: str = "",
    preview: Preview | None = None,
    *,
    fault: str = "",
    outcome: Outcome | None = None,
) -> str:
    campus = campus or layout()
    return render_template(
        "rooms.html",
        campus=campus,
        text=text,
        preview=preview,
        fault=fault,
        faults=() if outcome is None else outcome.faults,
        columns=COLUMNS,
        kinds=KINDS,
        order={"faulty": 0, "new": 1, "changed": 2, "same": 3},
        wants_buildings=request.form.get("buildings") == "1",
        done=request.args if "added" in request.args else None,
        megabytes=LARGEST_FILE // 1024 // 1024,
        wide=preview is not None,
    )


def _example() -> dict[str, str]:
    return {
        "code": "A-101",
        "building": gettext("rooms.example_building"),
        "floor": "1",
        "kind": gettext("space_kind.classroom"),
        "area_m2": "48",
        "desks": "30",
        "name_kk": "Дәрісхана",
        "name_ru": "Аудитория",
        "name_en": "Classroom",
    }


def _file(body: bytes, kind: str, ending: str) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="rooms.{ending}"'
    return answer
