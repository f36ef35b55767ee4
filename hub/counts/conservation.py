"""Flows through doors that must balance: what was counted in, what is likeliest out. Pure.

Who leaves the hall enters a corridor: over a day in which every space ends as it began, each space's
flows sum to nothing. Weighted least squares finds the flows nearest to those counted for which that
holds; chi squared says how far that is, and how much nearer it were if one of the flows were not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.counts.linear import System


class Alone(NamedTuple):
    """One flow, if it alone were wrong and nothing were known of it."""

    #: What the others say that it is more than was counted, and how sure they are.
    more: float
    variance: float
    #: How much of chi squared that takes away.
    explains: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Flows that balance."""

    flows: tuple[float, ...]
    #: Weighted squares of what had to be changed.
    chi2: float
    #: Each flow on its own.
    alone: tuple[Alone, ...]


def reconcile(
    flows: Sequence[float],
    variances: Sequence[float],
    balances: Sequence[Mapping[int, float]],
    noise: float = 0.0,
    totals: Sequence[float] | None = None,
) -> Reconciled:
    """Flows x = m - S A'(A S A' + R)^-1 (A m - b).

    `balances` is A: for each space its flows, 1 where they lead into it and -1 where out of it. R is
    `noise` for each space, how wrong its total may be; `totals` is b, zeros where None.
    """
    in_flow: list[dict[int, float]] = [{} for _ in flows]
    for i, row in enumerate(balances):
        for flow, sign in row.items():
            in_flow[flow][i] = sign
    matrix: list[dict[int, float]] = [{i: noise} for i in range(len(balances))]
    for spaces, variance in zip(in_flow, variances, strict=True):
        for i, sign in spaces.items():
            for j, also in spaces.items():
                matrix[i][j] = matrix[i].get(j, 0.0) + sign * also * variance
    system = System(matrix)
    off = {
        i: sum(sign * flows[flow] for flow, sign in row.items()) - (totals[i] if totals else 0.0)
        for i, row in enumerate(balances)
    }
    pulls = system.solve(off)
    found, alone = [], []
    for counted, variance, spaces in zip(flows, variances, in_flow, strict=True):
        pull = sum(sign * pulls[i] for i, sign in spaces.items())
        weights = system.solve(spaces)
        weight = sum(sign * weights[i] for i, sign in spaces.items())
        found.append(counted - variance * pull)
        alone.append(
            Alone(-pull / weight, max(0.0, 1 / weight - variance), pull * pull / weight)
            if weight > 0.0
            else Alone(0.0, 0.0, 0.0)
        )
    chi2 = sum(pulls[i] * one for i, one in off.items())
    return Reconciled(flows=tuple(found), chi2=chi2, alone=tuple(alone))
