"""A campus file and a seed in, days with known truth and doors that are coins out. Pure.

People walk as everywhere in the simulator; a door is a coin that finds each of them or not, 95 to 99 % each
way, so that a week passes in seconds. What counts, learns and accuses is the hub's own code.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

import msgspec

from hub.counts.book import Counts
from hub.counts.door_day import DoorDay
from hub.counts.lessons import BuildingBook
from hub.counts.lie import Lie
from hub.counts.space_day import SpaceDay
from hub.counts.suspicion import Suspects
from hub.layout import OUTSIDE, Layout
from protocol.events import Direction
from simulator.happenings import Crossing
from simulator.people import generate
from simulator.people_settings import PeopleSettings

#: The first simulated day, a Monday; the campus opens at 08:00 local, 03:00 UTC.
MONDAY = date(2026, 11, 23)
OPENS_H = 3
#: Campus days begin at 23:00 UTC the day before.
BEGINS_MIN = -60
DAY_MIN = 1440
HOURS_OPEN = 10.5
#: The newest days keep their minutes, as in the hub.
OPEN_DAYS = 4
#: Share of people that a door finds, each way.
FOUND_LEAST, FOUND_MOST = 0.95, 0.99
#: Share of people more that a drifting door misses on the way in.
DRIFT = 0.12

_spaces = msgspec.json.Decoder(dict[str, dict[str, SpaceDay]])
_books = msgspec.json.Decoder(dict[str, BuildingBook])
_doors = msgspec.json.Decoder(dict[str, dict[str, DoorDay]])


class Passage(NamedTuple):
    """Somebody who really went through a door."""

    minute: int
    door: str
    is_in: bool


class Campus:
    """Doors that miss some, and what the hub makes of the rest."""

    def __init__(self, layout: Layout, found: dict[str, tuple[float, float]], rng: Random) -> None:
        self.layout, self.found, self.rng = layout, found, rng
        self.doors = {door.id: door for door in layout.doors}
        self.space_pages: dict[str, dict[str, SpaceDay]] = {}
        self.door_pages: dict[str, dict[str, DoorDay]] = {}
        self.books: dict[str, BuildingBook] = {}
        self.truth: dict[str, int] = dict.fromkeys([OUTSIDE, *(space.id for space in layout.spaces)], 0)
        self._newest = ""
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
        other.books = _books.decode(msgspec.json.encode(self.books))
        other.truth, other._newest = dict(self.truth), self._newest
        other.load()
        return other

    def take(self, day: str, passage: Passage) -> None:
        """One passage, found or not; passages come a day after the other."""
        if day > self._newest:
            self._newest = day
            oldest = date.fromisoformat(day) - timedelta(days=OPEN_DAYS - 1)
            self.counts.close_before(oldest.isoformat())
        door = self.doors[passage.door]
        to, back = (door.inner, door.outer) if passage.is_in else (door.outer, door.inner)
        self.truth[to] += 1
        self.truth[back] -= 1
        lie, begins = self.lies.get(passage.door, (None, 0))
        lie = lie if passage.minute >= begins else None
        if lie is Lie.BLIND or lie is (Lie.DEAF_IN if passage.is_in else Lie.DEAF_OUT):
            return
        found = self.found[passage.door][not passage.is_in]
        found -= DRIFT if lie is Lie.DRIFTING and passage.is_in else 0.0
        if self.rng.random() >= found:
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


def iso_day(number: int) -> str:
    """ISO date of a simulated day: working days only."""
    return (MONDAY + timedelta(days=number + 2 * (number // 5))).isoformat()


def day_begins(day: str) -> int:
    """The minute since 1970 UTC at which a campus day begins."""
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return int(midnight.timestamp()) // 60 + BEGINS_MIN


def opens(day: str) -> int:
    """The minute since 1970 UTC at which the campus opens."""
    return day_begins(day) - BEGINS_MIN + OPENS_H * 60


def walks(layout: Layout, seed: int, number: int) -> Iterator[Passage]:
    """Who goes through which door on a day, by time."""
    start = opens(iso_day(number))
    instant = datetime.fromtimestamp(start * 60, UTC)
    people = PeopleSettings()
    for one in generate(layout, instant, HOURS_OPEN, seed * 1000 + number, people):
        if isinstance(one, Crossing) and not one.turned_back:
            yield Passage(start + int(one.t_s // 60), one.door, one.direction is Direction.IN)


def coins(layout: Layout, rng: Random) -> dict[str, tuple[float, float]]:
    """The share of people that each door finds, in and out."""
    return {
        door.id: (rng.uniform(FOUND_LEAST, FOUND_MOST), rng.uniform(FOUND_LEAST, FOUND_MOST))
        for door in layout.doors
    }
