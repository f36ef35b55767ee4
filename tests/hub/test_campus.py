import random
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.campus import Campus
from hub.layout import OUTSIDE, Door
from protocol.events import AnyEvent, Direction, Verdict
from tests.builders import (
    EPOCH,
    MORNING,
    OTHER_EPOCH,
    a_fault,
    a_layout,
    a_passage,
    a_recovery,
    a_screening,
    an_exit,
    at,
    observed,
)

ENTRANCE, ROOM = "entrance", "room-node"


def campus_after(*seen: tuple[str, AnyEvent]) -> Campus:
    campus = Campus(a_layout())
    for position, (node, event) in enumerate(seen, 1):
        campus.observe(observed(event, node=node, position=position))
    return campus


def test_person_through_two_doors_is_in_the_room_and_not_in_the_hall() -> None:
    campus = campus_after((ENTRANCE, a_passage(channel="main")), (ROOM, a_passage()))
    assert campus.today("hall", MORNING).count == 0
    assert campus.today("room", MORNING).count == 1


def test_people_walking_abreast_are_all_counted() -> None:
    assert campus_after((ROOM, a_passage(people=3))).today("room", MORNING).count == 3


def test_exit_at_zero_is_a_missed_entry_and_never_a_negative_count() -> None:
    page = campus_after((ROOM, an_exit()), (ROOM, a_passage(at=at(60)))).today("room", MORNING)
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
    campus.observe(observed(an_exit(), node="back"))
    assert campus.today("hall", MORNING).count == 1


def test_fault_goes_on_until_it_is_recovered() -> None:
    campus = campus_after((ROOM, a_fault()))
    assert campus.is_faulty(ROOM, "door")
    campus.observe(observed(a_recovery(2)))
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
        campus.observe(observed(a_passage(at=at(i), direction=direction, people=people)))
    page = campus.today("room", MORNING)
    assert page.count >= 0
    assert page.entered == sum(people for goes_in, people in walks if goes_in)
    assert page.left == sum(people for goes_in, people in walks if not goes_in)
    low, high = page.band()
    assert 0 <= low <= page.count <= high


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(1, 4)), max_size=40), st.randoms())
def test_any_order_of_arrival_gives_the_same_count(
    walks: list[tuple[int, bool, int]], chance: random.Random
) -> None:
    passages = [
        a_passage(i, at=at(60 * minute), direction=Direction.IN if goes_in else Direction.OUT, people=people)
        for i, (minute, goes_in, people) in enumerate(walks, 1)
    ]
    shuffled = list(passages)
    chance.shuffle(shuffled)
    in_order = campus_after(*((ROOM, passage) for passage in sorted(passages, key=lambda one: one.at)))
    in_disorder = campus_after(*((ROOM, passage) for passage in shuffled))
    for space in ("room", "hall"):
        one, other = in_order.today(space, MORNING), in_disorder.today(space, MORNING)
        assert (one.count, one.raw, one.missed) == (other.count, other.raw, other.missed)


def test_backlog_of_entries_after_live_exits_leaves_an_empty_room() -> None:
    exits = [(ROOM, an_exit(i, at=at(600 + i))) for i in range(11, 21)]
    entries = [(ROOM, a_passage(i, at=at(i))) for i in range(1, 11)]
    page = campus_after(*exits, *entries).today("room", MORNING)
    assert (page.count, page.missed) == (0, 0)


def test_event_from_the_future_is_kept_aside_and_evicts_nobody() -> None:
    campus = campus_after((ROOM, a_passage(people=14)))
    for day in range(2, 200):
        ahead = a_passage(day, at=MORNING + timedelta(days=day))
        campus.observe(observed(ahead, received=MORNING))
    assert campus.today("room", MORNING).count == 14
    assert campus.state.ahead == 198


def test_day_long_past_keeps_its_sums_when_more_comes_late() -> None:
    days = [(ROOM, a_passage(i, at=MORNING + timedelta(days=i))) for i in range(1, 10)]
    late = (ROOM, an_exit(11, at=MORNING + timedelta(days=1), people=3))
    page = campus_after(*days, late).today("room", MORNING + timedelta(days=1))
    assert (page.entered, page.left, page.count, page.missed) == (1, 3, 0, 2)


def test_recovery_that_arrives_before_its_fault_is_still_the_last_word() -> None:
    campus = campus_after((ROOM, a_recovery(2)), (ROOM, a_fault(1)))
    assert not campus.is_faulty(ROOM, "door")


def test_new_outbox_of_a_node_forgets_its_old_faults() -> None:
    campus = campus_after((ROOM, a_fault(7)))
    campus.observe(observed(a_recovery(1, component="clock"), epoch=OTHER_EPOCH))
    assert not campus.is_faulty(ROOM, "door")
    campus.observe(observed(a_fault(9)))
    assert not campus.is_faulty(ROOM, "door"), "the old outbox speaks of the past"


def test_fault_of_an_outbox_older_than_are_remembered_is_passed_over() -> None:
    campus = campus_after((ROOM, a_fault(1)))
    for life in range(1, 9):
        event = a_fault(1, at=at(-life), channel="window")
        campus.observe(observed(event, epoch=f"{life:026}"))
    assert campus.is_faulty(ROOM, "door")
    assert not campus.is_faulty(ROOM, "window")


def test_faults_of_strangers_are_counted_and_not_kept() -> None:
    campus = campus_after(*[("stranger", a_fault(i, component=f"c{i}")) for i in range(1, 50)])
    assert campus.state.unplaced == 49
    assert campus.state.nodes == {}


def test_fault_of_a_channel_that_is_no_door_is_a_fault_of_its_node() -> None:
    campus = campus_after((ROOM, msgspec.structs.replace(a_fault(1), channel="window")))
    assert campus.is_faulty(ROOM, "window")
    assert not campus.is_faulty(ROOM, "door")


def test_faults_of_channels_without_end_are_not_all_kept() -> None:
    endless = [msgspec.structs.replace(a_fault(i), channel=f"c{i}") for i in range(1, 500)]
    campus = campus_after(*[(ROOM, fault) for fault in endless], (ROOM, a_fault(500)))
    assert len(campus.state.nodes[ROOM][EPOCH].faults) < 120
    assert campus.is_faulty(ROOM, "door")
