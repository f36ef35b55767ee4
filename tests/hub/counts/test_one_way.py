import pytest

from hub.counts.door_day import DoorDay
from hub.counts.lie import Lie
from hub.counts.one_way import kind_by_night, unseen_before

NOTHING = [0] * 48


def a_page(*walks: tuple[int, bool, int]) -> DoorDay:
    page = DoorDay()
    for minute, is_in, people in walks:
        (page.enter if is_in else page.leave)(minute, people)
    return page


def test_who_comes_out_of_a_room_that_was_full_had_come_in_unseen() -> None:
    full = [0] * 20 + [-28, -28] + [0] * 26
    assert unseen_before(a_page((660, False, 12)), 1, full, 0, 660) is Lie.DEAF_IN


def test_who_comes_out_of_a_room_that_was_empty_goes_in_by_a_swapped_door() -> None:
    assert unseen_before(a_page((660, False, 12)), 1, NOTHING, 0, 660) is None


def test_room_that_stays_full_was_left_unseen() -> None:
    still = [0] * 20 + [28, 28] + [0] * 26
    page = a_page((480, True, 28), (520, False, 28), (560, True, 28))
    assert unseen_before(page, 1, still, 0, 660) is Lie.DEAF_OUT


def test_way_is_the_doors_and_not_the_rooms() -> None:
    full = [0] * 20 + [-28, -28] + [0] * 26
    assert unseen_before(a_page((660, True, 12)), -1, full, 0, 660) is Lie.DEAF_OUT


def test_room_that_was_off_before_the_door_told_one_way_is_no_sign() -> None:
    off = [-5] * 48
    page = a_page((500, True, 20), (540, False, 20))
    assert unseen_before(page, 1, off, 0, 600) is None


@pytest.mark.parametrize(
    ("page", "more", "unseen", "lie"),
    [
        # Two lessons, out of which nobody was told.
        (a_page((600, True, 30), (720, True, 30)), [0] * 22 + [30] * 2 + [30] * 24, -60.0, Lie.DEAF_OUT),
        # Nothing is known of the week before: its own sums speak.
        (a_page((600, True, 30), (640, False, 30), (720, True, 60)), None, -60.0, Lie.DEAF_OUT),
        # Ten in a hundred of those who came in, all day long.
        (a_page((600, True, 90), (660, False, 100)), [0] * 21 + [-10] * 27, 10.0, Lie.DRIFTING),
    ],
)
def test_kind_by_night(page: DoorDay, more: list[int] | None, unseen: float, lie: Lie) -> None:
    assert kind_by_night(page, 1, more, 0, unseen) is lie


def test_room_that_is_as_ever_with_its_door_swapped_tells_that_it_is() -> None:
    # Told in and out the wrong way in three lessons, the last of them after its beginning only.
    page = a_page((600, False, 30), (690, True, 30), (780, False, 30), (870, True, 30), (960, True, 30))
    more = [0] * 20 + [-60] * 3 + [0] * 3 + [-60] * 3 + [0] * 3 + [60] * 16
    assert kind_by_night(page, 1, more, 0, -60.0) is Lie.SWAPPED
