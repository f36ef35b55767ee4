import random
from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.counts.space_day import AnchorKind, SpaceDay, anchor_minute
from hub.counts.steps import Step

Happening = tuple[int, str, int]
happenings = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["in", "out", "anchor"]), st.integers(0, 6)), max_size=40
)


def happen(page: SpaceDay, number: int, happening: Happening) -> None:
    minute, what, people = happening
    match what:
        case "in":
            page.enter(minute, people)
        case "out":
            page.leave(minute, people)
        case _:
            page.anchor(minute, people, AnchorKind.RECOUNT, f"act-{number}")


def page_after(happening: list[tuple[int, Happening]]) -> SpaceDay:
    page = SpaceDay()
    for number, one in happening:
        happen(page, number, one)
    return page


@settings(deadline=None)
@given(happenings, st.randoms())
def test_any_order_gives_the_same_page(some: list[Happening], chance: random.Random) -> None:
    numbered = list(enumerate(some))
    shuffled = list(numbered)
    chance.shuffle(shuffled)
    assert page_after(shuffled) == page_after(sorted(numbered, key=lambda one: one[1][0]))


@settings(deadline=None)
@given(happenings)
def test_page_equals_its_own_steps(some: list[Happening]) -> None:
    page = page_after(list(enumerate(some)))
    steps = list(page.steps())
    assert page.count == (steps[-1].inside if steps else 0)
    assert all(step.inside >= 0 for step in steps)
    assert page.entered == sum(step.ins for step in steps)


@settings(deadline=None)
@given(happenings)
def test_anchor_told_twice_is_told_once(some: list[Happening]) -> None:
    page = page_after(list(enumerate(some)))
    again = msgspec.json.decode(msgspec.json.encode(page), type=SpaceDay)
    assert again == page
    for key, anchor in list(page.anchors.items()):
        again.anchor(anchor.minute, anchor.people, anchor.kind, key)
    assert again == page


def test_recount_sets_the_count_from_its_minute_on() -> None:
    page = SpaceDay()
    page.enter(1, 20)
    page.anchor(5, 23, AnchorKind.RECOUNT, "act-1")
    page.leave(7, 3)
    assert list(page.steps()) == [Step(1, 20, 0, 20), Step(5, 0, 0, 23), Step(7, 0, 3, 20)]
    assert (page.count, page.raw) == (20, 17)


def test_steps_begin_where_they_are_asked_to() -> None:
    page = SpaceDay()
    page.enter(1, 20)
    page.leave(7, 3)
    assert list(page.steps(since_minute=2)) == [Step(7, 0, 3, 17)]


def test_late_entry_before_a_recount_changes_nothing_after_it() -> None:
    page = SpaceDay()
    page.anchor(5, 10, AnchorKind.RECOUNT, "act-1")
    page.enter(6, 1)
    page.enter(4, 30)
    assert page.count == 11


def test_exits_at_zero_count_from_the_last_anchor() -> None:
    page = SpaceDay()
    page.leave(1, 4)
    page.anchor(2, 0, AnchorKind.EMPTY, "act-1")
    page.enter(3, 1)
    page.leave(4, 3)
    assert (page.count, page.missed) == (0, 6)


def test_of_two_anchors_of_a_minute_the_person_who_counted_holds() -> None:
    page = SpaceDay()
    page.anchor(5, 7, AnchorKind.RECOUNT, "act-1")
    page.anchor(5, 0, AnchorKind.LOCKED, "lock-1")
    assert page.count == 7


def test_band_begins_anew_at_an_anchor() -> None:
    page = SpaceDay()
    page.enter(1, 400)
    wide = page.band()
    page.anchor(2, 400, AnchorKind.RECOUNT, "act-1")
    assert wide == (395, 405)
    assert page.band() == (400, 400)


def test_anchors_of_a_day_are_bounded_and_the_newest_stay() -> None:
    page = SpaceDay()
    for minute in range(300):
        page.anchor(minute, minute, AnchorKind.RECOUNT, f"act-{minute}")
    assert len(page.anchors) == 200
    assert min(anchor.minute for anchor in page.anchors.values()) == 100


def test_day_long_past_keeps_its_sums() -> None:
    page = SpaceDay()
    page.enter(1, 5)
    page.close()
    page.leave(2, 2)
    assert (page.entered, page.left, page.count, page.minutes) == (5, 2, 3, {})


def test_anchor_stands_at_the_nearest_end_of_a_minute() -> None:
    at = datetime(2026, 11, 23, 4, 10, 5, tzinfo=UTC)
    minute = int(at.timestamp()) // 60
    assert anchor_minute(at) == minute - 1
    assert anchor_minute(at.replace(second=45)) == minute
