import pytest

from hub.counts.locked import locked_and_still


@pytest.mark.parametrize(
    ("minute", "closed_since", "last_passage", "over_ppm", "is_empty"),
    [
        (145, 100, 90, 20.0, True),
        (144, 100, 90, 20.0, False),
        (150, 100, 120, 20.0, False),
        (150, None, 90, 20.0, False),
        (300, 100, 90, 780.0, False),
        (300, 100, 90, None, False),
    ],
    ids=["still", "not-yet", "somebody-passed", "open", "level-and-breathed", "nothing-measures"],
)
def test_room_is_empty_when_it_is_closed_still_and_its_air_is_fresh(
    minute: int, closed_since: int | None, last_passage: int, over_ppm: float | None, is_empty: bool
) -> None:
    assert locked_and_still(minute, closed_since, last_passage, over_ppm) is is_empty
