"""The truth of a simulated day in, the stretches in which each rule ought to speak out. Pure.

Nothing of the hub's own reckoning is used but its limits: uses, treatments, air and lessons are taken from
what people really did. Seconds since the simulation's start.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from math import ceil

from commandline.simulate_known import DayTruth, Series, Sitting, Span
from commandline.simulate_owed import note_treatments
from hub.layout import SensorKind, Space
from protocol.events import Task
from simulator.faults import FaultKind
from simulator.room_air import RoomAir, RoomAirSettings
from simulator.truth import ChoreTruth, Level

#: The air of rooms without a sensor is worked out in steps of this length, seconds.
AIR_STEP_S = 60.0


def deserved(day: DayTruth) -> dict[str, list[Span]]:
    """By rule, what it ought to speak of; a rule that is not here had no reason to speak."""
    found: dict[str, list[Span]] = defaultdict(list)
    chores: dict[tuple[str, Task], list[ChoreTruth]] = defaultdict(list)
    for chore in day.truth.chores:
        chores[chore.space, chore.task].append(chore)
    for space in day.layout.spaces:
        over = day.truth.over(space.id, day.capacity[space.id], day.ends_s)
        found["over-capacity"] += [Span(space.id, *one) for one in over]
        note_treatments(day, space, chores, found)
        _air(day, space, chores[space.id, Task.AIRING], found)
    _lessons(day, found)
    _entrances(day, found)
    _faults(day, found)
    return dict(found)


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
