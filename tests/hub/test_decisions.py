"""What is the same decision again, and what is another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import opened, people_url
from hub.store.decisions import REPEAT_MS, Decisions
from hub.store.schema import people as people_tables

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")


@pytest.fixture
def decisions(tmp_path: Path) -> Iterator[Decisions]:
    with opened(people_url(tmp_path), people_tables) as store:
        yield Decisions(store)


def test_two_people_who_count_the_same_within_a_minute_have_counted_twice(decisions: Decisions) -> None:
    first = decisions.add("recount", "a-204", "Aset", 1_000, b'{"count":12}')
    second = decisions.add("recount", "a-204", "Dana", 30_000, b'{"count":12}')
    assert (first.id, second.id, second.who) == (1, 2, "Dana")
    assert [one.who for one in decisions.since(0)] == ["Aset", "Dana"]


def test_double_tap_of_one_person_is_one_count(decisions: Decisions) -> None:
    decisions.add("recount", "a-204", "Aset", 1_000, b'{"count":12}')
    decisions.add("recount", "a-204", "Dana", 1_500, b'{"count":12}')
    again = decisions.add("recount", "a-204", "Aset", 2_000, b'{"count":12}')
    assert (again.id, len(decisions.since(0))) == (1, 2)


def test_same_count_of_one_person_a_minute_later_is_another(decisions: Decisions) -> None:
    decisions.add("recount", "a-204", "Aset", 1_000, b'{"count":12}')
    assert decisions.add("recount", "a-204", "Aset", 1_000 + REPEAT_MS, b'{"count":12}').id == 2


def test_alert_is_taken_by_whoever_was_first(decisions: Decisions) -> None:
    decisions.add("ack", "alert-1", "Aset", 1_000)
    assert decisions.add("ack", "alert-1", "Dana", 1_500).who == "Aset"


def test_both_who_hand_over_and_take_a_shift_sign(decisions: Decisions) -> None:
    first = decisions.add("shift", "day", "Aset", 1_000)
    second = decisions.add("shift", "day", "Dana", 30_000)
    assert (second.id, second.who) == (first.id + 1, "Dana")
