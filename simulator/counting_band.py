"""Days with known truth in, how often the band of a count held it, out. Pure."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from msgspec import Struct

from hub.layout import Layout, SpaceKind
from simulator.counting_days import HOURS_OPEN, Campus, Passage, coins, iso_day, opens

#: The band is compared with the truth this often, minutes.
COMPARE_MIN = 5


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


class Band(NamedTuple):
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


def compare(layout: Layout, seed: int, days: Sequence[Sequence[Passage]]) -> Band:
    """One seed's days, in which the doors learn from each night."""
    rng = Random(f"band:{seed}")
    campus = Campus(layout, coins(layout, rng), rng)
    halls = {space.id for space in layout.spaces if space.kind in (SpaceKind.HALL, SpaceKind.CORRIDOR)}
    compared, held = [0] * len(days), [0] * len(days)
    used = held_used = width = width_used = in_halls = width_halls = error = error_raw = 0
    for number, walks in enumerate(days):
        day = iso_day(number)
        begin = opens(day)
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
    return Band(compared, held, used, held_used, width, width_used, in_halls, width_halls, error, error_raw)


def score_band(bands: Sequence[Band]) -> BandScore:
    """All seeds together."""
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
