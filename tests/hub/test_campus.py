from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.campus import Campus
from hub.layout import OUTSIDE, Door
from protocol.events import AnyEvent, Direction, Verdict
from tests.builders import MORNING, a_fault, a_layout, a_passage, a_recovery, a_screening, an_exit, at

ENTRANCE, ROOM = "entrance", "room-node"


def campus_after(*seen: tuple[str, AnyEvent]) -> Campus:
    campus = Campus(a_layout())
    for position, (node, event) in enumerate(seen, 1):
        campus.observe(node, event, position)
    return campus


def test_person_through_two_doors_is_in_the_room_and_not_in_the_hall() -> None:
    campus = campus_after((ENTRANCE, a_passage(channel="main")), (ROOM, a_passage()))
    assert campus.today("hall", MORNING).count == 0
    assert campus.today("room", MORNING).count == 1


def test_people_walking_abreast_are_all_counted() -> None:
    assert campus_after((ROOM, a_passage(people=3))).today("room", MORNING).count == 3


def test_exit_at_zero_is_a_missed_entry_and_never_a_negative_count() -> None:
    page = campus_after((ROOM, an_exit()), (ROOM, a_passage())).today("room", MORNING)
    assert (page.count, page.raw, page.missed) == (1, 0, 1)


def test_clamp_free_count_keeps_the_truth_of_the_beams() -> None:
    page = campus_after((ROOM, an_exit(people=5))).today("room", MORNING)
    assert (page.count, page.raw) == (0, -5)


def test_campus_day_begins_at_four_in_the_morning() -> None:
    last_night = MORNING.replace(hour=22, minute=59) - timedelta(days=1)  # 03:59 in Almaty
    campus = campus_after((ROOM, a_passage(at=last_night)))
    assert campus.today("room", MORNING).count == 0
    assert campus.today("room", last_night).count == 1


def test_late_passage_corrects_its_own_day_and_not_today() -> None:
    yesterday = MORNING - timedelta(days=1)
    campus = campus_after((ROOM, a_passage()), (ROOM, a_passage(at=yesterday, people=7)))
    assert campus.today("room", MORNING).count == 1
    assert campus.today("room", yesterday).count == 7


def test_channel_that_no_door_names_is_counted_as_unplaced() -> None:
    campus = campus_after((ROOM, a_passage(channel="window")), ("stranger", a_passage()))
    assert campus.state.unplaced == 2
    assert campus.today("room", MORNING).count == 0


def test_door_that_opens_the_other_way_is_read_the_other_way() -> None:
    back = Door(id="back", node="back", channel="door", inner=OUTSIDE, outer="hall")
    campus = Campus(a_layout(doors=(back,), posts=()))
    campus.observe("back", an_exit(), 1)
    assert campus.today("hall", MORNING).count == 1


def test_fault_goes_on_until_it_is_recovered() -> None:
    campus = campus_after((ROOM, a_fault()))
    assert campus.is_faulty(ROOM, "door")
    campus.observe(ROOM, a_recovery(), 2)
    assert not campus.is_faulty(ROOM, "door")


def test_screening_keeps_verdicts_by_day_and_no_temperature() -> None:
    campus = campus_after(
        (ENTRANCE, a_screening(verdict=Verdict.PASS, skin_c=35.123)),
        (ENTRANCE, a_screening(verdict=Verdict.ELEVATED, skin_c=36.789)),
    )
    book = campus.state.posts["post"]
    assert book.verdicts == {"2026-11-23": {"pass": 1, "elevated": 1}}
    assert "36.789" not in repr(campus.state)


def test_band_widens_with_every_crossing() -> None:
    quiet = campus_after((ROOM, a_passage(people=10))).today("room", MORNING)
    busy = campus_after((ROOM, a_passage(people=90)), (ROOM, an_exit(people=80))).today("room", MORNING)
    assert quiet.count == busy.count == 10
    assert quiet.band()[0] > busy.band()[0]
    assert quiet.band()[1] < busy.band()[1]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=60))
def test_count_is_never_negative_and_never_forgets(walks: list[tuple[bool, int]]) -> None:
    campus = Campus(a_layout())
    for i, (goes_in, people) in enumerate(walks):
        direction = Direction.IN if goes_in else Direction.OUT
        campus.observe(ROOM, a_passage(at=at(i), direction=direction, people=people), i + 1)
    page = campus.today("room", MORNING)
    assert page.count >= 0
    assert page.entered == sum(people for goes_in, people in walks if goes_in)
    assert page.left == sum(people for goes_in, people in walks if not goes_in)
    low, high = page.band()
    assert 0 <= low <= page.count <= high
