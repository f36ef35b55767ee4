"""How many alarms a guard gets: new alarms per hour, and the share of time in flood (as ISA-18.2). Pure."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.notification import Notification, Reason
from hub.alerts.whereabouts import Whereabouts
from hub.duties import Duty, Role
from hub.layout import Layout
from hub.regime.alert_rule import QUIET_PRIORITY
from hub.roster import Roster

#: A flood begins with more than ten new alarms in ten minutes and ends with fewer than five.
FLOOD_WINDOW = timedelta(minutes=10)
FLOOD_OVER, FLOOD_ENDS_UNDER = 10, 5
_HOUR = timedelta(hours=1)
#: What asks a guard to look.
NEW = frozenset({Change.FIRED, Change.RETURNED, Change.RAISED})
_CALLS = frozenset({Reason.FIRED, Reason.ESCALATED, Reason.REPEATED})


class Load(Struct, frozen=True, kw_only=True):
    """What one guard was asked to look at over some hours."""

    alarms: int
    #: The most new alarms within any hour.
    per_hour_max: int
    per_hour_mean: float
    #: Share of the time in flood, 0–1.
    flood_share: float


class GuardLoad(Struct, frozen=True, kw_only=True):
    """How many alarms one guard got."""

    #: That sounded on the board in the guard's buildings, whoever was called.
    board: Load
    #: To which the guard was called.
    told: Load


class _Edge(NamedTuple):
    at: datetime
    step: int


def load(transitions: Iterable[Transition], starts: datetime, ends: datetime) -> Load:
    """The load of [starts, ends) by these transitions: pass those of one guard's buildings.

    New is what fired or came back; the rest asks for nobody's eyes. Raises ValueError for no time.
    """
    if ends <= starts:
        raise ValueError(f"ends must be after starts, got {starts.isoformat()} to {ends.isoformat()}")
    new = sorted(one.at for one in transitions if one.change in NEW and starts <= one.at < ends)
    return Load(
        alarms=len(new),
        per_hour_max=_most_within(new, _HOUR),
        per_hour_mean=len(new) / ((ends - starts) / _HOUR),
        flood_share=_in_flood(new, ends) / (ends - starts),
    )


def loads(
    layout: Layout,
    alerts: Iterable[Alert],
    transitions: Iterable[Transition],
    notifications: Iterable[Notification],
    begins: datetime,
    ends: datetime,
) -> dict[str, GuardLoad]:
    """The load of each guard while on duty in [begins, ends); of `campus`, where the file names no guard.

    An alarm is what sounds: priorities 1 and 2. One that was muted as it fired sounds nowhere, and a drill
    is none.
    """
    transitions, places, roster = list(transitions), Whereabouts(layout), Roster.of(layout)
    sounding = {one.id: one for one in alerts if one.priority < QUIET_PRIORITY and not one.is_drill}
    building_of = {id: places.building_of(one) for id, one in sounding.items()}
    muted = {(one.alert, one.at) for one in transitions if one.change is Change.MUTED}
    new = [
        one
        for one in transitions
        if one.change in NEW and one.alert in sounding and (one.alert, one.at) not in muted
    ]
    called: dict[str, set[str]] = defaultdict(set)
    for note in notifications:
        if note.reason in _CALLS:
            called[note.duty].add(note.alert)
    guards = [duty for duty in layout.duties if duty.role is Role.GUARD]
    if not guards:
        everything = load(new, begins, ends)
        return {"campus": GuardLoad(board=everything, told=everything)}
    found: dict[str, GuardLoad] = {}
    for duty in guards:
        on = _time_on(roster, duty, begins, ends)
        heard = [one for one in new if _is_heard(duty, building_of[one.alert]) and roster.is_on(duty, one.at)]
        told = [one for one in new if one.alert in called[duty.id] and roster.is_on(duty, one.at)]
        if on:
            found[duty.id] = GuardLoad(
                board=_over(load(heard, begins, ends), begins, ends, on),
                told=_over(load(told, begins, ends), begins, ends, on),
            )
    return found


def _time_on(roster: Roster, duty: Duty, begins: datetime, ends: datetime) -> timedelta:
    """How long the duty is on in [begins, ends)."""
    edges = [begins, *roster.boundaries(begins, ends), ends]
    spans = pairwise(edges)
    return sum((end - start for start, end in spans if roster.is_on(duty, start)), timedelta(0))


def _over(one: Load, begins: datetime, ends: datetime, on: timedelta) -> Load:
    """The load as seen in the hours on duty alone."""
    share = on / (ends - begins)
    return replace(
        one, per_hour_mean=one.per_hour_mean / share, flood_share=min(1.0, one.flood_share / share)
    )


def _is_heard(duty: Duty, building: str | None) -> bool:
    return building is None or not duty.buildings or building in duty.buildings


def _most_within(instants: list[datetime], window: timedelta) -> int:
    recent: deque[datetime] = deque()
    most = 0
    for at in instants:
        recent.append(at)
        while at - recent[0] >= window:
            recent.popleft()
        most = max(most, len(recent))
    return most


def _in_flood(instants: list[datetime], ends: datetime) -> timedelta:
    """How long the flood lasted: what came goes out of the window again ten minutes later."""
    edges = sorted([_Edge(at, 1) for at in instants] + [_Edge(at + FLOOD_WINDOW, -1) for at in instants])
    total, inside = timedelta(0), 0
    since: datetime | None = None
    for edge in edges:
        inside += edge.step
        if since is None and inside > FLOOD_OVER:
            since = edge.at
        elif since is not None and inside < FLOOD_ENDS_UNDER:
            total += max(timedelta(0), min(edge.at, ends) - since)
            since = None
    return total
