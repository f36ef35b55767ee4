"""The pages of a building's day in, the doors that lie out, with what each does wrong. Pure.

Four sorts of evidence: a bias that was learned (`door_error.py`), a silence that nobody explains
(`silent.py`), a space that held fewer than nobody (`contradiction.py`), and a night by which what came in
has not gone out (`balance.py`).
"""

from collections.abc import Iterator, Mapping
from math import log

from hub.counts.balance import BIAS_LIMIT, Balance
from hub.counts.book import Counts
from hub.counts.contradiction import Contradiction
from hub.counts.door_day import DoorDay
from hub.counts.lie import Lie, Suspicion
from hub.counts.silent import BLIND_CHANCE, silent_doors
from hub.counts.space_day import SpaceDay
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
        found = {one.door: one for one in self._unbalanced(building, night)} if night is not None else {}
        found.update((one.door, one) for one in self._drifting(building, minute))
        names = [door.id for door in self._doors[building]]
        silent = list(silent_doors(names, self._pages, day, begins, minute))
        found.update((one.suspicion.door, one.suspicion) for one in silent if one.chance < log(BLIND_CHANCE))
        today = Contradiction(self._counts, self._spaces, self._pages, self._most, building, day)
        best = today.liar(self._doors[building], {one.suspicion.door for one in silent})
        if best is not None:
            found[best.door] = best
        return sorted(found.values(), key=lambda one: (-one.score, one.door))

    def _unbalanced(self, building: str, day: str) -> list[Suspicion]:
        """The doors for which an ended day does not balance out."""
        balance = Balance(self._counts, self._pages, building, day)
        key, known = balance.key(), self._nights.get(building)
        if known is None or known[0] != key:
            known = self._nights[building] = key, list(balance.liars())
        return known[1]

    def _drifting(self, building: str, minute: int) -> Iterator[Suspicion]:
        """Doors whose learned bias is beyond use."""
        for door, error in sorted(self._counts.errors(building).items()):
            if abs(error.bias) - 2 * error.bias_sd > BIAS_LIMIT:
                yield Suspicion(door, Lie.DRIFTING, round(100 * abs(error.bias), 1), minute)
