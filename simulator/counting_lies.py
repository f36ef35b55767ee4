"""A campus with a history in, how fast a door that begins to lie is named, out. Pure."""

from collections.abc import Iterator, Sequence
from math import ceil
from random import Random
from typing import NamedTuple

from msgspec import Struct

from hub.counts.lie import Lie
from hub.layout import OUTSIDE, Layout
from simulator.counting_days import DAY_MIN, HOURS_OPEN, Campus, Passage, coins, day_begins, iso_day, opens

#: What doors are made to do; each in a week of its own.
LIES = (Lie.SWAPPED, Lie.BLIND, Lie.DEAF_IN, Lie.DEAF_OUT, Lie.DRIFTING)
#: Days before a door is made to lie, and days on which it does.
HISTORY_DAYS = 5
LIE_DAYS = 3
#: Doors are looked at this often while one lies, minutes.
LOOK_MIN = 10
NAMED_WITHIN = 300
#: A door that lies has at least this many people a day, both ways: quieter ones have no 300 to be named in.
LEAST_TRAFFIC = 60


class LieScore(Struct, frozen=True, kw_only=True):
    """How fast a door that lies was named, in people who went through it."""

    lie: str
    #: Doors made to lie, those named, and those whose days ended before 300 people had gone through.
    tried: int
    named: int
    too_few: int
    median: int | None
    p90: int | None
    #: Share named within 300, of those that 300 went through or that were named; share of the named that were
    #: named for what they really did.
    within: float
    kind_right: float
    #: Share of all that were named by the end of the first day, once everybody had left.
    first_day: float
    #: Doors named that did not lie.
    wrong: int


class _Lied(NamedTuple):
    """One lie: people through the door and days until it was named, if it was, and as what."""

    lie: Lie
    people: int
    days: int
    named: Lie | None
    wrong: int


class Run(NamedTuple):
    """One seed: its lies, and healthy building-days with the doors named on them."""

    lies: list[_Lied]
    healthy: int
    wrong: int


class Liars:
    """A campus with a history, a healthy end of the week, and as many others as there are lies."""

    def __init__(self, layout: Layout, seed: int, days: Sequence[Sequence[Passage]]) -> None:
        self._layout, self._seed, self._days = layout, seed, days
        rng = Random(f"lies:{seed}")
        self._rng = rng
        self._campus = Campus(layout, coins(layout, rng), rng)
        counts = self._campus.counts
        #: The doors of each building.
        self._of = {
            building: {door for space in spaces for door, _ in counts.doors_of[space]}
            for building, spaces in counts.spaces_of.items()
        }

    def run(self) -> Run:
        """Let the history pass, then go on in all ways."""
        for number, walks in enumerate(self._days[:HISTORY_DAYS]):
            for passage in walks:
                self._campus.take(iso_day(number), passage)
        traffic: dict[str, int] = {}
        for passage in self._days[HISTORY_DAYS]:
            traffic[passage.door] = traffic.get(passage.door, 0) + 1
        busy = sorted(door for door, people in traffic.items() if people >= LEAST_TRAFFIC)
        healthy, wrong = self._healthy()
        lies = [self._lie(self._rng.choice(busy), lie) for lie in LIES]
        return Run(lies, healthy, wrong)

    def _healthy(self) -> tuple[int, int]:
        campus = self._campus.copy(Random(f"healthy:{self._seed}"))
        day = iso_day(HISTORY_DAYS)
        named: set[str] = set()
        for minute in self._looks(campus, HISTORY_DAYS):
            for building in self._of:
                is_over = minute == day_begins(day) + DAY_MIN - 1
                found = campus.suspects.find(building, day, day_begins(day), minute, is_over=is_over)
                named.update(one.door for one in found)
        return len(self._of), len(named)

    def _looks(self, campus: Campus, number: int, within: str | None = None) -> Iterator[int]:
        """Minutes at which to look, with all passages up to each taken; the last is the day's end."""
        day = iso_day(number)
        walks = [
            one for one in reversed(self._days[number]) if within is None or one.door in self._of[within]
        ]
        begin = opens(day)
        for minute in range(begin, begin + int(HOURS_OPEN * 60) + LOOK_MIN, LOOK_MIN):
            while walks and walks[-1].minute <= minute:
                campus.take(day, walks.pop())
            yield minute
        yield day_begins(day) + DAY_MIN - 1

    def _lie(self, door: str, lie: Lie) -> _Lied:
        campus = self._campus.copy(Random(f"{lie}:{self._seed}"))
        liar = campus.doors[door]
        home = campus.counts.building[liar.inner if liar.inner != OUTSIDE else liar.outer]
        begins = opens(iso_day(HISTORY_DAYS)) + Random(f"when:{lie}:{self._seed}").randrange(300)
        campus.lies[door] = (lie, begins)
        wrong = set[str]()
        for number in range(HISTORY_DAYS, HISTORY_DAYS + LIE_DAYS):
            day = iso_day(number)
            for minute in self._looks(campus, number, home):
                if minute < begins:
                    continue
                is_over = minute == day_begins(day) + DAY_MIN - 1
                found = campus.suspects.find(home, day, day_begins(day), minute, is_over=is_over)
                wrong.update(one.door for one in found if one.door != door)
                named = next((one.lie for one in found if one.door == door), None)
                if named is not None:
                    passed = self._passed(door, begins, minute)
                    return _Lied(lie, passed, number - HISTORY_DAYS + 1, named, len(wrong))
        return _Lied(lie, self._passed(door, begins, 1 << 40), LIE_DAYS, None, len(wrong))

    def _passed(self, door: str, begins: int, minute: int) -> int:
        """People who really went through a door in a while."""
        days = self._days[HISTORY_DAYS:]
        return sum(one.door == door and begins <= one.minute <= minute for day in days for one in day)


def score_lie(lie: Lie, runs: Sequence[Run]) -> LieScore:
    """One kind of lie over all seeds."""
    tried = [one for run in runs for one in run.lies if one.lie is lie]
    people = sorted(one.people for one in tried if one.named is not None)
    too_few = sum(one.named is None and one.people < NAMED_WITHIN for one in tried)
    return LieScore(
        lie=lie.value,
        tried=len(tried),
        named=len(people),
        too_few=too_few,
        median=people[(len(people) - 1) // 2] if people else None,
        p90=people[ceil(0.9 * len(people)) - 1] if people else None,
        within=round(sum(one <= NAMED_WITHIN for one in people) / max(1, len(tried) - too_few), 3),
        kind_right=round(sum(one.named is lie for one in tried) / max(1, len(people)), 3),
        first_day=round(sum(one.named is not None and one.days == 1 for one in tried) / len(tried), 3),
        wrong=sum(one.wrong for one in tried),
    )
