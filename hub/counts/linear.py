"""Symmetric systems of linear equations, mostly of nothing: matrix in, solutions out. Pure.

Balances of spaces have something in common only where a door joins them, so almost all of the matrix of a
building is zero. It is eliminated from the spaces with the fewest neighbours on: rooms, corridors, halls.
"""

from collections.abc import Mapping, Sequence

#: Rows of a symmetric matrix by column; what is not in them is zero.
Matrix = Sequence[Mapping[int, float]]
#: A pivot of so small a share of its row is an equation that follows from others.
_NOTHING = 1e-9


class System:
    """A symmetric matrix without negative eigenvalues, ready to be solved for any right side.

    An equation that follows from others is left out: its unknown is zero.
    """

    def __init__(self, matrix: Matrix) -> None:
        rows = [dict(row) for row in matrix]
        self._size = len(rows)
        #: By elimination: the unknown, its pivot, and its share in each later one.
        self._steps: list[tuple[int, float, list[tuple[int, float]]]] = []
        for i in sorted(range(len(rows)), key=lambda one: (len(matrix[one]), one)):
            row = rows[i]
            pivot = row.pop(i, 0.0)
            if pivot <= _NOTHING * max(1.0, matrix[i].get(i, 0.0)):
                for j in row:
                    rows[j].pop(i, None)
                continue
            later = sorted((j, value / pivot) for j, value in row.items())
            for j, share in later:
                other = rows[j]
                del other[i]
                for k, value in row.items():
                    other[k] = other.get(k, 0.0) - share * value
            self._steps.append((i, pivot, later))

    def solve(self, side: Mapping[int, float]) -> list[float]:
        """The unknowns for a right side; what is not in it is zero."""
        left = [0.0] * self._size
        found = [0.0] * self._size
        for i, value in side.items():
            left[i] = value
        for i, _, later in self._steps:
            if one := left[i]:
                for j, share in later:
                    left[j] -= share * one
        for i, pivot, later in reversed(self._steps):
            found[i] = left[i] / pivot - sum(share * found[j] for j, share in later)
        return found
