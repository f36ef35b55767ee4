"""A beam is freed, or held by a thing that is nobody: what everybody inside may have done by then. Pure.

A door's leaf in one beam hides who comes to that beam. Which way they went is then known only if the other
beam and the order of the edges prove it.
"""

import math
from collections.abc import Iterable, Iterator

from edge.signals.crossing import Outcome
from edge.signals.fates import GUESSED, NEVER, THROUGH, Fate, Freed, fates
from edge.signals.gaits import Stage, Walker, log_turn, log_turn_over, newcomer, stay
from edge.signals.walkers import Walkers

#: Natural logarithm of the odds that somebody gets past who stands in the door for so many times as long as
#: others need.
OVERTAKES, STANDS = -1.6, 1.5
_LOG_2 = math.log(2.0)


def thing(beam: int, t_s: float, walkers: Walkers) -> Walker:
    """A thing that has just come to hold a beam."""
    return newcomer(beam, t_s, walkers)._replace(stage=Stage.THING)


def beam_of_thing(inside: Iterable[Walker]) -> int | None:
    """The beam that a thing holds."""
    return next((walker.side for walker in inside if walker.stage is Stage.THING), None)


def one_more(things: tuple[int, ...], kind: int) -> tuple[int, ...]:
    """The count with another of a kind."""
    return (*things[:kind], things[kind] + 1, *things[kind + 1 :])


def what_next(walker: Walker, inside: tuple[Walker, ...], freed: Freed, walkers: Walkers) -> list[Fate]:
    """Everything somebody, or a thing, may have done when a beam is freed, given who else is inside."""
    if walker.stage is Stage.THING:
        return [_of_thing(walker, freed, walkers.unseen[walker.side])]
    options = list(fates(walker, freed, walkers))
    if walker.side != freed.beam and _is_in_the_way(inside, walker, freed, walkers.typical_s):
        options = [
            fate._replace(seen=fate.seen + OVERTAKES, hidden=fate.hidden + OVERTAKES)
            if fate.outcome in THROUGH
            else fate
            for fate in options
        ]
    beam = beam_of_thing(inside)
    return options if beam is None else list(_beside_thing(walker, freed, options, beam))


def _is_in_the_way(inside: tuple[Walker, ...], walker: Walker, freed: Freed, typical_s: float) -> bool:
    """Whether somebody stands where a walker came from, who came before them."""
    return any(
        other.side == walker.side
        and other.stage is Stage.FIRST
        and other.first_s < min(walker.first_s, freed.t_s - STANDS * typical_s)
        for other in inside
    )


def _of_thing(held: Walker, freed: Freed, unseen: float) -> Fate:
    if freed.beam != held.side:
        return Fate(NEVER, 0.0, held, None)
    took_s = freed.t_s - held.first_s
    seen = log_turn(took_s, 1.0 - unseen) if freed.is_seen else GUESSED
    return Fate(seen, log_turn_over(took_s, unseen), None, Outcome.AMBIGUOUS)


def _beside_thing(walker: Walker, freed: Freed, options: Iterable[Fate], thing_beam: int) -> Iterator[Fate]:
    """The same fates where a thing holds a beam: the other one alone seldom tells which way somebody went.

    It tells if they were seen to come to the beam that the thing holds, or to leave it.
    """
    for fate in options:
        is_through = fate.outcome in THROUGH
        if freed.beam != thing_beam:
            if fate.now is not None and fate.now.stage is Stage.SECOND and not fate.now.saw_second:
                # In or out, as likely: they will not be seen again.
                yield fate._replace(
                    seen=fate.seen + _LOG_2, hidden=fate.hidden + _LOG_2, now=None, outcome=Outcome.AMBIGUOUS
                )
            elif is_through and walker.side == thing_beam and not walker.saw_first:
                fate = fate._replace(outcome=Outcome.AMBIGUOUS)
        elif is_through and walker.side != thing_beam and not walker.saw_second:
            fate = fate._replace(hidden=NEVER)
        yield fate


def late_thing(
    inside: tuple[Walker, ...], freed: Freed, covered_s: float, walkers: Walkers
) -> tuple[float, Walker, Fate]:
    """A thing that frees a beam though its coming was hidden: log odds, what it is, that it is gone.

    It came before those had left who held the beam; `covered_s`: until when those held it who are gone.
    """
    for walker in inside:
        if walker.is_on(freed.beam):
            on_s = walker.first_s if walker.side == freed.beam else walker.second_s
            covered_s = max(covered_s, on_s + math.exp(stay(walker, walkers)[0]))
    alone_s = max(freed.t_s - covered_s, 0.0)
    came = math.exp(log_turn_over(freed.t_s - freed.since_s, 1.0)) - math.exp(log_turn_over(alone_s, 1.0))
    return (
        math.log(max(came, 1e-9)),
        thing(freed.beam, freed.since_s, walkers),
        Fate(0.0, 0.0, None, Outcome.AMBIGUOUS),
    )
