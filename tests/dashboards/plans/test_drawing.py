"""The geometry of plans: what is sound, where words go, the grid of a floor nobody has drawn."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.plans.drawing import (
    MOST_POINTS,
    area,
    by_code,
    faults_of,
    fold,
    grid_of,
    is_inside,
    label_place,
)
from hub.store.plans import Drawing, Point, RoomShape

_SQUARE = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.3), (0.1, 0.3))
_share = st.floats(0.0, 1.0, allow_nan=False, width=32)


@st.composite
def stars(draw: st.DrawFn) -> tuple[Point, ...]:
    """A ring that does not cross itself: corners around a middle, in order."""
    corners = draw(st.integers(3, 12))
    reaches = draw(st.lists(st.floats(0.05, 0.45), min_size=corners, max_size=corners))
    return tuple(
        (
            0.5 + reach * math.cos(math.tau * place / corners),
            0.5 + reach * math.sin(math.tau * place / corners),
        )
        for place, reach in enumerate(reaches)
    )


@given(stars())
def test_words_stand_within_the_room(points: tuple[Point, ...]) -> None:
    place = label_place(points)
    assert place.wide > 0.0
    assert is_inside(place.at, points)


@given(stars(), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_area_stays_where_the_room_is_moved_or_turned_round(
    points: tuple[Point, ...], dx: float, dy: float
) -> None:
    moved = tuple((x + dx, y + dy) for x, y in points)
    assert area(moved) == pytest.approx(area(points), abs=1e-9)
    assert area(points[::-1]) == pytest.approx(area(points), abs=1e-9)


@given(st.integers(1, 120))
def test_grid_has_every_room_once_within_the_picture_and_none_over_another(count: int) -> None:
    drawing = grid_of((f"r-{number}", f"R-{number}") for number in range(count))
    spaces = [one.space for one in drawing.rooms]
    assert sorted(spaces) == sorted({f"r-{number}" for number in range(count)})
    assert faults_of(drawing, spaces, ()) == []
    middles = [label_place(one.points).at for one in drawing.rooms]
    for middle in middles:
        assert sum(is_inside(middle, one.points) for one in drawing.rooms) == 1


def test_grid_of_nothing_is_empty() -> None:
    assert grid_of(()).rooms == ()


def test_words_of_an_l_shaped_room_keep_out_of_the_corner_it_has_not() -> None:
    points = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0), (0.5, 0.6), (0.0, 0.6))
    (x, y), wide, high = label_place(points)
    for dx in (-wide / 2, wide / 2):
        for dy in (-high / 2, high / 2):
            assert is_inside((x + dx * 0.98, y + dy * 0.98), points)


def test_codes_are_in_the_order_people_read_them() -> None:
    assert sorted(["A-10", "A-2", "A-H", "A-1"], key=by_code) == ["A-1", "A-2", "A-10", "A-H"]


@pytest.mark.parametrize("typed", ["А-204", "a 204", "A_204", "а204", "A.204"])
def test_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert fold(typed) == fold("A-204")


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        (Drawing(aspect=0.0), "aspect"),
        (Drawing(aspect=math.nan), "aspect"),
        (Drawing(rooms=(RoomShape(space="z", points=_SQUARE),)), "space"),
        (Drawing(rooms=(RoomShape(space="a", points=_SQUARE),) * 2), "twice"),
        (Drawing(rooms=(RoomShape(space="a", points=_SQUARE[:2]),)), "corners"),
        (Drawing(rooms=(RoomShape(space="a", points=_SQUARE * MOST_POINTS),)), "corners"),
        (Drawing(rooms=(RoomShape(space="a", points=(*_SQUARE[:3], (1.2, 0.3))),)), "off"),
        (Drawing(rooms=(RoomShape(space="a", points=((0.1, 0.1),) * 3),)), "small"),
    ],
)
def test_unsound_drawing_is_told(drawing: Drawing, code: str) -> None:
    assert [one.code for one in faults_of(drawing, ["a"], [])] == [code]


@given(st.lists(st.tuples(_share, _share), min_size=1, max_size=20))
def test_any_ring_is_judged_without_a_crash(points: list[Point]) -> None:
    drawing = Drawing(rooms=(RoomShape(space="a", points=tuple(points)),))
    faults_of(drawing, ["a"], [])
    label_place(points)
