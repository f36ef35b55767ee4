from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signals.interlock import (
    BLIND,
    NEW,
    Decision,
    Interlock,
    InterlockSettings,
    Kept,
    Memory,
    Seen,
    State,
    advance,
)
from protocol.quantities import Duration

#: As short as the design allows.
SETTINGS = InterlockSettings(
    source="test", warning=Duration("30s"), longest=Duration("60s"), airing=Duration("15min")
)
GOOD = Seen(
    permission_age_s=0.5,
    is_permitted=True,
    beams_broken=False,
    pir_quiet_s=120.0,
    is_closed=True,
    key_pressed=False,
)
KEY = replace(GOOD, key_pressed=True)
NAN, INFINITE = float("nan"), float("inf")

#: Everything that is not all right, one thing at a time, and the word for it.
WRONGS = [
    pytest.param(replace(GOOD, permission_age_s=None), "the hub is not heard", id="never heard"),
    pytest.param(replace(GOOD, permission_age_s=2.1), "last heard 2.1 s ago", id="hub silent"),
    pytest.param(replace(GOOD, permission_age_s=-0.1), "last heard", id="word from the future"),
    pytest.param(replace(GOOD, permission_age_s=NAN), "last heard", id="age is no number"),
    pytest.param(replace(GOOD, is_permitted=False), "does not permit", id="permission withdrawn"),
    pytest.param(replace(GOOD, beams_broken=True), "a beam is broken", id="beam"),
    pytest.param(replace(GOOD, beams_broken=None), "beam cannot be read", id="beam lost"),
    pytest.param(replace(GOOD, pir_quiet_s=0.0), "motion 0 s ago", id="motion"),
    pytest.param(replace(GOOD, pir_quiet_s=59.9), "motion 60 s ago", id="quiet too short"),
    pytest.param(replace(GOOD, pir_quiet_s=None), "motion sensor cannot", id="motion sensor lost"),
    pytest.param(replace(GOOD, pir_quiet_s=NAN), "motion", id="quiet is no number"),
    pytest.param(replace(GOOD, pir_quiet_s=INFINITE), "motion", id="quiet for ever"),
    pytest.param(replace(GOOD, is_closed=False), "a door is open", id="door"),
    pytest.param(replace(GOOD, is_closed=None), "door contact cannot", id="contact lost"),
    pytest.param(replace(GOOD, key_pressed=None), "key cannot be read", id="key lost"),
    pytest.param(BLIND, "the hub is not heard", id="blind"),
]


class Room:
    """An interlock and the clock of its steps."""

    def __init__(self, kept: Kept = NEW) -> None:
        self.interlock = Interlock(SETTINGS, kept)
        self.now_s = 1000.0

    def step(self, seen: Seen, passed_s: float = 1.0) -> Decision:
        self.now_s += passed_s
        return self.interlock.step(seen, self.now_s)

    def wait(self, seen: Seen, for_s: int) -> Decision:
        for _ in range(for_s):
            decision = self.step(seen)
        return decision

    def turn_key(self) -> Decision:
        """Off, on, and off again, in ten seconds."""
        self.wait(GOOD, 5)
        turned = self.step(KEY)
        self.wait(GOOD, 4)
        return turned


def a_ready_room(kept: Kept = NEW) -> Room:
    room = Room(kept)
    assert room.turn_key().state is State.LOCKED
    assert room.step(GOOD).state is State.READY
    return room


def a_warning_room(kept: Kept = NEW) -> Room:
    room = a_ready_room(kept)
    assert room.step(KEY).state is State.WARNING
    return room


def a_lit_room(kept: Kept = NEW) -> Room:
    room = a_warning_room(kept)
    assert room.wait(GOOD, 30).state is State.ON
    return room


def test_start_is_off_and_latched_whatever_is_seen() -> None:
    decision = Room().wait(GOOD, 600)
    assert (decision.is_on, decision.state, decision.why) == (False, State.LATCHED, "the node was started")


def test_key_that_was_on_before_the_start_resets_nothing() -> None:
    assert Room().wait(KEY, 600).state is State.LATCHED


def test_key_that_settles_just_after_the_start_resets_nothing() -> None:
    room = Room()
    room.step(GOOD, 0.05)
    assert room.step(KEY, 0.05).state is State.LATCHED
    assert room.wait(KEY, 600).state is State.LATCHED
    assert room.turn_key().state is State.LOCKED


def test_way_from_latched_to_on_needs_the_key_twice() -> None:
    room = Room()
    states = [room.turn_key().state, room.step(GOOD).state, room.turn_key().state]
    states += [room.wait(GOOD, 25).state, room.wait(GOOD, 5).state]
    assert states == [State.LOCKED, State.READY, State.WARNING, State.WARNING, State.ON]


def test_warning_comes_before_the_lamp_and_for_its_whole_time() -> None:
    room = a_warning_room()
    decisions = [room.step(GOOD) for _ in range(30)]
    assert [(each.is_warning, each.is_on) for each in decisions] == [(True, False)] * 29 + [(False, True)]


def test_lamp_is_on_no_longer_than_it_may_and_stays_off() -> None:
    room = a_lit_room()
    decisions = [room.step(GOOD) for _ in range(600)]
    assert [each.is_on for each in decisions] == [True] * 59 + [False] * 541
    assert decisions[59].why == "it has been on for as long as it may"
    assert decisions[-1].state is State.READY


@pytest.mark.parametrize(("wrong", "why"), WRONGS)
def test_anything_wrong_puts_the_lamp_off_in_the_same_step_and_latches(wrong: Seen, why: str) -> None:
    room = a_lit_room()
    decision = room.step(wrong)
    assert (decision.is_on, decision.state) == (False, State.LATCHED)
    assert why in decision.why
    assert room.wait(GOOD, 600).state is State.LATCHED
    assert why in room.step(GOOD).why


@pytest.mark.parametrize(("wrong", "why"), WRONGS)
def test_anything_wrong_during_the_warning_latches(wrong: Seen, why: str) -> None:
    decision = a_warning_room().step(wrong)
    assert (decision.is_warning, decision.state) == (False, State.LATCHED)
    assert why in decision.why


@pytest.mark.parametrize(("wrong", "why"), WRONGS[:-2])
def test_key_turned_while_anything_is_wrong_is_forgotten(wrong: Seen, why: str) -> None:
    room = a_ready_room()
    decision = room.step(replace(wrong, key_pressed=True))
    assert decision.state is State.LOCKED
    assert why in decision.why
    assert room.wait(GOOD, 600).state is State.READY


@pytest.mark.parametrize("make", [a_warning_room, a_lit_room])
def test_key_stops_without_a_latch(make: Callable[[], Room]) -> None:
    room = make()
    room.step(GOOD)
    decision = room.step(KEY)
    assert (decision.is_on, decision.is_warning, decision.state) == (False, False, State.LOCKED)
    assert decision.why == "stopped by the key"
    assert room.wait(GOOD, 600).state is State.READY


def test_key_that_is_held_starts_once() -> None:
    room = a_warning_room()
    assert room.wait(KEY, 30).is_on
    assert not room.wait(KEY, 60).is_on
    assert room.wait(KEY, 600).state is State.READY


def test_nervous_key_resets_and_does_not_start() -> None:
    room = Room()
    room.wait(GOOD, 5)
    states = [room.step(seen, 0.2).state for seen in (KEY, GOOD, KEY, GOOD)]
    assert states == [State.LOCKED, State.READY, State.READY, State.READY]


def test_nervous_key_still_stops() -> None:
    room = a_ready_room()
    states = [room.step(seen, 0.2).state for seen in (KEY, GOOD, KEY)]
    assert states == [State.WARNING, State.WARNING, State.LOCKED]


def test_reset_with_the_door_open_says_what_is_missing() -> None:
    room = Room()
    room.step(replace(GOOD, is_closed=False))
    decision = room.step(replace(KEY, is_closed=False))
    assert (decision.state, decision.why) == (State.LOCKED, "a door is open")


@pytest.mark.parametrize("make", [a_warning_room, a_lit_room])
def test_program_that_stood_still_latches(make: Callable[[], Room]) -> None:
    decision = make().step(GOOD, passed_s=2.5)
    assert (decision.is_on, decision.state) == (False, State.LATCHED)
    assert decision.why == "nobody watched for 2.5 s"


@pytest.mark.parametrize("now_s", [NAN, INFINITE, -5.0], ids=["no number", "infinite", "back"])
def test_clock_that_cannot_be_latches(now_s: float) -> None:
    room = a_lit_room()
    decision = room.interlock.step(GOOD, now_s)
    assert (decision.is_on, decision.why) == (False, "the clock went back")
    assert room.wait(GOOD, 5).state is State.LATCHED
    assert room.turn_key().state is State.LOCKED


def test_trip_is_off_and_latched() -> None:
    room = a_lit_room()
    decision = room.interlock.trip("relay on pin 22: told on, reads off")
    assert (decision.is_on, decision.state) == (False, State.LATCHED)
    assert "relay" in room.wait(GOOD, 5).why


def test_airing_is_owed_from_the_lamp_on_and_runs_down_after_it() -> None:
    room = a_lit_room()
    assert room.step(GOOD).airing_left_s == 900.0
    room.step(BLIND)
    assert room.wait(GOOD, 60).airing_left_s == 840.0
    assert room.wait(GOOD, 900).airing_left_s == 0.0


def test_lamp_seconds_are_counted_and_kept() -> None:
    room = a_lit_room(Kept(lamp_s=3600.0))
    room.wait(GOOD, 40)
    assert room.step(BLIND).lamp_s == 3641.0
    room.wait(GOOD, 100)
    assert room.interlock.kept == Kept(lamp_s=3641.0, airing_left_s=800.0)


def test_warning_counts_no_lamp_seconds_and_owes_no_airing() -> None:
    room = a_warning_room()
    decision = room.wait(GOOD, 29)
    assert (decision.lamp_s, decision.airing_left_s) == (0.0, 0.0)


def test_restart_in_the_middle_owes_the_whole_airing_and_is_latched() -> None:
    kept = a_lit_room().interlock.kept
    assert kept.airing_left_s == 900.0
    decision = Room(kept).step(GOOD)
    assert (decision.is_on, decision.state) == (False, State.LATCHED)
    assert decision.airing_left_s == 900.0


@pytest.mark.parametrize(
    "limit",
    ["warning='29s'", "warning='61s'", "quiet='59s'", "heartbeat='3s'", "longest='3h'", "airing='3h'"],
)
def test_limits_may_not_be_looser_than_the_design(limit: str) -> None:
    name, _, text = limit.partition("=")
    with pytest.raises(ValueError, match=f"{name} must be"):
        InterlockSettings(source="test", **{name: Duration(text.strip("'"))})  # type: ignore[arg-type] # by name


def test_limits_name_their_source() -> None:
    with pytest.raises(msgspec.ValidationError, match="source"):
        msgspec.convert({"kind": "uv"}, InterlockSettings)


# -- every sequence


def is_safe(seen: Seen) -> bool:
    """The conditions once more, in other words than the interlock's own."""
    age_s, quiet_s = seen.permission_age_s, seen.pir_quiet_s
    is_heard = age_s is not None and age_s >= 0 and age_s <= 2
    is_still = quiet_s is not None and quiet_s >= 60 and quiet_s != INFINITE
    is_sealed = (seen.beams_broken, seen.is_closed) == (False, True)
    return is_heard and is_still and is_sealed and seen.is_permitted and seen.key_pressed is not None


#: Every reading there is, good, bad and unknown.
AGES: list[float | None] = [None, 1.0, 3.0]
QUIETS: list[float | None] = [None, 30.0, 120.0]
MAYBE: list[bool | None] = [None, False, True]
ALL_SEEN = [
    Seen(
        permission_age_s=age_s,
        is_permitted=is_permitted,
        beams_broken=broken,
        pir_quiet_s=quiet_s,
        is_closed=closed,
        key_pressed=key,
    )
    for age_s, is_permitted, broken, quiet_s, closed, key in product(
        AGES, [False, True], MAYBE, QUIETS, MAYBE, MAYBE
    )
]
#: A short step, the longest that is trusted, and one that is not.
STEPS_S = [1.0, 2.0, 2.5]


def every_transition() -> Iterator[tuple[Memory, Seen, float, Memory]]:
    """From the start, whatever can be seen, for as long as new situations come up."""
    known: set[Memory] = set()
    waiting = [Memory()]
    while waiting:
        before = waiting.pop()
        for seen, passed_s in product(ALL_SEEN, STEPS_S):
            after = advance(before, seen, passed_s, SETTINGS)
            yield before, seen, passed_s, after
            situation = replace(after, why="")
            waiting += [after] * (situation not in known)
            known.add(situation)


def test_every_situation_keeps_every_promise() -> None:
    running = {State.WARNING, State.ON}
    reached, broken = set(), []
    for before, seen, passed_s, after in every_transition():
        reached.add(after.state)
        turned_on = before.key is False and seen.key_pressed is True
        trusted = is_safe(seen) and passed_s <= 2.0
        promises = (
            # On only if all is well now, and only out of the warning, after all of it.
            after.state is not State.ON or (trusted and before.state in running),
            (before.state, after.state) != (State.WARNING, State.ON) or before.for_s + passed_s >= 30.0,
            before.state is not State.ON or before.for_s + passed_s < 60.0 or after.state is not State.ON,
            # Running, then something wrong: latched. The key in good order: not.
            before.state not in running or trusted or after.state is State.LATCHED,
            # The warning begins with the key alone, out of ready, with all well.
            after.state is not State.WARNING
            or before.state is State.WARNING
            or (before.state is State.READY and turned_on and is_safe(seen)),
            # A latch goes with the key alone, and leads to nothing but locked.
            before.state is not State.LATCHED or after.state in {State.LATCHED, State.LOCKED},
            (before.state, after.state) != (State.LATCHED, State.LOCKED) or turned_on,
            # The key stops whatever runs.
            before.state not in running or not turned_on or after.state not in running,
        )
        broken += [(before, seen, passed_s, after)] * (not all(promises))
    assert broken == []
    assert reached == set(State)


SECONDS = st.none() | st.sampled_from([0.0, 1.9, 2.1, 59.0, 61.0, NAN, INFINITE, -1.0])
ANY_SEEN = st.builds(
    Seen,
    permission_age_s=SECONDS,
    is_permitted=st.booleans(),
    beams_broken=st.none() | st.booleans(),
    pir_quiet_s=SECONDS,
    is_closed=st.none() | st.booleans(),
    key_pressed=st.none() | st.booleans(),
)
#: Mostly all is well, or nothing would ever be on.
MOSTLY_GOOD = st.sampled_from([GOOD] * 20 + [KEY]) | ANY_SEEN
PASSED_S = st.sampled_from([0.05, 0.5, 1.0, 2.0, 2.0, 2.0, 2.5])
#: Seconds of a start that goes well before anything is tried.
HEADS = st.sampled_from([0, 8, 20, 45, 70])


@settings(max_examples=400, deadline=None)
@given(HEADS, st.lists(st.tuples(MOSTLY_GOOD, PASSED_S), max_size=80))
def test_lamp_is_on_only_after_a_key_and_a_whole_warning_without_a_doubt(
    head_s: int, tail: list[tuple[Seen, float]]
) -> None:
    start = [GOOD, KEY, GOOD, GOOD, KEY, *[GOOD] * 100][:head_s]
    interlock, now_s = Interlock(SETTINGS), 0.0
    key, ordered_s, was_on = None, INFINITE, False
    for seen, passed_s in [(seen, 1.0) for seen in start] + tail:
        now_s += passed_s
        decision = interlock.step(seen, now_s)
        is_order = (key, seen.key_pressed) == (False, True)
        key = seen.key_pressed
        is_doubtful = not is_safe(seen) or passed_s > 2.0
        # The youngest order since the last doubt and since the lamp last went off.
        ordered_s = {(True, False): INFINITE}.get((was_on, decision.is_on), ordered_s)
        ordered_s = INFINITE if is_doubtful else now_s if is_order and not was_on else ordered_s
        was_on = decision.is_on
        assert not (decision.is_on and is_doubtful)
        assert not decision.is_on or now_s - ordered_s >= 30.0
        assert decision.is_on == interlock.is_on == (decision.state is State.ON)
        assert decision.is_warning == (decision.state is State.WARNING)


@given(HEADS, st.lists(st.tuples(MOSTLY_GOOD, PASSED_S), max_size=20))
def test_restart_at_any_moment_comes_up_off_and_latched(head_s: int, tail: list[tuple[Seen, float]]) -> None:
    interlock, now_s = Interlock(SETTINGS), 0.0
    start = [GOOD, KEY, GOOD, GOOD, KEY, *[GOOD] * 100][:head_s]
    for seen, passed_s in [(seen, 1.0) for seen in start] + tail:
        now_s += passed_s
        interlock.step(seen, now_s)
    again = Interlock(SETTINGS, interlock.kept)
    assert again.kept == interlock.kept
    assert [again.step(GOOD, 2.0 * n).state for n in range(40)] == [State.LATCHED] * 40
