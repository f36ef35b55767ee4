"""The pages of a building's day in, the door that lies out, with what it does wrong. Pure.

Where a space had fewer people than nobody, or an anchor contradicts its count, beyond what its doors may
miss, each door is tried as a liar: what would the two spaces that it joins look like if it were swapped,
or if it told nothing? The door that explains most is named, unless another explains nearly as much.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from math import log, sqrt
from typing import NamedTuple

from msgspec import Struct

from hub.counts.book import Counts
from hub.counts.door_day import DoorDay
from hub.counts.quiet import LEAST_EXPECTED, expected, full_hours, silence, usual
from hub.counts.space_day import MISS_RATE, SpaceDay
from hub.counts.track import Crossed, track_of
from hub.layout import OUTSIDE, Door, Layout

#: What is wrong by less than so many standard deviations, or people, is no fault.
BEYOND_SDS = 3.3
BEYOND_PEOPLE = 2.0
#: A door must explain so many people, this share of what is wrong in its spaces, so much more than others.
LEAST_GAIN = 3.0
LEAST_SHARE = 0.75
LEAST_LEAD = 0.25
ENOUGH = 0.9
#: One way is missed when so few come that way of those who go the other, of at least so many.
DEAF_SHARE = 0.1
DEAF_PEOPLE = 40
#: A door is blind when nobody coming is less likely than this; or than the other, where its spaces show it.
BLIND_CHANCE = 1e-3
PERHAPS_BLIND_CHANCE = 0.02
#: A door may have been swapped all day, or since so many minutes before its spaces showed it.
SWAPPED_BEFORE_MIN = (0, 15, 45, 90, 180, 360)
#: How far in from out may lie at an ordinary door, as a share; only for a first look.
BIAS_SD = 0.01
#: A door's bias is beyond use, as a share.
BIAS_LIMIT = 0.05
#: Spaces of a building looked at in one go, so that a look stays short.
MOST_ODD = 6
#: Doors tried as liars in one go; where more contradict each other, an uncounted door is the likelier reason.
MOST_TRIED = 12
#: A space cannot hold more people than so many for each m2.
MOST_PER_M2 = 2.0
_LAST = 1 << 40
DAY_MIN = 1440


class Lie(Enum):
    """What a door does wrong."""

    SWAPPED = "swapped"
    BLIND = "blind"
    DEAF_IN = "deaf-in"
    DEAF_OUT = "deaf-out"
    DRIFTING = "drifting"


class Suspicion(Struct, frozen=True):
    """A door that lies."""

    door: str
    lie: Lie
    #: People that it explains; for a blind door those who are missing.
    score: float
    #: Since when it shows, minutes since 1970 UTC.
    since: int


class _Wrong(NamedTuple):
    people: float
    since: int


_NOTHING = _Wrong(0.0, _LAST)


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

    def find(
        self, building: str, day: str, begins: int, minute: int, *, is_over: bool = False
    ) -> list[Suspicion]:
        """The doors of a building that lie on `day` as far as `minute`; none is the usual answer.

        `begins` is the minute since 1970 UTC at which the campus day began.
        """
        found = {one.door: one for one in self.drifting(building, minute)}
        silent = dict(self.quiet(building, day, begins, minute))
        found.update((one.door, one) for one, chance in silent.items() if chance < log(BLIND_CHANCE))
        best = self.contradicted(building, day, {one.door for one in silent}, is_over=is_over)
        if best is not None:
            found[best.door] = best
        return sorted(found.values(), key=lambda one: (-one.score, one.door))

    def is_violated(self, building: str, day: str, *, is_over: bool) -> bool:
        """The cheap gate: whether a space of the building has anything wrong that is worth a look."""
        spaces = self._counts.spaces_of[building]
        return any(self._is_odd(space, day, is_over=is_over) for space in spaces)

    def _is_odd(self, space: str, day: str, *, is_over: bool) -> bool:
        page = self._spaces.get(space, {}).get(day)
        if page is None:
            return False
        people = page.entered + page.left
        least = BEYOND_PEOPLE + 2 * sqrt(MISS_RATE * people) + BIAS_SD * people / 2
        if page.missed > least or page.inside > self._most[space] or page.anchors:
            return True
        return is_over and abs(page.raw) > least

    def contradicted(self, building: str, day: str, quiet: set[str], *, is_over: bool) -> Suspicion | None:
        """The door that explains most of what is wrong in its spaces, if one does."""
        spaces = self._counts.spaces_of[building]
        odd = [space for space in spaces if self._is_odd(space, day, is_over=is_over)]
        # Where everything contradicts everything nobody can be named; the worst are looked at.
        worst = set(sorted(odd, key=lambda space: (-self._spaces[space][day].missed, space))[:MOST_ODD])
        wrong = {
            space: self._wrong(day, {space}, {}, is_over) if space in worst else _NOTHING for space in spaces
        }
        if not any(one.people > 0.0 for one in wrong.values()):
            return None
        tried: list[tuple[float, str, Lie, int, float]] = []
        for door in self._likeliest(building, day, wrong):
            sides = {one for one in (door.inner, door.outer) if one in wrong}
            before = sum(wrong[one].people for one in sides)
            since = min(wrong[one].since for one in sides if wrong[one].people > 0.0)
            after = before
            for earlier in SWAPPED_BEFORE_MIN:
                lies = {door.id: since - earlier if earlier else 0}
                after = min(after, sum(self._wrong(day, {one}, lies, is_over).people for one in sides))
                if before - after > ENOUGH * before:
                    break
            page = self._pages.get(door.id, {}).get(day) or DoorDay()
            best = (before - after, door.id, Lie.SWAPPED, since, before)
            lie = _deafness(page, is_quiet=door.id in quiet)
            if lie is not None:
                # A door that tells nothing: what it joins is one space, or as wide as the world.
                free = (
                    0.0
                    if OUTSIDE in (door.inner, door.outer)
                    else self._wrong(day, sides, {}, is_over).people
                )
                best = max(best, (before - free + 1e-6, door.id, lie, since, before))
            tried.append(best)
        tried.sort(key=lambda one: (-one[0], one[1]))
        if not tried or tried[0][0] < max(LEAST_GAIN, LEAST_SHARE * tried[0][4]):
            return None
        if len(tried) > 1 and tried[0][0] - tried[1][0] < LEAST_LEAD * tried[0][0]:
            return None
        gain, name, lie_found, since, _ = tried[0]
        return Suspicion(name, lie_found, round(gain, 1), since)

    def _likeliest(self, building: str, day: str, wrong: Mapping[str, _Wrong]) -> list[Door]:
        """The doors that may explain most: those of which both sides are wrong before those of one."""

        def weight(door: Door) -> tuple[float, float, str]:
            sides = [wrong[one].people for one in (door.inner, door.outer) if one in wrong]
            page = self._pages.get(door.id, {}).get(day)
            crossings = 0 if page is None else page.ins + page.outs
            return -sum(one > 0.0 for one in sides), -sum(sides) - crossings, door.id

        near = [
            door
            for door in self._doors[building]
            if any(wrong[one].people > 0.0 for one in (door.inner, door.outer) if one in wrong)
        ]
        return sorted(near, key=weight)[:MOST_TRIED]

    def quiet(self, building: str, day: str, begins: int, minute: int) -> Iterator[tuple[Suspicion, float]]:
        """Doors that may be blind, each with the logarithm of how likely it is that nobody came."""
        doors = self._doors[building]
        open_days = {one for door in doors for one in self._pages.get(door.id, {}) if one <= day}
        for door in doors:
            pages = self._pages.get(door.id, {})
            windows = _silent_hours(pages, open_days, day, begins, minute)
            if not any(one.hours for one in windows):
                continue
            days = usual(pages, open_days, windows[-1].day)
            # The gate: nothing is computed of other doors for what might well be missing.
            chances = [silence(days, one.hours, 1.0) for one in windows]
            if sum(one for one, _ in chances) < LEAST_EXPECTED or log(PERHAPS_BLIND_CHANCE) < sum(
                one for _, one in chances
            ):
                continue
            missing = chance = 0.0
            for one in windows:
                people, likely = silence(days, one.hours, self._busy(door.id, doors, open_days, one))
                missing, chance = missing + people, chance + likely
            if missing >= LEAST_EXPECTED and chance < log(PERHAPS_BLIND_CHANCE):
                yield Suspicion(door.id, Lie.BLIND, round(missing, 1), windows[-1].since), chance

    def drifting(self, building: str, minute: int) -> Iterator[Suspicion]:
        """Doors whose learned bias is beyond use."""
        for door, error in sorted(self._counts.errors(building).items()):
            beyond = abs(error.bias) - 2 * error.bias_sd - BIAS_LIMIT
            if beyond > 0.0:
                yield Suspicion(door, Lie.DRIFTING, round(100 * abs(error.bias), 1), minute)

    def _busy(self, door: str, doors: Sequence[Door], open_days: set[str], silent: "_Silent") -> float:
        """How much of what is usual the other doors of the building see, at most all of it."""
        seen = wanted = 0.0
        for other in doors:
            pages = self._pages.get(other.id, {})
            if other.id == door or not (days := usual(pages, open_days, silent.day)):
                continue
            wanted += expected(days, silent.hours)
            page = pages.get(silent.day)
            now = page.hours if page is not None else []
            seen += sum(now[hour] for hour in silent.hours) if now else 0
        return min(1.0, seen / wanted) if wanted else 0.0

    def _wrong(self, day: str, merged: set[str], swapped: Mapping[str, int], is_over: bool) -> _Wrong:
        """People that cannot have been in a space, or in some joined to one, over a day.

        `swapped` holds doors to be read the other way, each from a minute on.
        """
        doors: dict[str, int] = {}
        for space in merged:
            for door, sign in self._counts.doors_of[space]:
                # A door inside the joined spaces changes nothing.
                doors[door] = doors.get(door, 0) + sign
        outer = [(door, sign) for door, sign in doors.items() if sign]
        building = self._counts.building[next(iter(merged))]
        track = track_of(outer, self._counts.errors(building))
        minutes: dict[int, list[Crossed]] = {}
        for index, (door, sign) in enumerate(outer):
            page = self._pages.get(door, {}).get(day)
            from_minute = swapped.get(door, _LAST)
            for minute, (ins, outs) in (page.minutes if page is not None else {}).items():
                into, out = (ins, outs) if (sign > 0) != (minute >= from_minute) else (outs, ins)
                minutes.setdefault(minute, []).append(Crossed(index, into, out))
        page_of = {space: self._spaces.get(space, {}).get(day) for space in merged}
        anchors = {}
        if len(merged) == 1:
            for one in page_of.values():
                anchors = one.anchors_by_minute() if one is not None else {}
        most = sum(self._most[space] for space in merged)
        wrong, worst, since = 0.0, 0.0, _LAST
        for minute in sorted(minutes.keys() | anchors.keys()):
            track.pass_minute(minute, minutes.get(minute, []))
            off = max(-track.low - BEYOND_SDS * sqrt(track.low_variance), 0.0)
            off = max(off, track.level - most - BEYOND_SDS * sqrt(track.variance))
            if minute in anchors:
                people = anchors[minute].people
                off = max(off, abs(track.level - people) - BEYOND_SDS * sqrt(track.variance + 1.0))
                track.anchor(people, 0.25)
            worst = max(worst, off - BEYOND_PEOPLE)
            since = min(since, minute) if worst > 0.0 else since
            if minute in anchors:
                wrong, worst = wrong + worst, 0.0
        if is_over:
            worst = max(worst, abs(track.level) - BEYOND_SDS * sqrt(track.variance + 1.0) - BEYOND_PEOPLE)
            since = min(since, max(minutes, default=0)) if worst > 0.0 else since
        return _Wrong(wrong + worst, since)


class _Silent(NamedTuple):
    """Full hours of a day in which a door saw nobody, and the minute since which it has not."""

    day: str
    hours: list[int]
    since: int


def _silent_hours(
    pages: Mapping[str, DoorDay], open_days: set[str], day: str, begins: int, minute: int
) -> list[_Silent]:
    """Back to the door's last passage, newest day first."""
    windows: list[_Silent] = []
    for one in [day, *sorted((other for other in open_days if other < day), reverse=True)]:
        before = (date.fromisoformat(day) - date.fromisoformat(one)).days
        first = begins - DAY_MIN * before
        page = pages.get(one)
        last = max(page.minutes, default=0) if page is not None else 0
        if page is not None and page.is_closed:
            break
        windows.append(
            _Silent(one, full_hours(max(first, last + 1), min(minute, first + DAY_MIN)), max(first, last + 1))
        )
        if last:
            break
    return windows


def _deafness(page: DoorDay, *, is_quiet: bool) -> Lie | None:
    """What a door may not tell, by its own sums."""
    if is_quiet or page.ins + page.outs == 0:
        return Lie.BLIND
    if page.outs >= DEAF_PEOPLE and page.ins <= DEAF_SHARE * page.outs:
        return Lie.DEAF_IN
    if page.ins >= DEAF_PEOPLE and page.outs <= DEAF_SHARE * page.ins:
        return Lie.DEAF_OUT
    return None
