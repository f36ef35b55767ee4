from hypothesis import given
from hypothesis import strategies as st

from hub.layout import SensorKind
from hub.treatment import record
from hub.treatment.record import KEEP_CONTACTS, KEEP_MINUTES, RoomDay
from protocol.codec import encode
from protocol.events import Action, Proof, Task


def a_contact(day: RoomDay, at_ms: int, *, is_open: bool = True) -> int | None:
    kind = SensorKind.WINDOW
    return day.contact(at_ms, "n", "E", at_ms, sensor="w", kind=kind, is_open=is_open)


def a_treatment(day: RoomDay, at_ms: int, seq: int, task: Task = Task.AIRING) -> int | None:
    return day.treatment(at_ms, "n", "E", seq, task=task, action=Action.DONE, proof=Proof.TAG)


def test_repetition_changes_nothing() -> None:
    day = RoomDay()
    assert a_treatment(day, 5_000, 1) == 5_000
    assert a_treatment(day, 5_000, 1) is None
    assert len(day.marks) == 1


def test_two_meanings_of_one_event_end_in_one_whatever_came_first() -> None:
    one, other = RoomDay(), RoomDay()
    for day, tasks in ((one, (Task.AIRING, Task.SURFACES)), (other, (Task.SURFACES, Task.AIRING))):
        for task in tasks:
            a_treatment(day, 5_000, 1, task)
    assert one.marks == other.marks


def test_word_with_a_reason_is_a_confirmation() -> None:
    day = RoomDay()
    day.word(1_000, 1, task=Task.AIRING, action=Action.DONE, reason=" ")
    day.word(2_000, 2, task=Task.AIRING, action=Action.DONE, reason="a small room")
    assert [mark.how for mark in day.marks] == [record.WORD, record.CONFIRMED]


def test_contact_of_a_lamp_is_no_window() -> None:
    day = RoomDay()
    assert day.contact(1, "n", "E", 1, sensor="l", kind=SensorKind.LAMP, is_open=False) is None
    assert day.contacts == []


def test_windows_left_open_are_told_to_the_next_day() -> None:
    day = RoomDay()
    a_contact(day, 1)
    assert day.left_open(frozenset({"other"})) == {"w", "other"}
    a_contact(day, 2, is_open=False)
    assert day.left_open(frozenset({"w"})) == frozenset()


def test_chattering_contact_keeps_its_newest_changes() -> None:
    day = RoomDay()
    for at_ms in range(1, KEEP_CONTACTS + 1):
        a_contact(day, at_ms)
    assert a_contact(day, KEEP_CONTACTS + 1) == 1
    assert a_contact(day, 1) is None
    assert [day.contacts[0].at_ms, day.contacts[-1].at_ms] == [2, KEEP_CONTACTS + 1]


def test_air_keeps_the_highest_of_a_minute() -> None:
    day = RoomDay()
    assert day.air(7, 800.4) == 420_000
    assert day.air(7, 700.0) is None
    assert day.air(7, 900.0) == 420_000
    assert day.co2_ppm == {7: 900}


def test_air_keeps_a_day_of_minutes() -> None:
    day = RoomDay()
    for minute in range(KEEP_MINUTES + 1):
        day.air(minute, 500.0)
    assert min(day.co2_ppm) == 1
    assert day.air(0, 500.0) is None


def test_closed_day_forgets_and_takes_nothing() -> None:
    day = RoomDay()
    a_contact(day, 1)
    day.air(1, 500.0)
    a_treatment(day, 1, 1)
    day.close()
    assert (a_contact(day, 2), day.air(2, 500.0), a_treatment(day, 2, 2)) == (None, None, None)
    assert (day.marks, day.contacts, day.co2_ppm) == ([], [], {})


@given(st.permutations([(at, at % 3) for at in range(8)]))
def test_any_order_gives_one_record(order: list[tuple[int, int]]) -> None:
    def told(some: list[tuple[int, int]]) -> bytes:
        day = RoomDay()
        for at, kind in some:
            a_contact(day, at, is_open=bool(kind))
            a_treatment(day, at, at)
            day.hold(at, at, on=bool(kind))
        return encode(day)

    assert told(order) == told(sorted(order))
