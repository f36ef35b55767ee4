"""A beam is freed: what each walker inside may have done by then, and how likely that is. Pure."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from edge.signals.crossing import Outcome
from edge.signals.gaits import (
    TURN_CHANGE,
    TURNS_MIDWAY,
    TURNS_SHALLOW,
    Stage,
    Walker,
    leave_first,
    leave_second,
    log_due,
    log_over,
    log_turn,
    log_turn_over,
    newcomer,
    stay,
)
from edge.signals.walkers import Walkers, below

#: Natural logarithm of the density of an edge whose time is guessed.
GUESSED = -1.0
#: Seconds about which a hidden coming to a beam is known.
HIDDEN_S = 0.05
#: Seconds that who turns back at one beam breaks it at least; less is as rare as it is short.
GRAZE_S = 0.08
#: Spread of the natural logarithm of the delay of who was never seen.
UNSEEN_SPREAD = 0.4

THROUGH = (Outcome.IN, Outcome.OUT)
NEVER = -math.inf


class Fate(NamedTuple):
    """What one walker did when a beam was freed."""

    #: Natural logarithm of the odds if they were the one seen to free it, and if they had left it before.
    seen: float
    hidden: float
    #: Where they are now; None when gone.
    now: Walker | None
    #: What became of who is gone.
    outcome: Outcome | None


class Freed(NamedTuple):
    """A beam that is freed."""

    beam: int
    t_s: float
    #: When it was broken.
    since_s: float
    #: When the other beam was broken, if it is; when it was last freed.
    other_s: float | None
    other_freed_s: float
    #: False where the time is guessed.
    is_seen: bool


def fates(walker: Walker, freed: Freed, walkers: Walkers) -> Iterator[Fate]:
    """Everything a walker may have done by the time a beam is freed."""
    if freed.beam == walker.side:
        yield from _at_first(walker, freed, walkers)
    elif walker.is_on(freed.beam) or walker.stage is Stage.FIRST:
        yield from _at_second(walker, freed, walkers)
    else:
        yield Fate(NEVER, 0.0, walker, None)


def _at_first(walker: Walker, freed: Freed, walkers: Walkers) -> Iterator[Fate]:
    """It is the beam they came to first."""
    if walker.stage is Stage.SECOND:
        yield Fate(NEVER, 0.0, walker, None)
        return
    t_s, arrived = freed.t_s, 0.0
    if walker.stage is Stage.BACK:
        if walker.saw_left:
            odds = log_due(t_s - walker.left_s, walker.delay, TURN_CHANGE)
            hidden = log_over(t_s - walker.left_s, walker.delay, TURN_CHANGE)
        else:
            odds = log_turn(t_s - walker.second_s, 1.0)
            hidden = log_turn_over(t_s - walker.second_s, 1.0)
        yield Fate(odds if freed.is_seen else GUESSED, hidden, None, Outcome.TURNED_BACK)
        return
    if walker.stage is Stage.FIRST:
        share = walkers.turned * TURNS_SHALLOW
        took_s = t_s - walker.first_s
        graze = math.log(min(max(took_s, 1e-4) / GRAZE_S, 1.0))
        yield Fate(log_turn(took_s, share) + graze, log_turn_over(took_s, share), None, Outcome.TURNED_BACK)
        if freed.other_s is None:
            return
        # They have come to the other beam too, hidden by who broke it.
        arrived = log_over(t_s - walker.first_s, walker.delay, walker.doubt)
        second_s = walker.first_s + math.exp(walker.delay)
        if freed.other_s > second_s:
            arrived += log_over(1.0, (freed.other_s - second_s) / HIDDEN_S, 1.0)
        walker = walker._replace(stage=Stage.BOTH, second_s=second_s, saw_second=False)
    if walker.stage is Stage.BOTH:
        unseen = walker._replace(stage=Stage.SECOND, left_s=t_s, saw_left=False)
        odds, now = leave_first(walker, t_s, walkers) if freed.is_seen else (GUESSED, unseen)
        yield Fate(arrived + odds, NEVER, now, None)
        over = log_over(t_s - walker.first_s, *stay(walker, walkers))
        yield Fate(NEVER, arrived + over, unseen, None)


def _at_second(walker: Walker, freed: Freed, walkers: Walkers) -> Iterator[Fate]:
    """It is the beam they come to second, if they do."""
    t_s, arrived = freed.t_s, 0.0
    if walker.stage is Stage.FIRST:
        yield Fate(NEVER, 0.0, walker, None)
        arrived = log_over(t_s - walker.first_s, walker.delay, walker.doubt)
        second_s = max(walker.first_s + math.exp(walker.delay), freed.since_s)
        walker = walker._replace(stage=Stage.BOTH, second_s=second_s, saw_second=False)
    if walker.stage is not Stage.SECOND:
        if walker.stage is Stage.RETURNING:
            # From one beam to the other, backwards: a body less a spacing.
            share = 1.0
            way = walker.delay + math.log(max(math.exp(walkers.log_bodies) - 1.0, 0.1))
            odds = log_due(t_s - walker.left_s, way, TURN_CHANGE)
            hidden = log_over(t_s - walker.left_s, way, TURN_CHANGE)
        else:
            share = walkers.turned * TURNS_MIDWAY
            odds = log_turn(t_s - walker.second_s, share)
            hidden = log_turn_over(t_s - walker.second_s, share)
        if not freed.is_seen:
            odds = GUESSED + math.log(share)
        back = walker._replace(stage=Stage.BACK, left_s=t_s, saw_left=freed.is_seen)
        yield Fate(arrived + odds, NEVER, back, None)
        yield Fate(NEVER, arrived + hidden, back._replace(saw_left=False), None)
        if walker.stage is Stage.RETURNING or freed.other_s is None:
            return
    from_s, mean, variance = leave_second(walker, walkers)
    odds = log_due(t_s - from_s, mean, variance) if freed.is_seen else GUESSED
    over = log_over(t_s - from_s, mean, variance)
    yield Fate(arrived + odds, arrived + over, None, THROUGH[walker.side])


def latecomers(
    inside: tuple[Walker, ...], freed: Freed, walkers: Walkers
) -> Iterator[tuple[float, Walker, Fate]]:
    """Who may free a beam though nobody saw them come: log odds, how they stood there, what they do."""
    # Whoever is close behind somebody walks as fast.
    delay = inside[-1].delay if inside else walkers.log_delay
    delay_s, stay_s = math.exp(delay), math.exp(delay + walkers.log_bodies)
    came_s = freed.t_s - stay_s
    new = newcomer(freed.beam, came_s, walkers)._replace(delay=delay, saw_first=False, saw_second=False)
    if freed.other_s is not None:
        now = new._replace(stage=Stage.SECOND, second_s=came_s + delay_s, left_s=freed.t_s)
        yield 0.0, new, Fate(0.0, 0.0, now, None)
    # … and nobody saw them on the other beam either.
    other_freed_s = freed.t_s if freed.other_s is not None else freed.other_freed_s
    if other_freed_s > freed.since_s:
        side = 1 - freed.beam
        new = new._replace(side=side, stage=Stage.BOTH, first_s=came_s - delay_s, second_s=came_s)
        late_s = max(freed.t_s - other_freed_s, 1e-4)
        odds = math.log(max(below((delay - math.log(late_s)) / UNSEEN_SPREAD), 1e-9))
        yield odds, new, Fate(0.0, 0.0, None, THROUGH[side])


class Span(NamedTuple):
    """How long one walker covers a beam."""

    on_s: float
    stay_s: float
    #: Whether their coming was hidden by others.
    is_hidden: bool


def span_on(beam: int, walker: Walker, fate: Fate, walkers: Walkers) -> Span | None:
    """When a walker was on a beam, None if they were not."""
    if fate.now is walker:
        return None
    stay_s = math.exp(stay(walker, walkers)[0])
    if (
        fate.outcome is Outcome.TURNED_BACK
        or walker.stage is Stage.THING
        or (fate.now and fate.now.stage is Stage.BACK)
    ):
        # Who turns back stays as long as they like.
        stay_s = math.inf
    if beam == walker.side:
        return Span(walker.first_s, stay_s, not walker.saw_first)
    if walker.stage is Stage.FIRST:
        return Span(walker.first_s + math.exp(walker.delay), stay_s, True)
    return Span(walker.second_s, stay_s, not walker.saw_second)
