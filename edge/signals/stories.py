"""The edges of both beams in, the likeliest stories of who made them out: several are followed at once. Pure.

Every edge was made by somebody: who broke a free beam, or was the last to leave it; whatever others did
meanwhile was hidden. A story says who made each edge and is as likely as the speeds, bodies and company it
needs. (Multiple hypothesis tracking: Reid 1979, doi:10.1109/TAC.1979.1102177.)
"""

import math
from collections.abc import Iterator
from heapq import nlargest

from edge.signals.crossing import Outcome
from edge.signals.fates import GUESSED, Fate, Freed, latecomers, span_on
from edge.signals.gaits import (
    TURNS_DEEP,
    Stage,
    Walker,
    hidden_newcomer,
    log_turn,
    newcomer,
    reach_second,
)
from edge.signals.story import NOBODY, NOTHING, Story, Told
from edge.signals.things import beam_of_thing, late_thing, one_more, thing, what_next
from edge.signals.walkers import Walkers, bell, below

#: Stories followed at once, and how much less likely than the best they may be (natural logarithm).
MOST_STORIES, WORST = 16, 9.0
#: Ways looked at in which those inside may have left one beam.
MOST_WAYS = 64
#: Natural logarithm of the odds that nobody's walking explains an episode, …
ODD = -7.0
#: … and of the density of an edge where both beams change at once, as a thing does that is no walker.
AT_ONCE_S, AT_ONCE = 0.003, 6.5
#: Per second: who comes first, or well behind somebody.
COME_PER_S = 0.5
_LOG_COME = math.log(COME_PER_S)
#: Per second, where each person moves a thing once: it moves as they come.
THING_PER_S = 2.0
_LOG_THING = math.log(THING_PER_S)
#: Most people hidden between two who were seen.
MOST_HIDDEN = 8
#: Probability that who hid the next stayed longer than a body needs.
GAP = 0.02


class Stories:
    """The stories of one door, edge by edge in time order."""

    def __init__(self, walkers: Walkers) -> None:
        self._walkers = walkers
        self._stories = [Story(0.0, (), (), NOBODY, NOBODY, False, 0, NOTHING)]
        #: When each beam was broken last, if it is broken; when it was last freed, or changed at all.
        self._since_s: list[float | None] = [None, None]
        self._freed_s = [-math.inf, -math.inf]
        self._changed_s = [-math.inf, -math.inf]
        self._began_s = -math.inf
        #: Stories less likely than this need not be told to the end.
        self._floor = -math.inf

    def feed(self, t_s: float, beam: int, broken: bool, seen: bool) -> None:
        """Take an edge of beam 0 (outer) or 1; `seen` is False where its time was guessed."""
        since_s, other_s = self._since_s[beam], self._since_s[1 - beam]
        if broken == (since_s is not None):
            return
        found: list[Story] = []
        if since_s is None:
            if other_s is None:
                self._began_s = t_s
            found = [new for story in self._stories for new in self._rise(story, t_s, beam, seen)]
            self._since_s[beam] = t_s
        else:
            freed = Freed(beam, t_s, since_s, other_s, self._freed_s[1 - beam], seen)
            for story in self._stories:
                for new in self._fall(story, freed):
                    found.append(new)
                    self._floor = max(self._floor, new.odds - WORST)
            self._since_s[beam], self._freed_s[beam] = None, t_s
            if other_s is None:
                found = [self._ended(story, t_s) for story in found if not story.inside]
        if not found:
            # Not even an odd story was left: everything since both beams were free is one.
            odd = self._stories[0]._replace(inside=(), is_odd=True)
            found = [self._ended(odd, t_s) if since_s is not None and other_s is None else odd]
        self._changed_s[beam] = t_s
        self._keep(found)

    def ways(self) -> list[tuple[tuple[Told, ...], float]]:
        """What may be told, and the share of the stories that tell it, the likeliest first."""
        ways: dict[tuple[Told, ...], float] = {}
        for share, story in zip(self._shares(), self._stories, strict=True):
            ways[story.told] = ways.get(story.told, 0.0) + share
        return sorted(ways.items(), key=lambda way: -way[1])

    def expected(self) -> tuple[float, float]:
        """How many turned back and how many followed closely, weighed over all stories.

        The best story alone would teach a door that what is rare never happens.
        """
        turned = followers = 0.0
        for share, story in zip(self._shares(), self._stories, strict=True):
            turned += share * sum(one.people for one in story.told if one.outcome is Outcome.TURNED_BACK)
            followers += share * story.followers
        return turned, followers

    def things(self) -> list[float]:
        """How many things of each kind held a beam, weighed over all stories."""
        shares = self._shares()
        return [
            sum(share * story.things[kind] for share, story in zip(shares, self._stories, strict=True))
            for kind in range(len(NOTHING))
        ]

    def settle(self, told: tuple[Told, ...]) -> None:
        """Take one of the `ways` as told, and follow only the stories that agree."""
        self._stories = [
            story._replace(told=(), followers=0, things=NOTHING)
            for story in self._stories
            if story.told == told
        ]

    def _shares(self) -> list[float]:
        best = self._stories[0].odds
        weights = [math.exp(story.odds - best) for story in self._stories]
        total = sum(weights)
        return [weight / total for weight in weights]

    def _keep(self, found: list[Story]) -> None:
        self._floor = -math.inf
        found.sort(key=lambda story: -story.odds)
        least = found[0].odds - WORST
        kept: dict[tuple[object, ...], Story] = {}
        for story in found:
            if story.odds < least or len(kept) == MOST_STORIES:
                break
            kept.setdefault((story.inside, story.told, story.is_odd), story)
        # Only differences count; a stream without end must not run out of numbers.
        self._stories = [story._replace(odds=story.odds - found[0].odds) for story in kept.values()]

    def _ended(self, story: Story, t_s: float) -> Story:
        """Both beams are free: nobody is there."""
        if not story.is_odd:
            return story._replace(came_s=NOBODY)
        odd = Told(Outcome.AMBIGUOUS, 0, self._began_s, t_s)
        return story._replace(told=(*story.told, odd), is_odd=False, came_s=NOBODY)

    def _odd_edge(self, story: Story, t_s: float, beam: int) -> Story:
        at_once = t_s - self._changed_s[1 - beam] < AT_ONCE_S
        return story._replace(odds=story.odds + (AT_ONCE if at_once else 0.0))

    def _come(self, story: Story, odds: float, side: int, t_s: float) -> Story:
        """The story with somebody more coming: as usual as following, or meeting, who came before."""
        walkers, near = self._walkers, False
        if story.came_s[side] > -math.inf:
            near = t_s - story.came_s[side] < walkers.typical_s
            rate = walkers.follow_per_s if near else max(walkers.follow_per_s, COME_PER_S)
        elif story.came_s[1 - side] > -math.inf:
            rate = walkers.meet_per_s
        else:
            rate = COME_PER_S
        return story._replace(
            odds=story.odds + odds + math.log(rate),
            came_s=(t_s, story.came_s[1]) if side == 0 else (story.came_s[0], t_s),
            followers=story.followers + near,
        )

    def _thing(self, story: Story, odds: float, kind: int) -> Story:
        """The story with a thing more."""
        odds += story.odds + _LOG_THING + math.log(self._walkers.things[kind])
        return story._replace(odds=odds, things=one_more(story.things, kind))

    def _rise(self, story: Story, t_s: float, beam: int, seen: bool) -> Iterator[Story]:
        """A free beam is broken: by somebody new, or somebody who was on the other one."""
        if story.is_odd:
            yield self._odd_edge(story, t_s, beam)
            return
        walkers, other_s = self._walkers, self._since_s[1 - beam]
        outer_s, inner_s = story.covered_s
        covered_s = (-math.inf, inner_s) if beam == 0 else (outer_s, -math.inf)
        story = story._replace(covered_s=covered_s)
        new = newcomer(beam, t_s, walkers)
        yield self._come(story, 0.0, beam, t_s)._replace(inside=(*story.inside, new))
        if beam_of_thing(story.inside) is None:
            yield self._thing(story, 0.0, beam)._replace(inside=(*story.inside, thing(beam, t_s, walkers)))
        if other_s is None:
            yield story._replace(odds=story.odds + _LOG_COME + ODD, is_odd=True)
            return
        for k, walker in enumerate(story.inside):
            if walker.side != beam and walker.stage is Stage.FIRST:
                odds, now = reach_second(walker, t_s)
                if not seen:
                    odds, now = GUESSED, walker._replace(stage=Stage.BOTH, second_s=t_s)
            elif walker.side == beam and walker.stage is Stage.SECOND:
                odds = log_turn(t_s - walker.left_s, walkers.turned * TURNS_DEEP)
                now = walker._replace(stage=Stage.RETURNING, left_s=t_s)
            else:
                continue
            if odds > -math.inf:
                inside = (*story.inside[:k], now, *story.inside[k + 1 :])
                yield story._replace(odds=story.odds + odds, inside=inside)
        # Somebody new whose coming to the other beam was hidden by who broke it.
        odds, hidden = hidden_newcomer(1 - beam, t_s, other_s, walkers)
        yield self._come(story, odds, 1 - beam, t_s)._replace(inside=(*story.inside, hidden))

    def _fall(self, story: Story, freed: Freed) -> Iterator[Story]:
        """A beam is freed: those who were there have left in any way, one of them, or a new one, just now."""
        if story.is_odd:
            yield self._odd_edge(story, freed.t_s, freed.beam)
            return
        ways: list[tuple[float, tuple[Fate, ...], int]] = [(0.0, (), -1)]
        for k, walker in enumerate(story.inside):
            options = what_next(walker, story.inside, freed, self._walkers)
            longer = []
            for odds, chosen, last in ways:
                for fate in options:
                    if fate.hidden > -WORST:
                        longer.append((odds + fate.hidden, (*chosen, fate), last))
                    if last < 0 and fate.seen > -WORST:
                        longer.append((odds + fate.seen, (*chosen, fate), k))
            ways = longer if len(longer) <= MOST_WAYS else nlargest(MOST_WAYS, longer, key=_odds_of)
        # Whoever is close behind a thing is not close behind anybody.
        late = list(latecomers(story.inside, freed, self._walkers))
        if beam_of_thing(story.inside) is None:
            late.append(late_thing(story.inside, freed, story.covered_s[freed.beam], self._walkers))
        for odds, chosen, last in ways:
            if story.odds + odds < self._floor:
                continue
            if last >= 0:
                new = story._replace(odds=story.odds + odds)
                yield from self._left(new, story.inside, chosen, last, freed)
                continue
            for more, walker, fate in late:
                on_s = walker.first_s if walker.side == freed.beam else walker.second_s
                if walker.stage is Stage.THING:
                    new = self._thing(story, odds + more, 2 + freed.beam)
                else:
                    new = self._come(story, odds + more, walker.side, on_s)
                if new.odds >= self._floor:
                    yield from self._left(new, (*story.inside, walker), (*chosen, fate), len(chosen), freed)

    def _left(
        self, story: Story, people: tuple[Walker, ...], chosen: tuple[Fate, ...], last: int, freed: Freed
    ) -> Iterator[Story]:
        """One way for everybody to have left a beam, with as many hidden between them as it needs."""
        walkers, beam, odds = self._walkers, freed.beam, story.odds
        spread = math.sqrt(2.0 * walkers.body_variance + 0.01)
        spans = []
        for k, (walker, fate) in enumerate(zip(people, chosen, strict=True)):
            span = span_on(beam, walker, fate, walkers)
            if span is not None:
                spans.append((span, k == last))
            if walker.stage is Stage.THING and fate.outcome is not None and k != last:
                story = story._replace(things=one_more(story.things, 4 + beam))
        covered, rear = story.covered_s[beam], None
        for span, is_last in sorted(spans):
            if span.is_hidden and math.isfinite(covered) and math.isfinite(span.stay_s):
                if is_last and chosen[last].now is not None:
                    rear = (span, covered)
                else:
                    gap = (span.on_s - covered) / span.stay_s
                    odds += math.log(max(below(-gap / spread), GAP))
            covered = max(covered, span.on_s + span.stay_s)
        after = self._after(story, people, chosen, freed)
        behind = chosen[last].now
        if rear is None or behind is None:
            yield after._replace(odds=odds)
            return
        span, covered = rear
        bodies = (span.on_s - covered) / span.stay_s + 1.0
        fits = below((1.0 - bodies) / spread) * below((bodies + 0.1) / spread)
        yield after._replace(odds=odds + math.log(max(fits, GAP)))
        if bodies < 0.7:
            return
        way_s, delay_s = bodies * span.stay_s, math.exp(behind.delay)
        for hidden in range(1, MOST_HIDDEN):
            gaps = hidden + 1
            fits = bell(bodies - gaps / 2, math.sqrt(gaps / 12 + spread**2))
            odds += math.log(walkers.follow_per_s * span.stay_s)
            came_s = [span.on_s - way_s * (n + 1) / gaps for n in range(hidden)]
            crowd = tuple(
                behind._replace(first_s=t_s, second_s=t_s + delay_s, saw_left=False) for t_s in came_s
            )
            yield after._replace(
                odds=odds + math.log(max(fits, 1e-9)),
                inside=(*crowd, *after.inside),
                followers=after.followers + hidden,
            )

    def _after(
        self, story: Story, people: tuple[Walker, ...], chosen: tuple[Fate, ...], freed: Freed
    ) -> Story:
        """Who is inside after all have left, and what is told of those who are gone."""
        other = 1 - freed.beam
        covers = list(story.covered_s)
        covers[freed.beam] = -math.inf
        gone: dict[Outcome, list[Walker]] = {}
        for walker, fate in zip(people, chosen, strict=True):
            if fate.outcome is None:
                continue
            gone.setdefault(fate.outcome, []).append(walker)
            if freed.other_s is not None and walker.is_on(other):
                # Whoever is gone from a beam that is still broken covered it as long as they were there.
                span = span_on(other, walker, fate, self._walkers)
                if span is not None:
                    covers[other] = max(covers[other], span.on_s + span.stay_s)
        told = tuple(
            Told(
                outcome,
                sum(walker.stage is not Stage.THING for walker in walkers),
                # When they came whose way is not known is not known either.
                freed.since_s if outcome is Outcome.AMBIGUOUS else min(walker.first_s for walker in walkers),
                freed.t_s,
            )
            for outcome, walkers in gone.items()
        )
        return story._replace(
            inside=tuple(fate.now for fate in chosen if fate.now is not None),
            told=(*story.told, *told),
            covered_s=(covers[0], covers[1]),
        )


def _thing_beam(story: Story) -> int | None:
    """The beam that a thing holds."""
    return next((walker.side for walker in story.inside if walker.stage is Stage.THING), None)


def _odds_of(way: tuple[float, tuple[Fate, ...], int]) -> float:
    return way[0]
