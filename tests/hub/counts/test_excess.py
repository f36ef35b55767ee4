from math import log

from hub.counts.excess import Weeks, through_unseen
from hub.counts.space_day import SpaceDay

#: Two lessons of 28 that are missing behind a door, and as many people too many beside it.
LESSONS = [0, 0, 0, 28, 28, 0, 0, 28, 28, 0, 0, 0]
GONE = [-one for one in LESSONS]
CHANCE = [1, -2, 0, 3, -1, -3, 2, 2, -2, 1, 0, 3]
WEEK_MIN = 7 * 1440


def added(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def a_lesson(begins: int, people: int = 30) -> SpaceDay:
    page = SpaceDay()
    page.enter(begins + 600, people)
    page.leave(begins + 660, people)
    return page


def test_people_who_are_missing_behind_a_door_and_found_beside_it_went_through() -> None:
    assert through_unseen(added(CHANCE, LESSONS), GONE, 2) > log(1e3)


def test_lessons_that_did_not_take_place_say_the_opposite() -> None:
    assert through_unseen(CHANCE, GONE, 2) < -log(1e3)


def test_space_that_is_always_different_says_little() -> None:
    wild = [40, -30, 25, -45, 60, -20, 35, -50, 15, 30, -35, 20]
    assert abs(through_unseen(added(wild, LESSONS), GONE, 2)) < log(20)


def test_what_was_before_the_silence_is_not_moved() -> None:
    before = [-9, -9, -9, -9, -9, -9, 0, 0, 0, 0, 0, 0]
    assert through_unseen(CHANCE, before, 6) == 0.0


def test_space_is_held_against_the_same_day_a_week_before() -> None:
    begins = WEEK_MIN
    pages = {"hall": {"2026-11-23": a_lesson(0), "2026-11-30": a_lesson(begins, 40)}}
    more = Weeks(pages, "2026-11-30", begins, begins + 720).more("hall")
    assert more == [0] * 20 + [10, 10, 0, 0]


def test_closed_day_says_what_it_said_open() -> None:
    pages = {"hall": {"2026-11-23": a_lesson(0)}}
    before = Weeks(pages, "2026-11-30", WEEK_MIN, WEEK_MIN + 720).more("hall")
    pages["hall"]["2026-11-23"].close()
    assert pages["hall"]["2026-11-23"].minutes == {}
    assert Weeks(pages, "2026-11-30", WEEK_MIN, WEEK_MIN + 720).more("hall") == before


def test_first_week_is_held_against_nothing() -> None:
    pages = {"hall": {"2026-11-29": a_lesson(WEEK_MIN - 1440)}}
    assert Weeks(pages, "2026-11-30", WEEK_MIN, WEEK_MIN + 720).more("hall") is None
