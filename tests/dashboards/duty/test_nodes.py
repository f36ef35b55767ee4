"""Nodes and doors: what needs somebody first, holes where nobody was heard, nothing that is not known."""

from dashboards.duty.nodes import STRIP_SLOTS, Run, strip_of
from hub.store.heartbeats import SLOT_MIN, Beat, Heartbeats, write_beats
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.conftest import Guest
from tests.fakes.edge import FakeClock

FULL = 2**SLOT_MIN - 1


def test_strip_shows_what_was_heard_a_hole_and_where_nobody_watched() -> None:
    newest = 1000
    first = newest - STRIP_SLOTS + 1
    masks = {slot: FULL for slot in range(first, newest + 1)}
    masks[first + 5] = 0
    masks[first + 6] = 0b11111
    awake = set(masks) - {first + 100, first + 101}
    runs = strip_of(masks, awake, newest)
    assert runs == (
        Run(0, 5, 1.0),
        Run(5, 1, 0.0),
        Run(6, 1, 0.5),
        Run(7, 93, 1.0),
        Run(100, 2, None),
        Run(102, STRIP_SLOTS - 102, 1.0),
    )


def test_nodes_page_puts_what_is_silent_first_and_says_what_to_check(
    guard: Guest, campus: CampusBoard
) -> None:
    campus.calm()
    campus.watched()
    campus.node("floor-a1-2", "silent", 7)
    text = guard.get("/nodes").text
    places = [text.index(f'id="node-{name}"') for name in ("floor-a1-2", "entrance-a")]
    assert places == sorted(places)
    assert "Қуатын 10 секундқа ажыратып" in text
    assert "Соңғы 48 сағат; үнсіздік: 100 мин" in text


def test_silent_hub_leaves_no_node_well_and_no_door_believed(
    guard: Guest, campus: CampusBoard, clock: FakeClock
) -> None:
    campus.calm()
    campus.watched()
    clock.advance(13.0)
    nodes, doors = guard.get("/nodes").text, guard.get("/doors").text
    assert "байланыста ·" not in nodes
    assert "Есеп түгел" not in nodes
    assert "93 %" not in doors


def test_ledger_that_does_not_close_says_how_many_are_missing(guard: Guest, campus: CampusBoard) -> None:
    campus.calm()
    campus.ledger(produced=100, stored=90, rejected=1, pending=2, dropped=0)
    assert "7 оқиға түгел емес" in guard.get("/nodes").text


def test_door_that_lies_stands_first_with_what_to_do(guard: Guest, campus: CampusBoard) -> None:
    campus.calm()
    campus.watched()
    text = guard.get("/doors").text
    rows = text.split("<tr")[2:]
    assert "✕" in rows[0]
    assert "бағытын аударыңыз" in rows[0]
    assert all("✕" not in row for row in rows[1:])


def test_heartbeats_of_a_slot_are_written_over_and_old_slots_go(campus: CampusBoard) -> None:
    beats = Heartbeats(campus.engine)
    with campus.engine.begin() as connection:
        write_beats(connection, [Beat("n", 10, 1), Beat("n", 11, 1)])
        write_beats(connection, [Beat("n", 11, 3)])
    assert beats.since(0) == [Beat("n", 10, 1), Beat("n", 11, 3)]
    with campus.engine.begin() as connection:
        write_beats(connection, [Beat("n", 11 + 432, 1)])
    assert [beat.slot for beat in beats.since(0)] == [11, 443]


def test_age_is_said_in_whole_units(guard: Guest, campus: CampusBoard, clock: FakeClock) -> None:
    campus.calm()
    campus.node("floor-a1-2", "silent", 7)
    assert "7 мин бұрын" in guard.get("/nodes").text


def test_kind_of_a_channel_is_said_in_words_and_its_id_is_code(guard: Guest, campus: CampusBoard) -> None:
    campus.calm()
    campus.watched()
    assert "<code>main</code> (екі сәуле)" in guard.get("/nodes").text
