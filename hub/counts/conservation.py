"""Flows through doors that must balance: what was counted in, what is likeliest out. Pure.

Who leaves the hall enters a corridor: over a day in which every space ends as it began, each space's
flows sum to nothing. Weighted least squares finds the flows nearest to those counted for which that
holds, and chi squared says how far that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.counts.linear import rank, solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Flows that balance."""

    flows: tuple[float, ...]
    #: Weighted squares of what had to be changed, and in how many independent ways it could have been off.
    chi2: float
    dof: int


def reconcile(
    flows: Sequence[float],
    variances: Sequence[float],
    balances: Sequence[Sequence[float]],
    totals: Sequence[float] | None = None,
) -> Reconciled:
    """Flows x = m - S A'(A S A')^-1 (A m - b).

    `balances` is A, a row a space; `totals` is b, zeros where None.
    """
    wanted = totals if totals is not None else [0.0] * len(balances)
    off = [
        sum(a * m for a, m in zip(row, flows, strict=True)) - b
        for row, b in zip(balances, wanted, strict=True)
    ]
    matrix = [
        [sum(a * s * c for a, s, c in zip(row, variances, other, strict=True)) for other in balances]
        for row in balances
    ]
    (pulls,) = solve(matrix, [off])
    found = [
        m - s * sum(row[i] * pull for row, pull in zip(balances, pulls, strict=True))
        for i, (m, s) in enumerate(zip(flows, variances, strict=True))
    ]
    chi2 = sum(pull * one for pull, one in zip(pulls, off, strict=True))
    return Reconciled(flows=tuple(found), chi2=chi2, dof=rank(matrix))
