"""What comes and goes too often is put aside by the hub itself."""

import pytest

from hub.alerts.alert import Change, Key
from hub.alerts.chatter import ChatterGuard
from tests.builders import at

KEY: Key = ("silent-node", "room-node")


def shelves(*changes: tuple[Change, float]) -> int:
    guard = ChatterGuard()
    return sum(len(guard.note([(KEY, change, at(seconds))])) for change, seconds in changes)


@pytest.mark.parametrize(
    ("changes", "put_aside"),
    [
        ([(Change.FIRED, 0), (Change.RESOLVED, 10), (Change.RETURNED, 20)], 1),
        ([(Change.FIRED, 0), (Change.RESOLVED, 10), (Change.RETURNED, 60)], 0),
        ([(Change.FIRED, 0), (Change.ACKED, 10), (Change.RESOLVED, 20), (Change.CLOSED, 20)], 0),
        ([(Change.BEGAN, 0), (Change.DROPPED, 1), (Change.BEGAN, 2), (Change.DROPPED, 3)], 0),
        ([(Change.FIRED, 0), (Change.RESOLVED, 1), (Change.FIRED, 2), (Change.RESOLVED, 3)], 1),
    ],
    ids=["three a minute", "slower", "acknowledged", "never fired", "counted anew after it was put aside"],
)
def test_three_noticed_changes_within_a_minute_are_chatter(
    changes: list[tuple[Change, float]], put_aside: int
) -> None:
    assert shelves(*changes) == put_aside


def test_other_keys_are_counted_apart() -> None:
    guard = ChatterGuard()
    changes = [((KEY[0], str(n)), Change.FIRED, at(n)) for n in range(9)]
    assert guard.note(changes) == []


def test_shelf_of_the_guard_lasts_fifteen_minutes() -> None:
    (shelf,) = ChatterGuard().note([(KEY, Change.FIRED, at(n)) for n in range(3)])
    assert (shelf.until, shelf.is_chatter) == (at(2 + 15 * 60), True)
