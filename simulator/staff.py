"""A day's lessons in, the rounds of those who air and clean out: one person a corridor, few are late. Pure.

The cleaner of a corridor goes into a room when its lesson has left, wipes, opens the window, and goes. The
panel beside the door has a button for each task and the drive that shuts the window again: nobody has to go
in when the air has been disinfected. What is late or forgotten is drawn, and told as the truth.
"""

import heapq
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from hub.layout import OUTSIDE, Layout, SensorKind, Space, SpaceKind
from protocol.events import Task
from simulator.timetable import Act, DaySettings, Lesson, Person, Seconds, Share, Stay, Work

#: What is done after each lesson, by kind of room: what the order asks for, and equipment where it is shared.
AFTER_LESSON: dict[SpaceKind, tuple[Task, ...]] = {
    SpaceKind.CLASSROOM: (Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION),
    SpaceKind.LECTURE_HALL: (Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION),
    SpaceKind.COMPUTER_ROOM: (Task.EQUIPMENT, Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION),
    SpaceKind.LABORATORY: (Task.EQUIPMENT, Task.SURFACES, Task.AIRING, Task.AIR_DISINFECTION),
    SpaceKind.RESEARCH: (Task.EQUIPMENT, Task.AIRING),
    SpaceKind.GYM: (Task.EQUIPMENT, Task.AIRING),
}
#: What is done while people come and go, and how often, seconds.
ROUNDS: dict[SpaceKind, tuple[tuple[Task, float], ...]] = {
    SpaceKind.CORRIDOR: ((Task.AIRING, 2700.0), (Task.SURFACES, 10_800.0)),
    SpaceKind.HALL: ((Task.AIRING, 2700.0), (Task.SURFACES, 10_800.0)),
    SpaceKind.CANTEEN: ((Task.AIRING, 5400.0), (Task.SURFACES, 5400.0)),
    SpaceKind.LIBRARY: ((Task.AIRING, 5400.0), (Task.SURFACES, 5400.0)),
    SpaceKind.OFFICE: ((Task.AIRING, 5400.0),),
}
#: Done inside, by hand; the others go on by themselves and are told at the panel.
BY_HAND = (Task.EQUIPMENT, Task.SURFACES)
#: The groups of those who clean have this before the id of their corridor.
CLEANER = "cleaner-"
#: Through a door and to the work, at most; and a press at a panel, seconds.
STEP_S, PRESS_S = 15.0, 12.0
#: After a disinfection people stay out so long, seconds.
REENTRY_S = 300.0
#: Work in a room is begun so soon after it is due if that is possible, seconds.
BEGUN_S = 600.0


class StaffSettings(Struct, frozen=True, kw_only=True):
    """How long those who clean take, and how well they keep to it."""

    #: Each a little longer than the profile's minimum, seconds.
    surfaces_s: Seconds = 190.0
    equipment_s: Seconds = 310.0
    airing_s: Seconds = 630.0
    #: 15 minutes that are counted from the end of a minute.
    air_disinfection_s: Seconds = 975.0
    #: Share of the rooms to which somebody comes late, and by how much, seconds.
    late_share: Share = 0.02
    late_least_s: Seconds = 1200.0
    late_most_s: Seconds = 1800.0
    #: Share of the rooms in which a task is forgotten.
    forgotten_share: Share = 0.01
    #: Breaks shorter than this are no use for it: nobody cleans, seconds.
    least_break_s: Seconds = 2100.0
    #: Share of those who come in that press the dispenser.
    dispensed_share: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5


class Chore(NamedTuple):
    """A task of a room that is due, told when it falls due."""

    t_s: float
    #: Which of the day's, or, in a simulation, of all.
    number: int
    space: str
    task: Task
    #: Somebody was meant to come late, or to forget it.
    is_exception: bool = False


@dataclass(slots=True, kw_only=True)
class _Job:
    """Something one person does in one go. Seconds after the opening."""

    space: str
    release_s: float
    #: To be begun by then.
    deadline_s: float
    #: Inside the room, then at its panel.
    tasks: dict[Task, Chore] = field(default_factory=dict)
    alone: bool = False
    #: When people come into the room again.
    next_s: float = float("inf")


def plan_staff(
    layout: Layout,
    lessons: Iterable[Lesson],
    day: DaySettings,
    settings: StaffSettings,
    rng: random.Random,
    since_s: float = 0.0,
) -> tuple[list[Person], list[Chore]]:
    """Those who clean, and what falls due. `since_s`: they come then, after the opening.

    Nobody where no room has a button, or where breaks are too short to do anything in.
    """
    panels = _Panels(layout)
    if not panels.buttons or day.break_s < settings.least_break_s:
        return [], []
    kinds = {space.id: space for space in layout.spaces}
    beats: dict[str, list[Space]] = {
        space.id: [space] for space in layout.spaces if space.kind in (SpaceKind.CORRIDOR, SpaceKind.HALL)
    }
    for door in layout.doors:
        if door.outer in beats and door.inner not in beats:
            beats[door.outer].append(kinds[door.inner])
    mine: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        mine.setdefault(lesson.space, []).append(lesson)
    people: list[Person] = []
    chores: list[Chore] = []
    for beat, rooms in beats.items():
        begin_s = max(day.first_lesson_s / 2.0, since_s + rng.uniform(15.0, 45.0))
        jobs = [
            job
            for room in rooms
            for job in (
                *_after_lessons(room, mine.get(room.id, []), day, settings, panels, chores, rng, since_s),
                *_rounds(room, begin_s, day, panels, chores, rng),
            )
        ]
        stays = _Walk(beat, settings, day, panels, begin_s).through(jobs)
        stays = [Stay(OUTSIDE, begin_s - STEP_S), *stays, Stay(OUTSIDE, day.open_for_s)]
        people.append(Person(f"{CLEANER}{beat}", tuple(stays)))
    return people, sorted(chores)


class _Panels:
    """Which button and window is whose."""

    def __init__(self, layout: Layout) -> None:
        self.buttons = {
            (sensor.space, task): sensor.id
            for sensor in layout.sensors
            if sensor.kind is SensorKind.BUTTON and (task := task_of(sensor.channel)) is not None
        }
        self.windows = {
            sensor.space: sensor.id for sensor in layout.sensors if sensor.kind is SensorKind.WINDOW
        }


def task_of(channel: str) -> Task | None:
    """The task of a button, by how its channel's name ends: `a-204-air-disinfection`."""
    found = [task for task in Task if channel.endswith(task.value.replace("_", "-"))]
    return found[0] if found else None


def _after_lessons(
    room: Space,
    lessons: list[Lesson],
    day: DaySettings,
    settings: StaffSettings,
    panels: _Panels,
    chores: list[Chore],
    rng: random.Random,
    since_s: float,
) -> Iterator[_Job]:
    """One job after each lesson; guests of a lesson do not make a second one."""
    starts = sorted({lesson.start_s for lesson in lessons})
    tasks = [task for task in AFTER_LESSON.get(room.kind, ()) if (room.id, task) in panels.buttons]
    for end_s in sorted({lesson.end_s for lesson in lessons}):
        if not tasks or end_s < since_s + day.join_within_s:
            continue
        next_s = min((start_s for start_s in starts if start_s > end_s), default=float("inf"))
        due_s = end_s + day.linger_s
        is_late = rng.random() < settings.late_share
        forgotten = rng.choice(tasks) if rng.random() < settings.forgotten_share else None
        job = _Job(
            space=room.id,
            release_s=due_s + 30.0 + is_late * rng.uniform(settings.late_least_s, settings.late_most_s),
            deadline_s=min(
                due_s + BEGUN_S, next_s - day.lead_most_s - REENTRY_S - settings.air_disinfection_s
            ),
            alone=True,
            next_s=next_s - day.lead_most_s,
        )
        for task in tasks:
            chores.append(Chore(due_s, len(chores), room.id, task, is_late or task is forgotten))
            if task is not forgotten:
                job.tasks[task] = chores[-1]
        yield job


def _rounds(
    room: Space, begin_s: float, day: DaySettings, panels: _Panels, chores: list[Chore], rng: random.Random
) -> Iterator[_Job]:
    for task, every_s in ROUNDS.get(room.kind, ()):
        due_s = begin_s + every_s * rng.uniform(0.4, 0.8)
        while (room.id, task) in panels.buttons and due_s < day.open_for_s - every_s / 2.0:
            chores.append(Chore(due_s, len(chores), room.id, task))
            yield _Job(space=room.id, release_s=due_s, deadline_s=due_s + 600.0, tasks={task: chores[-1]})
            due_s += every_s


class _Walk:
    """One person's way through the jobs of a corridor, the most urgent first."""

    def __init__(
        self, beat: str, settings: StaffSettings, day: DaySettings, panels: _Panels, now_s: float
    ) -> None:
        self._beat = beat
        self._settings = settings
        self._day = day
        self._panels = panels
        self._now_s = now_s
        self._stays: list[Stay] = []
        #: What goes on by itself and is to be told at the panel: due, deadline, order, work.
        self._going: list[tuple[float, float, int, tuple[Work, ...]]] = []

    def through(self, jobs: list[_Job]) -> list[Stay]:
        """Where the person is until when, and what is done there."""
        waiting = list(jobs)
        while waiting or self._going:
            ready = [job for job in waiting if job.release_s <= self._now_s]
            job = min(ready, key=lambda one: one.deadline_s, default=None)
            due_s, deadline_s = self._going[0][:2] if self._going else (float("inf"), float("inf"))
            if due_s <= self._now_s or (job is not None and self._now_s + self._length_s(job) > deadline_s):
                self._tell()
            elif job is not None:
                waiting.remove(job)
                self._do(job)
            else:
                self._now_s = min([due_s, *(each.release_s for each in waiting)])
        return self._stays

    def _length_s(self, job: _Job) -> float:
        return 3 * STEP_S + sum(self._lasts_s(task) + PRESS_S for task in job.tasks if task in BY_HAND)

    def _lasts_s(self, task: Task) -> float:
        lasts_s: float = getattr(self._settings, f"{task.value}_s")
        return lasts_s

    def _do(self, job: _Job) -> None:
        """Go in, work, come out, and let what goes on by itself begin; what no longer fits is left out."""
        if self._now_s + self._length_s(job) > job.next_s:
            return
        self._stays.append(Stay(self._beat, self._now_s))
        inside = list(self._by_hand(job))
        window = self._panels.windows.get(job.space)
        if window is not None and Task.AIRING in job.tasks and inside:
            inside.append(Work(inside[-1].after_s + 2.0, window, Act.OPEN))
        if inside:
            self._stays.append(Stay(job.space, self._now_s, tuple(inside), job.alone))
            self._now_s += self._length_s(job)
        self._begin(job, [window] if window is not None and inside else [])

    def _by_hand(self, job: _Job) -> Iterator[Work]:
        after_s = 4.0
        for task, chore in job.tasks.items():
            if task in BY_HAND:
                button = self._panels.buttons[job.space, task]
                yield Work(after_s, button, Act.PRESS_STARTED, chore.number)
                after_s += self._lasts_s(task)
                yield Work(after_s, button, Act.PRESS_DONE, chore.number)
                after_s += 3.0

    def _begin(self, job: _Job, windows: list[str]) -> None:
        """At the panel: airing and disinfection begin, unless people are in before they could end."""
        last_s = job.next_s - REENTRY_S if Task.AIR_DISINFECTION in job.tasks else job.next_s
        starting: list[Work] = []
        telling: list[Work] = []
        longest_s = 0.0
        for task, chore in job.tasks.items():
            lasts_s = self._lasts_s(task)
            if task in BY_HAND or self._now_s + PRESS_S + lasts_s > last_s:
                continue
            button = self._panels.buttons[job.space, task]
            after_s = 3.0 * (len(starting) + 1)
            starting.append(Work(after_s, button, Act.PRESS_STARTED, chore.number))
            telling.append(Work(after_s, button, Act.PRESS_DONE, chore.number, lasts_s))
            longest_s = max(longest_s, lasts_s)
        if starting:
            self._stays.append(Stay(self._beat, self._now_s, tuple(starting)))
            self._now_s += PRESS_S
        telling += [Work(1.0, window, Act.SHUT) for window in windows]
        if telling:
            due_s = self._now_s + longest_s + STEP_S
            going = (due_s, max(due_s, min(last_s, due_s + 600.0)), len(self._stays), tuple(telling))
            heapq.heappush(self._going, going)

    def _tell(self) -> None:
        due_s, _, _, work = heapq.heappop(self._going)
        self._now_s = max(self._now_s, due_s)
        self._stays.append(Stay(self._beat, self._now_s))
        self._stays.append(Stay(self._beat, self._now_s, work))
        self._now_s += PRESS_S
