"""The truth of a simulated day in, the treatments that its rooms owed, and who came too early, out. Pure.

Seconds since the simulation's start.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from commandline.simulate_known import DayTruth, Span, uses
from hub.layout import Space
from hub.rules.owed import rule_of
from hub.treatment.limits import KindLimits, TaskRule, TreatmentLimits
from protocol.events import Task
from simulator.truth import ChoreTruth, Level


class _Owed(NamedTuple):
    """A treatment that a room owed until somebody began, and until it was done."""

    rule: TaskRule
    due_s: float
    started_s: float
    done_s: float


def note_treatments(
    day: DayTruth,
    space: Space,
    chores: Mapping[tuple[str, Task], list[ChoreTruth]],
    found: dict[str, list[Span]],
) -> None:
    """Add to what was found: what this room was owed and when, what was late, and who came too early."""
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
