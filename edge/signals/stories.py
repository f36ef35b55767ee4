"""The edges of both beams in, the likeliest stories of who made them out: several are followed at once. Pure.

Every edge was made by somebody: who broke a free beam, or was the last to leave it; whatever others did
meanwhile was hidden. A story says who made each edge and is as likely as the speeds, bodies and company it
needs. (Multiple hypothesis tracking: Reid 1979, doi:10.1109/TAC.1979.1102177.)
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from edge.signals.crossing import Outcome
from edge.signals.gaits import (
    TURN_CHANGE,
    TURNS_DEEP,
    TURNS_MIDWAY,
    TURNS_SHALLOW,
    Stage,
    Walker,
    hidden_newcomer,
    leave_first,
    leave_second,
    log_due,
    log_over,
    log_turn,
    newcomer,
    reach_second,
    stay,
)
from edge.signals.walkers import Walkers, below, bell

#: Stories followed at once, and how much less likely than the best they may be (natural logarithm).
MOST_STORIES, WORST = 16, 9.0
#: Natural logarithm of the odds that nobody's walking explains an episode, and of the density of its edges.
ODD, ODD_EDGE = -7.0, 0.0
#: … and where both beams change at once, as only a thing does that is no walker: within seconds, log density.
AT_ONCE_S, AT_ONCE = 0.006, 5.0
#: Natural logarithm of the density of an edge whose time is guessed.
GUESSED = -1.0
#: Most people hidden between two who were seen.
MOST_HIDDEN = 8


class Told(NamedTuple):
    """Something a story says happened."""

    outcome: Outcome
    people: int
    start_s: float
    end_s: float


class Story(NamedTuple):
    """Who made the edges so far."""

    odds: float
    inside: tuple[Walker, ...]
    told: tuple[Told, ...]
    #: Until when those who have left a beam, hidden, still covered it: outer, inner.
    covered_s: tuple[float, float]
    #: No walker explains this episode.
    is_odd: bool
    #: Who followed closely, who met somebody, who gave a plain lone passage.
    followers: int
    met: int
    #: When somebody came last, since both beams were free: to the outer first, to the inner.
    came_s: tuple[float, float]


class Fate(NamedTuple):
    """What one walker did when a beam was freed."""

    #: As if they were the one seen to free it; as if they had left before, hidden.
    seen: float
    hidden: float
    #: Where they are now; None when gone.
    now: Walker | None
    #: What became of who is gone.
    outcome: Outcome | None


_THROUGH = (Outcome.IN, Outcome.OUT)
_NOBODY = (-math.inf, -math.inf)


class Stories:
    """The stories of one episode, edge by edge in time order."""

    def __init__(self, walkers: Walkers) -> None:
        self._walkers = walkers
        self._stories = [Story(0.0, (), (), (-math.inf, -math.inf), False, 0, 0, _NOBODY)]
        #: When each beam was broken last, if it is broken; when it was last freed.
        self._since_s: list[float | None] = [None, None]
        self._freed_s = [-math.inf, -math.inf]
        self._changed_s = [-math.inf, -math.inf]
        self._began_s = self._now_s = -math.inf
        #: Less likely stories need not be told to the end.
        self._floor = -math.inf

    def feed(self, t_s: float, beam: int, broken: bool, seen: bool) -> None:
        """Take an edge; `seen` is False where its time was guessed."""
        if broken == (self._since_s[beam] is not None):
            return
        self._now_s = t_s
        if broken:
            if self._since_s[1 - beam] is None:
                self._began_s = t_s
            found = [new for story in self._stories for new in self._rise(story, t_s, beam, seen)]
            self._since_s[beam] = t_s
        else:
            found = []
            for story in self._stories:
                for new in self._fall(story, t_s, beam, seen):
                    found.append(new)
                    self._floor = max(self._floor, new.odds - WORST)
            self._since_s[beam], self._freed_s[beam] = None, t_s
            if self._since_s[1 - beam] is None:
                found = [self._ended(story, t_s) for story in found if not story.inside]
        self._changed_s[beam] = t_s
        self._keep(found)

    def best(self) -> tuple[Story, list[float]]:
        """The likeliest story, and for each thing it tells how likely that is among all stories."""
        shares = self.shares()
        best = self._stories[0]
        return best, [
            sum(share for share, story in zip(shares, self._stories, strict=True) if told in story.told)
            for told in best.told
        ]

    def shares(self) -> list[float]:
        """How likely each story is."""
        best = self._stories[0].odds
        weights = [math.exp(story.odds - best) for story in self._stories]
        total = sum(weights)
        return [weight / total for weight in weights]

    def expected(self) -> tuple[float, float]:
        """How many turned back and how many followed closely, weighed over all stories.

        The best story alone would teach a door that what is rare never happens.
        """
        turned = followers = 0.0
        for share, story in zip(self.shares(), self._stories, strict=True):
            turned += share * sum(told.people for told in story.told if told.outcome is Outcome.TURNED_BACK)
            followers += share * story.followers
        return turned, followers

    def settle(self) -> None:
        """Take what the best story tells as told, and follow only those that agree."""
        best = self._stories[0]
        self._stories = [
            story._replace(told=(), followers=0, met=0)
            for story in self._stories
            if story.told == best.told
        ]

    def _keep(self, found: list[Story]) -> None:
        self._floor = -math.inf
        if not found:
            # Not even an odd story was left: everything since both beams were free is one.
            best = self._stories[0]
            found = [self._ended(best._replace(inside=(), is_odd=True), self._now_s)]
        found.sort(key=lambda story: -story.odds)
        least = found[0].odds - WORST
        kept: list[Story] = []
        same: set[tuple[object, ...]] = set()
        for story in found:
            key = (story.inside, story.told, story.is_odd)
            if story.odds < least or len(kept) == MOST_STORIES:
                break
            if key not in same:
                same.add(key)
                kept.append(story)
        self._stories = kept

    def _ended(self, story: Story, t_s: float) -> Story:
        """Both beams are free: nobody is there."""
        if not story.is_odd:
            return story._replace(came_s=_NOBODY)
        odd = Told(Outcome.AMBIGUOUS, 0, self._began_s, t_s)
        return story._replace(told=(*story.told, odd), is_odd=False, came_s=_NOBODY)

    def _rate(self, story: Story, side: int, t_s: float) -> tuple[float, int, int]:
        """How usual it is that somebody comes now: log density, and whether they follow or meet somebody."""
        walkers = self._walkers
        if story.came_s[side] > -math.inf:
            near = t_s - story.came_s[side] < walkers.typical_s
            rate = walkers.follow_per_s if near else max(walkers.follow_per_s, 0.5)
            return math.log(rate), int(near), 0
        if story.came_s[1 - side] > -math.inf:
            return math.log(walkers.meet_per_s), 0, 1
        return math.log(0.5), 0, 0

    def _rise(self, story: Story, t_s: float, beam: int, seen: bool) -> Iterator[Story]:
        """A free beam is broken: by somebody new, or somebody who was on the other one."""
        if story.is_odd:
            yield story._replace(odds=story.odds + self._odd_edge(t_s, beam))
            return
        walkers = self._walkers
        rate, near, met = self._rate(story, beam, t_s)
        new = newcomer(beam, t_s, walkers)
        if not seen:
            new = new._replace(is_plain=False)
        uncovered = (
            (-math.inf, story.covered_s[1]) if beam == 0 else (story.covered_s[0], -math.inf)
        )
        yield story._replace(
            odds=story.odds + rate,
            inside=(*story.inside, new),
            covered_s=uncovered,
            followers=story.followers + near,
            met=story.met + met,
            came_s=_came(story, beam, t_s),
        )
        other_s = self._since_s[1 - beam]
        if other_s is None:
            yield story._replace(odds=story.odds + math.log(0.5) + ODD, is_odd=True)
            return
        for k, walker in enumerate(story.inside):
            if walker.side != beam and walker.stage is Stage.FIRST:
                odds, now = reach_second(walker, t_s)
                if not seen:
                    odds, now = GUESSED, walker._replace(stage=Stage.BOTH, second_s=t_s, is_plain=False)
            elif walker.side == beam and walker.stage is Stage.SECOND:
                odds = log_turn(t_s - walker.left_s, walkers.turned * TURNS_DEEP)
                now = walker._replace(stage=Stage.RETURNING, left_s=t_s)
            else:
                continue
            if odds > -math.inf:
                inside = (*story.inside[:k], now, *story.inside[k + 1 :])
                yield story._replace(odds=story.odds + odds, inside=inside, covered_s=uncovered)
        # Somebody new whose coming to the other beam was hidden by who broke it.
        rate, near, met = self._rate(story, 1 - beam, t_s)
        was_hidden, hidden = hidden_newcomer(1 - beam, t_s, other_s, walkers)
        yield story._replace(
            odds=story.odds + rate + was_hidden,
            inside=(*story.inside, hidden),
            covered_s=uncovered,
            followers=story.followers + near,
            met=story.met + met,
            came_s=_came(story, 1 - beam, t_s),
        )

    def _fall(self, story: Story, t_s: float, beam: int, seen: bool) -> Iterator[Story]:
        """A beam is freed: everybody who was there has left, one of them now."""
        if story.is_odd:
            yield story._replace(odds=story.odds + self._odd_edge(t_s, beam))
            return
        since_s = self._since_s[beam]
        assert since_s is not None
        fates = [list(self._fates(walker, t_s, beam, since_s, seen)) for walker in story.inside]
        yield from self._share_out(story, t_s, beam, fates)

    def _odd_edge(self, t_s: float, beam: int) -> float:
        """Log density of an edge that no walker made."""
        before_s = self._changed_s[1 - beam]
        return AT_ONCE if t_s - before_s < AT_ONCE_S else ODD_EDGE

    def _share_out(self, story: Story, t_s: float, beam: int, fates: list[list[Fate]]) -> Iterator[Story]:
        """Every way for those inside to have left the beam, with every one of them, or a new one, the last."""
        ways: list[tuple[float, tuple[Fate, ...], int]] = [(0.0, (), -1)]
        for k, options in enumerate(fates):
            longer = []
            for odds, chosen, last in ways:
                for fate in options:
                    if fate.hidden > -WORST:
                        longer.append((odds + fate.hidden, (*chosen, fate), last))
                    if last < 0 and fate.seen > -WORST:
                        longer.append((odds + fate.seen, (*chosen, fate), k))
            ways = longer
        for odds, chosen, last in ways:
            if story.odds + odds < self._floor:
                continue
            if last >= 0:
                yield from self._left(story, odds, story.inside, chosen, last, t_s, beam)
            else:
                for more, walker, fate in self._latecomers(story, t_s, beam):
                    if story.odds + odds + more >= self._floor:
                        people = (*story.inside, walker)
                        yield from self._left(
                            story, odds + more, people, (*chosen, fate), len(chosen), t_s, beam
                        )

    def _latecomers(self, story: Story, t_s: float, beam: int) -> Iterator[tuple[float, Walker, Fate]]:
        """Who frees a beam though nobody saw them come to it."""
        walkers = self._walkers
        since_s, other_s = self._since_s[beam], self._since_s[1 - beam]
        assert since_s is not None
        # Whoever is close behind somebody walks as fast.
        delays = [walker.delay for walker in story.inside]
        delay = delays[-1] if delays else walkers.log_delay
        stay_s = math.exp(delay + walkers.log_bodies)
        new = newcomer(beam, t_s - stay_s, walkers)._replace(
            delay=delay, is_plain=False, saw_first=False, saw_second=False
        )
        if other_s is not None:
            now = new._replace(stage=Stage.SECOND, second_s=t_s - stay_s + math.exp(delay), left_s=t_s)
            yield self._rate(story, beam, t_s - stay_s)[0], new, Fate(0.0, 0.0, now, None)
        # … and nobody saw them on the other beam either.
        freed_s = t_s if other_s is not None else self._freed_s[1 - beam]
        if freed_s > since_s:
            new = new._replace(
                side=1 - beam, stage=Stage.BOTH, first_s=t_s - stay_s - math.exp(delay), second_s=t_s - stay_s
            )
            late = math.log(max(below((delay - math.log(max(t_s - freed_s, 1e-4))) / 0.4), 1e-9))
            rate = self._rate(story, 1 - beam, t_s - stay_s)[0]
            yield rate + late, new, Fate(0.0, 0.0, None, _THROUGH[1 - beam])

    def _left(
        self,
        story: Story,
        odds: float,
        people: tuple[Walker, ...],
        fates: tuple[Fate, ...],
        last: int,
        t_s: float,
        beam: int,
    ) -> Iterator[Story]:
        """One way for everybody to have left a beam, with as many hidden between as it needs."""
        walkers = self._walkers
        new = people[last] if last == len(story.inside) else None
        covered = story.covered_s[beam]
        inside = tuple(fate.now for fate in fates if fate.now is not None)
        rear = None
        for k, (walker, fate) in enumerate(zip(people, fates, strict=True)):
            on_s, is_hidden, stay_s = self._on(walker, fate, beam, t_s, walkers)
            if fate.outcome is Outcome.TURNED_BACK or (fate.now and fate.now.stage is Stage.BACK):
                # Who turns back stays as long as they like.
                covered = math.inf
            if k == last:
                rear = (on_s, is_hidden, stay_s)
            elif on_s is not None and on_s + stay_s > covered:
                covered = on_s + stay_s
        assert rear is not None
        covers = list(story.covered_s)
        covers[beam] = -math.inf
        # Who is gone from a beam that is still broken has covered it as long as they were there.
        for walker, fate in zip(people, fates, strict=True):
            other = 1 - beam
            if fate.now is None and walker.is_on(other) and self._since_s[other] is not None:
                on_s, _, stay_s = self._on(walker, fate, other, t_s, walkers)
                if on_s is not None:
                    covers[other] = max(covers[other], on_s + stay_s)
        gone: dict[Outcome, int] = {}
        for fate in fates:
            if fate.outcome is not None:
                gone[fate.outcome] = gone.get(fate.outcome, 0) + 1
        begun_s = {
            fate.outcome: walker.first_s for walker, fate in zip(people, fates, strict=True) if fate.outcome
        }
        on_s, is_hidden, stay_s = rear
        came_s = story.came_s
        if new:
            # Whoever is new here: on their first beam when they are still inside, else on their second.
            came_s = _came(story, new.side, t_s)
        followers = story.followers + (1 if new and story.inside else 0)
        if not is_hidden or on_s is None or math.isinf(covered):
            yield self._after(story, odds, inside, gone, begun_s, covers, t_s, followers, came_s)
            return
        bodies = (on_s - covered) / stay_s + 1.0
        spread = math.sqrt(2.0 * walkers.body_variance + 0.01)
        fits = math.log(max(below((1.0 - bodies) / spread) * below((bodies + 0.1) / spread), 1e-9))
        yield self._after(story, odds + fits, inside, gone, begun_s, covers, t_s, followers, came_s)
        if bodies < 0.7 or fates[last].now is None:
            return
        behind = fates[last].now
        assert behind is not None
        step = math.log(walkers.follow_per_s * stay_s)
        for hidden in range(1, MOST_HIDDEN):
            gaps = hidden + 1
            fits = math.log(max(bell(bodies - gaps / 2, math.sqrt(gaps / 12 + spread**2)), 1e-9))
            crowd = tuple(
                behind._replace(
                    first_s=on_s - (on_s - covered + stay_s) * (n + 1) / gaps,
                    second_s=on_s - (on_s - covered + stay_s) * (n + 1) / gaps + stay_s / 3,
                    saw_left=False,
                )
                for n in range(hidden)
            )
            yield self._after(
                story, odds + hidden * step + fits, (*crowd, *inside), gone, begun_s, covers, t_s,
                followers + hidden, came_s,
            )

    def _after(
        self, story: Story, odds: float, inside: tuple[Walker, ...], gone: dict[Outcome, int],
        begun_s: dict[Outcome, float], covers: list[float], t_s: float, followers: int, came_s: tuple[float, float],
    ) -> Story:
        told = tuple(Told(outcome, people, begun_s[outcome], t_s) for outcome, people in gone.items())
        return story._replace(
            odds=story.odds + odds,
            inside=inside,
            told=(*story.told, *told),
            covered_s=(covers[0], covers[1]),
            followers=followers,
            came_s=came_s,
        )

    def _on(
        self, walker: Walker, fate: Fate, beam: int, t_s: float, walkers: Walkers
    ) -> tuple[float | None, bool, float]:
        """When they came to a beam (None if never), whether that was hidden, and how long they stay there."""
        stay_s = math.exp(stay(walker, walkers)[0])
        if fate.now is not None and fate.now is walker:
            return None, False, stay_s
        if beam == walker.side:
            return walker.first_s, not walker.saw_first, stay_s
        if walker.stage is Stage.FIRST:
            return walker.first_s + math.exp(walker.delay), True, stay_s
        return walker.second_s, not walker.saw_second, stay_s

    def _fates(
        self, walker: Walker, t_s: float, beam: int, since_s: float, seen: bool
    ) -> Iterator[Fate]:
        """What a walker may have done by the time a beam is freed."""
        walkers = self._walkers
        if not walker.is_on(beam) and walker.stage is not Stage.FIRST:
            yield Fate(-math.inf, 0.0, walker, None)
            return
        other_s = self._since_s[1 - beam]
        through = _THROUGH[walker.side]
        turned = walkers.turned
        if walker.side == beam:
            if walker.stage is Stage.FIRST:
                share = turned * TURNS_SHALLOW
                yield Fate(log_turn(t_s - walker.first_s, share), math.log(share), None, Outcome.TURNED_BACK)
                if other_s is None:
                    return
                # They have come to the other beam too, hidden by who broke it.
                arrived = log_over(t_s - walker.first_s, walker.delay, walker.doubt)
                second_s = walker.first_s + math.exp(walker.delay)
                if other_s > second_s:
                    arrived += log_over(1.0, (other_s - second_s) / 0.05, 1.0)
                walker = walker._replace(
                    stage=Stage.BOTH, second_s=second_s, saw_second=False, is_plain=False
                )
            else:
                arrived = 0.0
            if walker.stage is Stage.BOTH:
                odds, now = leave_first(walker, t_s, walkers)
                if not seen:
                    odds, now = GUESSED, walker._replace(stage=Stage.SECOND, left_s=t_s, saw_left=False, is_plain=False)
                mean, variance = stay(walker, walkers)
                gone = walker._replace(
                    stage=Stage.SECOND, left_s=t_s, saw_left=False, is_plain=False
                )
                yield Fate(arrived + odds, -math.inf, now, None)
                yield Fate(-math.inf, arrived + log_over(t_s - walker.first_s, mean, variance), gone, None)
            elif walker.stage is Stage.BACK:
                if walker.saw_left:
                    odds = log_due(t_s - walker.left_s, walker.delay, TURN_CHANGE)
                    hidden = log_over(t_s - walker.left_s, walker.delay, TURN_CHANGE)
                else:
                    odds, hidden = log_turn(t_s - walker.second_s, 1.0), 0.0
                yield Fate(
                    odds if seen else GUESSED,
                    hidden,
                    None,
                    Outcome.TURNED_BACK,
                )
            return
        arrived = 0.0
        if walker.stage is Stage.FIRST:
            yield Fate(-math.inf, 0.0, walker, None)
            arrived = log_over(t_s - walker.first_s, walker.delay, walker.doubt)
            second_s = max(walker.first_s + math.exp(walker.delay), since_s)
            walker = walker._replace(stage=Stage.BOTH, second_s=second_s, saw_second=False, is_plain=False)
        if walker.stage in (Stage.BOTH, Stage.RETURNING):
            if walker.stage is Stage.RETURNING:
                # From one beam to the other, backwards: a body less a spacing.
                share = 1.0
                way = walker.delay + math.log(max(math.exp(walkers.log_bodies) - 1.0, 0.1))
                odds = log_due(t_s - walker.left_s, way, TURN_CHANGE)
            else:
                share = turned * TURNS_MIDWAY
                odds = log_turn(t_s - walker.second_s, share)
            if not seen:
                odds = GUESSED + math.log(share)
            back = walker._replace(stage=Stage.BACK, left_s=t_s, saw_left=seen)
            yield Fate(arrived + odds, -math.inf, back, None)
            yield Fate(-math.inf, arrived + math.log(share), back._replace(saw_left=False), None)
            if walker.stage is Stage.RETURNING or other_s is None:
                return
        from_s, mean, variance = leave_second(walker, walkers)
        yield Fate(
            arrived + (log_due(t_s - from_s, mean, variance) if seen else GUESSED),
            arrived + log_over(t_s - from_s, mean, variance),
            None,
            through,
        )


def _came(story: Story, side: int, t_s: float) -> tuple[float, float]:
    return (t_s, story.came_s[1]) if side == 0 else (story.came_s[0], t_s)
