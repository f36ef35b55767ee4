from dataclasses import replace

import pytest

from edge.signals.fan import Fan, guard_of
from edge.signals.interlock import BLIND, Decision, Interlock, InterlockSettings, Kept, Seen
from protocol.quantities import Duration

SETTINGS = InterlockSettings(kind="fan", source="test", longest=Duration("10min"))
#: People everywhere, which is nothing to a fan.
CROWD = Seen(
    permission_age_s=0.5,
    is_permitted=True,
    beams_broken=True,
    pir_quiet_s=0.0,
    is_closed=False,
    key_pressed=False,
)
STOPPED = replace(CROWD, is_permitted=False)
SILENT = replace(CROWD, permission_age_s=None)


class Room:
    def __init__(self) -> None:
        self.fan = Fan(SETTINGS)
        self.now_s = 0.0

    def step(self, seen: Seen, passed_s: float = 2.0) -> Decision:
        self.now_s += passed_s
        return self.fan.step(seen, self.now_s)

    def press(self, seen: Seen) -> Decision:
        pressed = self.step(replace(seen, key_pressed=True))
        self.step(seen)
        return pressed


def test_kind_says_which_guard() -> None:
    assert isinstance(guard_of(SETTINGS), Fan)
    assert isinstance(guard_of(InterlockSettings(source="test")), Interlock)


def test_fan_runs_with_people_while_the_hub_permits_it() -> None:
    room = Room()
    assert [room.step(seen).is_on for seen in (CROWD, STOPPED, CROWD)] == [True, False, True]


@pytest.mark.parametrize("age_s", [None, 2.1, -1.0, float("nan")])
def test_word_that_is_not_fresh_is_no_permission(age_s: float | None) -> None:
    decision = Room().step(replace(CROWD, permission_age_s=age_s))
    assert (decision.is_on, decision.why) == (False, "the hub is not heard")


def test_hub_that_comes_back_runs_it_again_without_a_key() -> None:
    room = Room()
    assert [room.step(seen).is_on for seen in (CROWD, SILENT, CROWD)] == [True, False, True]


def test_button_runs_it_without_a_hub_for_as_long_as_it_may() -> None:
    room = Room()
    room.step(BLIND)
    room.step(SILENT, 300.0)
    assert room.press(SILENT).is_on
    assert room.step(SILENT, 590.0).is_on
    assert not room.step(SILENT, 20.0).is_on


def test_button_stops_what_the_hub_runs_until_the_hub_has_stopped_too() -> None:
    room = Room()
    room.step(CROWD)
    assert not room.press(CROWD).is_on
    said = (CROWD, SILENT, CROWD, STOPPED, CROWD)
    assert [room.step(seen).is_on for seen in said] == [False, False, False, False, True]


def test_button_toggles_and_a_nervous_finger_counts_once() -> None:
    room = Room()
    room.step(SILENT)
    room.step(SILENT)
    pressed = replace(SILENT, key_pressed=True)
    seen = [room.step(each, 0.2).is_on for each in (pressed, SILENT, pressed, SILENT)]
    assert seen == [True] * 4
    assert not room.press(SILENT).is_on


def test_button_held_at_the_start_is_no_press() -> None:
    room = Room()
    assert not room.step(SILENT, 0.05).is_on
    assert not room.step(replace(SILENT, key_pressed=True), 0.05).is_on


def test_seconds_are_counted_and_kept() -> None:
    room = Room()
    room.fan = Fan(SETTINGS, Kept(lamp_s=100.0))
    for seen in (CROWD, CROWD, STOPPED, STOPPED):
        decision = room.step(seen)
    assert decision.lamp_s == 104.0
    assert room.fan.kept == Kept(lamp_s=104.0)


def test_trip_is_off_until_the_hub_ends_its_own_run() -> None:
    room = Room()
    room.step(CROWD)
    assert not room.fan.trip("relay failed").is_on
    assert [room.step(seen).is_on for seen in (CROWD, STOPPED, CROWD)] == [False, False, True]


def test_clock_that_goes_back_counts_nothing() -> None:
    room = Room()
    room.step(CROWD)
    assert room.step(CROWD, -1.0).lamp_s == 0.0
