"""How many alarms a guard gets: new alarms per hour, and the share of time in flood (as ISA-18.2). Pure."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.whereabouts import Whereabouts
from hub.duties import Role
from hub.layout import Layout

#: A flood begins with more than ten new alarms in ten minutes and ends with fewer than five.
FLOOD_WINDOW = timedelta(minutes=10)
FLOOD_OVER, FLOOD_ENDS_UNDER = 10, 5
_HOUR = timedelta(hours=1)
#: What asks a guard to look.
NEW = frozenset({Change.FIRED, Change.RETURNED})


class Load(Struct, frozen=True, kw_only=True):
    """What one guard was asked to look at over some hours."""

    alarms: int
    #: The most new alarms within any hour.
    per_hour_max: int
    per_hour_mean: float
    #: Share of the time in flood, 0–1.
    flood_share: float


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
    begins: datetime,
    ends: datetime,
) -> dict[str, Load]:
    """The load of each guard's duty by the alerts of its buildings; of `campus`, where there is no guard.

    Alarms that were muted from the moment they fired, and drills, ask for nobody's eyes.
    """
    transitions = list(transitions)
    places = Whereabouts(layout)
    building_of = {one.id: places.building_of(one) for one in alerts if not one.is_drill}
    muted = {(one.alert, one.at) for one in transitions if one.change is Change.MUTED}
    new = [
        one
        for one in transitions
        if one.change in NEW and one.alert in building_of and (one.alert, one.at) not in muted
    ]
    guards = {duty.id: duty.buildings for duty in layout.duties if duty.role is Role.GUARD} or {"campus": ()}
    return {
        guard: load(
            [one for one in new if not buildings or building_of[one.alert] in (None, *buildings)],
            begins,
            ends,
        )
        for guard, buildings in guards.items()
    }


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
