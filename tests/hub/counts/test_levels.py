from hub.counts.levels import Levels, levels_of


def test_level_is_the_mean_of_a_half_hour() -> None:
    # Thirty come in the middle of a half hour, and ten leave a third into the next but one.
    assert levels_of({75: (30, 0), 130: (0, 10)}) == Levels(2, [15, 30, 23, 20])


def test_order_of_minutes_does_not_matter() -> None:
    assert levels_of({130: (0, 10), 75: (30, 0)}) == levels_of({75: (30, 0), 130: (0, 10)})


def test_nobody_was_inside_before_and_the_last_stay() -> None:
    assert Levels(2, [15, 30, 20]).between(0, 7) == [0, 0, 15, 30, 20, 20, 20]
