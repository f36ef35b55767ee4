"""What doors counted between anchors in, what that teaches about each of them out. Pure.

All spaces of a building on one day are solved together: a person whom the door of a room missed is missing
in the room and too many in the corridor, once, and so says nothing about the other doors of either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.counts.door_error import UNTUNED, DoorError
from hub.counts.linear import System
from hub.counts.space_day import Anchor, AnchorKind

#: An interval further from what is expected than so many standard deviations is a fault, and not learned.
BEYOND_SDS = 4.0
#: How wrong an anchor may be, as variance in people, and the share by which somebody who counts a crowd errs.
ANCHOR_VARIANCE = {
    AnchorKind.NIGHT: 0.25,
    AnchorKind.LOCKED: 0.1,
    AnchorKind.EMPTY: 0.1,
    AnchorKind.RECOUNT: 0.25,
}
CROWD_SHARE = 0.01

#: People counted in and out by a door in the minutes (after, until].
Counted = Callable[[str, int, int], tuple[int, int]]


class Interval(NamedTuple):
    """From one anchor of a space to the next: how many more are inside than were counted in."""

    space: str
    #: The minutes (after, until].
    after: int
    until: int
    #: People inside at its end, less those at its beginning, less those counted in, plus those counted out.
    residual: float
    #: Variance of the two anchors, in people.
    noise: float
    #: The doors of the space: 1 where `in` leads into it, -1 where it leads out.
    doors: tuple[tuple[str, int], ...]


def anchor_variance(anchor: Anchor) -> float:
    """How wrong an anchor may be, as variance in people."""
    return ANCHOR_VARIANCE[anchor.kind] + (CROWD_SHARE * anchor.people) ** 2


def intervals(
    space: str, doors: Sequence[tuple[str, int]], anchors: Iterable[Anchor], counted: Counted
) -> list[Interval]:
    """The intervals between anchors given by time; those in which nobody was counted teach nothing."""
    found: list[Interval] = []
    before: Anchor | None = None
    for anchor in anchors:
        if before is not None:
            pairs = [(sign, *counted(door, before.minute, anchor.minute)) for door, sign in doors]
            net = sum(sign * (ins - outs) for sign, ins, outs in pairs)
            if any(ins or outs for _, ins, outs in pairs):
                found.append(
                    Interval(
                        space,
                        before.minute,
                        anchor.minute,
                        float(anchor.people - before.people - net),
                        anchor_variance(before) + anchor_variance(anchor),
                        tuple(doors),
                    )
                )
        before = anchor
    return found


class Lesson(NamedTuple):
    """What a day taught, and what it could not."""

    errors: dict[str, DoorError]
    #: Intervals that contradict what is known of their doors beyond belief, each with its sds beyond.
    contradicted: tuple[tuple[Interval, float], ...]


def learn(errors: Mapping[str, DoorError], day: Sequence[Interval], counted: Counted) -> Lesson:
    """The errors of all doors of `day` after it; Bayesian least squares over all its intervals at once."""
    doors = sorted({door for one in day for door, _ in one.doors})
    before = {door: errors.get(door, UNTUNED).aged() for door in doors}
    flows = [{door: (sign, *counted(door, one.after, one.until)) for door, sign in one.doors} for one in day]
    offs, variances = [], []
    for one, flow in zip(day, flows, strict=True):
        offs.append(
            one.residual
            - sum(sign * before[door].unseen(ins, outs) for door, (sign, ins, outs) in flow.items())
        )
        variances.append(one.noise + sum(_variance(before[door], f[1], f[2]) for door, f in flow.items()))
    beyond = [abs(off) / variance**0.5 for off, variance in zip(offs, variances, strict=True)]
    good = [i for i, sds in enumerate(beyond) if sds <= BEYOND_SDS]
    doubtful = {door for i, one in enumerate(day) if i not in good for door, _ in one.doors}
    matrix = [{k: variances[i]} for k, i in enumerate(good)]
    at: dict[str, list[int]] = {}
    for k, i in enumerate(good):
        for door in flows[i]:
            for m in at.setdefault(door, []):
                joint = _shared(day[i], day[good[m]], door, flows[i], flows[good[m]], before[door], counted)
                matrix[k][m] = matrix[m][k] = matrix[k].get(m, 0.0) + joint
            at[door].append(k)
    system = System(matrix)
    pulls = system.solve({k: offs[i] for k, i in enumerate(good)})
    weights = [system.solve({k: 1.0}) for k in range(len(good))]
    taught: dict[str, DoorError] = {}
    for door in doors:
        rows = [(k, flows[good[k]][door]) for k in at.get(door, [])]
        if rows:
            taught[door] = _taught(before[door], rows, pulls, weights)
        else:
            taught[door] = before[door].doubted() if door in doubtful else before[door]
    contradicted = tuple((one, sds) for one, sds in zip(day, beyond, strict=True) if sds > BEYOND_SDS)
    return Lesson({**errors, **taught}, contradicted)


def _variance(error: DoorError, ins: int, outs: int) -> float:
    return error.spread(ins, outs) + error.chance(ins, outs)


def _shared(
    one: Interval,
    other: Interval,
    door: str,
    flow: Mapping[str, tuple[int, int, int]],
    others: Mapping[str, tuple[int, int, int]],
    error: DoorError,
    counted: Counted,
) -> float:
    """Covariance of two intervals through a door of both: its rates, and the very people missed in both."""
    (sign, ins, outs), (also, ins2, outs2) = flow[door], others[door]
    joint = ins * ins2 * error.var_in + outs * outs2 * error.var_out
    joint -= (ins * outs2 + outs * ins2) * error.cov
    after, until = max(one.after, other.after), min(one.until, other.until)
    if until > after:
        joint += error.chance(*counted(door, after, until))
    return sign * also * joint


def _taught(
    error: DoorError,
    rows: list[tuple[int, tuple[int, int, int]]],
    pulls: list[float],
    weights: list[list[float]],
) -> DoorError:
    """One door's posterior; `rows` are the equations it is in, with its sign and counts there."""
    # Covariance of each of its two rates with each equation.
    to_in = [sign * (ins * error.var_in - outs * error.cov) for _, (sign, ins, outs) in rows]
    to_out = [sign * (ins * error.cov - outs * error.var_out) for _, (sign, ins, outs) in rows]
    at = [k for k, _ in rows]
    step_in = sum(c * pulls[k] for c, k in zip(to_in, at, strict=True))
    step_out = sum(c * pulls[k] for c, k in zip(to_out, at, strict=True))

    def less(left: list[float], right: list[float]) -> float:
        return sum(
            a * weights[k][m] * b
            for a, k in zip(left, at, strict=True)
            for b, m in zip(right, at, strict=True)
        )

    return DoorError(
        miss_in=error.miss_in + step_in,
        miss_out=error.miss_out + step_out,
        var_in=max(1e-9, error.var_in - less(to_in, to_in)),
        var_out=max(1e-9, error.var_out - less(to_out, to_out)),
        cov=error.cov - less(to_in, to_out),
        days=error.days + 1,
    )
