import pytest

from edge.signals.drift import DriftWatch
from edge.signals.reference import Morning, Reference, ReferenceSettings


def a_watch() -> DriftWatch:
    learned = (Morning(level_c=35.0, spread_c=0.6),)
    return DriftWatch(Reference(ReferenceSettings(), learned), named_people=40, back_c=0.1)


def looked(watch: DriftWatch, *moves: tuple[int, float | None, float | None]) -> list[bool]:
    found = []
    for people, moved_c, beyond_c in moves:
        watch.note(people, moved_c, beyond_c)
        found.append(watch.is_shifted)
    return found


def test_move_is_named_when_it_has_stood_for_forty_people() -> None:
    assert looked(a_watch(), (100, 0.0, -1.0), (110, 0.35, -0.7), (130, 0.4, -0.6), (140, 0.4, -0.6)) == [
        False,
        False,
        False,
        True,
    ]


def test_move_that_came_back_between_begins_anew() -> None:
    moves = [(100, 0.0, -1.0), (120, 0.35, -0.7), (139, 0.25, -0.7), (150, 0.35, -0.7), (178, 0.35, -0.7)]
    assert looked(a_watch(), *moves, (179, 0.35, -0.7)) == [False] * 5 + [True]


def test_name_is_held_until_the_post_is_clearly_back() -> None:
    moves = [(0, 0.0, -1.0), (50, 0.5, -0.5), (60, 0.25, -0.7), (70, 0.15, -0.8)]
    assert looked(a_watch(), *moves) == [False, True, True, False]


@pytest.mark.parametrize(
    ("beyond_c", "found"),
    [
        pytest.param((-0.05, 0.01, -0.05, -0.11), [False, True, True, False], id="held for 0.1 °C"),
        pytest.param((0.2, None), [True, False], id="nothing can be said"),
    ],
)
def test_recalibration_is_named_at_once_and_held(
    beyond_c: tuple[float | None, ...], found: list[bool]
) -> None:
    watch = a_watch()
    told = []
    for people, beyond in enumerate(beyond_c):
        watch.note(people, None, beyond)
        told.append(watch.needs_recalibration)
    assert told == found


@pytest.mark.parametrize(
    ("session_moved_c", "is_lasting"), [(0.45, True), (0.25, False), (-0.45, False), (None, False)]
)
def test_shift_lasts_when_the_next_session_alone_shows_it(
    session_moved_c: float | None, is_lasting: bool
) -> None:
    watch = a_watch()
    looked(watch, (0, 0.0, -1.0), (50, 0.5, -0.5))
    watch.end_session(0.5)
    looked(watch, (60, 0.5, -0.5))
    assert watch.is_lasting(session_moved_c) is is_lasting
