"""A campus and a seed to one day's lessons, and to where each person wants to be until when. Pure."""

import random
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from hub.layout import OUTSIDE, Layout, Space, SpaceKind

#: Kinds that a group of students has lessons in.
TEACHING = (
    SpaceKind.CLASSROOM,
    SpaceKind.LABORATORY,
    SpaceKind.COMPUTER_ROOM,
    SpaceKind.GYM,
)
#: Kinds that people come to without a lesson.
VISITED = (SpaceKind.CANTEEN, SpaceKind.LIBRARY)
#: The name of people who belong to no group.
VISITORS = "visitors"
#: The name of the group of the demonstration, which is too large for its room.
CROWD = "crowd"
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=0.0)]


class Crowd(Struct, frozen=True, kw_only=True):
    """A group that is sent into one room at the opening, whatever the timetable says."""

    space: str
    size: Annotated[int, Meta(ge=1, le=500)] = 19
    #: All of them are at an entrance within this time after the opening, seconds.
    arrive_within_s: Seconds = 14.0
    #: They leave this long after the opening, seconds.
    leave_s: Seconds = 210.0


class DaySettings(Struct, frozen=True, kw_only=True):
    """How a campus day runs. The defaults are those of the order of 2020 (§36.3, §36.4)."""

    #: Local time of opening, seconds after midnight; None: it opens when the simulation starts.
    opens_s: Seconds | None = 8 * 3600.0
    #: From opening to closing, seconds.
    open_for_s: Seconds = 10 * 3600.0
    #: From opening to the first lesson, seconds.
    first_lesson_s: Seconds = 1800.0
    lesson_s: Annotated[float, Meta(gt=0.0)] = 2400.0
    break_s: Seconds = 1350.0
    #: Groups start this far apart, in `stagger_classes` classes, so that breaks do not coincide.
    stagger_s: Seconds = 900.0
    stagger_classes: Annotated[int, Meta(ge=1, le=6)] = 3
    #: People come into the room at most and at least this long before the lesson, seconds.
    lead_most_s: Seconds = 300.0
    lead_least_s: Seconds = 30.0
    #: Everyone has left the room this long after the lesson, seconds.
    linger_s: Seconds = 90.0
    #: 1 is an ordinary day: three of four rooms in use. More fills the rest, then enlarges the groups.
    intensity: Annotated[float, Meta(gt=0.0, le=5.0)] = 1.0
    group_least: Annotated[int, Meta(ge=1)] = 8
    group_most: Annotated[int, Meta(ge=1)] = 14
    #: Share of people who spend a break in the canteen, the library, a hall or the yard rather than at the
    #: door of the next room.
    wander_share: Share = 0.4
    #: Visitors of the library and the canteen, people an hour each.
    visitors_per_h: Annotated[float, Meta(ge=0.0)] = 20.0
    crowd: Crowd | None = None

    def __post_init__(self) -> None:
        """Refuse a lead that is upside down."""
        if self.lead_least_s > self.lead_most_s or self.group_least > self.group_most:
            raise ValueError("lead_least_s and group_least must not exceed lead_most_s and group_most")


class Group(NamedTuple):
    """People who have their lessons together."""

    id: str
    size: int
    #: Which of the staggered starts it keeps.
    stagger: int


class Lesson(NamedTuple):
    """A group in a room; seconds after the opening."""

    space: str
    group: Group
    start_s: float
    end_s: float


class Stay(NamedTuple):
    """To be in a space until then, seconds after the opening."""

    space: str
    until_s: float


class Person(NamedTuple):
    """Somebody's plan for the day; begins and ends outside."""

    group: str
    stays: tuple[Stay, ...]


def draw_lessons(layout: Layout, settings: DaySettings, rng: random.Random) -> list[Lesson]:
    """The day's lessons by start. A group keeps its stagger class and changes rooms between slots."""
    lessons: list[Lesson] = []
    share = min(1.0, 0.75 * settings.intensity)
    growth = max(1.0, 0.75 * settings.intensity)
    for name, rooms, least, most in _pools(layout, settings):
        for stagger in range(settings.stagger_classes):
            mine = rooms[stagger :: settings.stagger_classes]
            groups = [
                Group(f"{name}-{stagger}-{n}", round(rng.randint(least, most) * growth), stagger)
                for n in range(_rounded(len(mine) * share, rng))
            ]
            lessons += _slots(groups, mine, settings, rng)
    return sorted(lessons, key=lambda lesson: (lesson.start_s, lesson.space))


def draw_people(layout: Layout, settings: DaySettings, rng: random.Random) -> list[Person]:
    """Everyone of one day: the groups with their lessons, the offices' staff, visitors, the crowd."""
    by_group: dict[Group, list[Lesson]] = {}
    for lesson in draw_lessons(layout, settings, rng):
        by_group.setdefault(lesson.group, []).append(lesson)
    places = _Places(layout)
    people = list(_the_crowd(settings, rng))
    for group, lessons in by_group.items():
        people += [_student(group, lessons, places, settings, rng) for _ in range(group.size)]
    people += _staff(layout, settings, rng)
    people += _visitors(places, settings, rng)
    return people


class _Places:
    """Where people wait for a lesson, and where they go when they have none."""

    def __init__(self, layout: Layout) -> None:
        self.before = {door.inner: door.outer for door in layout.doors if door.outer != OUTSIDE}
        self.visited = [space.id for space in layout.spaces if space.kind in VISITED]
        halls = [space.id for space in layout.spaces if space.kind is SpaceKind.HALL]
        self.leisure = [*self.visited, *halls, OUTSIDE]


def _pools(layout: Layout, settings: DaySettings) -> Iterator[tuple[str, list[str], int, int]]:
    """Rooms that exchange groups, building by building, with the sizes of their groups."""
    crowded = settings.crowd.space if settings.crowd else None
    for building in layout.buildings:
        mine = [one for one in layout.spaces if one.building == building.id and one.id != crowded]
        lecture_halls = [one.id for one in mine if one.kind is SpaceKind.LECTURE_HALL]
        research = [one.id for one in mine if one.kind is SpaceKind.RESEARCH]
        rooms = [one.id for one in mine if one.kind in TEACHING]
        yield f"group-{building.id}", rooms, settings.group_least, settings.group_most
        yield f"year-{building.id}", lecture_halls, 2 * settings.group_most, 3 * settings.group_most
        yield f"research-{building.id}", research, 2, 5


def _rounded(share: float, rng: random.Random) -> int:
    whole = int(share)
    return whole + (rng.random() < share - whole)


def _slots(
    groups: list[Group], rooms: list[str], settings: DaySettings, rng: random.Random
) -> Iterator[Lesson]:
    start_s = settings.first_lesson_s + (groups[0].stagger * settings.stagger_s if groups else 0.0)
    while groups and start_s + settings.lesson_s + settings.linger_s < settings.open_for_s:
        for group, room in zip(groups, rng.sample(rooms, len(groups)), strict=True):
            yield Lesson(room, group, start_s, start_s + settings.lesson_s)
        start_s += settings.lesson_s + settings.break_s


def _student(
    group: Group, lessons: list[Lesson], places: _Places, settings: DaySettings, rng: random.Random
) -> Person:
    first = lessons[0]
    stays = [Stay(OUTSIDE, max(0.0, first.start_s - _lead_s(settings, rng) * 1.5))]
    for lesson, after in zip(lessons, [*lessons[1:], None], strict=True):
        stays.append(Stay(lesson.space, lesson.end_s + rng.uniform(0.0, settings.linger_s)))
        if after is None:
            break
        wanders = rng.random() < settings.wander_share
        place = rng.choice(places.leisure) if wanders else places.before.get(after.space, OUTSIDE)
        stays.append(Stay(place, after.start_s - _lead_s(settings, rng)))
    return Person(group.id, (*stays, Stay(OUTSIDE, settings.open_for_s)))


def _lead_s(settings: DaySettings, rng: random.Random) -> float:
    return rng.uniform(settings.lead_least_s, settings.lead_most_s)


def _the_crowd(settings: DaySettings, rng: random.Random) -> Iterator[Person]:
    crowd = settings.crowd
    for _ in range(crowd.size if crowd else 0):
        assert crowd is not None
        leave_s = crowd.leave_s + rng.uniform(0.0, settings.linger_s)
        arrive = Stay(OUTSIDE, rng.uniform(0.0, crowd.arrive_within_s))
        yield Person(CROWD, (arrive, Stay(crowd.space, leave_s), Stay(OUTSIDE, settings.open_for_s)))


def _staff(layout: Layout, settings: DaySettings, rng: random.Random) -> Iterator[Person]:
    doors = {door.inner: door.outer for door in layout.doors}
    for office in (space for space in layout.spaces if space.kind is SpaceKind.OFFICE):
        for _ in range(_desks(office)):
            yield Person(f"staff-{office.id}", _office_day(office.id, doors, settings, rng))


def _desks(office: Space) -> int:
    return max(1, int(office.area_m2 // 8))


def _office_day(
    office: str, doors: dict[str, str], settings: DaySettings, rng: random.Random
) -> tuple[Stay, ...]:
    slot_s = settings.lesson_s + settings.break_s
    now_s = settings.first_lesson_s * rng.uniform(0.3, 1.0)
    stays = [Stay(OUTSIDE, now_s)]
    while now_s < settings.open_for_s - slot_s:
        now_s = min(
            now_s + slot_s * rng.uniform(0.4, 1.6), settings.open_for_s - slot_s * rng.uniform(0.1, 0.5)
        )
        stays.append(Stay(office, now_s))
        now_s += slot_s * rng.uniform(0.02, 0.2)
        stays.append(Stay(doors.get(office, OUTSIDE), now_s))
    return (*stays, Stay(OUTSIDE, settings.open_for_s))


def _visitors(places: _Places, settings: DaySettings, rng: random.Random) -> Iterator[Person]:
    slot_s = settings.lesson_s + settings.break_s
    rate = settings.visitors_per_h * settings.intensity / 3600.0
    for place in places.visited:
        at_s = settings.first_lesson_s
        while rate > 0.0 and (at_s := at_s + rng.expovariate(rate)) < settings.open_for_s - slot_s:
            stay = Stay(place, at_s + slot_s * rng.uniform(0.2, 1.0))
            yield Person(VISITORS, (Stay(OUTSIDE, at_s), stay, Stay(OUTSIDE, settings.open_for_s)))
