import random
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.counts.book import Counts
from hub.counts.door_day import DoorDay
from hub.counts.learning import Interval
from hub.counts.lessons import BuildingBook, Lessons
from hub.counts.space_day import AnchorKind, SpaceDay
from hub.layout import OUTSIDE, Building, Door, Layout, Names, Space, SpaceKind

NAMES = Names(kk="А", ru="А", en="A")
#: Monday to Friday, and the Monday after.
DAYS = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30"]
#: The minute at which each begins.
BEGINS = [0, 1440, 2880, 4320, 5760, 10080]
#: A walk: day, minute, door, inwards, people.
Walk = tuple[int, int, str, bool, int]
walks = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 200),
        st.sampled_from(["main", "room"]),
        st.booleans(),
        st.integers(1, 5),
    ),
    max_size=40,
)
recounts = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 200), st.integers(0, 30)), max_size=4)


def a_space(name: str, kind: SpaceKind = SpaceKind.CLASSROOM) -> Space:
    return Space(id=name, building="a", kind=kind, code=name, floor=1, area_m2=100.0, names=NAMES)


def a_campus(kind: SpaceKind = SpaceKind.CLASSROOM) -> Layout:
    return Layout(
        site="test",
        names=NAMES,
        buildings=(Building(id="a", names=NAMES),),
        spaces=(a_space("hall", SpaceKind.HALL), a_space("room", kind)),
        doors=(
            Door(id="main", node="main", channel="door", inner="hall"),
            Door(id="room", node="room", channel="door", inner="room", outer="hall"),
        ),
    )


class Pages:
    """Pages and the book on them, written as the fold of the campus does it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.spaces: dict[str, dict[str, SpaceDay]] = {}
        self.doors: dict[str, dict[str, DoorDay]] = {}
        self.books: dict[str, BuildingBook] = {}
        self.counts = Counts(layout, self.spaces, self.doors, self.books)

    def walk(self, walk: Walk) -> None:
        number, minute, name, is_in, people = walk
        day, minute = DAYS[number], BEGINS[number] + minute
        door = next(one for one in self.layout.doors if one.id == name)
        page = self.doors.setdefault(name, {}).setdefault(day, DoorDay())
        (page.enter if is_in else page.leave)(minute, people)
        to, back = (door.inner, door.outer) if is_in else (door.outer, door.inner)
        if to != OUTSIDE:
            self.page(to, day).enter(minute, people)
        if back != OUTSIDE:
            self.page(back, day).leave(minute, people)
        self.counts.passed(door, day, minute)

    def recount(self, number: int, minute: int, people: int, space: str = "room") -> None:
        day, minute = DAYS[number], BEGINS[number] + minute
        self.page(space, day).anchor(minute, people, AnchorKind.RECOUNT, f"{minute}-{people}")
        self.counts.anchored(space, day, minute)

    def page(self, space: str, day: str) -> SpaceDay:
        return self.spaces.setdefault(space, {}).setdefault(day, SpaceDay())


@settings(deadline=None)
@given(walks, recounts, st.randoms())
def test_any_order_and_any_asking_between_give_the_same_estimates(
    some: list[Walk], counted: list[tuple[int, int, int]], chance: random.Random
) -> None:
    straight, shuffled = Pages(a_campus()), Pages(a_campus())
    for walk in sorted(some):
        straight.walk(walk)
    for recount in sorted(counted):
        straight.recount(*recount)
    happenings = [partial(shuffled.walk, walk) for walk in some]
    happenings += [partial(shuffled.recount, *recount) for recount in counted]
    chance.shuffle(happenings)
    for happen in happenings:
        shuffled.counts.estimate("room", DAYS[2], 2880 + 100)
        shuffled.counts.estimate("hall", DAYS[2], 2880 + 300)
        happen()
    for space in ("room", "hall"):
        found = straight.counts.estimate(space, DAYS[2], 2880 + 300)
        other = shuffled.counts.estimate(space, DAYS[2], 2880 + 300)
        assert (found.count, found.low, found.high) == (other.count, other.low, other.high)
        assert found.mean == pytest.approx(other.mean)
    for door in ("main", "room"):
        assert straight.counts.error("hall", door).bias == pytest.approx(
            shuffled.counts.error("hall", door).bias
        )


def test_restart_from_a_snapshot_estimates_the_same() -> None:
    pages = Pages(a_campus())
    for number in range(3):
        pages.walk((number, 10, "main", True, 300))
        pages.walk((number, 20, "main", False, 280))
    again = Pages(a_campus())
    spaces, doors = msgspec.json.encode(pages.spaces), msgspec.json.encode(pages.doors)
    again.spaces.update(msgspec.json.decode(spaces, type=dict[str, dict[str, SpaceDay]]))
    again.doors.update(msgspec.json.decode(doors, type=dict[str, dict[str, DoorDay]]))
    again.counts = Counts(again.layout, again.spaces, again.doors, again.books)
    assert again.counts.estimate("hall", DAYS[2], 5000) == pages.counts.estimate("hall", DAYS[2], 5000)
    assert again.counts.error("hall", "main") == pages.counts.error("hall", "main")


def test_night_teaches_when_the_next_day_begins() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "main", True, 1000))
    pages.walk((0, 20, "main", False, 1020))
    assert pages.counts.error("hall", "main").days == 0
    pages.walk((1, 10, "main", True, 1))
    assert pages.counts.error("hall", "main").bias > 0.005


def test_closed_days_have_taught_what_they_taught_open() -> None:
    pages = Pages(a_campus())
    for number in range(4):
        pages.walk((number, 10, "main", True, 1000))
        pages.walk((number, 20, "main", False, 1015))
    open_error = pages.counts.error("hall", "main")
    pages.counts.close_before(DAYS[2])
    assert pages.spaces["hall"][DAYS[1]].is_closed
    assert not pages.spaces["hall"][DAYS[2]].is_closed
    assert pages.counts.error("hall", "main") == open_error
    assert pages.books["a"].until == DAYS[1]


def test_late_passage_of_an_open_day_is_learned_from() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "main", True, 1000))
    pages.walk((0, 20, "main", False, 980))
    pages.walk((1, 10, "main", True, 1))
    before = pages.counts.error("hall", "main").bias
    pages.walk((0, 21, "main", False, 20))
    after = pages.counts.error("hall", "main").bias
    assert before < -0.005
    assert after == pytest.approx(0.0, abs=1e-9)


def test_recount_sets_the_count_and_its_band() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "room", True, 20))
    pages.recount(0, 30, 23)
    found = pages.counts.estimate("room", DAYS[0], 40)
    assert (found.count, found.low, found.high) == (23, 22, 24)
    assert pages.counts.estimate("room", DAYS[0], 20).count == 20


def test_dormitory_is_not_empty_at_night() -> None:
    pages = Pages(a_campus(SpaceKind.DORMITORY))
    assert not pages.counts.estimate("room", DAYS[0], 5).is_anchored
    pages.recount(0, 5, 40)
    pages.walk((0, 10, "room", False, 10))
    pages.walk((1, 10, "room", True, 5))
    found = pages.counts.estimate("room", DAYS[1], 1440 + 20)
    assert found.count == 35
    assert found.is_anchored


def test_closed_days_of_a_dormitory_leave_what_it_held() -> None:
    pages = Pages(a_campus(SpaceKind.DORMITORY))
    pages.recount(0, 5, 40)
    for number in range(5):
        pages.walk((number, 10, "room", False, 2))
        pages.walk((number, 20, "room", True, 1))
    before = pages.counts.estimate("room", DAYS[4], 4 * 1440 + 30)
    pages.counts.close_before(DAYS[3])
    after = pages.counts.estimate("room", DAYS[4], 4 * 1440 + 30)
    assert before.count == 35
    assert after.count == before.count
    assert after.variance == pytest.approx(before.variance, rel=0.3)


def test_intervals_of_an_ended_day_run_from_night_to_night() -> None:
    pages = Pages(a_campus())
    pages.walk((0, 10, "main", True, 30))
    pages.walk((0, 20, "main", False, 33))
    lessons = Lessons(pages.layout, pages.spaces, pages.doors, pages.books)
    (found,) = lessons.intervals("a", DAYS[0], is_over=True)
    assert isinstance(found, Interval)
    assert (found.space, found.residual, found.doors) == ("hall", 3.0, (("main", 1), ("room", -1)))
    assert lessons.intervals("a", DAYS[0], is_over=False) == []
