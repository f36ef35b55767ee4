"""A door's own traffic of other days in, how unlikely it is that it sees nobody now, out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import log, log1p

from hub.counts.door_day import HOURS, DoorDay

#: Days of the same sort (working day or not) to compare with: at least, and the newest so many.
LEAST_DAYS = 4
MOST_DAYS = 15
#: Never called quiet before so many people should have come.
LEAST_EXPECTED = 25.0

#: Empty hours that a door is given before it has had any.
FIRST_PAUSE = 0.2

#: People both ways by hour of the day, UTC.
Hours = Sequence[int]
NOBODY: Hours = (0,) * HOURS


def usual(pages: Mapping[str, DoorDay], days: Iterable[str], day: str) -> list[Hours]:
    """The hours of the newest days before `day` of its sort, as far as they are remembered.

    `days` are those on which the building was in use: without a page there, the door saw nobody.
    """
    is_weekend, first = _is_weekend(day), min(pages, default=day)
    found: list[Hours] = []
    for one in sorted(days, reverse=True):
        if first <= one < day and _is_weekend(one) == is_weekend:
            page = pages.get(one)
            hours = page.hours if page is not None else NOBODY
            if hours:
                found.append(hours)
            if len(found) == MOST_DAYS:
                break
    return found


def expected(days: Sequence[Hours]) -> list[float]:
    """People to expect in each hour of a day."""
    return [sum(hour) / len(days) for hour in zip(*days, strict=True)]


def due(hours: Sequence[float], first: int, last: int) -> float:
    """People to expect in the minutes [first, last) since 1970 UTC, of those to expect in each hour."""
    people = 0.0
    while first < last:
        until = min(last, first - first % 60 + 60)
        people += hours[first // 60 % HOURS] * (until - first) / 60
        first = until
    return people


def silence(days: Sequence[Hours], hours: Sequence[int], busy: float) -> tuple[float, float]:
    """People missing in these hours, and the logarithm of how likely it is that nobody came.

    The most innocent of three: that these hours are empty by chance, as they are on so many of the days;
    that the door has a pause of so many hours, as it has had before; or that people come in overdispersed
    Poisson numbers.
    `busy` scales the day to what the other doors of the building see.
    """
    if len(days) < LEAST_DAYS:
        return 0.0, 0.0
    sums = [busy * sum(one[hour] for hour in hours) for one in days]
    mean = sum(sums) / len(sums)
    if mean <= 0.0:
        return 0.0, 0.0
    variance = sum((one - mean) ** 2 for one in sums) / (len(sums) - 1) * (1 + 2 / len(sums))
    if variance <= mean:
        chance = -mean
    else:
        size = mean * mean / (variance - mean)
        chance = -size * log1p(mean / size)
    chance = max(chance, busy * _run_chance(days, hours))
    if 0.0 in sums:
        chance = max(chance, log(sums.count(0.0) / len(sums)))
    return mean, chance


def _run_chance(days: Sequence[Hours], hours: Sequence[int]) -> float:
    """Logarithm of how likely so long a pause is, from the empty hours of other days."""
    in_use = [hour for hour in range(HOURS) if sum(one[hour] for one in days) >= len(days)]
    empty = again = 0
    for one in days:
        for i, hour in enumerate(in_use):
            empty += one[hour] == 0
            again += i > 0 and one[hour] == 0 == one[in_use[i - 1]]
    length = len(set(in_use).intersection(hours))
    if not length:
        return 0.0
    begins = (empty + FIRST_PAUSE) / (len(in_use) * len(days) + 2 * FIRST_PAUSE)
    goes_on = (again + FIRST_PAUSE) / (empty + 1.0)
    return log(begins) + (length - 1) * log(goes_on)


def full_hours(first: int, last: int) -> list[int]:
    """The hours of the day, UTC, that lie fully between two minutes since 1970 UTC."""
    begin, end = -(-first // 60), last // 60
    return [hour % HOURS for hour in range(begin, min(end, begin + HOURS))]


def _is_weekend(day: str) -> bool:
    return date.fromisoformat(day).weekday() >= 5
