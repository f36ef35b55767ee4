"""The pages of a building's day in, the doors that lie out, with what each does wrong. Pure.

Five sorts of evidence: a bias that was learned (`door_error.py`), a silence that nobody explains
(`silent.py`), people who stay beside a silent door instead of behind it (`unseen.py`), a space that held
fewer than nobody (`contradiction.py`), and a night by which what came in has not gone out (`balance.py`).
The week before tells which way a door lies (`one_way.py`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from math import log

from msgspec import structs

from hub.counts.balance import BIAS_LIMIT, Balance
from hub.counts.book import Counts
from hub.counts.contradiction import Contradiction
from hub.counts.door_day import DoorDay
from hub.counts.excess import Weeks
from hub.counts.lie import Lie, Suspicion
from hub.counts.one_way import unseen_before
from hub.counts.silent import BLIND_CHANCE, DAY_MIN, hushed_doors, pauses, silent_doors
from hub.counts.space_day import SpaceDay
from hub.counts.unseen import BESIDE_ODDS, blind_doors, unseen_odds
from hub.layout import OUTSIDE, Door, Layout

#: A space cannot hold more people than so many for each m2.
MOST_PER_M2 = 2.0


class Suspects:
    """Finds liars; keeps nothing that is not in the pages."""

    def __init__(
        self,
        layout: Layout,
        counts: Counts,
        spaces: Mapping[str, Mapping[str, SpaceDay]],
        doors: Mapping[str, Mapping[str, DoorDay]],
    ) -> None:
        self._counts, self._spaces, self._pages = counts, spaces, doors
        self._most = {space.id: space.area_m2 * MOST_PER_M2 for space in layout.spaces}
        self._doors: dict[str, list[Door]] = {building.id: [] for building in layout.buildings}
        for door in layout.doors:
            homes = {counts.building[one] for one in (door.inner, door.outer) if one != OUTSIDE}
            for home in homes:
                self._doors[home].append(door)
        #: By building: all that the newest night depended on, and whom it named. Only saves work.
        self._nights: dict[str, tuple[object, list[Suspicion]]] = {}

    def find(
        self, building: str, day: str, begins: int, minute: int, *, is_over: bool = False
    ) -> list[Suspicion]:
        """The doors of a building that lie on `day` as far as `minute`; none is the usual answer.

        `begins` is the minute since 1970 UTC at which the campus day began. Until a day is over, the night
        before it is what speaks of doors that miss many one way.
        """
        night = day if is_over else self._counts.day_before(building, day)
        found = (
            self._unbalanced(building, night, self._weeks(night, day, begins)) if night is not None else {}
        )
        found.update((one.door, one) for one in self._drifting(building, minute))
        names = [door.id for door in self._doors[building]]
        weeks = Weeks(self._spaces, day, begins, minute)
        quiet = pauses(names, self._pages, day, begins, minute)
        odds = unseen_odds(self._counts, weeks, quiet)
        found.update((one.door, one) for one in blind_doors(self._counts, weeks, quiet, odds))
        silent = list(silent_doors(names, self._pages, day, quiet))
        for one in silent:
            # A space beside it that is clearly as ever speaks for the door.
            spoken = min(0.0, odds.get(one.suspicion.door, 0.0) + log(BESIDE_ODDS))
            if one.chance - spoken < log(BLIND_CHANCE):
                found[one.suspicion.door] = one.suspicion
        since = dict(hushed_doors(names, self._pages, day, minute))
        since.update((one.suspicion.door, one.suspicion.since) for one in silent)
        today = Contradiction(self._counts, self._spaces, self._pages, self._most, building, day)
        best = today.liar(self._doors[building], since)
        if best is not None:
            found[best.door] = self._which_way(best, weeks, day)
        return sorted(found.values(), key=lambda one: (-one.score, one.door))

    def _weeks(self, night: str, day: str, begins: int) -> Weeks:
        """All of the day that ended, seen from `day` that begins at a minute."""
        begins -= DAY_MIN * (date.fromisoformat(day) - date.fromisoformat(night)).days
        return Weeks(self._spaces, night, begins, begins + DAY_MIN)

    def _unbalanced(self, building: str, day: str, weeks: Weeks) -> dict[str, Suspicion]:
        """The doors for which an ended day does not balance out."""
        balance = Balance(self._counts, self._pages, building, day, weeks)
        key, known = balance.key(), self._nights.get(building)
        if known is None or known[0] != key:
            known = self._nights[building] = key, list(balance.liars())
        return {one.door: one for one in known[1]}

    def _which_way(self, found: Suspicion, weeks: Weeks, day: str) -> Suspicion:
        """A door that is swapped by what is impossible now, or deaf by what was a week before."""
        behind, sign = self._counts.behind[found.door]
        more, page = weeks.more(behind), self._pages.get(found.door, {}).get(day)
        if found.lie is not Lie.SWAPPED or more is None or page is None:
            return found
        lie = unseen_before(page, sign, more, weeks.begins, found.since)
        return found if lie is None else structs.replace(found, lie=lie)

    def _drifting(self, building: str, minute: int) -> Iterator[Suspicion]:
        """Doors whose learned bias is beyond use."""
        for door, error in sorted(self._counts.errors(building).items()):
            if abs(error.bias) - 2 * error.bias_sd > BIAS_LIMIT:
                yield Suspicion(door, Lie.DRIFTING, round(100 * abs(error.bias), 1), minute)
