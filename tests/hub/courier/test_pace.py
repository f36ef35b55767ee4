"""Windows and growing waits."""

import pytest

from hub.courier.pace import LONGEST_ASKED_MS, may_begin, wait_ms

NOW_MS = 1_000_000_000


def test_window_is_full_with_as_many_as_allowed_in_any_minute() -> None:
    began = [NOW_MS - 59_000, NOW_MS - 30_000]
    assert not may_begin(began, NOW_MS, per_minute=2, spacing_ms=0)
    assert may_begin(began, NOW_MS + 2_000, per_minute=2, spacing_ms=0)


def test_spacing_holds_two_messages_apart() -> None:
    assert not may_begin([NOW_MS - 999], NOW_MS, per_minute=20, spacing_ms=1000)
    assert may_begin([NOW_MS - 1000], NOW_MS, per_minute=20, spacing_ms=1000)


def test_attempts_of_a_future_that_was_taken_back_do_not_count() -> None:
    assert may_begin([NOW_MS + 3_600_000] * 50, NOW_MS, per_minute=1, spacing_ms=1000)


@pytest.mark.parametrize(
    ("failures", "wait"), [(1, 2_000), (2, 4_000), (8, 256_000), (9, 300_000), (999, 300_000)]
)
def test_wait_doubles_up_to_the_longest(failures: int, wait: int) -> None:
    assert wait_ms(failures, 2.0, 300.0, chance=1.0) == wait


def test_jitter_takes_up_to_half_away() -> None:
    assert wait_ms(3, 2.0, 300.0, chance=0.0) == 4_000


def test_wait_is_never_less_than_was_asked_for_and_never_for_ever() -> None:
    assert wait_ms(1, 2.0, 300.0, chance=0.0, asked_s=77.0) == 77_000
    assert wait_ms(1, 2.0, 300.0, chance=0.0, asked_s=1e9) == LONGEST_ASKED_MS
