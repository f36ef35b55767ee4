"""A drill: a labelled fever, overload or dead door that goes the same way as a real one, end to end. Pure.

It makes findings, never events: no count and no state of a room can change by it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from hub.alerts.alert import DRILL, Change, Key, Transition
from hub.alerts.notification import Notification
from hub.alerts.steady import Steady
from hub.regime.alert_rule import AlertRule
from hub.rules import elevated_screening, over_capacity, silent_node
from hub.rules.finding import Finding
from protocol.quantities import require_utc

#: A drill ends by itself after this long.
LASTS = timedelta(minutes=15)
#: Fired no later than this: five turns of the hub (ours). A drill is not patient as its rule is.
FIRED_WITHIN_S = 1.0
#: First attempt to tell: p95 <= 5 s (reliability.md, promise 10).
TOLD_WITHIN_S = 5.0
#: Acknowledged before the second step; where there is none, within this (ux.md §4: 3 min for a P1).
ACKED_WITHIN_S = 180.0


class DrillKind(Enum):
    """What is played."""

    FEVER = "fever"
    OVERLOAD = "overload"
    DEAD_DOOR = "dead-door"


RULES = {
    DrillKind.FEVER: elevated_screening.RULE,
    DrillKind.OVERLOAD: over_capacity.RULE,
    DrillKind.DEAD_DOOR: silent_node.RULE,
}


class Drill(Struct, frozen=True, kw_only=True):
    """One drill; who began it is in the people's own file."""

    id: str
    kind: DrillKind
    space: str
    building: str | None = None
    #: The code on the door of the space.
    label: str
    started_at: datetime
    #: Somebody acknowledged it: it has done its work.
    acked_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC."""
        require_utc(self.started_at, "started_at")

    @property
    def rule(self) -> str:
        """The rule whose steps and words it takes."""
        return RULES[self.kind]

    @property
    def key(self) -> Key:
        """The key of its alert, which is never that of a real one."""
        return self.rule, f"{DRILL}{self.id}"

    @property
    def ends_at(self) -> datetime:
        """When it ends by itself."""
        return self.started_at + LASTS

    def is_on(self, now: datetime) -> bool:
        """Whether its finding is still there."""
        return self.acked_at is None and now < self.ends_at

    def shifted(self, by: timedelta) -> "Drill":
        """The drill after the wall clock was set by so much: it lasts as long as it would have."""
        acked_at = None if self.acked_at is None else self.acked_at + by
        return replace(self, started_at=self.started_at + by, acked_at=acked_at)


def findings(drills: Iterable[Drill], rules: Mapping[str, AlertRule], now: datetime) -> Iterator[Finding]:
    """What the drills under way find, labelled by their subject."""
    for drill in drills:
        if drill.is_on(now):
            rule, subject = drill.key
            clause = rules[rule].source if rule in rules else "drill"
            yield Finding(
                rule=rule,
                subject=subject,
                label=drill.label,
                space=drill.space,
                building=drill.building,
                clause=clause,
            )


class Certificate(Struct, frozen=True, kw_only=True):
    """What a drill showed; None: it never came to that. Times in seconds since it began."""

    drill: str
    kind: DrillKind
    label: str
    started_at: datetime
    fired_s: float | None
    #: The first row for a duty was written.
    told_s: float | None
    #: The first message was accepted by a receiver.
    delivered_s: float | None
    acked_s: float | None
    #: Each step of the escalation that was told: its number, and after how long.
    steps_s: dict[int, float]
    #: What was not good enough, in plain English; empty when it passed.
    faults: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether everything came in time."""
        return not self.faults


def certificate(
    drill: Drill,
    rule: AlertRule,
    transitions: Iterable[Transition],
    notifications: Iterable[Notification],
    deliveries: Mapping[str, datetime],
) -> Certificate:
    """The certificate, from the rows of the drill's alert, in order.

    `deliveries`: when each notification was accepted, by its id.
    A clock that was set during the drill moves no length of time.
    """
    steady = Steady(transitions)
    at = {one.change: one.at for one in reversed(steady.transitions)}
    rows = [(row, steady.told(number, row.at)) for number, row in enumerate(notifications)]
    accepted = sorted(
        steady.delivered(number, row.at, deliveries[row.id])
        for number, (row, _) in enumerate(rows)
        if row.id in deliveries
    )
    fired, acked = _since(drill, at.get(Change.FIRED)), _since(drill, at.get(Change.ACKED))
    told = _since(drill, min((told_at for _, told_at in rows), default=None))
    delivered = _since(drill, accepted[0] if accepted else None)
    first = rule.escalate[0].after.seconds if rule.escalate else 0.0
    before_next = rule.escalate[1].after.seconds if len(rule.escalate) > 1 else ACKED_WITHIN_S
    checks = [
        ("fired", fired, FIRED_WITHIN_S),
        ("told somebody", told, first + TOLD_WITHIN_S),
        ("delivered a message", delivered, first + TOLD_WITHIN_S),
        ("was acknowledged", acked, max(before_next, first + TOLD_WITHIN_S)),
    ]
    return Certificate(
        drill=drill.id,
        kind=drill.kind,
        label=drill.label,
        started_at=drill.started_at,
        fired_s=fired,
        told_s=told,
        delivered_s=delivered,
        acked_s=acked,
        steps_s={row.step: (at - drill.started_at).total_seconds() for row, at in reversed(rows) if row.step},
        faults=tuple(fault for check in checks for fault in _faults(*check)),
    )


def _since(drill: Drill, at: datetime | None) -> float | None:
    return None if at is None else (at - drill.started_at).total_seconds()


def _faults(what: str, took_s: float | None, at_most_s: float) -> Iterator[str]:
    if took_s is None:
        yield f"never {what}, expected within {at_most_s:g} s"
    elif took_s > at_most_s:
        yield f"{what} after {took_s:g} s, expected within {at_most_s:g} s"
