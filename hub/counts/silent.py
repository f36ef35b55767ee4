"""The pages of a building's doors in, the doors that have been silent for too long, out. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import log
from typing import NamedTuple

from hub.counts.door_day import HOURS, DoorDay
from hub.counts.lie import Lie, Suspicion
from hub.counts.quiet import (
    LEAST_DAYS,
    LEAST_EXPECTED,
    NOBODY,
    Hours,
    due,
    expected,
    full_hours,
    silence,
    usual,
)

#: A door is blind when nobody coming is less likely than this; or than the other, where its spaces show it.
BLIND_CHANCE = 1e-3
PERHAPS_BLIND_CHANCE = 0.02
#: Days of silence that are weighed, the newest; more would tell nothing new.
MOST_SILENT_DAYS = 5
#: A busy door is hushed after so many minutes at least, if so many times more people are missing than in any
#: of its pauses before.
LEAST_HUSH_MIN = 10
LONGER_THAN_EVER = 2.0
DAY_MIN = 1440

Pages = Mapping[str, Mapping[str, DoorDay]]


class Silent(NamedTuple):
    """A door of which nobody was told for long."""

    suspicion: Suspicion
    #: Logarithm of how likely it is that nobody came.
    chance: float


class Window(NamedTuple):
    """Full hours of a day in which a door saw nobody."""

    day: str
    hours: list[int]


class Pause(NamedTuple):
    """A door that has told nobody for an hour or more, and what its own traffic says of that."""

    door: str
    #: Minute since 1970 UTC.
    since: int
    #: Newest day first.
    windows: list[Window]
    #: What is usual at it.
    days: list[Hours]
    #: People missing, and the logarithm of how likely it is that nobody came, were the building as ever.
    missing: float
    chance: float


def pauses(doors: Sequence[str], pages: Pages, day: str, begins: int, minute: int) -> list[Pause]:
    """How long each door has told nobody; `begins` is the minute since 1970 UTC at which `day` began."""
    # Days on which nobody was told of anywhere in the building are no days.
    in_use = {one for door in doors for one in pages.get(door, {}) if one <= day}
    newest_first = sorted(in_use | {day}, reverse=True)
    open_days = [one for one in newest_first if one in in_use]
    found = []
    for door in doors:
        of_door = pages.get(door, {})
        windows, since = _silence_of(of_door, newest_first, day, begins, minute)
        if any(one.hours for one in windows):
            days = usual(of_door, open_days, windows[-1].day)
            each = [silence(days, one.hours, 1.0) for one in windows]
            missing, chance = sum(one for one, _ in each), sum(one for _, one in each)
            found.append(Pause(door, since, windows, days, missing, chance))
    return found


def silent_doors(doors: Sequence[str], pages: Pages, day: str, quiet: Iterable[Pause]) -> Iterator[Silent]:
    """Doors of a building that may be blind, of those that tell nobody."""
    building = _Building(doors, pages, day)
    for pause in quiet:
        # The gate: nothing is computed of other doors for what might well be missing.
        if pause.missing < LEAST_EXPECTED or pause.chance > log(PERHAPS_BLIND_CHANCE):
            continue
        missing = chance = 0.0
        for one in pause.windows:
            people, likely = silence(pause.days, one.hours, building.busy(pause.door, one))
            missing, chance = missing + people, chance + likely
        if missing >= LEAST_EXPECTED and chance < log(PERHAPS_BLIND_CHANCE):
            yield Silent(Suspicion(pause.door, Lie.BLIND, round(missing, 1), pause.since), chance)


def hushed_doors(doors: Sequence[str], pages: Pages, day: str, minute: int) -> Iterator[tuple[str, int]]:
    """Doors that miss twice as many people as in any pause before, and the minute since which they do.

    Pauses are those of the days whose minutes are known. At a busy entrance it takes minutes. It says less
    than a silence by the hour, and is for doors of which others contradict that nobody came.
    """
    in_use = sorted({one for door in doors for one in pages.get(door, {}) if one <= day}, reverse=True)
    for door in doors:
        of_door = pages.get(door, {})
        page = of_door.get(day)
        if page is None or not page.minutes or minute - (last := max(page.minutes)) < LEAST_HUSH_MIN:
            continue
        days = usual(of_door, in_use, day)
        if len(days) < LEAST_DAYS:
            continue
        hours = expected(days)
        missing = due(hours, last + 1, minute)
        if missing < LEAST_EXPECTED:
            continue
        known = [sorted(one.minutes) for name, one in of_door.items() if name <= day and not one.is_closed]
        longest = max(
            (due(hours, one + 1, other) for times in known for one, other in pairwise(times)), default=0.0
        )
        if len(known) > 1 and missing > LONGER_THAN_EVER * longest:
            yield door, last + 1


class _Building:
    """What all doors of a building see by hour, and what is usual."""

    def __init__(self, doors: Sequence[str], pages: Pages, day: str) -> None:
        self._doors, self._pages = doors, pages
        in_use = {one for door in doors for one in pages.get(door, {}) if one <= day}
        self._open_days = sorted(in_use, reverse=True)
        #: By day and door: people seen and people usual, by hour; and the sum of all doors.
        self._known: dict[str, tuple[dict[str, tuple[Hours, list[float]]], Hours, list[float]]] = {}

    def busy(self, door: str, silent: Window) -> float:
        """How much of what is usual the other doors see, at most all of it; nothing where nothing is."""
        if silent.day not in self._known:
            self._known[silent.day] = self._look(silent.day)
        by_door, all_seen, all_usual = self._known[silent.day]
        own_seen, own_usual = by_door.get(door, (NOBODY, NOBODY))
        seen = sum(all_seen[hour] - own_seen[hour] for hour in silent.hours)
        wanted = sum(all_usual[hour] - own_usual[hour] for hour in silent.hours)
        # What is left of a difference of sums is no traffic.
        return min(1.0, seen / wanted) if wanted > 1e-6 else 0.0

    def _look(self, day: str) -> tuple[dict[str, tuple[Hours, list[float]]], Hours, list[float]]:
        found: dict[str, tuple[Hours, list[float]]] = {}
        for door in self._doors:
            pages = self._pages.get(door, {})
            if days := usual(pages, self._open_days, day):
                page = pages.get(day)
                seen = (page.hours if page is not None else []) or NOBODY
                found[door] = (seen, expected(days))
        seen = [sum(one[hour] for one, _ in found.values()) for hour in range(HOURS)]
        return found, seen, [sum(one[hour] for _, one in found.values()) for hour in range(HOURS)]


def _silence_of(
    pages: Mapping[str, DoorDay], newest_first: Sequence[str], day: str, begins: int, minute: int
) -> tuple[list[Window], int]:
    """Back to the door's last passage, newest day first; and the minute since which it is silent."""
    windows: list[Window] = []
    since = begins
    for one in newest_first:
        page = pages.get(one)
        if page is not None and page.is_closed:
            break
        first = begins - DAY_MIN * (date.fromisoformat(day) - date.fromisoformat(one)).days
        last = max(page.minutes, default=0) if page is not None else 0
        since = max(first, last + 1)
        if len(windows) < MOST_SILENT_DAYS:
            windows.append(Window(one, full_hours(since, min(minute, first + DAY_MIN))))
        if last:
            break
    return windows, since
