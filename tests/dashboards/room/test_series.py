"""Columns of history: what must survive however few points there is room for."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.room.series import MOST_POINTS, series
from tests.hub.past.minutes import a_history, a_minute

DAYS_36 = 36 * 24 * 60


def test_gap_is_not_bridged_and_the_value_before_it_is_drawn_to_its_end() -> None:
    found = series(a_history(a_minute(0, 4), a_minute(50, 5), awake=((0, 20), (40, 60))))
    assert list(zip(found.times, found.count, strict=True)) == [
        (0, 4),
        (1200, 4),
        (1200, None),
        (2400, 4),
        (3000, 5),
        (3600, 5),
    ]


def test_highest_count_of_a_minute_is_a_point_of_its_own() -> None:
    found = series(a_history(a_minute(0, 4), a_minute(10, 3, most=19)))
    assert list(zip(found.times, found.count, strict=True))[1:3] == [(600, 19), (660, 3)]
    assert found.high[1] == 19


def test_month_of_changes_fits_with_its_extremes_and_its_gap() -> None:
    rows = [a_minute(one, 5 + one % 3) for one in range(DAYS_36)]
    rows[30_000] = a_minute(30_000, 99)
    rows[40_000] = a_minute(40_000, 0)
    found = series(a_history(*rows, length=DAYS_36, awake=((0, 20_000), (20_003, DAYS_36))))
    assert len(found.times) <= MOST_POINTS
    known = [one for one in found.count if one is not None]
    assert (max(known), min(known)) == (99, 0)
    assert None in found.count
    assert any(one.state == "gap" for one in found.states)


def test_states_of_a_month_fit_and_the_worst_of_a_step_shows() -> None:
    rows = [a_minute(one, 5, reason=f"why-{one % 2}") for one in range(DAYS_36)]
    rows[777] = a_minute(777, 16, state="full", reason="over-capacity")
    found = series(a_history(*rows, length=DAYS_36, awake=((0, DAYS_36),)))
    assert len(found.states) <= MOST_POINTS
    assert [one.state for one in found.states].count("full") == 1
    assert [one.ends for one in found.states[:-1]] == [one.starts for one in found.states[1:]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    counts=st.lists(st.none() | st.integers(0, 40), min_size=1, max_size=60),
    step_s=st.none() | st.integers(60, 3600),
    split=st.integers(1, 59),
)
def test_columns_keep_extremes_whatever_the_step(
    counts: list[int | None], step_s: int | None, split: int
) -> None:
    rows = [a_minute(one, count) for one, count in enumerate(counts)]
    found = series(a_history(*rows, awake=((0, split), (split, 60))), step_s)
    known = [one for one in counts if one is not None]
    shown = [one for one in found.count if one is not None]
    assert found.times == sorted(found.times)
    assert max(shown, default=None) == max(known, default=None)
    assert min(shown, default=None) == min(known, default=None)
    assert (None in found.count) == (None in counts)
    lengths = {len(found.times), len(found.count), len(found.low), len(found.high), len(found.capacity)}
    assert len(lengths) == 1
