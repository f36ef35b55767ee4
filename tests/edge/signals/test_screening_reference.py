import pytest

from edge.signals.reference import Morning, Reference, ReferenceSettings

SETTINGS = ReferenceSettings()


def learned(*levels_c: float, spread_c: float = 0.63) -> Reference:
    reference = Reference(SETTINGS)
    for level_c in levels_c:
        reference.note(Morning(level_c=level_c, spread_c=spread_c))
    return reference


def test_reference_is_the_median_of_its_mornings() -> None:
    assert learned().level_c is None
    assert learned(35.0, 36.0, 35.1).level_c == 35.1


def test_reference_stands_once_learned() -> None:
    # A creeping sensor would carry it along otherwise.
    creeping = [35.0 + 0.05 * day for day in range(60)]
    assert learned(*creeping).level_c == learned(*creeping[:20]).level_c


@pytest.mark.parametrize(
    ("spread_c", "mornings", "scale"),
    # (n·spread + 0.63) / (n + 1) / 0.63, by hand, within 0.85 … 1.15
    [(0.63, 5, 1.0), (0.504, 1, 0.9), (0.30, 20, 0.85), (0.90, 20, 1.15), (0.52, 0, 1.0)],
)
def test_limits_follow_how_people_of_a_post_differ(spread_c: float, mornings: int, scale: float) -> None:
    assert learned(*[35.0] * mornings, spread_c=spread_c).scale == pytest.approx(scale)


@pytest.mark.parametrize(
    ("levels_c", "named_c"),
    [
        pytest.param((35.0, 36.0), 0.3, id="too few mornings to say"),
        pytest.param((35.0,) * 6, 0.3, id="steady"),
        # SD of 5 values ±a: a·√(6/5) = 0.175 at 0.16; twice
        pytest.param((34.84, 35.16) * 3, 0.3505, id="weather"),
        pytest.param((34.5, 35.5) * 3, 0.4, id="half a degree must be named yet"),
    ],
)
def test_move_is_named_beyond_what_mornings_do(levels_c: tuple[float, ...], named_c: float) -> None:
    assert learned(*levels_c).named_c == pytest.approx(named_c, abs=0.0005)


def test_move_is_taken_back_below_where_it_was_named() -> None:
    reference = learned(35.0)
    assert [reference.is_off(moved_c, False) for moved_c in (0.29, 0.31, -0.31)] == [False, True, True]
    assert [reference.is_off(moved_c, True) for moved_c in (0.21, 0.19)] == [True, False]
