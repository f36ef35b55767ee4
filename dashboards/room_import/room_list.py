"""A list of rooms against the campus: rows in; what is new, changed or wrong, and the edits out. Pure."""

import difflib
import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from dashboards.administration.campus_edits import id_from
from dashboards.room_import.room_words import COLUMNS, KIND_WORDS, column_of, kind_of, plain, plain_code
from dashboards.room_import.tables import Row, TableFault
from hub.store.campus_edits import AddBuilding, AddSpace, CampusEdit, ChangeSpace, Named
from hub.store.campus_rows import BuildingView, LayoutRow, SpaceView

#: How far down the row with the names of the columns is looked for.
_HEADER_WITHIN = 15
_LANGUAGES = ("kk", "ru", "en")
_LONGEST = 80
_NUMBER = re.compile(r"^([−+-]?\d[\d  '.,]*?)\s*(м2|м²|m2|m²|кв\.?\s?м\.?|sq\.?\s?m\.?)?$", re.I)
#: By column: the least, the most, and whether it is whole.
_RANGES = {
    "floor": (-5.0, 100.0, True),
    "area_m2": (0.1, 100_000.0, False),
    "desks": (1.0, 10_000.0, True),
    "design_capacity": (1.0, 100_000.0, True),
}
_NEEDED = ("code", "building", "kind", "floor", "area_m2")
#: The height that the campus file takes where it says none, m.
_USUAL_HEIGHT_M = 3.0


class Line(Struct, frozen=True, kw_only=True):
    """One room of the list."""

    #: Its row in the file.
    number: int
    #: `new`, `changed`, `same` or `faulty`.
    state: str
    #: As it was written, by column.
    cells: dict[str, str]
    #: What is wrong, by column: a word's code.
    faults: dict[str, str] = {}
    #: What was probably meant, by column.
    hints: dict[str, str] = {}
    #: What stands there now and would be another, by column.
    before: dict[str, str] = {}


class Preview(Struct, frozen=True, kw_only=True):
    """What a list would do; `edits` is empty while any line is faulty."""

    #: The columns that the list has.
    columns: tuple[str, ...]
    #: Headers that name no column.
    strange: tuple[str, ...]
    lines: tuple[Line, ...]
    edits: tuple[CampusEdit, ...]
    #: Buildings that would be added.
    buildings: tuple[str, ...] = ()

    def count(self, state: str) -> int:
        """How many lines are so."""
        return sum(one.state == state for one in self.lines)

    @property
    def mark(self) -> str:
        """Changes whenever what would be done does: an apply does what was looked at, or nothing."""
        return hashlib.sha256(msgspec.json.encode(self.edits)).hexdigest()[:16]


def compare(rows: list[Row], campus: LayoutRow, *, add_buildings: bool = False) -> Preview:
    """Hold a list against the campus. Raises TableFault when its first rows name no columns."""
    at, header, strange = _header(rows)
    reader = _Reader(campus, add_buildings=add_buildings)
    lines = [reader.read(row, header) for row in rows[at + 1 :]]
    if not lines:
        raise TableFault("empty")
    is_sound = not any(one.state == "faulty" for one in lines)
    return Preview(
        columns=tuple(one for one in COLUMNS if one in header),
        strange=strange,
        lines=tuple(lines),
        edits=tuple([*reader.added, *reader.edits]) if is_sound else (),
        buildings=tuple(one.names.kk for one in reader.added),
    )


def as_rows(rooms: Iterable[SpaceView], buildings: Iterable[BuildingView]) -> list[dict[str, str]]:
    """Rooms as a list has them, kinds by their ids."""
    names = {one.id: one.names for one in buildings}
    return [_cells(one, names.get(one.building, {}).get("kk", one.building)) for one in rooms]


def _header(rows: list[Row]) -> tuple[int, dict[str, int], tuple[str, ...]]:
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for i, cell in enumerate(row.cells):
            column = column_of(cell)
            if column is not None:
                found.setdefault(column, i)
        if "code" in found and len(found) > 1:
            strange = tuple(cell for cell in row.cells if cell and column_of(cell) is None)
            return at, found, strange
    raise TableFault("empty" if not rows else "header")


class _Reader:
    """Goes down a list once; what it has seen decides what is twice."""

    def __init__(self, campus: LayoutRow, *, add_buildings: bool) -> None:
        self._campus = campus
        self._may_add = add_buildings
        self._buildings = {
            plain(word): one.id for one in campus.buildings for word in (one.id, *one.names.values())
        }
        self._names = {one.id: one.names for one in campus.buildings}
        self._seen: dict[tuple[str, str], int] = {}
        self._ids = ["outside", *(one.id for one in campus.spaces)]
        self.added: list[AddBuilding] = []
        self.edits: list[CampusEdit] = []

    def read(self, row: Row, header: dict[str, int]) -> Line:
        """One line, and its edit where it makes one."""
        cells = {name: row.cells[i] if i < len(row.cells) else "" for name, i in header.items()}
        cells = {name: _unquoted(cell) for name, cell in cells.items()}
        faults: dict[str, str] = {}
        hints: dict[str, str] = {}
        building = self._building(cells, faults)
        known = self._known(cells.get("code", ""), building)
        values = self._values(cells, known, faults, hints)
        key = (building or (known.building if known else ""), plain_code(cells.get("code", "")))
        if key[1] and self._seen.setdefault(key, row.number) != row.number:
            faults["code"], hints["code"] = "twice", str(self._seen[key])
        if faults:
            return Line(number=row.number, state="faulty", cells=cells, faults=faults, hints=hints)
        if known is None:
            id = id_from(values["code"], self._ids, "room")
            self._ids.append(id)
            self.edits.append(AddSpace(id=id, building=building, **values))
            return Line(number=row.number, state="new", cells=cells)
        return self._changed(row.number, cells, known, building or known.building, values)

    def _changed(
        self, number: int, cells: dict[str, str], known: SpaceView, building: str, values: dict[str, Any]
    ) -> Line:
        height = None if known.height_m == _USUAL_HEIGHT_M else known.height_m
        edit = ChangeSpace(id=known.id, building=building, height_m=height, seen=known.mark, **values)
        now = {
            "building": known.building,
            **{name: getattr(known, name) for name in values if name != "names"},
        }
        new = {"building": building, **{name: one for name, one in values.items() if name != "names"}}
        for language in _LANGUAGES:
            now[f"name_{language}"] = known.names[language]
            new[f"name_{language}"] = getattr(values["names"], language)
        before = {name: _shown(now[name]) for name in new if now[name] != new[name]}
        if "building" in before:
            before["building"] = self._names[known.building]["kk"]
        if before:
            self.edits.append(edit)
        return Line(number=number, state="changed" if before else "same", cells=cells, before=before)

    def _building(self, cells: dict[str, str], faults: dict[str, str]) -> str:
        typed = cells.get("building", "")
        if not typed:
            # Where there is one building, it need not be said.
            return self._campus.buildings[0].id if len(self._campus.buildings) == 1 else ""
        found = self._buildings.get(plain(typed))
        if found is not None:
            return found
        if not self._may_add or len(typed) > _LONGEST or not plain(typed):
            faults["building"] = "building" if len(typed) <= _LONGEST else "long"
            return ""
        id = id_from(typed, list(self._buildings.values()), "building")
        self._buildings[plain(typed)] = id
        names = Named(kk=typed, ru=typed, en=typed)
        self._names[id] = {"kk": typed, "ru": typed, "en": typed}
        self.added.append(AddBuilding(id=id, names=names))
        return id

    def _known(self, code: str, building: str) -> SpaceView | None:
        """The room that is meant: by its code in that building, else by a code that only one room has."""
        same = [one for one in self._campus.spaces if plain_code(one.code) == plain_code(code)]
        here = [one for one in same if one.building == building]
        if here or not building:
            return here[0] if here else same[0] if len(same) == 1 else None
        return same[0] if len(same) == 1 and building in {one.id for one in self._campus.buildings} else None

    def _values(
        self, cells: dict[str, str], known: SpaceView | None, faults: dict[str, str], hints: dict[str, str]
    ) -> dict[str, Any]:
        """Everything but id and building; without its column, or its needed cell, a value stays."""
        for name in _NEEDED:
            is_open = name == "building" and len(self._campus.buildings) == 1
            if not cells.get(name) and (known is None or name == "code") and not is_open:
                faults.setdefault(name, "needed")
        for name in ("code", "name_kk", "name_ru", "name_en"):
            if len(cells.get(name, "")) > _LONGEST:
                faults[name] = "long"
        # Another alphabet's letters of the same look are no other code.
        values: dict[str, Any] = {"code": known.code if known else cells.get("code", "")}
        values["kind"] = kind_of(cells.get("kind", "")) or (known.kind if known else "")
        if cells.get("kind") and kind_of(cells["kind"]) is None:
            faults["kind"] = "kind"
            _hint(hints, "kind", plain(cells["kind"]), KIND_WORDS)
        for name in _RANGES:
            number = _number(name, cells.get(name, ""), faults)
            keeps = name not in cells or (name in _NEEDED and not cells[name])
            values[name] = getattr(known, name) if known is not None and keeps else number
        given = {one: cells.get(f"name_{one}", "") for one in _LANGUAGES}
        some = next((one for one in given.values() if one), values["code"]) or "–"
        old = known.names if known else {}
        values["names"] = Named(
            **{one: (given[one] or old.get(one) or some)[:_LONGEST] for one in _LANGUAGES}
        )
        return values


def _number(name: str, typed: str, faults: dict[str, str]) -> float | int | None:
    if not typed:
        return None
    least, most, is_whole = _RANGES[name]
    found = _NUMBER.match(typed)
    figures = re.sub(r"[  ']", "", found[1]).replace("−", "-") if found else ""
    if figures.count(",") + figures.count(".") > 1:
        figures = ""
    try:
        value = float(figures.replace(",", "."))
    except ValueError:
        faults[name] = "number"
        return None
    if is_whole and not value.is_integer():
        faults[name] = "whole"
        return None
    if not least <= value <= most:
        faults[name] = "range"
        return None
    return int(value) if is_whole else value


def _hint(hints: dict[str, str], name: str, typed: str, known: Iterable[str]) -> None:
    near = difflib.get_close_matches(typed, list(known), n=1)
    if near:
        hints[name] = near[0]


def _unquoted(cell: str) -> str:
    """What a template marks as text for the spreadsheet, without its mark."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _cells(room: SpaceView, building: str) -> dict[str, str]:
    plain_cells = {name: _shown(getattr(room, name)) for name in COLUMNS if hasattr(room, name)}
    return {**plain_cells, "building": building, **{f"name_{one}": room.names[one] for one in _LANGUAGES}}


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
