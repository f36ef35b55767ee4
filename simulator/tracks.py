"""Walkers recorded by a camera in, the trace two door beams would give of them, with its truth, out. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from edge.signals.crossing import Outcome
from edge.signals.pulses import Beam, BeamEdge
from simulator.gait import Track

#: A crossing is cut out of a track this far before and behind the door, metres.
REACH_M = 0.8
#: Seconds a walker may need from `REACH_M` to the door; who stands longer is cut there.
LONGEST_APPROACH_S = 4.0
#: The opening reaches this far beyond the outermost heads that pass it, metres.
SHOULDER_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Two beams across a door, and the bodies that break them."""

    #: Metres between the beams.
    spacing_m: float = 0.10
    #: Metres of a body along the walking direction.
    torso_m: float = 0.26
    #: Samples per second.
    rate_hz: float = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One person at the door, with what they really do there."""

    t_s: tuple[float, ...]
    #: Metres from the door's middle, positive outside; None while not within the opening.
    along_m: tuple[float | None, ...]
    #: IN, OUT or TURNED_BACK.
    truth: Outcome
    #: Seconds when the head passes the door's middle, or is deepest in it.
    crossing_s: float
    #: Metres of this body along the walking direction; None for what the mount assumes of everybody.
    depth_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campus:
    """How people come to a door on a day."""

    people: int = 600
    #: Share of them who turn back.
    turn_back: float = 0.03
    #: Most people of one group, who go one way with the recorded headways.
    largest_group: int = 6
    #: Mean seconds between two groups, beyond one second.
    pause_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with the beams."""

    #: Share of edges followed by chatter.
    bounce: float = 0.0
    #: Longest chatter after an edge, seconds.
    bounce_s: float = 0.005
    #: Share of edges that get lost.
    lost: float = 0.0


def recorded(tracks: Sequence[Track], door_y_m: float) -> list[Body]:
    """The recorded run as it was: everybody who passes the door, one way."""
    passing = [(track, t_s) for track in tracks if (t_s := track.crossing_s(door_y_m)) is not None]
    if not passing:
        return []
    across = [track.at(t_s)[0] for track, t_s in passing]
    left_m, right_m = min(across) - SHOULDER_M, max(across) + SHOULDER_M
    return sorted(
        (
            Body(
                t_s=track.t_s,
                along_m=tuple(
                    y - door_y_m if left_m <= x <= right_m else None
                    for x, y in zip(track.x_m, track.y_m, strict=True)
                ),
                truth=Outcome.IN,
                crossing_s=t_s,
            )
            for track, t_s in passing
        ),
        key=lambda body: body.crossing_s,
    )


def campus(tracks: Sequence[Track], door_y_m: float, day: Campus, random: Random) -> list[Body]:
    """A day at a door: recorded steps and headways in groups of one direction, some who turn back."""
    run = recorded(tracks, door_y_m)
    if len(run) < 2:
        return []
    steps = [cut_out(body) for body in run]
    headways_s = [b.crossing_s - a.crossing_s for a, b in pairwise(run)]
    bodies: list[Body] = []
    at_s = 5.0
    while len(bodies) < day.people:
        inward = random.random() < 0.5
        size = min(random.randint(1, day.largest_group), day.people - len(bodies))
        for _ in range(size):
            step = random.choice(steps)
            if random.random() < day.turn_back:
                step = _turning(step, random)
            bodies.append(placed(step, at_s, inward))
            at_s += random.choice(headways_s)
        at_s += 1.0 + random.expovariate(1.0 / day.pause_s)
    return bodies


def trace(bodies: Iterable[Body], mount: Mount) -> list[BeamEdge]:
    """The edges of both beams, sampled: a beam is broken while anybody in the opening covers it."""
    people = list(bodies)
    edges: list[BeamEdge] = []
    for beam, place_m in ((Beam.OUTER, mount.spacing_m / 2), (Beam.INNER, -mount.spacing_m / 2)):
        spans = sorted(span for body in people for span in _samples(body, place_m, mount))
        merged: list[list[int]] = []
        for first, after in spans:
            if merged and first <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], after)
            else:
                merged.append([first, after])
        for first, after in merged:
            edges.append(BeamEdge(t_s=first / mount.rate_hz, beam=beam, broken=True))
            edges.append(BeamEdge(t_s=after / mount.rate_hz, beam=beam, broken=False))
    return sorted(edges, key=lambda edge: edge.t_s)


def spoiled(edges: Sequence[BeamEdge], faults: Faults, random: Random) -> list[BeamEdge]:
    """The same edges with chatter added and some lost."""
    result: list[BeamEdge] = []
    for edge in edges:
        if random.random() < faults.lost:
            continue
        result.append(edge)
        if random.random() < faults.bounce:
            flicks_s = sorted(random.uniform(0.0, faults.bounce_s) for _ in range(2 * random.randint(1, 3)))
            for k, flick_s in enumerate(flicks_s):
                broken = edge.broken if k % 2 else not edge.broken
                result.append(BeamEdge(t_s=edge.t_s + flick_s, beam=edge.beam, broken=broken))
    return sorted(result, key=lambda edge: edge.t_s)


def truth_of(bodies: Iterable[Body]) -> dict[str, int]:
    """How many went in, out and turned back."""
    truth = {outcome.value: 0 for outcome in (Outcome.IN, Outcome.OUT, Outcome.TURNED_BACK)}
    for body in bodies:
        truth[body.truth.value] += 1
    return truth


def cut_out(body: Body) -> Body:
    """The part of a recorded crossing within reach of the door, its crossing at time 0."""
    middle = next(k for k, t_s in enumerate(body.t_s) if t_s >= body.crossing_s)
    first = middle
    while (
        first > 0
        and (along := body.along_m[first - 1]) is not None
        and along < REACH_M
        and body.t_s[first - 1] > body.crossing_s - LONGEST_APPROACH_S
    ):
        first -= 1
    last = middle
    while (
        last + 1 < len(body.t_s)
        and (along := body.along_m[last + 1]) is not None
        and along > -REACH_M
        and body.t_s[last + 1] < body.crossing_s + LONGEST_APPROACH_S
    ):
        last += 1
    return Body(
        t_s=tuple(t_s - body.crossing_s for t_s in body.t_s[first : last + 1]),
        along_m=body.along_m[first : last + 1],
        truth=Outcome.IN,
        crossing_s=0.0,
        depth_m=body.depth_m,
    )


def _turning(step: Body, random: Random) -> Body:
    """The same walker, who comes to between the beams or just past them, waits a little and goes back."""
    deepest_m = random.uniform(-0.15, 0.05)
    way = [(t, y) for t, y in zip(step.t_s, step.along_m, strict=True) if y is not None]
    there = [(way[0][0], way[0][1])]
    for (t_0, y_0), (t_1, y_1) in pairwise(way):
        if y_1 <= deepest_m:
            there.append((t_0 + (t_1 - t_0) * (y_0 - deepest_m) / (y_0 - y_1), deepest_m))
            break
        there.append((t_1, y_1))
    turn_s = there[-1][0]
    leave_s = turn_s + random.uniform(0.15, 0.6)
    back = [(leave_s + turn_s - t, y) for t, y in reversed(there)]
    path = there + back
    return Body(
        t_s=tuple(t for t, _ in path),
        along_m=tuple(y for _, y in path),
        truth=Outcome.TURNED_BACK,
        crossing_s=turn_s,
    )


def placed(step: Body, at_s: float, inward: bool) -> Body:
    """A crossing cut out, set at a time of the day and a direction."""
    sign = 1.0 if inward else -1.0
    truth = Outcome.OUT if step.truth is Outcome.IN and not inward else step.truth
    return Body(
        t_s=tuple(t_s + at_s for t_s in step.t_s),
        along_m=tuple(None if y is None else sign * y for y in step.along_m),
        truth=truth,
        crossing_s=step.crossing_s + at_s,
        depth_m=step.depth_m,
    )


def _samples(body: Body, place_m: float, mount: Mount) -> Iterable[tuple[int, int]]:
    """Half-open ranges of samples in which a body covers a beam."""
    half_m = (mount.torso_m if body.depth_m is None else body.depth_m) / 2
    for k in range(1, len(body.t_s)):
        y_0, y_1 = body.along_m[k - 1], body.along_m[k]
        if y_0 is None or y_1 is None:
            continue
        t_0, t_1 = body.t_s[k - 1], body.t_s[k]
        low, high = place_m - half_m, place_m + half_m
        if max(y_0, y_1) < low or min(y_0, y_1) > high:
            continue
        if y_0 == y_1:
            shares = (0.0, 1.0)
        else:
            ends = sorted(((low - y_0) / (y_1 - y_0), (high - y_0) / (y_1 - y_0)))
            shares = (max(ends[0], 0.0), min(ends[1], 1.0))
        start_s, end_s = (t_0 + share * (t_1 - t_0) for share in shares)
        first, after = math.ceil(start_s * mount.rate_hz - 1e-9), math.floor(end_s * mount.rate_hz + 1e-9) + 1
        if after > first:
            yield first, after
