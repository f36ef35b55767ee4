"""People with plans to the time-ordered stream of what happens at doors and thermometers. Pure.

A door lets one person through at a time, so a burst becomes a queue with real headways. Everything is drawn
from one seed: the same arguments give the same day.
"""

import heapq
import math
import random
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, structs

from hub.layout import OUTSIDE, Door, Layout, SensorKind
from protocol.events import Direction
from simulator.staff import Chore, StaffSettings, plan_staff
from simulator.timetable import (
    Act,
    DaySettings,
    Lesson,
    Person,
    Seconds,
    Share,
    Work,
    draw_lessons,
    draw_people,
    lessons_of,
)

#: Between the closing of one day and the opening of the next, at least, seconds: time to walk out.
NIGHT_S = 180.0
#: Skin of a forehead at 24 °C of air, °C: the median of people without fever (FDA open data).
SKIN_C = 35.05
#: Chores of one day are numbered from a multiple of this on.
DAY_OF_CHORES = 100_000
#: Who has to be alone in a room looks again so often, and at most for so long, seconds.
LOOK_IN_S, LOOKS_IN_FOR_S = 10.0, 600.0


class PeopleSettings(Struct, frozen=True, kw_only=True):
    """How people move, and how they look to a thermometer."""

    day: DaySettings = DaySettings()
    staff: StaffSettings = StaffSettings()
    #: From one door to the next, seconds, median.
    walk_s: Seconds = 20.0
    #: Between two people who follow each other through a door: median and least, seconds.
    headway_s: Seconds = 1.3
    least_headway_s: Seconds = 0.75
    #: More when the other one comes from the other side, seconds.
    give_way_s: Seconds = 0.8
    #: Share of people at a door who go back in the doorway and come again.
    turn_back_share: Share = 0.03
    #: Share of people in a queue who follow so closely that their torsos overlap in the beams.
    tailgate_share: Share = 0.0
    #: Share of entrants who show their forehead at an entrance with a thermometer.
    screened_share: Share = 0.95
    #: An entrant does not queue longer than this for the thermometer, seconds; then walks on unscreened.
    patience_s: Seconds = 60.0
    #: The forehead before the lens, seconds.
    show_s: Annotated[float, Meta(gt=0.5)] = 2.0
    #: Between two foreheads at one post, and before a second attempt, seconds.
    post_gap_s: Seconds = 1.5
    repeat_after_s: Seconds = 3.0
    #: Who is so much warmer than the median, °C, has time for a second attempt, should the post ask for it.
    repeat_over_c: float = 0.1
    #: How skins differ from person to person, and from attempt to attempt of one person, °C; together 0.45.
    skin_spread_c: Annotated[float, Meta(ge=0.0)] = 0.40
    attempt_spread_c: Annotated[float, Meta(ge=0.0)] = 0.20
    #: Share of entrants with a fever, and how much warmer their skin is, °C.
    febrile_share: Share = 0.01
    fever_least_c: float = 1.5
    fever_most_c: float = 2.5
    #: Who comes first to a thermometer after each of these times has a fever for certain, and is sent home,
    #: seconds.
    fever_at_s: tuple[float, ...] = ()
    #: Share of entrants whose forehead comes cold from outside, and how cold, °C.
    cold_share: Share = 0.0
    cold_least_c: float = 1.0
    cold_most_c: float = 3.0


class Crossing(NamedTuple):
    """Somebody in a doorway: the truth that the beams shall find."""

    #: Seconds since the simulation's start, when the body is midway between the beams.
    t_s: float
    door: str
    direction: Direction
    #: Which person of the day, and the group.
    person: int
    group: str
    #: True: went back in the doorway; nobody has moved.
    turned_back: bool = False
    #: True: so close behind the one before that two beams cannot tell them apart.
    tailgating: bool = False


class Visit(NamedTuple):
    """A forehead before the thermometer of a post."""

    #: Seconds since the simulation's start, when it comes before the lens.
    t_s: float
    post: str
    person: int
    show_s: float
    #: Skin at 24 °C of air, °C, with fever or cold already in it.
    skin_c: float
    #: How much of that is fever, °C; 0 for nearly everyone.
    fever_c: float = 0.0
    #: Negative for somebody who comes cold from outside, °C.
    cold_c: float = 0.0
    #: 2: takes place only if the post asked for it.
    attempt: int = 1


class Deed(NamedTuple):
    """A hand at a sensor: a button pressed, a window opened, a dispenser used or filled."""

    #: Seconds since the simulation's start.
    t_s: float
    #: By its id in the campus file.
    sensor: str
    act: Act
    #: The chore it is a part of; -1: of none.
    chore: int = -1
    #: False: its node was dead and nobody was told.
    was_heard: bool = True


Happening = Crossing | Visit | Deed | Chore


def generate(
    layout: Layout, start: datetime, hours: float, seed: int, settings: PeopleSettings
) -> Iterator[Happening]:
    """What happens at doors, posts and panels from `start` for `hours`, by time.

    With a time of opening the lessons are the weekday's, whatever the seed; weekends are days like others.
    """
    end_s = hours * 3600.0
    for number, (opening_s, weekday) in enumerate(_openings(layout, start, end_s, settings.day)):
        rng = random.Random(f"{seed}:{number}")
        there = reachable(layout)
        if weekday is None:
            lessons = draw_lessons(there, settings.day, rng)
        else:
            lessons = lessons_of(there, settings.day, weekday)
        day = _Day(there, settings, opening_s, lessons, rng, number * DAY_OF_CHORES)
        for happening in day.happenings():
            if happening.t_s >= end_s:
                return
            yield happening


def route(doors: dict[str, list[tuple[Door, str]]], origin: str, target: str) -> list[tuple[Door, str]]:
    """The fewest doors from one space to another, each with the space behind it.

    `doors` holds the doors of each space. Raises ValueError when there is no way.
    """
    came: dict[str, tuple[Door, str] | None] = {origin: None}
    queue = deque([origin])
    while queue and target not in came:
        here = queue.popleft()
        for door, there in doors.get(here, ()):
            if there not in came:
                came[there] = (door, here)
                queue.append(there)
    if target not in came:
        raise ValueError(f"no doors lead from `{origin}` to `{target}`; check `doors` of the campus file")
    path: list[tuple[Door, str]] = []
    here = target
    while (step := came[here]) is not None:
        path.append((step[0], here))
        here = step[1]
    return path[::-1]


def doors_of(layout: Layout) -> dict[str, list[tuple[Door, str]]]:
    """The doors of each space, with the space behind each."""
    found: dict[str, list[tuple[Door, str]]] = {}
    for door in layout.doors:
        found.setdefault(door.outer, []).append((door, door.inner))
        found.setdefault(door.inner, []).append((door, door.outer))
    return found


def reachable(layout: Layout) -> Layout:
    """The campus without the spaces to which no counted doors lead from outside."""
    doors = doors_of(layout)
    found, queue = {OUTSIDE}, deque([OUTSIDE])
    while queue:
        for _, there in doors.get(queue.popleft(), ()):
            if there not in found:
                found.add(there)
                queue.append(there)
    return structs.replace(layout, spaces=tuple(space for space in layout.spaces if space.id in found))


def _openings(
    layout: Layout, start: datetime, end_s: float, day: DaySettings
) -> Iterator[tuple[float, int | None]]:
    """Seconds from `start` to each opening, which may lie before it, and the weekday where it has one."""
    opening_s = -day.opened_before_s
    if day.opens_s is None:
        while opening_s < end_s:
            yield opening_s, None
            opening_s += day.open_for_s + NIGHT_S
        return
    here = start.astimezone(ZoneInfo(layout.timezone))
    midnight = datetime.combine(here.date(), time(), here.tzinfo)
    while opening_s < end_s:
        opening_s = (midnight - here).total_seconds() + day.opens_s
        if opening_s + day.open_for_s > 0.0:
            yield opening_s, midnight.weekday()
        midnight += timedelta(days=1)


class _Walker:
    """Somebody on the way through the day."""

    __slots__ = ("fever_c", "here", "is_sent_home", "path", "plan", "screened", "skin_c", "stay")

    def __init__(self, plan: Person, skin_c: float, fever_c: float) -> None:
        self.plan = plan
        self.here = OUTSIDE
        self.stay = 0
        self.path: list[tuple[Door, str]] = []
        self.skin_c = skin_c
        self.fever_c = fever_c
        self.screened = False
        self.is_sent_home = False


class _Day:
    """One day's people, moved by a heap of what comes next."""

    def __init__(
        self,
        layout: Layout,
        settings: PeopleSettings,
        opening_s: float,
        lessons: list[Lesson],
        rng: random.Random,
        first_chore: int,
    ) -> None:
        self._settings = settings
        self._first_chore = first_chore
        self._opening_s = opening_s
        self._rng = rng
        self._doors = doors_of(layout)
        self._posts = {post.door: post.id for post in layout.posts}
        #: The entrances, each with the space behind it.
        self._entrances = self._doors.get(OUTSIDE, [])
        self._routes: dict[tuple[str, str], list[list[tuple[Door, str]]]] = {}
        since_s = max(0.0, -opening_s)
        plans = draw_people(layout, settings.day, lessons, rng, since_s)
        # Drawn by itself, so that the others' plans are the same whatever is forgotten.
        staff, self._chores = plan_staff(
            layout, lessons, settings.day, settings.staff, random.Random(f"staff:{rng.random()}"), since_s
        )
        plans += staff
        self._hands = random.Random(f"hands:{rng.random()}")
        #: The dispensers of each entrance.
        self._dispensers: dict[str, list[str]] = {}
        for sensor in layout.sensors:
            if sensor.kind is SensorKind.DISPENSER and sensor.door is not None:
                self._dispensers.setdefault(sensor.door, []).append(sensor.id)
        #: People inside, and when each chore was begun.
        self._inside: Counter[str] = Counter()
        self._begun_s: dict[int, float] = {}
        self._walkers = [_Walker(plan, *self._forehead()) for plan in plans]
        #: When the last body was midway in a door, and which way it went.
        self._last: dict[str, tuple[float, Direction]] = {}
        self._post_free_s: dict[str, float] = {}
        end_s = opening_s + settings.day.open_for_s
        self._fevers_s = [at_s for at_s in sorted(settings.fever_at_s) if opening_s <= at_s < end_s]
        self._order = count()
        self._heap: list[tuple[float, int, int, Happening | None]] = []

    def happenings(self) -> Iterator[Happening]:
        """The day by time."""
        for chore in self._chores:
            t_s, number = self._opening_s + chore.t_s, self._first_chore + chore.number
            if t_s >= 0.0:
                self._push(t_s, -1, chore._replace(t_s=t_s, number=number))
        for dispensers in self._dispensers.values() if self._opening_s >= 0.0 else ():
            for dispenser in dispensers:
                self._push(self._opening_s, -1, Deed(self._opening_s, dispenser, Act.REFILL))
        for person, walker in enumerate(self._walkers):
            at_s = self._opening_s + walker.plan.stays[0].until_s
            # Who should be inside already comes by and by, and not all at once.
            at_s = at_s if at_s >= 0.0 else self._hands.uniform(10.0, 10.0 + self._settings.day.join_within_s)
            self._push(at_s, person)
        while self._heap:
            t_s, _, person, happening = heapq.heappop(self._heap)
            if happening is not None:
                yield happening
            if isinstance(happening, Crossing) and not happening.turned_back:
                self._arrive(t_s, person)
            elif happening is None:
                self._come_to_door(t_s, person)

    def _push(self, t_s: float, person: int, happening: Happening | None = None) -> None:
        heapq.heappush(self._heap, (t_s, next(self._order), person, happening))

    def _forehead(self) -> tuple[float, float]:
        settings, rng = self._settings, self._rng
        skin_c = rng.gauss(SKIN_C, settings.skin_spread_c)
        if rng.random() >= settings.febrile_share:
            return skin_c, 0.0
        fever_c = rng.uniform(settings.fever_least_c, settings.fever_most_c)
        return skin_c + fever_c, fever_c

    def _arrive(self, t_s: float, person: int) -> None:
        """Through a door: on to the next one, or there."""
        walker = self._walkers[person]
        self._inside[walker.here] -= 1
        door, walker.here = walker.path.pop(0)
        self._inside[walker.here] += 1
        if walker.here == door.inner and self._hands.random() < self._settings.staff.dispensed_share:
            for dispenser in self._dispensers.get(door.id, ()):
                self._push(t_s + 2.0, person, Deed(t_s + 2.0, dispenser, Act.SQUEEZE))
        if walker.path:
            self._push(t_s + self._walk_s(), person)
        else:
            self._leave_next(t_s, person)

    def _leave_next(self, t_s: float, person: int) -> None:
        """In the space wanted: come to its door when the stay is over."""
        walker = self._walkers[person]
        walker.screened = False
        t_s = self._work(t_s, walker.plan.stays[walker.stay].work, person)
        if walker.stay + 1 < len(walker.plan.stays):
            until_s = self._opening_s + walker.plan.stays[walker.stay].until_s
            self._push(max(t_s, until_s) + self._walk_s() / 4.0, person)

    def _work(self, t_s: float, work: tuple[Work, ...], person: int) -> float:
        """Do what is to be done here; gives when it is done."""
        wait_s = max(
            (self._begun_s.get(one.chore, t_s) + one.least_s - t_s - one.after_s for one in work), default=0.0
        )
        begin_s = t_s + max(0.0, wait_s) if any(one.least_s for one in work) else t_s
        for one in work:
            at_s = begin_s + one.after_s
            if one.act is Act.PRESS_STARTED:
                self._begun_s[one.chore] = at_s
            number = one.chore if one.chore < 0 else self._first_chore + one.chore
            self._push(at_s, person, Deed(at_s, one.sensor, one.act, number))
        return begin_s + max((one.after_s + 2.0 for one in work), default=0.0)

    def _come_to_door(self, t_s: float, person: int) -> None:
        walker = self._walkers[person]
        if walker.is_sent_home:
            return
        if not walker.path and not self._set_out(t_s, walker):
            self._leave_next(t_s, person)
            return
        door, there = walker.path[0]
        stay = walker.plan.stays[walker.stay]
        is_taken = stay.alone and there == stay.space and self._inside[there] > 0
        if is_taken and t_s < self._opening_s + stay.until_s + LOOKS_IN_FOR_S:
            self._push(t_s + LOOK_IN_S, person)
            return
        direction = Direction.IN if there == door.inner else Direction.OUT
        post = self._posts.get(door.id)
        if post is not None and walker.here == OUTSIDE and not walker.screened:
            walker.screened = True
            ready_s = self._show(t_s, post, person)
            if ready_s > t_s:
                self._push(ready_s, person)
                return
        self._cross(t_s, door, direction, person)

    def _set_out(self, t_s: float, walker: _Walker) -> bool:
        """Take the next plan that is not already over; False when the person is there already."""
        stays = walker.plan.stays
        walker.stay += 1
        while walker.stay + 1 < len(stays) and self._opening_s + stays[walker.stay].until_s <= t_s:
            if stays[walker.stay].work:
                break
            walker.stay += 1
        target = stays[walker.stay].space
        walker.path = list(self._rng.choice(self._ways(walker.here, target)))
        return bool(walker.path)

    def _ways(self, origin: str, target: str) -> list[list[tuple[Door, str]]]:
        """The shortest ways; entrances side by side share their people."""
        if (origin, target) not in self._routes:
            doors, ways = self._doors, [route(self._doors, origin, target)]
            if origin == OUTSIDE != target:
                ways = [[(door, hall), *route(doors, hall, target)] for door, hall in self._entrances]
            elif target == OUTSIDE != origin:
                ways = [[*route(doors, origin, hall), (door, OUTSIDE)] for door, hall in self._entrances]
            elif any(there == OUTSIDE for _, there in ways[0][:-1]):
                out, back = self._ways(origin, OUTSIDE), self._ways(OUTSIDE, target)
                ways = [[*first, *second] for first in out for second in back]
            least = min(len(way) for way in ways)
            self._routes[origin, target] = [way for way in ways if len(way) == least]
        return self._routes[origin, target]

    def _show(self, t_s: float, post: str, person: int) -> float:
        """The forehead at the post, if the person cares to; gives when they go on to the door."""
        settings, rng, walker = self._settings, self._rng, self._walkers[person]
        begin_s = max(t_s, self._post_free_s.get(post, 0.0))
        if self._fevers_s and self._fevers_s[0] <= t_s:
            self._fevers_s.pop(0)
            walker.fever_c = settings.fever_most_c
            walker.skin_c = SKIN_C + walker.fever_c
            walker.is_sent_home = True
        elif rng.random() >= settings.screened_share or begin_s > t_s + settings.patience_s:
            return t_s
        is_cold = walker.fever_c == 0.0 and rng.random() < settings.cold_share
        cold_c = -rng.uniform(settings.cold_least_c, settings.cold_most_c) if is_cold else 0.0
        end_s = begin_s
        for attempt in (1, 2):
            skin_c = rng.gauss(walker.skin_c + cold_c, settings.attempt_spread_c)
            visit = Visit(end_s, post, person, settings.show_s, skin_c, walker.fever_c, cold_c, attempt)
            self._push(end_s, person, visit)
            end_s += settings.show_s
            if skin_c <= SKIN_C + settings.repeat_over_c or attempt == 2:
                break
            end_s += settings.repeat_after_s
        self._post_free_s[post] = end_s + settings.post_gap_s
        return end_s + 0.3

    def _cross(self, t_s: float, door: Door, direction: Direction, person: int) -> None:
        settings, rng = self._settings, self._rng
        last_s, last_way = self._last.get(door.id, (-math.inf, direction))
        headway_s = max(settings.least_headway_s, rng.lognormvariate(math.log(settings.headway_s), 0.25))
        headway_s += settings.give_way_s * (last_way is not direction)
        is_queueing = t_s < last_s + headway_s and last_way is direction
        is_tailgating = is_queueing and rng.random() < settings.tailgate_share
        if is_tailgating:
            headway_s = rng.uniform(0.18, 0.24)
        at_s = max(t_s, last_s + headway_s)
        group = self._walkers[person].plan.group
        turns = not is_tailgating and rng.random() < settings.turn_back_share
        crossing = Crossing(at_s, door.id, direction, person, group, turns, is_tailgating)
        # Somebody who hesitates in the doorway is in everyone's way for another second or two.
        self._last[door.id] = (at_s + (2.0 if turns else 0.0), direction)
        self._push(at_s, person, crossing)
        if turns:
            self._push(at_s + 2.0 + rng.uniform(1.0, 5.0), person)

    def _walk_s(self) -> float:
        settings = self._settings
        return settings.walk_s * self._rng.lognormvariate(0.0, 0.3)
