import pytest

from edge.signals.debounce import Level
from edge.signals.presses import (
    DispenserLever,
    DispenserSettings,
    Pressed,
    TreatmentButton,
    TreatmentSettings,
    Use,
)
from protocol.events import Action

HOUR_S = 3600.0


def press(button: TreatmentButton, at_s: float, held_s: float = 0.2) -> list[Pressed]:
    return button.feed(Level(at_s, True)) + button.feed(Level(at_s + held_s, False))


def actions(presses: list[tuple[float, float]], button: TreatmentButton | None = None) -> list[Action]:
    """What presses of (at, held) say."""
    button = button or TreatmentButton(TreatmentSettings())
    return [said.action for at_s, held_s in presses for said in press(button, at_s, held_s)]


def test_short_presses_start_and_end_a_treatment_in_turn() -> None:
    assert actions([(10.0, 0.2), (300.0, 0.2), (400.0, 0.2)]) == [
        Action.STARTED,
        Action.DONE,
        Action.STARTED,
    ]


def test_press_bears_the_stamp_of_its_beginning() -> None:
    assert press(TreatmentButton(TreatmentSettings()), 10.0, 1.5) == [Pressed(10.0, Action.STARTED)]


def test_press_says_nothing_while_it_is_held() -> None:
    assert TreatmentButton(TreatmentSettings()).feed(Level(10.0, True)) == []


def test_long_press_aborts_what_is_going_on() -> None:
    assert actions([(10.0, 0.2), (60.0, 3.0), (70.0, 0.2)]) == [
        Action.STARTED,
        Action.ABORTED,
        Action.STARTED,
    ]


def test_long_press_with_nothing_going_on_says_nothing() -> None:
    assert actions([(10.0, 5.0), (20.0, 0.2)]) == [Action.STARTED]


@pytest.mark.parametrize("held_s", [2.99, 3.0], ids=["just short", "just long"])
def test_press_of_three_seconds_is_the_first_long_one(held_s: float) -> None:
    said = {2.99: Action.DONE, 3.0: Action.ABORTED}
    assert actions([(8.0, 0.2), (16.0, held_s)]) == [Action.STARTED, said[held_s]]


def test_nervous_finger_counts_once_however_long_it_drums() -> None:
    assert actions([(10.0 + 0.5 * n, 0.1) for n in range(9)]) == [Action.STARTED]


def test_press_a_second_after_the_last_counts() -> None:
    assert actions([(10.0, 0.25), (11.25, 0.2)]) == [Action.STARTED, Action.DONE]


def test_long_press_soon_after_a_short_one_is_meant() -> None:
    assert actions([(10.0, 0.2), (10.5, 4.0)]) == [Action.STARTED, Action.ABORTED]


def test_stuck_button_is_a_fault_until_released_and_no_event() -> None:
    button = TreatmentButton(TreatmentSettings())
    button.feed(Level(10.0, True))
    button.advance(19.9)
    assert not button.is_stuck
    button.advance(20.0)
    assert button.is_stuck
    assert button.feed(Level(500.0, False)) == []
    assert not button.is_stuck
    assert press(button, 600.0) == [Pressed(600.0, Action.STARTED)]


def test_button_said_twice_to_be_held_is_held_since_the_first() -> None:
    button = TreatmentButton(TreatmentSettings())
    levels = [Level(10.0, True), Level(15.0, True), Level(20.0, False)]
    assert [button.feed(level) for level in levels] == [[], [], []]


def test_button_stuck_while_nobody_looked_is_no_event() -> None:
    assert actions([(10.0, 0.2), (60.0, 10.0), (100.0, 0.2)]) == [Action.STARTED, Action.DONE]


def test_forgotten_treatment_makes_the_next_press_a_start() -> None:
    assert actions([(0.0, 0.2), (4 * HOUR_S + 1.0, 0.2)]) == [Action.STARTED, Action.STARTED]


def test_treatment_is_forgotten_without_a_word() -> None:
    button = TreatmentButton(TreatmentSettings(longest_s=HOUR_S))
    press(button, 0.0)
    button.advance(HOUR_S)
    assert button.started_s == 0.0
    button.advance(HOUR_S + 1.0)
    assert button.started_s is None


def test_long_treatment_within_its_time_is_done() -> None:
    assert actions([(0.0, 0.2), (4 * HOUR_S - 1.0, 0.2)]) == [Action.STARTED, Action.DONE]


def test_restart_keeps_what_is_going_on() -> None:
    button = TreatmentButton(TreatmentSettings())
    press(button, 50.0)
    again = TreatmentButton(TreatmentSettings(), started_s=button.started_s)
    assert actions([(90.0, 0.2)], again) == [Action.DONE]


def test_restart_keeps_that_a_treatment_was_forgotten() -> None:
    again = TreatmentButton(TreatmentSettings(), started_s=-5 * HOUR_S)
    assert actions([(90.0, 0.2)], again) == [Action.STARTED]


def test_release_of_a_press_nobody_saw_says_nothing() -> None:
    assert TreatmentButton(TreatmentSettings()).feed(Level(5.0, False)) == []


def test_stamp_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        TreatmentButton(TreatmentSettings()).feed(Level(float("nan"), True))


@pytest.mark.parametrize(
    "limits", [{"abort_after_s": 10.0}, {"abort_after_s": 0.0}, {"longest_s": 0.5}], ids=str
)
def test_treatment_settings_that_contradict_each_other_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        TreatmentSettings(**limits)


def uses(presses: list[tuple[float, float]], until_s: float) -> list[Use]:
    lever = DispenserLever(DispenserSettings(ml_per_press=1.5))
    said = []
    for at_s, held_s in presses:
        said += lever.feed(Level(at_s, True)) + lever.feed(Level(at_s + held_s, False))
    return said + lever.advance(until_s)


def test_one_press_is_one_use() -> None:
    assert uses([(10.0, 0.3)], 20.0) == [Use(10.0, 1, 1.5)]


def test_use_is_told_once_nobody_has_pressed_for_two_seconds() -> None:
    assert uses([(10.0, 0.5)], 12.5) == []
    assert uses([(10.0, 0.5)], 12.6) == [Use(10.0, 1, 1.5)]


def test_presses_close_together_are_one_use() -> None:
    assert uses([(10.0, 0.3), (11.0, 0.3), (13.0, 0.3)], 20.0) == [Use(10.0, 3, 4.5)]


def test_presses_further_apart_are_two_uses() -> None:
    assert uses([(10.0, 0.3), (12.5, 0.3)], 20.0) == [Use(10.0, 1, 1.5), Use(12.5, 1, 1.5)]


def test_class_that_presses_on_and_on_is_told_every_ten_seconds() -> None:
    told = uses([(1.5 * n, 0.3) for n in range(40)], 100.0)
    assert sum(use.presses for use in told) == 40
    assert len(told) >= 5


def test_use_waits_for_a_press_that_is_held() -> None:
    lever = DispenserLever(DispenserSettings())
    lever.feed(Level(10.0, True))
    lever.feed(Level(10.3, False))
    lever.feed(Level(11.0, True))
    assert lever.advance(15.0) == []
    assert lever.feed(Level(16.0, False)) == []
    assert lever.advance(18.1) == [Use(10.0, 2, 3.0)]


def test_stuck_lever_is_a_fault_and_no_use_but_what_came_before_it_is() -> None:
    lever = DispenserLever(DispenserSettings())
    lever.feed(Level(10.0, True))
    lever.feed(Level(10.3, False))
    lever.feed(Level(11.0, True))
    assert lever.advance(21.0) == [Use(10.0, 1, 1.5)]
    assert lever.is_stuck
    assert lever.feed(Level(50.0, False)) == []
    assert not lever.is_stuck
    assert lever.advance(99.0) == []


@pytest.mark.parametrize("ml", [0.0, 11.0, float("nan")])
def test_dispenser_settings_bound_a_press(ml: float) -> None:
    with pytest.raises(ValueError, match="ml_per_press"):
        DispenserSettings(ml_per_press=ml)


def test_dispenser_settings_want_a_gap() -> None:
    with pytest.raises(ValueError, match="gap_s"):
        DispenserSettings(gap_s=0.0)


def test_what_was_stuck_before_a_restart_is_stuck_until_it_is_released() -> None:
    button, lever = TreatmentButton(TreatmentSettings()), DispenserLever(DispenserSettings())
    for stuck in (button, lever):
        stuck.was_stuck()
        assert stuck.is_stuck
        assert stuck.feed(Level(10.0, True)) == []
        assert stuck.is_stuck
        assert stuck.feed(Level(11.0, False)) == []
        assert not stuck.is_stuck
    assert press(button, 60.0) == [Pressed(60.0, Action.STARTED)]
    assert lever.advance(100.0) == []
