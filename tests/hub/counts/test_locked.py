import pytest

from hub.counts.locked import locked_and_still


@pytest.mark.parametrize(
    ("closed_since", "last_passage", "co2_rise_ppm", "is_empty"),
    [
        pytest.param(None, 0, -100.0, False, id="a door is open"),
        pytest.param(100, 90, 0.0, True, id="closed, still, no rise"),
        pytest.param(100, 120, 0.0, False, id="somebody passed since"),
        pytest.param(100, 90, 60.0, False, id="people breathe"),
        pytest.param(100, 90, None, False, id="a lesson behind a closed door"),
    ],
)
def test_empty_needs_closed_still_and_no_rise(
    closed_since: int | None, last_passage: int, co2_rise_ppm: float | None, is_empty: bool
) -> None:
    assert locked_and_still(150, closed_since, last_passage, co2_rise_ppm) is is_empty


def test_without_a_sensor_three_hours_prove_it() -> None:
    assert locked_and_still(280, 100, 90, None)
