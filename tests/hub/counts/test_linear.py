import pytest

from hub.counts.linear import System

#: Two rooms on one hall: the rooms have nothing in common.
ROWS = [{0: 4.0, 2: -1.0}, {1: 3.0, 2: -1.0}, {0: -1.0, 1: -1.0, 2: 5.0}]


def test_unknowns_put_back_give_the_right_side() -> None:
    side = {0: 1.0, 1: 2.0, 2: 3.0}
    found = System(ROWS).solve(side)
    for i, row in enumerate(ROWS):
        assert sum(value * found[j] for j, value in row.items()) == pytest.approx(side[i])


def test_equation_that_follows_from_another_is_left_out() -> None:
    found = System([{0: 2.0, 1: -2.0}, {0: -2.0, 1: 2.0}]).solve({0: 4.0, 1: -4.0})
    assert 2 * found[0] - 2 * found[1] == pytest.approx(4.0)


def test_matrix_that_was_given_is_left_as_it_was() -> None:
    rows = [dict(row) for row in ROWS]
    System(rows).solve({0: 1.0})
    assert rows == ROWS
