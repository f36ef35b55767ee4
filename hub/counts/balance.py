"""What the doors of a building counted over a day in, the doors for which it does not balance out. Pure.

At night everybody has left: what came into each space has gone out of it. A door that misses many of those
who go one way leaves one space too full and the next too empty; least squares over the whole building
says which door that is, however much goes on around it.
"""

from collections.abc import Iterator, Mapping
from math import sqrt

from hub.counts.book import Counts
from hub.counts.conservation import Alone, reconcile
from hub.counts.door_day import DoorDay
from hub.counts.door_error import UNTUNED
from hub.counts.excess import Weeks
from hub.counts.learning import ANCHOR_VARIANCE, BEYOND_SDS
from hub.counts.lie import Lie, Suspicion, enough, untold
from hub.counts.one_way import kind_by_night
from hub.counts.space_day import AnchorKind

#: A door must explain what is beyond belief, as far as it is not learned either (`BEYOND_SDS`), more than any
#: other by this share, and be off by this share of those whom it counted the fuller way ...
LEAST_LEAD = 0.25
BIAS_LIMIT = 0.05
#: ... beyond so many standard deviations of what the others say of it.
SURE_SDS = 2.0
#: Misses are few, and few are not a normal number: it takes so many people more to be beyond belief.
LUMP = BEYOND_SDS**2 / 6
#: Variance of a flow of which nothing is to be believed any more.
_UNKNOWN = 1e6
#: Doors named on one day: where more lie, the building says nothing.
MOST_NAMED = 4
#: Of two doors that explain the same, one that has become deaf in so many days of use is named.
MOST_DAYS_BEFORE = 5


class Balance:
    """The doors and spaces of one building on one day."""

    def __init__(
        self,
        counts: Counts,
        pages: Mapping[str, Mapping[str, DoorDay]],
        building: str,
        day: str,
        weeks: Weeks,
    ) -> None:
        self._counts, self._weeks, self._all_pages, self._day = counts, weeks, pages, day
        #: Spaces that nobody is left in; a dormitory has no night.
        self._spaces = [one for one in counts.spaces_of[building] if one not in counts.never_empty]
        names = sorted({door for space in self._spaces for door, _ in counts.doors_of[space]})
        self._index = {door: i for i, door in enumerate(names)}
        self._balances = [
            {self._index[door]: float(sign) for door, sign in counts.doors_of[space]}
            for space in self._spaces
        ]
        self._pages = [pages.get(door, {}).get(day) or DoorDay() for door in names]
        self._names = names
        known = counts.errors_before(building, day)
        self._errors = [known.get(door, UNTUNED) for door in names]

    def key(self) -> tuple[object, ...]:
        """All that the answer depends on."""
        return tuple((one.ins, one.outs) for one in self._pages), tuple(self._errors)

    def liars(self) -> Iterator[Suspicion]:
        """The doors for which the day does not balance out, the worst first."""
        flows, variances = [], []
        for page, error in zip(self._pages, self._errors, strict=True):
            flows.append(page.ins - page.outs + error.unseen(page.ins, page.outs))
            variances.append(error.spread(page.ins, page.outs) + error.chance(page.ins, page.outs))
        noise = 2 * ANCHOR_VARIANCE[AnchorKind.NIGHT]
        named: set[int] = set()
        while len(named) < MOST_NAMED:
            found = reconcile(flows, variances, self._balances, noise)
            if found.chi2 < BEYOND_SDS**2:
                return
            order = sorted(
                (i for i in range(len(flows)) if i not in named),
                key=lambda i: (-found.alone[i].explains, self._names[i]),
            )
            worst = order[0]
            first = found.alone[worst].explains
            second = found.alone[order[1]].explains if len(order) > 1 else 0.0
            if first < BEYOND_SDS**2:
                return
            if first - second < LEAST_LEAD * first:
                like = [i for i in order if found.alone[i].explains > (1 - LEAST_LEAD) * first]
                deaf = [i for i in like if self._is_newly_deaf(i)]
                if len(deaf) != 1:
                    return
                worst = deaf[0]
            one = self._accuse(worst, found.alone[worst])
            if one is not None:
                yield one
            # Whatever it is, the others are judged without it.
            named.add(worst)
            variances[worst] = _UNKNOWN

    def _accuse(self, index: int, alone: Alone) -> Suspicion | None:
        page = self._pages[index]
        fuller = max(page.ins, page.outs)
        off = abs(alone.more)
        # Of the whole: what the others say of it and what it says itself.
        sd = off / sqrt(alone.explains)
        if off < LUMP + BEYOND_SDS * sd or off - SURE_SDS * sqrt(alone.variance) < BIAS_LIMIT * fuller:
            return None
        lie = untold(page) or self._kind(self._names[index], page, alone.more)
        score = 100 * off / fuller if lie is Lie.DRIFTING else off
        since = max(max(one.minutes, default=0) for one in self._pages)
        return Suspicion(self._names[index], lie, round(score, 1), since)

    def _is_newly_deaf(self, index: int) -> bool:
        """Whether a door tells nobody one way, and told both ways on one of its last days of use."""
        page = self._pages[index]
        if untold(page) not in (Lie.DEAF_IN, Lie.DEAF_OUT):
            return False
        of_door = self._all_pages[self._names[index]]
        before = [one for day, one in sorted(of_door.items()) if day < self._day and enough(one)]
        return any(untold(one) is None for one in before[-MOST_DAYS_BEFORE:])

    def _kind(self, door: str, page: DoorDay, unseen: float) -> Lie:
        behind, sign = self._counts.behind[door]
        return kind_by_night(page, sign, self._weeks.more(behind), self._weeks.begins, unseen)
