"""Seeds in, how honest the hub's counts were on days with known truth, out. Pure.

People walk as everywhere in the simulator; a door is a coin that finds each of them or not, 95 to 99 % each
way, so that a week passes in seconds. What counts, learns and accuses is the hub's own code.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from math import ceil, sqrt
from random import Random
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from hub.counts.book import BuildingBook, Counts
from hub.counts.door_day import DoorDay
from hub.counts.door_error import DoorError
from hub.counts.space_day import SpaceDay
from hub.counts.suspicion import Lie, Suspects
from hub.layout import OUTSIDE, Building, Door, Layout, Names, Space, SpaceKind
from protocol.events import Direction
from simulator.people import Crossing, PeopleSettings, generate

#: The first simulated day, a Monday; the campus opens at 08:00 local, 03:00 UTC.
MONDAY = date(2026, 11, 23)
OPENS_H = 3
#: Campus days begin at 23:00 UTC the day before.
BEGINS_MIN = -60
DAY_MIN = 1440
HOURS_OPEN = 10.5
#: Share of people that a door finds, each way.
FOUND_LEAST, FOUND_MOST = 0.95, 0.99
#: The band is compared with the truth this often, minutes, on days of which the first knows nothing.
COMPARE_MIN = 5
BAND_DAYS = 3
#: Traffic of the entrance whose bias is learned, people a day, and the nights it has for it.
GATE_TRAFFIC = (300, 1000, 3000)
NIGHTS = 5
INJECTED = 0.01
TOLERANCE = 0.003
#: Days before a door is made to lie, and days on which it does.
HISTORY_DAYS = 5
LIE_DAYS = 3
#: Doors are looked at this often while one lies, minutes.
LOOK_MIN = 10
NAMED_WITHIN = 300
#: A door that lies has at least this many people a day, both ways: quieter ones have no 300 to be named in.
LEAST_TRAFFIC = 60

_spaces = msgspec.json.Decoder(dict[str, dict[str, SpaceDay]])
_doors = msgspec.json.Decoder(dict[str, dict[str, DoorDay]])


class BandScore(Struct, frozen=True, kw_only=True):
    """How often the band held the truth, over spaces and time while the campus is open."""

    compared: int
    #: Share inside, all seeds together, the worst seed, and while somebody was in the space.
    held: float
    worst_seed: float
    held_in_use: float
    #: People from the lower to the upper edge, mean; the same while somebody was in the space; in halls.
    width: float
    width_in_use: float
    width_halls: float
    #: Share inside on the first day, when nothing has been learned, and on the last.
    first_day: float
    last_day: float
    #: Mean difference of the count that is shown and the truth, people; the same of what the doors say.
    error: float
    error_unlearned: float


class BiasScore(Struct, frozen=True, kw_only=True):
    """How well a bias of one point was learned at an entrance of so many people a day, in five nights."""

    people_a_day: int
    #: Shares; 0.01 is one point.
    mean_learned: float
    mean_abs_error: float
    worst_error: float
    #: Share of seeds within 0.3 points.
    within: float
    #: What five nights of binomial misses allow at best, as a standard deviation.
    theory_sd: float


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
    #: Doors named that did not lie.
    wrong: int


class CountStudy(Struct, frozen=True, kw_only=True):
    """All of it."""

    seeds: int
    band: BandScore
    bias: tuple[BiasScore, ...]
    lies: tuple[LieScore, ...]
    #: Healthy days of a building looked at, and doors named on them.
    healthy_building_days: int
    wrong_names: int
    wrong_names_a_building_day: float


class Passage(NamedTuple):
    """Somebody who really went through a door."""

    minute: int
    door: str
    is_in: bool


def study(layout: Layout, seeds: Sequence[int]) -> CountStudy:
    """Simulate and score; a seed of a campus of 60 rooms takes about four seconds."""
    layout = structs.replace(layout, posts=(), sensors=())
    bands, lies = [], []
    for seed in seeds:
        days = [list(_walk(layout, seed, number)) for number in range(HISTORY_DAYS + LIE_DAYS)]
        bands.append(_band(layout, seed, days[:BAND_DAYS]))
        lies.append(_Liars(layout, seed, days).run())
    healthy = sum(one.healthy for one in lies)
    wrong = sum(one.wrong for one in lies)
    return CountStudy(
        seeds=len(seeds),
        band=_score_band(bands),
        bias=tuple(_score_bias(traffic, seeds) for traffic in GATE_TRAFFIC),
        lies=tuple(_score_lie(lie, lies) for lie in (Lie.SWAPPED, Lie.BLIND)),
        healthy_building_days=healthy,
        wrong_names=wrong,
        wrong_names_a_building_day=round(wrong / max(1, healthy), 4),
    )


class Campus:
    """Doors that miss some, and what the hub makes of the rest."""

    def __init__(self, layout: Layout, found: dict[str, tuple[float, float]], rng: Random) -> None:
        self.layout, self.found, self.rng = layout, found, rng
        self.doors = {door.id: door for door in layout.doors}
        self.space_pages: dict[str, dict[str, SpaceDay]] = {}
        self.door_pages: dict[str, dict[str, DoorDay]] = {}
        self.books: dict[str, BuildingBook] = {}
        self.truth: dict[str, int] = dict.fromkeys([OUTSIDE, *(space.id for space in layout.spaces)], 0)
        #: What a door does wrong, from which minute on.
        self.lies: dict[str, tuple[Lie, int]] = {}
        self.load()

    def load(self) -> None:
        """Begin with the pages as they are."""
        self.counts = Counts(self.layout, self.space_pages, self.door_pages, self.books)
        self.suspects = Suspects(self.layout, self.counts, self.space_pages, self.door_pages)

    def copy(self, rng: Random) -> "Campus":
        """The same campus, to go on in another way."""
        other = Campus(self.layout, self.found, rng)
        other.space_pages = _spaces.decode(msgspec.json.encode(self.space_pages))
        other.door_pages = _doors.decode(msgspec.json.encode(self.door_pages))
        other.truth = dict(self.truth)
        other.load()
        return other

    def take(self, day: str, passage: Passage) -> None:
        """One passage, found or not."""
        door = self.doors[passage.door]
        to, back = (door.inner, door.outer) if passage.is_in else (door.outer, door.inner)
        self.truth[to] += 1
        self.truth[back] -= 1
        lie, begins = self.lies.get(passage.door, (None, 0))
        lie = lie if passage.minute >= begins else None
        if lie is Lie.BLIND or self.rng.random() >= self.found[passage.door][not passage.is_in]:
            return
        is_in = passage.is_in != (lie is Lie.SWAPPED)
        to, back = (door.inner, door.outer) if is_in else (door.outer, door.inner)
        page = self.door_pages.setdefault(door.id, {}).setdefault(day, DoorDay())
        (page.enter if is_in else page.leave)(passage.minute, 1)
        if to != OUTSIDE:
            self._page(to, day).enter(passage.minute, 1)
        if back != OUTSIDE:
            self._page(back, day).leave(passage.minute, 1)
        self.counts.passed(door, day, passage.minute)

    def _page(self, space: str, day: str) -> SpaceDay:
        return self.space_pages.setdefault(space, {}).setdefault(day, SpaceDay())


def _day(number: int) -> str:
    """ISO date of a simulated day: working days only."""
    return (MONDAY + timedelta(days=number + 2 * (number // 5))).isoformat()


def _begins(day: str) -> int:
    """The minute since 1970 UTC at which a campus day begins."""
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return int(midnight.timestamp()) // 60 + BEGINS_MIN


def _opens(day: str) -> int:
    """The minute since 1970 UTC at which the campus opens."""
    return _begins(day) - BEGINS_MIN + OPENS_H * 60


def _walk(layout: Layout, seed: int, number: int) -> Iterator[Passage]:
    start = _opens(_day(number))
    opens = datetime.fromtimestamp(start * 60, UTC)
    people = PeopleSettings()
    for one in generate(layout, opens, HOURS_OPEN, seed * 1000 + number, people):
        if isinstance(one, Crossing) and not one.turned_back:
            yield Passage(start + int(one.t_s // 60), one.door, one.direction is Direction.IN)


def _found(layout: Layout, rng: Random) -> dict[str, tuple[float, float]]:
    return {
        door.id: (rng.uniform(FOUND_LEAST, FOUND_MOST), rng.uniform(FOUND_LEAST, FOUND_MOST))
        for door in layout.doors
    }


class _Band(NamedTuple):
    """Sums of one seed: compared and held, by day; widths; errors."""

    compared: list[int]
    held: list[int]
    used: int
    held_used: int
    width: int
    width_used: int
    halls: int
    width_halls: int
    error: int
    error_raw: int


def _band(layout: Layout, seed: int, days: Sequence[Sequence[Passage]]) -> _Band:
    rng = Random(f"band:{seed}")
    campus = Campus(layout, _found(layout, rng), rng)
    halls = {space.id for space in layout.spaces if space.kind in (SpaceKind.HALL, SpaceKind.CORRIDOR)}
    compared, held = [0] * len(days), [0] * len(days)
    used = held_used = width = width_used = in_halls = width_halls = error = error_raw = 0
    for number, walks in enumerate(days):
        day = _day(number)
        begin = _opens(day)
        left = list(reversed(walks))
        for minute in range(begin, begin + int(HOURS_OPEN * 60), COMPARE_MIN):
            while left and left[-1].minute <= minute:
                campus.take(day, left.pop())
            for space in layout.spaces:
                truth = campus.truth[space.id]
                found = campus.counts.estimate(space.id, day, minute)
                is_held, wide = found.low <= truth <= found.high, found.high - found.low
                compared[number] += 1
                held[number] += is_held
                width += wide
                if truth > 0:
                    used += 1
                    held_used += is_held
                    width_used += wide
                if space.id in halls:
                    in_halls += 1
                    width_halls += wide
                error += abs(found.count - truth)
                page = campus.space_pages.get(space.id, {}).get(day)
                error_raw += abs((page.count if page else 0) - truth)
        while left:
            campus.take(day, left.pop())
    return _Band(compared, held, used, held_used, width, width_used, in_halls, width_halls, error, error_raw)


def _score_band(bands: Sequence[_Band]) -> BandScore:
    compared = sum(sum(one.compared) for one in bands)
    used = sum(one.used for one in bands)

    def on(day: int) -> float:
        return round(sum(one.held[day] for one in bands) / sum(one.compared[day] for one in bands), 4)

    return BandScore(
        compared=compared,
        held=round(sum(sum(one.held) for one in bands) / compared, 4),
        worst_seed=round(min(sum(one.held) / sum(one.compared) for one in bands), 4),
        held_in_use=round(sum(one.held_used for one in bands) / used, 4),
        width=round(sum(one.width for one in bands) / compared, 2),
        width_in_use=round(sum(one.width_used for one in bands) / used, 2),
        width_halls=round(sum(one.width_halls for one in bands) / sum(one.halls for one in bands), 2),
        first_day=on(0),
        last_day=on(-1),
        error=round(sum(one.error for one in bands) / compared, 3),
        error_unlearned=round(sum(one.error_raw for one in bands) / compared, 3),
    )


def gate() -> Layout:
    """A hall with one entrance."""
    names = Names(kk="Холл", ru="Холл", en="Hall")
    return Layout(
        site="gate",
        names=names,
        buildings=(Building(id="gate", names=names),),
        spaces=(
            Space(
                id="hall",
                building="gate",
                kind=SpaceKind.HALL,
                code="H",
                floor=1,
                area_m2=5000.0,
                names=names,
            ),
        ),
        doors=(Door(id="entrance", node="node", channel="door", inner="hall"),),
    )


def learned_at_gate(traffic: int, seed: int, nights: int = NIGHTS) -> DoorError:
    """What five nights teach of an entrance that misses one point more on the way in than out."""
    rng = Random(f"gate:{seed}:{traffic}")
    missed_out = rng.uniform(1 - FOUND_MOST, 1 - FOUND_LEAST - INJECTED)
    campus = Campus(gate(), {"entrance": (1 - missed_out - INJECTED, 1 - missed_out)}, rng)
    for number in range(nights + 1):
        day = _day(number)
        begin = _opens(day)
        walks: list[Passage] = []
        for _ in range(traffic if number < nights else 1):
            came = rng.randrange(480)
            walks.append(Passage(begin + came, "entrance", True))
            walks.append(Passage(begin + came + rng.randrange(1, 600 - came), "entrance", False))
        for passage in sorted(walks):
            campus.take(day, passage)
    return campus.counts.error("hall", "entrance")


def _score_bias(traffic: int, seeds: Sequence[int]) -> BiasScore:
    learned = [learned_at_gate(traffic, seed).bias for seed in seeds]
    off = [abs(one - INJECTED) for one in learned]
    missed = 1 - (FOUND_LEAST + FOUND_MOST) / 2
    return BiasScore(
        people_a_day=traffic,
        mean_learned=round(sum(learned) / len(learned), 5),
        mean_abs_error=round(sum(off) / len(off), 5),
        worst_error=round(max(off), 5),
        within=round(sum(one <= TOLERANCE for one in off) / len(off), 3),
        theory_sd=round(sqrt(2 * missed * (1 - missed) / traffic / NIGHTS), 5),
    )


class _Lied(NamedTuple):
    """One lie: people through the door until it was named, if it was, and as what."""

    lie: Lie
    people: int
    named: Lie | None
    wrong: int


class _Run(NamedTuple):
    lies: list[_Lied]
    healthy: int
    wrong: int


class _Liars:
    """A campus with a history, a healthy end of the week, and two ends in which a door lies."""

    def __init__(self, layout: Layout, seed: int, days: Sequence[Sequence[Passage]]) -> None:
        self._layout, self._seed, self._days = layout, seed, days
        rng = Random(f"lies:{seed}")
        self._rng = rng
        self._campus = Campus(layout, _found(layout, rng), rng)
        counts = self._campus.counts
        #: The doors of each building.
        self._of = {
            building: {door for space in spaces for door, _ in counts.doors_of[space]}
            for building, spaces in counts.spaces_of.items()
        }

    def run(self) -> _Run:
        """Let the history pass, then go on in three ways."""
        for number, walks in enumerate(self._days[:HISTORY_DAYS]):
            for passage in walks:
                self._campus.take(_day(number), passage)
        traffic: dict[str, int] = {}
        for passage in self._days[HISTORY_DAYS]:
            traffic[passage.door] = traffic.get(passage.door, 0) + 1
        busy = sorted(door for door, people in traffic.items() if people >= LEAST_TRAFFIC)
        healthy, wrong = self._healthy()
        lies = [self._lie(self._rng.choice(busy), lie) for lie in (Lie.SWAPPED, Lie.BLIND)]
        return _Run(lies, healthy, wrong)

    def _healthy(self) -> tuple[int, int]:
        campus = self._campus.copy(Random(f"healthy:{self._seed}"))
        day = _day(HISTORY_DAYS)
        named: set[str] = set()
        for minute in self._looks(campus, HISTORY_DAYS):
            for building in self._of:
                is_over = minute == _begins(day) + DAY_MIN - 1
                found = campus.suspects.find(building, day, _begins(day), minute, is_over=is_over)
                named.update(one.door for one in found)
        return len(self._of), len(named)

    def _looks(self, campus: Campus, number: int, within: str | None = None) -> Iterator[int]:
        """Minutes at which to look, with all passages up to each taken; the last is the day's end."""
        day = _day(number)
        walks = [
            one for one in reversed(self._days[number]) if within is None or one.door in self._of[within]
        ]
        begin = _opens(day)
        for minute in range(begin, begin + int(HOURS_OPEN * 60) + LOOK_MIN, LOOK_MIN):
            while walks and walks[-1].minute <= minute:
                campus.take(day, walks.pop())
            yield minute
        yield _begins(day) + DAY_MIN - 1

    def _lie(self, door: str, lie: Lie) -> _Lied:
        campus = self._campus.copy(Random(f"{lie}:{self._seed}"))
        liar = campus.doors[door]
        home = campus.counts.building[liar.inner if liar.inner != OUTSIDE else liar.outer]
        begins = _opens(_day(HISTORY_DAYS)) + Random(f"when:{lie}:{self._seed}").randrange(300)
        campus.lies[door] = (lie, begins)
        wrong = set[str]()
        for number in range(HISTORY_DAYS, HISTORY_DAYS + LIE_DAYS):
            day = _day(number)
            for minute in self._looks(campus, number, home):
                if minute < begins:
                    continue
                is_over = minute == _begins(day) + DAY_MIN - 1
                found = campus.suspects.find(home, day, _begins(day), minute, is_over=is_over)
                wrong.update(one.door for one in found if one.door != door)
                named = next((one.lie for one in found if one.door == door), None)
                if named is not None:
                    return _Lied(lie, self._passed(door, begins, minute), named, len(wrong))
        return _Lied(lie, self._passed(door, begins, 1 << 40), None, len(wrong))

    def _passed(self, door: str, begins: int, minute: int) -> int:
        """People who really went through a door in a while."""
        days = self._days[HISTORY_DAYS:]
        return sum(one.door == door and begins <= one.minute <= minute for day in days for one in day)


def _score_lie(lie: Lie, runs: Sequence[_Run]) -> LieScore:
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
        wrong=sum(one.wrong for one in tried),
    )
