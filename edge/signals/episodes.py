"""The pulses of both beams during one episode in, the likeliest crossings out: who broke which beam. Pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.signals.crossing import Crossing, Outcome, PassageSettings
from edge.signals.pulses import Pulse
from edge.signals.walkers import Head, Walkers

#: Most pulses of one beam that one knot of people links; longer knots are cut.
MOST_LINKED = 4
#: Costs are natural logarithms of odds. What going through costs before lengths and speeds speak:
COST_THROUGH = 1.4
#: … turning back: 3 % of people do.
COST_TURN = 3.2
#: … and without ever reaching the other beam, which nobody else's pulses must hide.
COST_ONE_BEAM = 4.0
#: … a story no walker explains: a last resort, yet cheaper than two people who turn back at once.
COST_AMBIGUOUS = 7.0
#: … for each pulse more than one of each beam: overlapping people are rarer than lone ones.
COST_LINK = 1.6
#: … when an edge that would show the direction was lost.
COST_LOST = 1.5
#: How much the speed of the first to reach the beams and of the last to leave differ (natural logarithm).
SPEED_CHANGE = 0.45
#: Longest took_s that a crossing can carry, seconds.
LONGEST_S = 59.999

#: How many pulses of the outer and of the inner beam one knot may hold.
_SHAPES = [
    (1, 0),
    (0, 1),
    *((i, j) for i in range(1, MOST_LINKED + 1) for j in range(1, MOST_LINKED + 1)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knot:
    """Some pulses of both beams that belong together, what they mean, and what believing so costs."""

    outer: tuple[Pulse, ...]
    inner: tuple[Pulse, ...]
    outcome: Outcome
    #: How many walked; 0 where nobody is meant.
    people: int
    #: Probability of outcome and people together, 0 to 1.
    confidence: float
    #: Natural logarithm of the odds against it.
    cost: float
    #: Seconds of blocking and of delay of a single pulse on each beam, to learn from; None otherwise.
    lesson: tuple[float, float] | None = None

    @property
    def pulses(self) -> tuple[Pulse, ...]:
        """All its pulses."""
        return (*self.outer, *self.inner)

    @property
    def start_s(self) -> float:
        """When its first beam was broken."""
        return min(pulse.start_s for pulse in self.pulses)

    @property
    def end_s(self) -> float:
        """When its last beam was freed."""
        return max(pulse.end_s for pulse in self.pulses)

    def crossing(self) -> Crossing:
        """What the world is told of it."""
        return Crossing(
            outcome=self.outcome,
            people=self.people,
            t_s=self.end_s,
            took_s=min(self.end_s - self.start_s, LONGEST_S),
            confidence=self.confidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Which beam was first: seconds from the outer to the inner beam, when broken and when freed."""

    lead_s: float
    trail_s: float
    #: How many of the two are known from edges really seen, not from a guess.
    seen: int


def explain(
    outer: Sequence[Pulse], inner: Sequence[Pulse], walkers: Walkers, settings: PassageSettings
) -> list[Knot]:
    """The cheapest story of an episode: each pulse in one knot, both beams in order (dynamic programming)."""
    best: dict[tuple[int, int], tuple[float, list[Knot]]] = {(0, 0): (0.0, [])}
    for i in range(len(outer) + 1):
        for j in range(len(inner) + 1):
            cost, story = best[i, j]
            for outer_pulses, inner_pulses in _SHAPES:
                at = (i + outer_pulses, j + inner_pulses)
                if at[0] > len(outer) or at[1] > len(inner) or _is_apart(outer[i : at[0]], inner[j : at[1]]):
                    continue
                for knot in _knots(tuple(outer[i : at[0]]), tuple(inner[j : at[1]]), walkers, settings):
                    if at not in best or cost + knot.cost < best[at][0]:
                        best[at] = (cost + knot.cost, [*story, knot])
    return best[len(outer), len(inner)][1]


def _knots(
    outer: tuple[Pulse, ...], inner: tuple[Pulse, ...], walkers: Walkers, settings: PassageSettings
) -> Iterator[Knot]:
    """What these pulses can mean if they belong together; nothing when they cannot."""
    if not outer or not inner:
        yield _nobody_through(outer, inner, Outcome.TURNED_BACK, 0.8, COST_ONE_BEAM)
        return
    if not _is_connected(outer, inner):
        return
    links = COST_LINK * (len(outer) + len(inner) - 2)
    order = _order(outer, inner)
    shortest_s = settings.spacing_m / settings.fastest_m_s
    longest_s = settings.spacing_m / settings.slowest_m_s
    quickest_s = min(abs(order.lead_s), abs(order.trail_s))
    if order.seen == 0 or quickest_s < shortest_s or not _is_overlapping(outer, inner):
        yield _nobody_through(outer, inner, Outcome.AMBIGUOUS, 0.5, COST_AMBIGUOUS + links)
        return
    lost = COST_LOST * (2 - order.seen)
    if (order.lead_s > 0) != (order.trail_s > 0):
        # One of the beams was broken first and freed last. It was freed in between by who turned back late.
        if min(len(outer), len(inner)) == 1 and max(len(outer), len(inner)) <= 2:
            cost = COST_TURN + links / 2 + lost
            yield _nobody_through(outer, inner, Outcome.TURNED_BACK, 0.9, cost)
    elif max(abs(order.lead_s), abs(order.trail_s)) <= longest_s:
        yield _through(outer, inner, order, links + lost, walkers, settings)
    elif len(outer) == len(inner) == 1:
        yield _nobody_through(outer, inner, Outcome.AMBIGUOUS, 0.5, COST_AMBIGUOUS)


def _nobody_through(
    outer: tuple[Pulse, ...], inner: tuple[Pulse, ...], outcome: Outcome, confidence: float, cost: float
) -> Knot:
    people = 1 if outcome is Outcome.TURNED_BACK else 0
    return Knot(outer=outer, inner=inner, outcome=outcome, people=people, confidence=confidence, cost=cost)


def _through(
    outer: tuple[Pulse, ...],
    inner: tuple[Pulse, ...],
    order: _Order,
    cost: float,
    walkers: Walkers,
    settings: PassageSettings,
) -> Knot:
    """People who went through one way: how many, from the blocked length in bodies at their speed."""
    lead_s, trail_s = abs(order.lead_s), abs(order.trail_s)
    delay_s = (lead_s + trail_s) / 2
    change = math.log(lead_s / trail_s) / SPEED_CHANGE
    lesson = None
    if len(outer) == len(inner) == 1:
        length_s = (outer[0].length_s + inner[0].length_s) / 2
        heads_of = [walkers.heads(walkers.excess(length_s, delay_s))]
        if order.seen == 2:
            lesson = (length_s, delay_s)
    else:
        # Each pulse of the beam with more gaps is somebody; speeds run from the first's to the last's.
        rows = [row for row in (outer, inner) if len(row) == max(len(outer), len(inner))]
        heads_of = max(
            ([_head(row, k, lead_s, trail_s, walkers) for k in range(len(row))] for row in rows),
            key=lambda heads: sum(head.fit for head in heads),
        )
    share = math.prod(head.share for head in heads_of)
    fit = sum(head.fit for head in heads_of) + walkers.speed_fit(settings.spacing_m / delay_s)
    return Knot(
        outer=outer,
        inner=inner,
        outcome=Outcome.IN if order.lead_s > 0 else Outcome.OUT,
        people=sum(head.people for head in heads_of),
        confidence=max(0.05, min(0.99, share * math.exp(-0.1 * change**2))),
        cost=cost + COST_THROUGH + 0.5 * change**2 - fit,
        lesson=lesson,
    )


def _head(row: tuple[Pulse, ...], k: int, lead_s: float, trail_s: float, walkers: Walkers) -> Head:
    """How many people the k-th pulse of a row holds, at a speed between the first's and the last's."""
    share = k / (len(row) - 1) if len(row) > 1 else 0.5
    delay_s = lead_s + (trail_s - lead_s) * share
    return walkers.heads(walkers.excess(row[k].length_s, delay_s), guessed=True)


def _order(outer: tuple[Pulse, ...], inner: tuple[Pulse, ...]) -> _Order:
    """The delays between the beams; one whose edges were lost is taken to be like the other."""
    lead_s = inner[0].start_s - outer[0].start_s
    trail_s = inner[-1].end_s - outer[-1].end_s
    lead_seen = inner[0].start_seen and outer[0].start_seen
    trail_seen = inner[-1].end_seen and outer[-1].end_seen
    if trail_seen and not lead_seen:
        lead_s = trail_s
    if lead_seen and not trail_seen:
        trail_s = lead_s
    return _Order(lead_s=lead_s, trail_s=trail_s, seen=int(lead_seen) + int(trail_seen))


def _is_apart(outer: Sequence[Pulse], inner: Sequence[Pulse]) -> bool:
    """True when one beam's pulses ended before the other's began: a quick look before the thorough one."""
    if not outer or not inner:
        return False
    return outer[0].start_s > inner[-1].end_s or inner[0].start_s > outer[-1].end_s


def _is_connected(outer: tuple[Pulse, ...], inner: tuple[Pulse, ...]) -> bool:
    """True when no moment between the pulses left both beams free."""
    pulses = sorted((*outer, *inner), key=lambda pulse: pulse.start_s)
    reach_s = pulses[0].end_s
    for pulse in pulses[1:]:
        if pulse.start_s > reach_s:
            return False
        reach_s = max(reach_s, pulse.end_s)
    return True


def _is_overlapping(outer: tuple[Pulse, ...], inner: tuple[Pulse, ...]) -> bool:
    """True when both beams were broken together at some time, as the body of a walker does."""
    return any(max(a.start_s, b.start_s) < min(a.end_s, b.end_s) for a in outer for b in inner)
