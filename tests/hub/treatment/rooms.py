"""Limits and stories of rooms for the tests of treatment. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hub.counts.steps import Step
from hub.layout import SensorKind, SpaceKind
from hub.treatment.follower import Doubt, Follower
from hub.treatment.limits import (
    Interval,
    KindLimits,
    LampLimits,
    ProofWeights,
    TaskLimits,
    TreatmentLimits,
)
from hub.treatment.record import RoomDay
from hub.treatment.view import RoomTreatment
from protocol.events import Action, Proof, Task
from protocol.quantities import Duration

#: 04:00 in Almaty on 23 November 2026.
DAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock(text: str) -> datetime:
    """`9:40` or `9:40:30` of the test's day, in hours after 04:00 local time plus four."""
    parts = [int(one) for one in text.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    return DAY + timedelta(hours=hours - 4, minutes=minutes, seconds=seconds)


def ms(at: str) -> int:
    return (clock(at) - EPOCH) // timedelta(milliseconds=1)


def minute(at: str) -> int:
    return ms(at) // 60_000


def limits(
    *,
    pause: str = "20min",
    airing_needed: float = 0.5,
    short_counts: bool = False,
    after_use: tuple[Task, ...] = (Task.AIRING, Task.SURFACES),
    fans: bool = True,
    open_lamps: bool = True,
) -> TreatmentLimits:
    """Airing 20 min, surfaces 5 min and 5 min of dwell, equipment 5 min, lamp 30 and 15 min."""
    airing = TaskLimits(source="§36.4", minimum=Duration("20min"), needed=airing_needed)
    return TreatmentLimits(
        source="§36.4",
        weights=ProofWeights(source="ours"),
        tasks={
            "airing": airing,
            "surfaces": TaskLimits(
                source="§36.6",
                minimum=Duration("5min"),
                dwell=Duration("5min"),
                short_counts=short_counts,
            ),
            "equipment": TaskLimits(source="§36.3", minimum=Duration("5min")),
            "air_disinfection": TaskLimits(
                source="§36.4, lamp",
                minimum=Duration("30min"),
                nobody_inside=True,
                reentry=Duration("15min"),
            ),
        },
        kinds={
            "classroom": KindLimits(
                source="§36.4",
                after_use=after_use,
                pause=Duration(pause),
                leave_after=Duration("40min"),
                leave_source="§36.3",
            ),
            "canteen": KindLimits(
                source="§36.7",
                while_used=(Interval(task=Task.SURFACES, source="§36.7", people=15),),
            ),
            "corridor": KindLimits(
                source="§36.5",
                while_used=(
                    Interval(task=Task.AIRING, source="§36.5", every=Duration("40min")),
                    Interval(task=Task.SURFACES, source="§36.6", every=Duration("2h"), people=100),
                ),
            ),
        },
        lamps=LampLimits(source="science §4", open_lamps=open_lamps, fans=fans),
    )


class Story:
    """One room's day, told in order or not; `at` looks at it."""

    def __init__(self, some: TreatmentLimits | None = None, kind: SpaceKind = SpaceKind.CLASSROOM) -> None:
        self.limits = some or limits()
        self.day = RoomDay()
        self.people: dict[int, tuple[int, int]] = {}
        self.counted: dict[int, int] = {}
        self.doubts: list[Doubt] = []
        self.kind = kind
        self.seq = 0
        self.follower = self.fresh()

    def fresh(self) -> Follower:
        return Follower(self.limits.of(self.kind), ms("4:00"))

    def _number(self) -> int:
        self.seq += 1
        return self.seq

    def enter(self, at: str, people: int = 1) -> "Story":
        return self._pass(at, people, 0)

    def leave(self, at: str, people: int = 1) -> "Story":
        return self._pass(at, 0, people)

    def _pass(self, at: str, ins: int, outs: int) -> "Story":
        self.passed(minute(at), ins, outs)
        return self

    def passed(self, one: int, ins: int, outs: int) -> None:
        """People in a minute since 1970; the follower is told as cheaply as it may be."""
        had = self.people.get(one, (0, 0))
        self.people[one] = (had[0] + ins, had[1] + outs)
        self._tell_step(one)

    def recount(self, one: int, people: int) -> None:
        """Somebody counted so many at the end of a minute since 1970."""
        self.counted[one] = max(people, self.counted.get(one, 0))
        self._tell_step(one)

    def _tell_step(self, one: int) -> None:
        if one >= max(self.people.keys() | self.counted.keys()):
            self.follower.newest(list(self.steps(one))[-1])
        else:
            self.follower.restep(one)

    def lesson(self, starts: str, ends: str, people: int = 20) -> "Story":
        return self.enter(starts, people).leave(ends, people)

    def word(self, at: str, task: Task, action: Action, reason: str = "") -> "Story":
        self.follower.touch(self.day.word(ms(at), self._number(), task=task, action=action, reason=reason))
        return self

    def node(self, at: str, task: Task, action: Action, proof: Proof) -> "Story":
        number = self._number()
        self.follower.touch(
            self.day.treatment(ms(at), "node", "E", number, task=task, action=action, proof=proof)
        )
        return self

    def window(self, at: str, is_open: bool, sensor: str = "w1") -> "Story":
        number = self._number()
        self.follower.touch(
            self.day.contact(
                ms(at), "node", "E", number, sensor=sensor, kind=SensorKind.WINDOW, is_open=is_open
            )
        )
        return self

    def hold(self, at: str, on: bool) -> "Story":
        self.follower.touch(self.day.hold(ms(at), self._number(), on=on))
        return self

    def air(self, at: str, ppm: float) -> "Story":
        self.follower.touch(self.day.air(minute(at), ppm))
        return self

    def silent(self, begins: str, ends: str | None = None) -> "Story":
        self.doubts.append((ms(begins), None if ends is None else ms(ends)))
        self.follower.touch(ms(begins))
        return self

    def steps(self, since: int = 0) -> Iterable[Step]:
        inside = 0
        for one in sorted(self.people.keys() | self.counted.keys()):
            ins, outs = self.people.get(one, (0, 0))
            inside = self.counted.get(one, max(0, inside + ins - outs))
            if one >= since:
                yield Step(one, ins, outs, inside)

    def at(self, when: str) -> RoomTreatment:
        return self.follower.view(self.day, self.steps, self.doubts, clock(when))

    def folded_anew(self, when: str) -> RoomTreatment:
        return self.fresh().view(self.day, self.steps, self.doubts, clock(when))
