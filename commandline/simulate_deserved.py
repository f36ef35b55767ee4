"""The truth of a simulated day in, the stretches in which each rule ought to speak out. Pure.

Nothing of the hub's own reckoning is used but its limits: uses, treatments, air and lessons are taken from
what people really did. Seconds since the simulation's start.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from hub.layout import Layout, SensorKind, Space
from hub.regime.profile import Profile
from hub.rules.owed import rule_of
from hub.treatment.limits import KindLimits, TaskRule, TreatmentLimits
from protocol.events import Task
from simulator.faults import FaultKind
from simulator.room_air import RoomAir, RoomAirSettings
from simulator.truth import ChoreTruth, Level, Truth

#: The air of rooms without a sensor is worked out in steps of this length, seconds.
AIR_STEP_S = 60.0
#: The steps of a series: a value from that time on.
Series = Sequence[tuple[float, float]]


class Span(NamedTuple):
    """From then until then something is not as the regime asks."""

    subject: str
    from_s: float
    until_s: float


class Sitting(NamedTuple):
    """A lesson of the timetable."""

    space: str
    start_s: float
    end_s: float
    enrolled: int


class DayTruth(NamedTuple):
    """All that is known of a day when it is over."""

    layout: Layout
    profile: Profile
    #: What each space may hold.
    capacity: Mapping[str, int]
    truth: Truth
    #: Of the week ahead.
    sittings: Sequence[Sitting]
    #: CO2 of the rooms with a sensor, ppm, and how full each dispenser was, 0 to 1.
    air: Mapping[str, Series]
    dispensers: Mapping[str, Series]
    ends_s: float


class _Owed(NamedTuple):
    """A treatment that a room owed until somebody began, and until it was done."""

    rule: TaskRule
    due_s: float
    started_s: float
    done_s: float


def deserved(day: DayTruth) -> dict[str, list[Span]]:
    """By rule, what it ought to speak of; a rule that is not here had no reason to speak."""
    found: dict[str, list[Span]] = defaultdict(list)
    chores: dict[tuple[str, Task], list[ChoreTruth]] = defaultdict(list)
    for chore in day.truth.chores:
        chores[chore.space, chore.task].append(chore)
    for space in day.layout.spaces:
        over = day.truth.over(space.id, day.capacity[space.id], day.ends_s)
        found["over-capacity"] += [Span(space.id, *one) for one in over]
        _treatments(day, space, chores, found)
        _air(day, space, chores[space.id, Task.AIRING], found)
    _lessons(day, found)
    _entrances(day, found)
    _faults(day, found)
    return dict(found)


def uses(levels: Sequence[Level], apart_s: float, ends_s: float) -> list[tuple[float, float]]:
    """When people were inside, as intervals; those with less than `apart_s` between them are one."""
    found: list[tuple[float, float]] = []
    for level, after in pairwise([*levels, Level(ends_s, 0)]):
        if level.people <= 0 or after.t_s <= level.t_s:
            continue
        if found and level.t_s - found[-1][1] < apart_s:
            found[-1] = (found[-1][0], after.t_s)
        else:
            found.append((level.t_s, after.t_s))
    return found


def _treatments(
    day: DayTruth,
    space: Space,
    chores: Mapping[tuple[str, Task], list[ChoreTruth]],
    found: dict[str, list[Span]],
) -> None:
    limits = day.profile.treatment
    kind = limits.kinds.get(space.kind.value)
    if kind is None:
        return
    counting = limits.use_counts_after.seconds
    mine = uses(day.truth.users(space.id), limits.apart.seconds, day.ends_s)
    mine = [one for one in mine if one[1] - one[0] >= 60.0]
    long = [one for one in mine if one[1] - one[0] >= counting]
    if kind.leave_after is not None:
        leave_s = kind.leave_after.seconds
        spans = [Span(space.id, a + leave_s, b) for a, b in mine if b - a > leave_s]
        found["lesson-too-long"] += spans
    owed: list[_Owed] = []
    for rule in limits.of(space.kind).rules:
        done = sorted(chores.get((space.id, rule.task), ()), key=lambda one: one.started_s or day.ends_s)
        if rule.after_use:
            owed += _after_use(rule, long, done, day.ends_s)
        elif rule.is_repeated:
            owed += _repeated(rule, day.truth.levels(space.id), done, day.ends_s)
    late_s = limits.late_after.seconds
    for one in owed:
        calls = rule_of(space.kind, one.rule.task)
        found[calls] += _span(space, one.due_s, min(one.started_s, one.due_s + late_s))
        begun_late = _span(space, one.due_s + late_s, one.started_s)
        done_late = _span(space, one.started_s + one.rule.minimum_ms / 1000 + late_s, one.done_s)
        found["treatment-late"] += [*begun_late, *done_late]
    if kind.after_use:
        found["early-entry"] += _early(day, space, limits, kind, long, owed)


def _span(space: Space, from_s: float, until_s: float) -> list[Span]:
    return [Span(space.id, from_s, until_s)] if from_s < until_s else []


def _after_use(
    rule: TaskRule, mine: list[tuple[float, float]], chores: list[ChoreTruth], ends_s: float
) -> Iterator[_Owed]:
    """What each use left behind, until it was done or another use left its own."""
    for (_, left_s), (_, again_s) in pairwise([*mine, (ends_s, ends_s)]):
        if left_s >= ends_s:
            continue
        here = [one for one in chores if one.started_s is not None and left_s <= one.started_s < again_s]
        started_s = here[0].started_s if here else None
        done_s = next((one.done_s for one in here if one.done_s is not None), None)
        yield _Owed(
            rule,
            left_s,
            again_s if started_s is None else started_s,
            again_s if done_s is None else min(done_s, again_s),
        )


def _repeated(
    rule: TaskRule, levels: Sequence[Level], chores: list[ChoreTruth], ends_s: float
) -> Iterator[_Owed]:
    """Due after so much use, or so many people, since it was last done."""
    dones = [one for one in chores if one.done_s is not None]
    since_s = 0.0
    for chore in [*dones, None]:
        until_s = ends_s if chore is None or chore.done_s is None else chore.done_s
        due_s = _falls_due(rule, levels, since_s, until_s)
        if due_s is not None:
            started_s = until_s if chore is None or chore.started_s is None else chore.started_s
            yield _Owed(rule, due_s, max(due_s, started_s), until_s)
        since_s = until_s


def _falls_due(rule: TaskRule, levels: Sequence[Level], since_s: float, until_s: float) -> float | None:
    used_s, people = 0.0, 0
    for before, level, after in zip(
        [Level(0.0, 0), *levels], levels, [*levels[1:], Level(until_s, 0)], strict=False
    ):
        from_s, to_s = max(since_s, level.t_s), min(until_s, after.t_s)
        if level.t_s >= since_s and level.people > before.people and level.t_s < until_s:
            people += 1
            if rule.people is not None and people >= rule.people:
                return level.t_s
        if level.people <= 0 or to_s <= from_s:
            continue
        if rule.every_ms is not None and used_s + to_s - from_s >= rule.every_ms / 1000:
            return from_s + rule.every_ms / 1000 - used_s
        used_s += to_s - from_s
    return None


def _early(
    day: DayTruth,
    space: Space,
    limits: TreatmentLimits,
    kind: KindLimits,
    long: list[tuple[float, float]],
    owed: list[_Owed],
) -> Iterator[Span]:
    """Uses that began before the break of the use before was over and its treatments done."""
    crowd = [Level(one.t_s, max(0, one.people - limits.staff)) for one in day.truth.users(space.id)]
    for from_s, until_s in uses(crowd, limits.apart.seconds, day.ends_s):
        before = [one for one in long if one[1] <= from_s]
        if not before:
            continue
        left_s = before[-1][1]
        ready_s = left_s + kind.pause.seconds
        for one in owed:
            if one.due_s == left_s:
                is_done = one.done_s < from_s
                ready_s = max(ready_s, one.done_s + one.rule.reentry_ms / 1000 if is_done else day.ends_s)
        if from_s < ready_s:
            yield Span(space.id, from_s, until_s)


def _air(day: DayTruth, space: Space, airings: list[ChoreTruth], found: dict[str, list[Span]]) -> None:
    limits = day.profile.air
    if limits is None:
        return
    series = day.air.get(space.id)
    if series is None:
        breathed = _breathed(day, space, airings)
        found["ventilation-need"] += _while(space.id, breathed, lambda ppm: ppm >= limits.air_ppm, day.ends_s)
        return
    high, too_high = limits.air_ppm, limits.leave_ppm
    found["co2-high"] += _while(space.id, series, lambda ppm: high <= ppm < too_high, day.ends_s)
    found["co2-too-high"] += _while(space.id, series, lambda ppm: ppm >= too_high, day.ends_s)


def _breathed(day: DayTruth, space: Space, airings: list[ChoreTruth]) -> Series:
    """The air of a room that nobody measures: its windows are open while it is aired."""
    air = RoomAir(space.id, space.area_m2 * space.height_m, RoomAirSettings())
    found: list[tuple[float, float]] = []
    t_s = 0.0
    while t_s < day.ends_s:
        people = day.truth.occupancy_at(space.id, t_s)
        t_s += AIR_STEP_S
        found.append((t_s, air.advance(t_s, people)))
        air.is_open = any(
            one.started_s is not None and one.started_s <= t_s < (one.done_s or day.ends_s) for one in airings
        )
    return found


def _while(subject: str, series: Series, holds: Callable[[float], bool], ends_s: float) -> Iterator[Span]:
    """The stretches of a series in which something holds."""
    since: float | None = None
    for at_s, value in series:
        if holds(value) and since is None:
            since = at_s
        elif not holds(value) and since is not None:
            yield Span(subject, since, at_s)
            since = None
    if since is not None:
        yield Span(subject, since, ends_s)


def _lessons(day: DayTruth, found: dict[str, list[Span]]) -> None:
    rooms: dict[str, list[Sitting]] = defaultdict(list)
    for sitting in sorted(day.sittings, key=lambda one: one.start_s):
        rooms[sitting.space].append(sitting)
        if sitting.enrolled > day.capacity[sitting.space]:
            found["timetable-over-cap"].append(Span(sitting.space, 0.0, sitting.start_s))
        if 0.0 <= sitting.start_s < day.ends_s:
            found["expected-against-seen"] += _unexpected(day, sitting)
    breaks = day.profile.breaks
    for space, mine in rooms.items() if breaks is not None else ():
        for one, after in pairwise(mine):
            if breaks is not None and 0.0 <= after.start_s - one.end_s < breaks.shortest.seconds:
                found["break-too-short"].append(Span(space, one.start_s, after.start_s))


def _unexpected(day: DayTruth, sitting: Sitting) -> Iterator[Span]:
    """A lesson to which nobody came, or far more than are enrolled."""
    limits = day.profile.expected
    if limits is None:
        return
    most = ceil(max(limits.more_share * sitting.enrolled, sitting.enrolled + limits.more_people)) - 1
    until_s = min(sitting.end_s, day.ends_s)
    for from_s, to_s in day.truth.over_within(sitting.space, most, sitting.start_s, until_s):
        yield Span(sitting.space, from_s, to_s)
    nobody_s = sitting.start_s + limits.nobody_after.seconds
    present = pairwise([*day.truth.users(sitting.space), Level(day.ends_s, 0)])
    came = any(one.people and one.t_s < nobody_s and after.t_s > sitting.start_s for one, after in present)
    if not came and nobody_s < until_s:
        yield Span(sitting.space, nobody_s, until_s)


def _entrances(day: DayTruth, found: dict[str, list[Span]]) -> None:
    found["elevated-screening"] += [
        Span(one.post, one.t_s, one.t_s + 2 * one.show_s) for one in day.truth.febrile
    ]
    if day.profile.dispensers is None:
        return
    low = day.profile.dispensers.low_share
    for sensor, series in day.dispensers.items():
        found["empty-dispenser"] += _while(sensor, series, lambda level: level <= low, day.ends_s)


def _faults(day: DayTruth, found: dict[str, list[Span]]) -> None:
    doors = {door.id: door for door in day.layout.doors}
    posts = {post.id: doors[post.door].inner for post in day.layout.posts}
    halls = {post.node: doors[post.door].inner for post in day.layout.posts}
    for sensor in day.layout.sensors:
        if sensor.kind is SensorKind.DISPENSER and sensor.door is not None:
            halls[sensor.node] = doors[sensor.door].inner
    for fault in day.truth.faults:
        span = Span(fault.target, fault.from_s, fault.until_s)
        if fault.kind in (FaultKind.SILENT_NODE, FaultKind.FLAPPING_NODE):
            found["silent-node"].append(span)
            found["unscreened-entrance"] += _at(halls, span)
        elif fault.kind is FaultKind.STUCK_BEAM:
            found["untrusted-door"].append(span)
        else:
            found["unscreened-entrance"] += _at(posts, span)


def _at(places: Mapping[str, str], span: Span) -> Iterable[Span]:
    return [span._replace(subject=places[span.subject])] if span.subject in places else []
