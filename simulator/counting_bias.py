"""An entrance that misses more on the way in in, how well nights teach that, out. Pure."""

from collections.abc import Sequence
from math import sqrt
from random import Random

from msgspec import Struct

from hub.counts.door_error import DoorError
from hub.layout import Building, Door, Layout, Names, Space, SpaceKind
from simulator.counting_days import FOUND_LEAST, FOUND_MOST, Campus, Passage, iso_day, opens

#: Traffic of the entrance, people a day, and the nights that it is learned in.
GATE_TRAFFIC = (300, 1000, 3000)
NIGHTS = 5
INJECTED = 0.01
TOLERANCE = 0.003


class BiasScore(Struct, frozen=True, kw_only=True):
    """How well a bias of one point was learned at an entrance of so many people a day, in five nights."""

    people_a_day: int
    #: Shares; 0.01 is one point.
    mean_learned: float
    mean_abs_error: float
    worst_error: float
    #: Share of seeds within 0.3 points.
    within: float
    #: What five nights of binomial misses allow at best, as a standard deviation.
    theory_sd: float


def gate() -> Layout:
    """A hall with one entrance."""
    names = Names(kk="Холл", ru="Холл", en="Hall")
    return Layout(
        site="gate",
        names=names,
        buildings=(Building(id="gate", names=names),),
        spaces=(
            Space(
                id="hall",
                building="gate",
                kind=SpaceKind.HALL,
                code="H",
                floor=1,
                area_m2=5000.0,
                names=names,
            ),
        ),
        doors=(Door(id="entrance", node="node", channel="door", inner="hall"),),
    )


def learned_at_gate(traffic: int, seed: int, nights: int = NIGHTS) -> DoorError:
    """What five nights teach of an entrance that misses one point more on the way in than out."""
    rng = Random(f"gate:{seed}:{traffic}")
    missed_out = rng.uniform(1 - FOUND_MOST, 1 - FOUND_LEAST - INJECTED)
    campus = Campus(gate(), {"entrance": (1 - missed_out - INJECTED, 1 - missed_out)}, rng)
    for number in range(nights + 1):
        day = iso_day(number)
        begin = opens(day)
        walks: list[Passage] = []
        for _ in range(traffic if number < nights else 1):
            came = rng.randrange(480)
            walks.append(Passage(begin + came, "entrance", True))
            walks.append(Passage(begin + came + rng.randrange(1, 600 - came), "entrance", False))
        for passage in sorted(walks):
            campus.take(day, passage)
    return campus.counts.error("hall", "entrance")


def score_bias(traffic: int, seeds: Sequence[int]) -> BiasScore:
    """All seeds at one traffic."""
    learned = [learned_at_gate(traffic, seed).bias for seed in seeds]
    off = [abs(one - INJECTED) for one in learned]
    missed = 1 - (FOUND_LEAST + FOUND_MOST) / 2
    return BiasScore(
        people_a_day=traffic,
        mean_learned=round(sum(learned) / len(learned), 5),
        mean_abs_error=round(sum(off) / len(off), 5),
        worst_error=round(max(off), 5),
        within=round(sum(one <= TOLERANCE for one in off) / len(off), 3),
        theory_sd=round(sqrt(2 * missed * (1 - missed) / traffic / NIGHTS), 5),
    )
