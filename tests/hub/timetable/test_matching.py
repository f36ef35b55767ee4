import pytest

from hub.timetable.matching import RoomNames, fold_room
from tests.hub.timetable.weeks import a_room


def names() -> RoomNames:
    spaces = [
        a_room("a-204", code="A-204", timetable_names=("Большая физическая",)).space,
        a_room("a-111", code="A-1-11").space,
        a_room("b-101", code="101").space,
        a_room("c-101", code="101").space,
    ]
    return RoomNames(spaces)


@pytest.mark.parametrize(
    "written",
    ["A-204", "a204", "А-204", "а 204", "Ауд. А–204", "ауд.А204", "большая  физическая", "room: A.204"],
)
def test_room_is_found_however_it_is_written(written: str) -> None:
    assert names().find(written) == "a-204"


def test_room_dash_between_digits_stays() -> None:
    assert fold_room("1 - 11") != fold_room("11 - 1")
    assert names().find("A 1–11") == "a-111"


def test_room_of_two_spaces_is_not_guessed() -> None:
    assert names().find("101") is None
    assert names().hint("101") == "; it may be `b-101` or `c-101`"


def test_room_unknown_gets_the_nearest() -> None:
    assert names().find("A-205") is None
    assert names().hint("А-205") == "; did you mean `a-204`?"
