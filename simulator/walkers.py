"""A crossing to timed beam breaks: a torso of 26 cm through two beams 10 cm apart. Pure.

A body breaks a beam while any part of it is there; two bodies may break it together, so what comes out are
bodies coming and going (`+1`, `-1`), not the beam's state.
"""

import random
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from protocol.events import Direction
from simulator.happenings import Crossing

OUTER = "outer"
INNER = "inner"


class Gait(Struct, frozen=True, kw_only=True):
    """Bodies and beams. Lengths in metres, speeds in metres per second."""

    #: Depth of a torso with its clothes, mean and spread.
    torso_m: Annotated[float, Meta(gt=0.0)] = 0.26
    torso_spread_m: Annotated[float, Meta(ge=0.0)] = 0.015
    #: Between the two beams.
    spacing_m: Annotated[float, Meta(gt=0.0)] = 0.10
    speed_m_s: Annotated[float, Meta(gt=0.0)] = 1.2
    speed_spread_m_s: Annotated[float, Meta(ge=0.0)] = 0.25
    slowest_m_s: Annotated[float, Meta(gt=0.0)] = 0.6


class Body(NamedTuple):
    """One person's depth and speed."""

    torso_m: float
    speed_m_s: float


class Shade(NamedTuple):
    """One body in one beam, from until, seconds."""

    beam: str
    from_s: float
    until_s: float


class Change(NamedTuple):
    """A body comes into a beam (+1) or leaves it (-1)."""

    t_s: float
    beam: str
    bodies: int


def draw_body(gait: Gait, rng: random.Random) -> Body:
    """Somebody's depth and speed: normal around the gait's, within reason."""
    torso_m = rng.gauss(gait.torso_m, gait.torso_spread_m)
    speed_m_s = rng.gauss(gait.speed_m_s, gait.speed_spread_m_s)
    return Body(max(0.15, torso_m), max(gait.slowest_m_s, speed_m_s))


def shades(crossing: Crossing, body: Body, gait: Gait, rng: random.Random) -> list[Shade]:
    """Which beams the body breaks, when. `crossing.t_s` is when it is midway between the beams."""
    first, second = (OUTER, INNER) if crossing.direction is Direction.IN else (INNER, OUTER)
    if crossing.turned_back:
        return _turn(crossing.t_s, first, second, body, gait, rng)
    half_s = (body.torso_m / 2.0) / body.speed_m_s
    way_s = (gait.spacing_m / 2.0) / body.speed_m_s
    return [
        Shade(first, crossing.t_s - way_s - half_s, crossing.t_s - way_s + half_s),
        Shade(second, crossing.t_s + way_s - half_s, crossing.t_s + way_s + half_s),
    ]


def changes(shades_of_one: list[Shade]) -> list[Change]:
    """The same as comings and goings, by time."""
    found = [Change(shade.from_s, shade.beam, +1) for shade in shades_of_one]
    found += [Change(shade.until_s, shade.beam, -1) for shade in shades_of_one]
    return sorted(found)


def bounce(change: Change, rng: random.Random) -> Iterator[Change]:
    """The change with the chatter of a poor contact after it: one to three flickers within 5 ms."""
    yield change
    t_s = change.t_s
    for _ in range(rng.randint(1, 3)):
        for bodies in (-change.bodies, change.bodies):
            t_s += rng.uniform(0.0003, 0.0008)
            yield Change(t_s, change.beam, bodies)


def _turn(t_s: float, first: str, second: str, body: Body, gait: Gait, rng: random.Random) -> list[Shade]:
    """In as far as the first beam, or as the second too, a moment's thought, and back."""
    half_s = body.torso_m / 2.0 / body.speed_m_s
    way_s = gait.spacing_m / body.speed_m_s
    thought_s = rng.uniform(0.1, 0.8)
    #: How far beyond the first beam the middle of the body comes, as a share of the way to the second.
    deep = rng.random() < 0.5
    outmost = Shade(first, t_s - half_s, t_s + thought_s + half_s)
    if not deep:
        return [outmost]
    in_s = t_s - half_s + way_s
    return [outmost, Shade(second, in_s, max(in_s + 0.05, outmost.until_s - way_s))]
