"""People with plans to the time-ordered stream of what happens at doors and thermometers. Pure.

Everything is drawn from one seed: the same arguments give the same day.
"""

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hub.layout import OUTSIDE, Layout, SensorKind
from protocol.events import Direction
from simulator.doorways import Doorways
from simulator.foreheads import Forehead, Foreheads
from simulator.happenings import Crossing, Deed, Happening
from simulator.people_settings import PeopleSettings
from simulator.routes import Routes, Way, reachable
from simulator.staff import plan_staff
from simulator.timetable import Act, DaySettings, Lesson, Person, Work, draw_lessons, draw_people, lessons_of

#: Between the closing of one day and the opening of the next, at least, seconds: time to walk out.
NIGHT_S = 180.0
#: Chores of one day are numbered from a multiple of this on.
DAY_OF_CHORES = 100_000
#: Who has to be alone in a room looks again so often, and at most for so long, seconds.
LOOK_IN_S, LOOKS_IN_FOR_S = 10.0, 600.0


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

    __slots__ = ("forehead", "here", "path", "plan", "screened", "stay")

    def __init__(self, plan: Person, forehead: Forehead) -> None:
        self.plan = plan
        self.forehead = forehead
        self.here = OUTSIDE
        self.stay = 0
        self.path: Way = []
        self.screened = False


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
        self._routes = Routes(layout)
        self._posts = {post.door: post.id for post in layout.posts}
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
        self._foreheads = Foreheads(settings, rng, opening_s, opening_s + settings.day.open_for_s)
        self._doorways = Doorways(settings, rng)
        self._walkers = [_Walker(plan, self._foreheads.draw()) for plan in plans]
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
        if walker.forehead.is_sent_home:
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
            visits, ready_s = self._foreheads.show(t_s, post, person, walker.forehead)
            for visit in visits:
                self._push(visit.t_s, person, visit)
            if ready_s > t_s:
                self._push(ready_s, person)
                return
        crossing = self._doorways.cross(t_s, door.id, direction, person, walker.plan.group)
        self._push(crossing.t_s, person, crossing)
        if crossing.turned_back:
            self._push(crossing.t_s + 2.0 + self._rng.uniform(1.0, 5.0), person)

    def _set_out(self, t_s: float, walker: _Walker) -> bool:
        """Take the next plan that is not already over; False when the person is there already."""
        stays = walker.plan.stays
        walker.stay += 1
        while walker.stay + 1 < len(stays) and self._opening_s + stays[walker.stay].until_s <= t_s:
            if stays[walker.stay].work:
                break
            walker.stay += 1
        target = stays[walker.stay].space
        walker.path = list(self._rng.choice(self._routes.between(walker.here, target)))
        return bool(walker.path)

    def _walk_s(self) -> float:
        settings = self._settings
        return settings.walk_s * self._rng.lognormvariate(0.0, 0.3)
