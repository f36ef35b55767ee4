from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.agenda import Agenda
from tests.builders import at


def test_agenda_gives_what_is_due_once_and_in_order() -> None:
    agenda = Agenda[str]()
    agenda.put("late", at(20))
    agenda.put("early", at(10))
    assert agenda.due(at(9)) == []
    assert agenda.due(at(30)) == ["early", "late"]
    assert agenda.due(at(99)) == []


def test_agenda_keeps_the_newest_instant_of_a_key() -> None:
    agenda = Agenda[str]()
    agenda.put("room", at(10))
    agenda.put("room", at(50))
    assert agenda.due(at(20)) == []
    assert agenda.due(at(50)) == ["room"]


def test_agenda_asked_for_no_later_than_keeps_the_earlier() -> None:
    agenda = Agenda[str]()
    agenda.put_by("room", at(10))
    agenda.put_by("room", at(50))
    assert agenda.next() == at(10)


def test_agenda_moves_with_the_wall_clock() -> None:
    agenda = Agenda[str]()
    agenda.put("room", at(10))
    agenda.shift(timedelta(hours=1))
    assert agenda.due(at(10)) == []
    assert agenda.due(at(3610)) == ["room"]


def test_agenda_forgets_what_was_dropped() -> None:
    agenda = Agenda[str]()
    agenda.put("room", at(10))
    agenda.drop("room")
    assert agenda.next() is None
    assert agenda.due(at(10)) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=400))
def test_agenda_is_a_dictionary_of_instants(puts: list[tuple[int, int]]) -> None:
    agenda, plain = Agenda[int](), dict(puts)
    for key, second in puts:
        agenda.put(key, at(second))
    due = {key for key, second in plain.items() if second <= 50}
    assert set(agenda.due(at(50))) == due
    assert len(agenda) == len(plain) - len(due)
