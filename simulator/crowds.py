"""Recorded crossings and a manner of coming to a door in, whole days of other bodies and habits out. Pure.

The recordings are of one kind of people at two doors. A decoder tuned on them alone would know nothing else,
so here bodies, sway, groups, turns, stops and meetings are drawn anew around the recorded steps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from edge.signals.crossing import Outcome
from edge.signals.pulses import Beam, BeamEdge
from simulator.tracks import Body, Mount, cut_out, placed, trace

#: Heads keep this far from a door's frame, metres (the outermost at the 0.95 m door: 0.73 m apart).
FRAME_M = 0.11
#: Who walks this little beside another walks behind, not abreast: about the width of shoulders, metres.
SHOULDERS_M = 0.40
#: … and then at least this far behind, metres.
BEHIND_M = 0.32
#: Metres of a body across, which shows to the beams when it is turned.
BROAD_M = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What the bodies at a door are like."""

    #: Median depth of a torso with its clothes, metres, and its spread (natural logarithm).
    torso_m: float = 0.26
    torso_spread: float = 0.0
    #: Degrees by which bodies are turned about their way, standard deviation.
    turned_deg: float = 0.0
    #: Metres the torso sways along the way about the recorded head, at about two steps a second.
    sway_m: float = 0.0
    #: Walking speed beside the recorded one.
    pace: float = 1.0
    #: Share with something on their back, and how much deeper that makes them, metres.
    laden: float = 0.0
    laden_m: float = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people come to a door on a day."""

    people: int = 600
    #: Mean size of a group of one direction (geometric).
    group: float = 3.0
    #: Mean seconds between two groups, beyond one second.
    pause_s: float = 4.0
    #: Share who turn back, and where their middle is then, metres before (+) or behind the beams' middle.
    turn_back: float = 0.03
    turn_m: tuple[float, float] = (-0.15, 0.05)
    #: Seconds they stand there.
    turn_s: tuple[float, float] = (0.15, 0.6)
    #: Share who stop within the beams, and for how many seconds.
    stop: float = 0.0
    stop_s: tuple[float, float] = (0.3, 2.0)
    #: Share of groups that somebody meets in the doorway, coming from the other side.
    meet: float = 0.0
    #: Headways beside the recorded ones.
    spread: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A door's leaf that each of a share of people moves through one beam."""

    beam: Beam = Beam.INNER
    share: float = 1.0
    #: Seconds it comes to the beam before somebody breaks either.
    ahead_s: tuple[float, float] = (0.2, 0.6)
    #: Seconds it leaves the beam after that, or where `is_held` after they have freed both.
    leaves_s: tuple[float, float] = (0.0, 0.3)
    is_held: bool = False


def day(run: Sequence[Body], habits: Habits, people: People, random: Random) -> list[Body]:
    """A day at a door: recorded steps of one half chance, the rest as told; the same seed, the same day."""
    steps = [cut_out(body) for body in run]
    headways_s = [habits.spread * (b.crossing_s - a.crossing_s) for a, b in pairwise(run)]
    bodies: list[Body] = []
    at_s = 5.0
    while len(bodies) < habits.people:
        inward = random.random() < 0.5
        size = 1
        while random.random() > 1.0 / habits.group:
            size += 1
        first_s = at_s
        for _ in range(min(size, habits.people - len(bodies))):
            step = _dressed(random.choice(steps), people, random)
            if random.random() < habits.turn_back:
                step = _turning(step, habits, random)
            elif random.random() < habits.stop:
                step = _stopping(step, habits, random)
            bodies.append(placed(step, at_s, inward))
            at_s += random.choice(headways_s)
        if random.random() < habits.meet:
            step = _dressed(random.choice(steps), people, random)
            bodies.append(placed(step, random.uniform(first_s - 0.4, at_s), not inward))
        at_s += 1.0 + random.expovariate(1.0 / habits.pause_s)
    return bodies


def dense(run: Sequence[Body], people: People, random: Random) -> list[Body]:
    """The recorded run itself with other bodies."""
    return [placed(_dressed(_at_zero(body), people, random), body.crossing_s, inward=True) for body in run]


def through(run: Sequence[Body], across_m: Sequence[float], width_m: float, of_m: float) -> list[Body]:
    """The run as it would go through a door of another width: who no longer fits abreast walks behind.

    `across_m`: where each body of the run passes the door, metres; `of_m`: how wide the recorded door was.
    """
    share = (width_m - 2 * FRAME_M) / (of_m - 2 * FRAME_M)
    pace = of_m / width_m if width_m > of_m else 1.0
    late_s = 0.0
    result: list[Body] = []
    for k, body in enumerate(run):
        at_s = pace * body.crossing_s + late_s
        for before, x_m in zip(result[-3:], across_m[max(0, k - 3) : k], strict=True):
            if abs(across_m[k] - x_m) * share < SHOULDERS_M:
                wait_s = before.crossing_s + BEHIND_M / max(_speed_m_s(body), 0.3) - at_s
                late_s, at_s = late_s + max(wait_s, 0.0), at_s + max(wait_s, 0.0)
        result.append(placed(_at_zero(body), at_s, inward=True))
    return result


def with_leaf(bodies: Sequence[Body], mount: Mount, leaf: Leaf, random: Random) -> list[BeamEdge]:
    """The edges of people at a door whose leaf breaks a beam, too."""
    edges = trace(bodies, mount)
    for body in bodies:
        own = trace([body], mount)
        if not own or random.random() >= leaf.share:
            continue
        came_s = own[0].t_s - random.uniform(*leaf.ahead_s)
        left_s = own[-1 if leaf.is_held else 0].t_s + random.uniform(*leaf.leaves_s)
        edges.append(BeamEdge(t_s=came_s, beam=leaf.beam, broken=True))
        edges.append(BeamEdge(t_s=left_s, beam=leaf.beam, broken=False))
    return _merged(edges)


def _merged(edges: Sequence[BeamEdge]) -> list[BeamEdge]:
    """What the beams tell when each is broken by whoever, or whatever, covers it."""
    covers = dict.fromkeys(Beam, 0)
    told = []
    for edge in sorted(edges, key=lambda edge: (edge.t_s, not edge.broken)):
        before = covers[edge.beam]
        covers[edge.beam] += 1 if edge.broken else -1
        if (before == 0) != (covers[edge.beam] == 0):
            told.append(edge)
    return told


def rounded(edges: Sequence[BeamEdge], step_s: float) -> list[BeamEdge]:
    """The same edges with time stamps rounded to a step, as a file or a slow sampler gives them."""
    return [replace(edge, t_s=round(edge.t_s / step_s) * step_s) for edge in edges]


def _at_zero(body: Body) -> Body:
    return replace(body, t_s=tuple(t_s - body.crossing_s for t_s in body.t_s), crossing_s=0.0)


def _speed_m_s(body: Body) -> float:
    """Speed over the half metre around the door."""
    near = [(t, y) for t, y in zip(body.t_s, body.along_m, strict=True) if y is not None and abs(y) < 0.25]
    if len(near) < 2:
        return 1.0
    return abs(near[-1][1] - near[0][1]) / (near[-1][0] - near[0][0])


def _dressed(step: Body, people: People, random: Random) -> Body:
    """The step with a body of its own."""
    deep_m = people.torso_m * math.exp(random.gauss(0.0, people.torso_spread))
    if people.laden and random.random() < people.laden:
        deep_m += people.laden_m
    turned = math.radians(random.gauss(0.0, people.turned_deg))
    phase, steps_hz = random.uniform(0.0, math.tau), random.uniform(1.6, 2.1)
    t_s = tuple(t / people.pace for t in step.t_s)
    return replace(
        step,
        t_s=t_s,
        along_m=tuple(
            None if y is None else y + people.sway_m * math.sin(math.tau * steps_hz * t + phase)
            for t, y in zip(t_s, step.along_m, strict=True)
        ),
        depth_m=math.hypot(deep_m * math.cos(turned), max(BROAD_M, deep_m) * math.sin(turned)),
    )


def _turning(step: Body, habits: Habits, random: Random) -> Body:
    """The same walker, who comes as far as told, stands and goes back at the pace they came."""
    there, rest = _split(step, random.uniform(*habits.turn_m))
    if not rest:
        return step
    turn_s = there[-1][0]
    leave_s = turn_s + random.uniform(*habits.turn_s)
    path = there + [(leave_s + turn_s - t, y) for t, y in reversed(there)]
    return replace(_along(step, path), truth=Outcome.TURNED_BACK, crossing_s=turn_s)


def _stopping(step: Body, habits: Habits, random: Random) -> Body:
    """The same walker, who stands for a while somewhere near the beams and goes on."""
    there, rest = _split(step, random.uniform(-0.15, 0.25))
    stop_s = random.uniform(*habits.stop_s)
    path = there + [(t + stop_s, y) for t, y in (there[-1], *rest)]
    return replace(_along(step, path), crossing_s=stop_s)


def _split(step: Body, at_m: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The way to a place, with the moment of coming there, and the way on."""
    way = [(t, y) for t, y in zip(step.t_s, step.along_m, strict=True) if y is not None]
    for k, ((t_0, y_0), (t_1, y_1)) in enumerate(pairwise(way)):
        if y_0 > at_m >= y_1:
            here = (t_0 + (t_1 - t_0) * (y_0 - at_m) / (y_0 - y_1), at_m)
            return [*way[: k + 1], here], way[k + 1 :]
    return way, []


def _along(step: Body, path: Sequence[tuple[float, float]]) -> Body:
    return replace(step, t_s=tuple(t for t, _ in path), along_m=tuple(y for _, y in path))
