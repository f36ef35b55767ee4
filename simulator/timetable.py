"""A campus and a seed to one day's lessons, and to where each person wants to be until when. Pure.

The campus keeps the regime: groups of 15 at most, lessons below 40 minutes, breaks long enough for every
task of a room, and on one corridor no two lessons begin within 15 minutes. What breaks it is put there on
purpose: the joint lessons (`JOINT`), which the timetable check finds before the week, the counts on the day.
"""

import random
from collections.abc import Iterable, Iterator
from enum import Enum
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
#: Kinds that have lessons at all.
TAUGHT = (*TEACHING, SpaceKind.LECTURE_HALL, SpaceKind.RESEARCH)
#: Kinds that people come to without a lesson.
VISITED = (SpaceKind.CANTEEN, SpaceKind.LIBRARY)
#: The name of people who belong to no group.
VISITORS = "visitors"
#: The name of the group of the demonstration, which is too large for its room.
CROWD = "crowd"
#: On these days of the week (Monday is 0) one lesson of the building's first floors has guests, so that it is
#: over its room's cap on purpose: building's place in the campus file, slot, guests.
JOINT = {0: (0, 2, 7), 2: (1, 3, 8)}
#: Who has waited longer than this for the next lesson goes home meanwhile, in breaks.
PATIENCE_BREAKS = 1.5
#: Days of a week with a timetable, from Monday on.
WEEKDAYS = 5
#: What a timetable calls them.
DAY_NAMES = ("MO", "TU", "WE", "TH", "FR")
HEADER = "name,room,room_capacity,room_type,day,start,end,enrolled,group"
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
    """How a campus day runs. The defaults keep the order of 2020 (§36.3, §36.4)."""

    #: Local time of opening, seconds after midnight; None: it opens when the simulation starts.
    opens_s: Seconds | None = 8 * 3600.0
    #: Without `opens_s`: so long before the simulation starts, seconds.
    opened_before_s: Seconds = 0.0
    #: From opening to closing, seconds.
    open_for_s: Seconds = 10 * 3600.0
    #: Who should be somewhere already when the simulation starts comes within this time, seconds.
    join_within_s: Seconds = 150.0
    #: From opening to the first lesson, seconds.
    first_lesson_s: Seconds = 1800.0
    #: With coming and going below the 40 minutes of §36.3.
    lesson_s: Annotated[float, Meta(gt=0.0)] = 2100.0
    #: The 20 minutes of §36.4 with nobody inside, and the time before people may enter a disinfected room.
    break_s: Seconds = 2400.0
    #: Groups start this far apart, in `stagger_classes` classes, so that breaks do not coincide.
    stagger_s: Seconds = 900.0
    stagger_classes: Annotated[int, Meta(ge=1, le=6)] = 5
    #: People come into the room at most and at least this long before the lesson, seconds.
    lead_most_s: Seconds = 90.0
    lead_least_s: Seconds = 20.0
    #: Everyone has left the room this long after the lesson, seconds.
    linger_s: Seconds = 60.0
    #: 1 is an ordinary day: everybody enrolled comes. Less comes, or more, with the intensity.
    intensity: Annotated[float, Meta(gt=0.0, le=5.0)] = 1.0
    group_least: Annotated[int, Meta(ge=1)] = 9
    group_most: Annotated[int, Meta(ge=1)] = 14
    #: Rooms without lessons. `a-201` of the demonstration campus is the one that its crowd goes to.
    free_rooms: tuple[str, ...] = ("a-201",)
    #: Share of people who spend a break in the canteen, the library, a hall or the yard rather than at the
    #: door of the next room.
    wander_share: Share = 0.25
    #: Visitors of the library and the canteen, people an hour each.
    visitors_per_h: Annotated[float, Meta(ge=0.0)] = 15.0
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


class Act(Enum):
    """What a hand does with a sensor."""

    PRESS_STARTED = "press-started"
    PRESS_DONE = "press-done"
    OPEN = "open"
    SHUT = "shut"
    #: The lever of a dispenser is pressed; the dispenser is filled up.
    SQUEEZE = "squeeze"
    REFILL = "refill"


class Work(NamedTuple):
    """Something to be done with a sensor while one is there."""

    #: Seconds after arriving.
    after_s: float
    #: By its id in the campus file.
    sensor: str
    act: Act
    #: Which of the day's chores this is a part of; -1: of none.
    chore: int = -1
    #: Not sooner than so long after the chore was begun, seconds.
    least_s: float = 0.0


class Stay(NamedTuple):
    """To be in a space until then, seconds after the opening, and until all work there is done."""

    space: str
    until_s: float
    work: tuple[Work, ...] = ()
    #: Go in when nobody is inside.
    alone: bool = False


class Person(NamedTuple):
    """Somebody's plan for the day; begins and ends outside."""

    group: str
    stays: tuple[Stay, ...]


def lessons_of(layout: Layout, settings: DaySettings, weekday: int) -> list[Lesson]:
    """The timetable of a day of the week, Monday is 0: the same in every week and simulation."""
    return draw_lessons(layout, settings, random.Random(f"timetable:{weekday}"), JOINT.get(weekday))


def timetable_csv(layout: Layout, settings: DaySettings | None = None) -> str:
    """The week's timetable as universities export theirs; a lesson has its group's name, guests are added."""
    settings = settings or DaySettings()
    spaces = {space.id: space for space in layout.spaces}
    opens_s = settings.opens_s or 0.0
    rows = [HEADER]
    for weekday, day in enumerate(DAY_NAMES):
        together: dict[tuple[float, str], list[Lesson]] = {}
        for lesson in lessons_of(layout, settings, weekday):
            together.setdefault((lesson.start_s, lesson.space), []).append(lesson)
        for (start_s, name), lessons in sorted(together.items()):
            room = spaces[name]
            seats = room.desks or room.design_capacity or ""
            group = lessons[0].group.id
            enrolled = sum(lesson.group.size for lesson in lessons)
            times = f"{_clock(opens_s + start_s)},{_clock(opens_s + lessons[0].end_s)}"
            rows.append(f"{group},{room.code},{seats},{room.kind.value},{day},{times},{enrolled},{group}")
    return "\n".join([*rows, ""])


def _clock(at_s: float) -> str:
    return f"{int(at_s // 3600):02d}:{int(at_s % 3600 // 60):02d}"


def draw_lessons(
    layout: Layout, settings: DaySettings, rng: random.Random, joint: tuple[int, int, int] | None = None
) -> list[Lesson]:
    """The day's lessons by start.

    On each corridor every stagger class has one lesson at a time, in turn in the class's rooms. A group keeps
    its class and changes rooms between slots. `joint`: see `JOINT`.
    """
    lessons: list[Lesson] = []
    groups: dict[tuple[str, int, int], Group] = {}
    cells = _cells(layout, settings)
    slot_s = settings.lesson_s + settings.break_s
    for stagger in range(settings.stagger_classes):
        start_s, slot = settings.first_lesson_s + stagger * settings.stagger_s, 0
        # The last lesson leaves time for a last break, in which its rooms are treated.
        while start_s + slot_s <= settings.open_for_s:
            wanted: dict[str, list[Space]] = {}
            for room in (rng.choice(cell) for corridor, cell in cells[stagger]):
                wanted.setdefault(_pool(room), []).append(room)
            for pool, rooms in wanted.items():
                for number, room in enumerate(rng.sample(rooms, len(rooms))):
                    key = (pool, stagger, number)
                    if key not in groups:
                        size = rng.randint(*_sizes(room, settings))
                        groups[key] = Group(f"{pool}-{stagger}-{number}", size, stagger)
                    lessons.append(Lesson(room.id, groups[key], start_s, start_s + settings.lesson_s))
            start_s, slot = start_s + slot_s, slot + 1
    lessons.sort(key=lambda lesson: (lesson.start_s, lesson.space))
    return lessons if joint is None else [*lessons, *_guests(layout, settings, lessons, joint)]


def draw_people(
    layout: Layout, settings: DaySettings, lessons: Iterable[Lesson], rng: random.Random, since_s: float = 0.0
) -> list[Person]:
    """Everyone of one day: the groups with their lessons, the offices' people, visitors, the crowd.

    `since_s`: when the simulation starts, after the opening; the crowd comes then.
    """
    by_group: dict[Group, list[Lesson]] = {}
    for lesson in lessons:
        by_group.setdefault(lesson.group, []).append(lesson)
    places = _Places(layout)
    people = list(_the_crowd(settings, rng, since_s))
    for group, mine in by_group.items():
        coming = round(group.size * settings.intensity)
        people += [_student(group, mine, places, settings, rng) for _ in range(coming)]
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


def _cells(layout: Layout, settings: DaySettings) -> list[list[tuple[str, list[Space]]]]:
    """By stagger class: for each corridor the rooms in which that class has its lesson, in turn."""
    free = {*settings.free_rooms, settings.crowd.space if settings.crowd else ""}
    of = {door.inner: door.outer for door in layout.doors}
    corridors: dict[str, list[Space]] = {}
    for space in layout.spaces:
        if space.kind in TAUGHT and space.id not in free and space.id in of:
            corridors.setdefault(of[space.id], []).append(space)
    classes = range(settings.stagger_classes)
    return [
        [(name, cell) for name, rooms in corridors.items() if (cell := rooms[stagger :: len(classes)])]
        for stagger in classes
    ]


def _pool(room: Space) -> str:
    """Who has lessons in such a room, building by building."""
    sort = {SpaceKind.LECTURE_HALL: "year", SpaceKind.RESEARCH: "research"}.get(room.kind, "group")
    return f"{sort}-{room.building}"


def _sizes(room: Space, settings: DaySettings) -> tuple[int, int]:
    if room.kind is SpaceKind.LECTURE_HALL:
        return 2 * settings.group_most, 3 * settings.group_most
    return (2, 5) if room.kind is SpaceKind.RESEARCH else (settings.group_least, settings.group_most)


def _guests(
    layout: Layout, settings: DaySettings, lessons: list[Lesson], joint: tuple[int, int, int]
) -> Iterator[Lesson]:
    """Guests of one classroom's lesson, with whom it is over its cap."""
    place, slot, guests = joint
    if place >= len(layout.buildings):
        return
    building = layout.buildings[place].id
    rooms = {one.id for one in layout.spaces if one.kind is SpaceKind.CLASSROOM and one.building == building}
    start_s = settings.first_lesson_s + slot * (settings.lesson_s + settings.break_s)
    for lesson in (one for one in lessons if one.space in rooms and one.start_s >= start_s):
        group = Group(f"guests-{building}-{slot}", guests, lesson.group.stagger)
        yield Lesson(lesson.space, group, lesson.start_s, lesson.end_s)
        return


def _student(
    group: Group, lessons: list[Lesson], places: _Places, settings: DaySettings, rng: random.Random
) -> Person:
    first = lessons[0]
    stays = [Stay(OUTSIDE, max(0.0, first.start_s - _lead_s(settings, rng) * 1.5))]
    for lesson, after in zip(lessons, [*lessons[1:], None], strict=True):
        stays.append(Stay(lesson.space, lesson.end_s + rng.uniform(0.0, settings.linger_s)))
        if after is None:
            break
        if after.start_s - lesson.end_s > PATIENCE_BREAKS * settings.break_s:
            stays.append(Stay(OUTSIDE, after.start_s - _lead_s(settings, rng) * 1.5))
            continue
        wanders = rng.random() < settings.wander_share
        place = rng.choice(places.leisure) if wanders else places.before.get(after.space, OUTSIDE)
        stays.append(Stay(place, after.start_s - _lead_s(settings, rng)))
    return Person(group.id, (*stays, Stay(OUTSIDE, settings.open_for_s)))


def _lead_s(settings: DaySettings, rng: random.Random) -> float:
    return rng.uniform(settings.lead_least_s, settings.lead_most_s)


def _the_crowd(settings: DaySettings, rng: random.Random, since_s: float) -> Iterator[Person]:
    crowd = settings.crowd
    for _ in range(crowd.size if crowd else 0):
        assert crowd is not None
        leave_s = since_s + crowd.leave_s + rng.uniform(0.0, min(10.0, settings.linger_s))
        arrive = Stay(OUTSIDE, since_s + rng.uniform(0.0, crowd.arrive_within_s))
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
