"""Small symmetric systems of linear equations: matrix and right sides in, solutions out. Pure."""

Matrix = list[list[float]]


def solve(matrix: Matrix, sides: list[list[float]]) -> list[list[float]]:
    """Solve `matrix` times x = side for each of `sides`, by Cholesky; the matrix is symmetric.

    An equation that follows from others (a pivot of nothing) is left out: its unknown is zero.
    """
    lower = _lower(matrix)
    return [_back(lower, _forth(lower, side)) for side in sides]


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a symmetric matrix."""
    n = len(matrix)
    return solve(matrix, [[float(i == j) for i in range(n)] for j in range(n)])


def rank(matrix: Matrix) -> int:
    """How many of the equations do not follow from others."""
    return sum(1 for i, row in enumerate(_lower(matrix)) if row[i])


def _lower(matrix: Matrix) -> Matrix:
    n = len(matrix)
    lower: Matrix = [[0.0] * n for _ in range(n)]
    for i in range(n):
        row = lower[i]
        for j in range(i + 1):
            other = lower[j]
            left = matrix[i][j] - sum(row[k] * other[k] for k in range(j))
            if i == j:
                row[j] = left**0.5 if left > 1e-9 * max(1.0, matrix[i][i]) else 0.0
            else:
                row[j] = left / other[j] if other[j] else 0.0
    return lower


def _forth(lower: Matrix, side: list[float]) -> list[float]:
    found: list[float] = []
    for i, row in enumerate(lower):
        left = side[i] - sum(row[k] * found[k] for k in range(i))
        found.append(left / row[i] if row[i] else 0.0)
    return found


def _back(lower: Matrix, side: list[float]) -> list[float]:
    n = len(lower)
    found = [0.0] * n
    for i in range(n - 1, -1, -1):
        left = side[i] - sum(lower[k][i] * found[k] for k in range(i + 1, n))
        found[i] = left / lower[i][i] if lower[i][i] else 0.0
    return found
