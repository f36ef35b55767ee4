from msgspec import structs

from hub.counts.balance import Balance
from hub.counts.excess import Weeks
from hub.counts.lie import Lie, Suspicion
from hub.layout import Door, Layout, SpaceKind
from tests.hub.counts.test_book import BEGINS, DAYS, Pages, a_campus


def liars(pages: Pages, number: int = 0) -> list[Suspicion]:
    return list(a_balance(pages, number).liars())


def a_balance(pages: Pages, number: int = 0) -> Balance:
    weeks = Weeks(pages.spaces, DAYS[number], BEGINS[number], BEGINS[number] + 1440)
    return Balance(pages.counts, pages.doors, "a", DAYS[number], weeks)


def a_day(pages: Pages, number: int, found: float = 1.0, people: int = 300) -> None:
    """People through hall and room, of whom the room's door finds a share on the way in."""
    pages.walk((number, 10, "main", True, people))
    pages.walk((number, 20, "room", True, round(found * people)))
    pages.walk((number, 30, "room", False, people))
    pages.walk((number, 40, "main", False, people))


def test_day_that_balances_names_nobody() -> None:
    pages = Pages(a_campus())
    a_day(pages, 0)
    assert liars(pages) == []


def test_door_that_misses_a_third_on_the_way_in_drifts() -> None:
    pages = Pages(a_campus())
    a_day(pages, 0, found=0.67)
    (found,) = liars(pages)
    assert (found.door, found.lie, found.since) == ("room", Lie.DRIFTING, 40)
    assert 25 < found.score < 40


def test_door_that_tells_nobody_in_is_deaf() -> None:
    pages = Pages(a_campus())
    a_day(pages, 0, found=0.0)
    assert [(one.door, one.lie) for one in liars(pages)] == [("room", Lie.DEAF_IN)]


def test_few_who_were_missed_are_chance() -> None:
    pages = Pages(a_campus())
    a_day(pages, 0, found=0.8, people=30)
    assert liars(pages) == []


def test_two_doors_that_nothing_tells_apart_are_not_named() -> None:
    campus = a_campus()
    back = Door(id="back", node="back", channel="door", inner="room", outer="hall")
    pages = Pages(
        Layout(
            site=campus.site,
            names=campus.names,
            buildings=campus.buildings,
            spaces=campus.spaces,
            doors=(*campus.doors, back),
        )
    )
    a_day(pages, 0, found=0.67)
    pages.walk((0, 25, "back", True, 300))
    pages.walk((0, 35, "back", False, 300))
    assert liars(pages) == []


def test_of_two_entrances_the_one_that_has_become_deaf_is_named() -> None:
    campus = a_campus()
    back = Door(id="back", node="back", channel="door", inner="hall")
    pages = Pages(structs.replace(campus, doors=(*campus.doors, back)))
    for number in range(2):
        for door in ("main", "back"):
            pages.walk((number, 10, door, True, 300))
            if (number, door) != (1, "back"):
                pages.walk((number, 40, door, False, 300))
    assert [(one.door, one.lie) for one in liars(pages, 1)] == [("back", Lie.DEAF_OUT)]


def test_entrance_that_was_always_one_way_is_not_named() -> None:
    campus = a_campus()
    back = Door(id="back", node="back", channel="door", inner="hall")
    pages = Pages(structs.replace(campus, doors=(*campus.doors, back)))
    for number in range(2):
        pages.walk((number, 10, "back", True, 300))
        pages.walk((number, 10, "main", True, 100))
        pages.walk((number, 40, "main", False, 400 - 150 * number))
    assert liars(pages, 1) == []


def test_dormitory_has_no_night() -> None:
    pages = Pages(a_campus(SpaceKind.DORMITORY))
    pages.walk((0, 10, "main", True, 300))
    pages.walk((0, 20, "room", True, 300))
    assert liars(pages) == []


def test_key_changes_with_a_late_passage() -> None:
    pages = Pages(a_campus())
    a_day(pages, 0)
    a_day(pages, 1)
    before = a_balance(pages).key()
    assert a_balance(pages).key() == before
    pages.walk((0, 15, "room", True, 1))
    assert a_balance(pages).key() != before
