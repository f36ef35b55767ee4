import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.debounce import Debouncer, DebounceSettings, Level
from simulator.pins import bouncing

SETTLE_S = 0.010
SETTINGS = DebounceSettings(settle_s=SETTLE_S, chatter_after_s=2.0)


def settled(levels: list[Level], until_s: float, debouncer: Debouncer | None = None) -> list[Level]:
    """What a debouncer says of them, asked again at `until_s`."""
    debouncer = debouncer or Debouncer(SETTINGS)
    said = [change for level in levels for change in debouncer.feed(level)]
    return said + debouncer.advance(until_s)


def test_clean_press_is_two_changes_with_their_own_stamps() -> None:
    levels = [Level(1.0, True), Level(1.2, False)]
    assert settled(levels, 2.0) == levels


def test_change_is_not_said_before_it_has_settled() -> None:
    debouncer = Debouncer(SETTINGS)
    assert debouncer.feed(Level(1.0, True)) == []
    assert debouncer.advance(1.009) == []
    assert not debouncer.is_active
    assert debouncer.settles_s == pytest.approx(1.010)
    assert debouncer.advance(1.010) == [Level(1.0, True)]
    assert debouncer.is_active
    assert debouncer.settles_s == float("inf")


def test_bounce_is_one_change_with_the_stamp_of_its_first_edge() -> None:
    bounce = [Level(1.0, True), Level(1.002, False), Level(1.004, True)]
    assert settled(bounce, 2.0) == [Level(1.0, True)]


def test_glitch_vanishes() -> None:
    assert settled([Level(1.0, True), Level(1.009, False)], 2.0) == []


def test_short_press_that_held_for_the_settling_time_is_seen() -> None:
    levels = [Level(1.0, True), Level(1.010, False)]
    assert settled(levels, 2.0) == levels


def test_bounce_at_rest_settles_where_it_was() -> None:
    assert settled([Level(1.0, False), Level(1.001, True), Level(1.002, False)], 2.0) == []


def test_release_whose_edge_was_lost_is_taken_from_the_repair() -> None:
    levels = [Level(1.0, True), Level(1.30, False)]
    assert settled(levels, 2.0)[-1] == Level(1.30, False)


def test_edge_that_says_nothing_new_starts_the_settling_again() -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.feed(Level(1.0, True))
    assert debouncer.feed(Level(1.008, True)) == []
    assert debouncer.advance(1.012) == []
    assert debouncer.advance(1.018) == [Level(1.0, True)]


def test_line_that_begins_active_says_only_its_release() -> None:
    debouncer = Debouncer(SETTINGS, is_active=True)
    assert settled([Level(1.0, True), Level(2.0, False)], 3.0, debouncer) == [Level(2.0, False)]


def test_edge_whose_callback_came_late_keeps_its_stamp() -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.advance(1.05)
    debouncer.feed(Level(1.0, True))
    assert debouncer.advance(1.05) == [Level(1.0, True)]


def test_chatter_is_named_while_it_lasts_and_believed_as_it_was() -> None:
    debouncer = Debouncer(SETTINGS)
    flicker = [Level(1.0 + 0.005 * n, n % 2 == 0) for n in range(401)]
    assert [debouncer.feed(level) for level in flicker[:-1]] == [[]] * 400
    assert not debouncer.is_chattering
    assert debouncer.feed(flicker[-1]) == []
    assert debouncer.is_chattering
    assert not debouncer.is_active
    assert debouncer.advance(3.5) == [Level(1.0, True)]
    assert not debouncer.is_chattering


def test_pressed_line_does_not_chatter() -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.feed(Level(1.0, True))
    debouncer.advance(1000.0)
    assert not debouncer.is_chattering


def test_level_that_a_repair_overtook_is_dropped_and_counted() -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.feed(Level(1.050, True))
    assert debouncer.feed(Level(1.049, False)) == []
    assert debouncer.advance(2.0) == [Level(1.050, True)]
    assert debouncer.late_levels == 1


@pytest.mark.parametrize("t_s", [float("nan"), float("inf")], ids=["no number", "infinite"])
def test_stamp_that_cannot_be_is_refused(t_s: float) -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.feed(Level(1.0, True))
    with pytest.raises(ValueError, match="t_s must be finite"):
        debouncer.feed(Level(t_s, False))


@pytest.mark.parametrize("now_s", [float("nan"), 0.5], ids=["no number", "goes back"])
def test_time_that_cannot_be_is_refused(now_s: float) -> None:
    debouncer = Debouncer(SETTINGS)
    debouncer.advance(1.0)
    with pytest.raises(ValueError, match="time must be finite"):
        debouncer.advance(now_s)


@pytest.mark.parametrize("settle_s", [0.0, -1.0, float("nan"), 6.0])
def test_settings_bound_the_settling_time(settle_s: float) -> None:
    with pytest.raises(ValueError, match="settle_s"):
        DebounceSettings(settle_s=settle_s)


def test_settings_want_chatter_longer_than_settling() -> None:
    with pytest.raises(ValueError, match="chatter_after_s"):
        DebounceSettings(settle_s=1.0, chatter_after_s=0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_bouncing_presses_are_counted_exactly(seed: int) -> None:
    rng = random.Random(seed)
    at_s, train, begins_s = 0.0, [], []
    for _ in range(10_000):
        # Held and released for 20 ms or more, each with up to 5 ms of bounce.
        begins_s.append(at_s)
        train += bouncing(at_s, True, rng)
        at_s += rng.uniform(0.020, 0.4)
        train += bouncing(at_s, False, rng)
        at_s += rng.uniform(0.020, 0.4)
    changes = settled(train, at_s + 1.0)
    assert len(train) > 60_000
    assert [change.t_s for change in changes if change.is_active] == begins_s
    assert len(changes) == 20_000


EDGES = st.lists(st.tuples(st.floats(0.0, 0.03), st.booleans()), max_size=60)


@given(EDGES, st.floats(0.0, 1.0))
def test_final_level_is_never_missed(edges: list[tuple[float, bool]], wait_s: float) -> None:
    debouncer = Debouncer(SETTINGS)
    at_s, last = 0.0, False
    for gap_s, last in edges:
        at_s += gap_s
        debouncer.feed(Level(at_s, last))
    debouncer.advance(at_s + SETTLE_S + 1e-6 + wait_s)
    assert debouncer.is_active == last


@given(EDGES)
def test_changes_alternate_and_their_stamps_are_edges(edges: list[tuple[float, bool]]) -> None:
    at_s, levels = 0.0, []
    for gap_s, is_active in edges:
        at_s += gap_s
        levels.append(Level(at_s, is_active))
    changes = settled(levels, at_s + 1.0)
    assert all(a.is_active != b.is_active and a.t_s < b.t_s for a, b in pairwise(changes))
    assert {change.t_s for change in changes} <= {level.t_s for level in levels}
