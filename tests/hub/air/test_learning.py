import pytest

from hub.air.decay import Learned
from hub.air.learning import empty_stretches, learn_day
from hub.air.model import co2_after
from hub.counts.steps import Step
from tests.hub.air.skies import LIMITS

#: People from minute 10 to 50, somebody for a moment at 100.
STEPS = [Step(10, 20, 0, 20), Step(50, 0, 20, 0), Step(100, 1, 1, 0)]


def test_stretches_are_those_after_use_without_anybody() -> None:
    assert list(empty_stretches(STEPS, 0, 300)) == [(51, 100), (101, 300)]


def test_room_nobody_used_has_none() -> None:
    assert list(empty_stretches([], 0, 300)) == []


@pytest.mark.parametrize(
    ("doubt", "stretches"),
    [
        ((60, 70), [(51, 60), (70, 100), (101, 300)]),
        ((40, 60), [(60, 100), (101, 300)]),
        ((90, 120), [(51, 90), (120, 300)]),
        ((0, 400), []),
    ],
)
def test_what_is_not_known_is_cut_out(doubt: tuple[int, int], stretches: list[tuple[int, int]]) -> None:
    assert list(empty_stretches(STEPS, 0, 300, [doubt])) == stretches


def co2(minute: int, ach: float, since: int, start_ppm: float) -> float:
    return co2_after(
        (minute - since) / 60, start_ppm=start_ppm, outdoor_ppm=420, source_m3h=0, volume_m3=180, ach=ach
    )


def test_windows_open_and_shut_are_learned_apart() -> None:
    shut = {minute: co2(minute, 1.0, 51, 2000) for minute in range(51, 81)}
    opened = {minute: co2(minute, 4.0, 80, shut[80]) for minute in range(81, 300)}
    learned = Learned()
    fits = learn_day(
        learned,
        shut | opened,
        STEPS[:2],
        LIMITS,
        starts=0,
        until=300,
        windows=[(5, True), (40, False), (80, True)],
    )
    assert fits == 2
    assert [fit.ach for fit in learned.shut] == [pytest.approx(1.0)]
    assert [fit.ach for fit in learned.open] == [pytest.approx(4.0)]


def test_learning_a_day_again_changes_nothing() -> None:
    falling = {minute: co2(minute, 1.0, 51, 2000) for minute in range(51, 100)}
    learned = Learned()
    for _ in range(2):
        learn_day(learned, falling, STEPS, LIMITS, starts=0, until=300)
    assert len(learned.shut) == 1
    assert learned.open == []
