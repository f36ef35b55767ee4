import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.counts.lie import Lie, Suspicion
from hub.counts.suspicion import Suspects
from tests.hub.counts.test_book import BEGINS, DAYS, Pages, Walk, a_campus, walks


def suspects_of(pages: Pages, minute: int, *, number: int = 0, is_over: bool = False) -> list[Suspicion]:
    suspects = Suspects(pages.layout, pages.counts, pages.spaces, pages.doors)
    begins = BEGINS[number]
    return suspects.find("a", DAYS[number], begins, begins + minute, is_over=is_over)


def a_lesson(pages: Pages, number: int, minute: int, people: int) -> None:
    """People come through hall and door, and leave the same way."""
    pages.walk((number, minute, "main", True, people))
    pages.walk((number, minute + 1, "room", True, people))
    pages.walk((number, minute + 40, "room", False, people))
    pages.walk((number, minute + 41, "main", False, people))


def test_sound_doors_are_not_suspected() -> None:
    pages = Pages(a_campus())
    a_lesson(pages, 0, 10, 30)
    pages.walk((0, 60, "room", False, 1))
    assert suspects_of(pages, 100, is_over=True) == []


def test_swapped_door_is_named_after_one_lesson() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "main", True, 30))
    pages.walk((0, 11, "room", False, 30))
    (found,) = suspects_of(pages, 20)
    assert (found.door, found.lie, found.since) == ("room", Lie.SWAPPED, 11)
    assert found.score > 15


def test_door_swapped_at_noon_is_named_too() -> None:
    pages = Pages(a_campus())
    a_lesson(pages, 0, 10, 30)
    pages.walk((0, 100, "main", True, 30))
    pages.walk((0, 101, "room", False, 30))
    (found,) = suspects_of(pages, 110)
    assert (found.door, found.lie) == ("room", Lie.SWAPPED)


def test_swapped_entrance_is_named_and_not_the_room() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "main", False, 60))
    pages.walk((0, 11, "room", True, 30))
    (found,) = suspects_of(pages, 20)
    assert found.door == "main"


def test_entrance_that_sees_nobody_is_named_by_those_who_walk_on() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 11, "room", True, 30))
    (found,) = suspects_of(pages, 20)
    assert (found.door, found.lie) == ("main", Lie.BLIND)


def test_entrance_that_misses_everybody_on_the_way_in_is_deaf() -> None:
    pages = Pages(a_campus())
    for minute in (10, 20):
        pages.walk((0, minute, "room", True, 30))
        pages.walk((0, minute + 1, "room", False, 30))
        pages.walk((0, minute + 2, "main", False, 30))
    found = suspects_of(pages, 1439, is_over=True)
    assert [one.door for one in found] == ["main"]


def test_blind_door_of_a_room_is_missed() -> None:
    pages = Pages(a_campus())
    for number in range(6):
        for minute in range(480, 960, 60):
            pages.walk((number, minute, "main", True, 100))
            pages.walk((number, minute + 5, "main", False, 100))
    for number in range(5):
        for minute in range(480, 960, 60):
            a_lesson(pages, number, minute, 30)
    for minute in range(480, 960, 60):
        pages.walk((5, minute, "main", True, 30))
        pages.walk((5, minute + 41, "main", False, 30))
    found = suspects_of(pages, 960, number=5)
    assert [(one.door, one.lie) for one in found] == [("room", Lie.BLIND)]


def two_lessons(pages: Pages, number: int, *, is_seen: bool = True, is_held: bool = True) -> None:
    """Two lessons, and a few people who come to the hall all day."""
    for minute in range(480, 960, 30):
        pages.walk((number, minute, "main", True, 5))
        pages.walk((number, minute + 29, "main", False, 5))
    for minute in (600, 720) if is_held else ():
        pages.walk((number, minute, "main", True, 30))
        pages.walk((number, minute + 61, "main", False, 30))
        if is_seen:
            pages.walk((number, minute + 1, "room", True, 30))
            pages.walk((number, minute + 60, "room", False, 30))


def test_door_is_blind_if_those_who_are_missing_behind_it_stay_beside_it() -> None:
    pages = Pages(a_campus())
    for number in range(5):
        two_lessons(pages, number)
    two_lessons(pages, 5, is_seen=False)
    assert [(one.door, one.lie) for one in suspects_of(pages, 900, number=5)] == [("room", Lie.BLIND)]


def test_lessons_that_do_not_take_place_leave_their_door_sound() -> None:
    pages = Pages(a_campus())
    for number in range(5):
        two_lessons(pages, number)
    two_lessons(pages, 5, is_held=False)
    assert suspects_of(pages, 900, number=5) == []


def test_busy_entrance_that_falls_silent_is_blind_within_minutes() -> None:
    pages = Pages(a_campus())
    for number in range(6):
        for minute in range(480, 660 if number < 5 else 580):
            pages.walk((number, minute, "main", True, 3))
            pages.walk((number, minute, "main", False, 3))
    pages.walk((5, 585, "room", True, 35))
    assert Lie.BLIND not in [one.lie for one in suspects_of(pages, 588, number=5)]
    assert [(one.door, one.lie) for one in suspects_of(pages, 595, number=5)] == [("main", Lie.BLIND)]


def test_door_with_a_bias_beyond_use_drifts() -> None:
    pages = Pages(a_campus())
    for number in range(5):
        pages.walk((number, 10, "main", True, 930))
        pages.walk((number, 20, "main", False, 1000))
    found = suspects_of(pages, 15, number=4)
    assert Lie.DRIFTING in [one.lie for one in found if one.door == "main"]


def test_door_that_missed_many_one_way_is_suspected_until_the_next_night() -> None:
    pages = Pages(a_campus())
    for number in range(2):
        pages.walk((number, 10, "main", True, 300))
        pages.walk((number, 20, "room", True, 200 + 100 * number))
        pages.walk((number, 30, "room", False, 200))
        pages.walk((number, 31, "main", False, 300))
    pages.walk((0, 32, "room", False, 70))
    assert Lie.DRIFTING in [one.lie for one in suspects_of(pages, 35, number=1) if one.door == "room"]


def test_names_do_not_depend_on_what_was_asked_before() -> None:
    pages = Pages(a_campus())
    suspects = Suspects(pages.layout, pages.counts, pages.spaces, pages.doors)
    pages.walk((0, 10, "main", True, 300))
    pages.walk((0, 31, "main", False, 300))
    pages.walk((1, 10, "main", True, 1))
    assert suspects.find("a", DAYS[1], BEGINS[1], BEGINS[1] + 20) == []
    # A late passage of the day before.
    pages.walk((0, 15, "main", True, 100))
    again = suspects.find("a", DAYS[1], BEGINS[1], BEGINS[1] + 20)
    assert [one.door for one in again] == ["main"]
    assert again == suspects_of(pages, 20, number=1)


@settings(deadline=None, max_examples=50)
@given(walks, st.randoms())
def test_any_order_names_the_same_doors(some: list[Walk], chance: random.Random) -> None:
    straight, shuffled = Pages(a_campus()), Pages(a_campus())
    crowds = [(number, minute, door, is_in, 20 * people) for number, minute, door, is_in, people in some]
    for walk in sorted(crowds):
        straight.walk(walk)
    chance.shuffle(crowds)
    for walk in crowds:
        shuffled.walk(walk)
    for number in range(3):
        assert suspects_of(straight, 300, number=number) == suspects_of(shuffled, 300, number=number)
