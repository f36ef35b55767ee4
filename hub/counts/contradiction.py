"""The pages of a building's day in, the door that explains most of what cannot be true, out. Pure.

Where a space had fewer people than nobody, or an anchor contradicts its count, beyond what its doors may
miss, each door is tried as a liar: what would the two spaces that it joins look like if it were swapped,
or if it told nothing? The door that explains most is named, unless another explains nearly as much.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from hub.counts.book import Counts
from hub.counts.door_day import DoorDay
from hub.counts.door_error import UNTUNED
from hub.counts.impossible import LAST, NOTHING, Step, Sums, Wrong, joined, steps_of, sums_of, worth_a_look
from hub.counts.lie import Lie, Suspicion, untold
from hub.counts.space_day import SpaceDay
from hub.counts.track import seen_from
from hub.layout import OUTSIDE, Door

#: A door must explain so many people, this share of what is wrong in its spaces, so much more than others.
LEAST_GAIN = 3.0
LEAST_SHARE = 0.75
LEAST_LEAD = 0.25
ENOUGH = 0.9
#: A door may have been swapped all day, or since so many minutes before its spaces showed it.
SWAPPED_BEFORE_MIN = (0, 15, 45, 90, 180, 360)
#: Spaces of a building looked at in one go, so that a look stays short.
MOST_ODD = 6
#: Doors tried as liars in one go; where more contradict each other, an uncounted door is the likelier reason.
MOST_TRIED = 12


class _Tried(NamedTuple):
    """A door as a liar: people that it explains, and people that are wrong in its spaces."""

    gain: float
    door: str
    lie: Lie
    since: int
    before: float


class Contradiction:
    """One building on one day; `most` is how many each of its spaces can hold."""

    def __init__(
        self,
        counts: Counts,
        spaces: Mapping[str, Mapping[str, SpaceDay]],
        pages: Mapping[str, Mapping[str, DoorDay]],
        most: Mapping[str, float],
        building: str,
        day: str,
    ) -> None:
        self._counts, self._most = counts, most
        self._spaces_of = counts.spaces_of[building]
        self._spaces = {one: spaces[one][day] for one in self._spaces_of if day in spaces.get(one, {})}
        doors = {door for space in self._spaces_of for door, _ in counts.doors_of[space]}
        self._pages = {door: pages[door][day] for door in doors if day in pages.get(door, {})}
        self._errors = counts.errors(building)
        self._sums: dict[tuple[str, bool], Sums] = {}

    def _odd(self) -> list[str]:
        """The cheap gate: spaces of the building that have anything wrong that is worth a look."""
        return [
            space
            for space, page in self._spaces.items()
            if page.missed > worth_a_look(page.entered + page.left)
            or page.inside > self._most[space]
            or page.anchors
        ]

    def liar(self, doors: Collection[Door], silent: Mapping[str, int]) -> Suspicion | None:
        """Of the building's doors the one that explains most of what is wrong in its spaces, if one does.

        `silent` is since which minute doors that may be blind have told nobody.
        """
        # Where everything contradicts everything nobody can be named; the worst are looked at.
        worst = sorted(self._odd(), key=lambda space: (-self._spaces[space].missed, space))[:MOST_ODD]
        wrong = dict.fromkeys(self._spaces_of, NOTHING) | {one: self._sum(one).wrong() for one in worst}
        if not any(one.people > 0.0 for one in wrong.values()):
            return None
        tried = [self._try(door, wrong, silent.get(door.id, LAST)) for door in self._likeliest(doors, wrong)]
        tried.sort(key=lambda one: (-one.gain, one.door))
        if not tried or tried[0].gain < max(LEAST_GAIN, LEAST_SHARE * tried[0].before):
            return None
        if len(tried) > 1 and tried[0].gain - tried[1].gain < LEAST_LEAD * tried[0].gain:
            return None
        first = tried[0]
        return Suspicion(first.door, first.lie, round(first.gain, 1), first.since)

    def _likeliest(self, doors: Collection[Door], wrong: Mapping[str, Wrong]) -> list[Door]:
        """The doors that may explain most: those of which both sides are wrong before those of one."""

        def weight(door: Door) -> tuple[float, float, str]:
            sides = [wrong[one].people for one in (door.inner, door.outer) if one in wrong]
            page = self._pages.get(door.id)
            crossings = 0 if page is None else page.ins + page.outs
            return -sum(one > 0.0 for one in sides), -sum(sides) - crossings, door.id

        near = [
            door
            for door in doors
            if any(wrong[one].people > 0.0 for one in (door.inner, door.outer) if one in wrong)
        ]
        return sorted(near, key=weight)[:MOST_TRIED]

    def _try(self, door: Door, wrong: Mapping[str, Wrong], silent_since: int) -> _Tried:
        sides = sorted({one for one in (door.inner, door.outer) if one in wrong})
        before = sum(wrong[one].people for one in sides)
        since = min(wrong[one].since for one in sides if wrong[one].people > 0.0)
        after = before
        for earlier in SWAPPED_BEFORE_MIN:
            from_minute = since - earlier if earlier else 0
            after = min(after, sum(self._if_swapped(one, door.id, from_minute) for one in sides))
            if before - after > ENOUGH * before:
                break
        lie = Lie.BLIND if since >= silent_since else untold(self._pages.get(door.id) or DoorDay())
        if lie is not None:
            # A door that tells nothing: what it joins is one space, or as wide as the world.
            free = 0.0 if OUTSIDE in (door.inner, door.outer) else self._joined(sides)
            # With nothing to tell the two apart it is the door's own sums that speak.
            if free - 1e-6 < after:
                return _Tried(before - free, door.id, lie, since, before)
        return _Tried(before - after, door.id, Lie.SWAPPED, since, before)

    def _if_swapped(self, space: str, door: str, since: int) -> float:
        sums = self._sum(space)
        sign = next(sign for one, sign in self._counts.doors_of[space] if one == door)
        before = self._steps(door, sign, sums.anchors)
        return sums.wrong_if(before, self._steps(door, sign, sums.anchors, since)).people

    def _joined(self, sides: list[str]) -> float:
        sums = [self._sum(one, with_anchors=False) for one in sides]
        if len(sums) == 1:
            return sums[0].wrong().people
        one, other = (dict(self._counts.doors_of[side]) for side in sides)
        between = [self._steps(door, side[door]) for door in one if door in other for side in (one, other)]
        return joined(sums[0], sums[1], between).wrong().people

    def _sum(self, space: str, *, with_anchors: bool = True) -> Sums:
        page = self._spaces.get(space)
        known = page.anchors_by_minute() if with_anchors and page is not None else {}
        if (space, bool(known)) not in self._sums:
            anchors = {minute: known[minute].people for minute in sorted(known)}
            steps = (self._steps(door, sign, anchors) for door, sign in self._counts.doors_of[space])
            found = sums_of(steps, anchors, self._most[space])
            self._sums[space, bool(known)] = found
        return self._sums[space, bool(known)]

    def _steps(
        self, door: str, sign: int, anchors: Iterable[int] = (), swapped_since: int = LAST
    ) -> Iterator[Step]:
        """One door's steps in the space that `in` leads into (1) or out of (-1)."""
        page = self._pages.get(door)
        error = seen_from(sign > 0, self._errors.get(door, UNTUNED))
        return steps_of(
            error,
            page.minutes if page is not None else {},
            is_inner=sign > 0,
            anchors=anchors,
            swapped_since=swapped_since,
        )
