"""Indoor maps: which rooms are known, where they come to lie, and what is told of the rest."""

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.plans.drawing import faults_of
from dashboards.plans.geojson import Known, UnreadableMapError, read_map
from hub.store.plans import Drawing, RoomShape
from tests.dashboards.plan_files import geojson

_KNOWN = (
    Known("a-201", "A-201", ("Дәрісхана", "Classroom"), is_here=True),
    Known("a-202", "A-202", ("Дәрісхана", "Classroom"), is_here=True),
    Known("hall", "A-H", ("Холл", "Hall"), is_here=True),
    Known("a-301", "A-301", ("Дәрісхана", "Classroom"), is_here=False),
)
#: Metres in a degree of latitude, and a place in Almaty.
_DEGREE_M, _LON, _LAT = 111_320.0, 76.9286, 43.2567


def box(left: float, bottom: float, wide: float, high: float) -> list[tuple[float, float]]:
    return [(left, bottom), (left + wide, bottom), (left + wide, bottom + high), (left, bottom + high)]


def degrees(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Metres from a corner of the building as longitude and latitude."""
    across = _DEGREE_M * math.cos(math.radians(_LAT))
    return [(_LON + x / across, _LAT + y / _DEGREE_M) for x, y in corners]


def test_rooms_are_known_by_code_typed_in_either_script_and_by_a_name_only_one_has() -> None:
    body = geojson({"А-201": box(0, 0, 8, 6), "a202": box(8, 0, 8, 6), "холл": box(0, 6, 16, 3)}, "name")
    assert {one.space for one in read_map(body, _KNOWN).rooms} == {"a-201", "a-202", "hall"}


def test_name_that_several_rooms_have_tells_none() -> None:
    body = geojson({"Classroom": box(0, 0, 8, 6), "A-H": box(8, 0, 8, 6)})
    found = read_map(body, _KNOWN)
    assert [one.space for one in found.rooms] == ["hall"]
    assert [(one.name, one.why) for one in found.left] == [("Classroom", "unknown")]


def test_what_is_not_taken_is_told_with_why() -> None:
    body = json.loads(geojson({"A-201": box(0, 0, 8, 6), "A-301": box(0, 0, 8, 6), "X-9": box(0, 0, 1, 1)}))
    again = body["features"][0]
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    nameless = {**again, "properties": {}}
    hall = {"type": "Feature", "properties": {"space": "hall"}, "geometry": line}
    body["features"] += [again, nameless, hall]
    found = read_map(json.dumps(body).encode(), _KNOWN)
    assert [one.space for one in found.rooms] == ["a-201"]
    assert [one.why for one in found.left] == ["elsewhere", "unknown", "twice", "nameless", "shape"]


@pytest.mark.parametrize("aspect", [None, 0.5, 4.0], ids=["own", "high picture", "wide picture"])
@pytest.mark.parametrize("is_geographic", [True, False])
def test_shape_of_the_building_is_kept(aspect: float | None, is_geographic: bool) -> None:
    rooms = {"A-201": box(0, 0, 30, 10), "A-202": box(30, 0, 30, 10), "A-H": box(0, 10, 60, 10)}
    laid = {name: degrees(corners) for name, corners in rooms.items()} if is_geographic else rooms
    found = read_map(geojson(laid), _KNOWN, aspect)
    shapes = {one.space: one.points for one in found.rooms}
    xs, ys = zip(*shapes["a-201"], strict=True)
    wide, high = (max(xs) - min(xs)) * found.aspect, max(ys) - min(ys)
    assert wide / high == pytest.approx(3.0, rel=0.01)
    assert found.aspect == pytest.approx(aspect or 3.0, rel=0.01)
    # North is up.
    assert min(y for _, y in shapes["hall"]) < min(ys)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=3, max_size=30),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_taken_is_a_sound_drawing_or_told(rings: list[list[tuple[float, float]]]) -> None:
    names = [one.code for one in _KNOWN]
    rooms: tuple[RoomShape, ...] = ()
    aspect = 1.0
    with suppress(UnreadableMapError):
        found = read_map(geojson(dict(zip(names, rings, strict=False))), _KNOWN)
        rooms, aspect = found.rooms, found.aspect
    faults = faults_of(Drawing(aspect=aspect, rooms=rooms), [one.space for one in _KNOWN], ())
    assert {one.code for one in faults} <= {"small", "corners"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json"),
        (b"<svg/>", "json"),
        (b"\xff\xfe", "json"),
        (b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000, "collection"),
        (b'{"type": "Feature", "features": []}', "collection"),
        (b'{"type": "FeatureCollection"}', "collection"),
        (b'{"type": "FeatureCollection", "features": [7]}', "collection"),
        (b'{"type": "FeatureCollection", "features": []}', "none"),
        (geojson({"A-201": [(1, 1), (1, 1), (1, 1)]}), "flat"),
        (b'{"type": "FeatureCollection", "features": [' + b",".join([b"{}"] * 5001) + b"]}", "many"),
    ],
)
def test_file_that_is_no_map_is_told(body: bytes, code: str) -> None:
    with pytest.raises(UnreadableMapError) as told:
        read_map(body, _KNOWN)
    assert str(told.value) == code


@pytest.mark.parametrize("coordinates", [None, 7, [], [[]], [[[0]]], [[["a", "b"]] * 4], [[[1e30, 0]] * 4]])
def test_broken_coordinates_are_left_out(coordinates: object) -> None:
    geometry = {"type": "Polygon", "coordinates": coordinates}
    body = json.loads(geojson({"A-202": box(0, 0, 2, 1)}))
    body["features"].append({"type": "Feature", "properties": {"ref": "A-201"}, "geometry": geometry})
    found = read_map(json.dumps(body).encode(), _KNOWN)
    assert [one.space for one in found.rooms] == ["a-202"]
    assert [one.why for one in found.left] == ["shape"]
