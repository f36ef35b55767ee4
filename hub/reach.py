"""Whom nobody could reach: every stretch ahead in which a step of an escalation has nobody. Pure.

Evaluated before the night, not in it: the answer is for whoever can still change the duties.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from hub.duties import Duty, Role
from hub.layout import Layout
from hub.regime.alert_rule import QUIET_PRIORITY, AlertRule
from hub.roster import Roster

HORIZON = timedelta(hours=24)


class Why(Enum):
    """Why a step reaches nobody, the worst first."""

    NOBODY_ON_DUTY = "nobody-on-duty"
    #: They have receivers, and the hub's file knows none of them or none works.
    NO_WORKING_RECEIVER = "no-working-receiver"
    #: Somebody is on duty without any receiver: only the board tells them.
    BOARD_ONLY = "board-only"


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch [starts, ends) in which a role reaches nobody in a building."""

    role: Role
    #: None: every building.
    building: str | None
    #: The rules that have a step for this role, sorted.
    rules: tuple[str, ...]
    #: Those of them that then have nobody at any step: nobody at all is called.
    unheard: tuple[str, ...]
    starts: datetime
    ends: datetime
    why: Why


#: What does not change within a stretch.
_Kind = tuple[Role, Why, tuple[str, ...]]


def unreachable(
    layout: Layout,
    rules: Mapping[str, AlertRule],
    receivers: Collection[str],
    now: datetime,
    horizon: timedelta = HORIZON,
) -> list[Gap]:
    """Every gap from `now` to the horizon, by instant, role and building; `receivers` are those that work.

    What sounds nothing (P3) may wait for a shift and makes no gap. Only the instants at which a shift
    begins or ends are looked at. Rules without steps call nobody on purpose.
    """
    roster = Roster.of(layout)
    told = {name: rule for name, rule in rules.items() if rule.escalate and rule.priority < QUIET_PRIORITY}
    ends = now + horizon
    instants = [now, *(at for at in roster.boundaries(now, ends) if at < ends), ends]
    buildings: list[str | None] = [building.id for building in layout.buildings]
    gaps: list[Gap] = []
    for building in buildings or [None]:
        under_way: dict[_Kind, datetime] = {}
        for at in instants[:-1]:
            found = set(_missing(roster, told, set(receivers), building, at))
            for kind in [kind for kind in under_way if kind not in found]:
                gaps.append(_gap(kind, building, told, under_way.pop(kind), at))
            for kind in found:
                under_way.setdefault(kind, at)
        gaps += [_gap(kind, building, told, since, ends) for kind, since in under_way.items()]
    return _joined(gaps, len(buildings))


def _missing(
    roster: Roster,
    rules: Mapping[str, AlertRule],
    receivers: set[str],
    building: str | None,
    at: datetime,
) -> Iterator[_Kind]:
    """The roles that reach nobody at one instant, and the rules that then reach nobody at all."""
    roles = {step.role for rule in rules.values() for step in rule.escalate}
    why = {role: _why(roster.on_duty(role, building, at), receivers) for role in roles}
    unheard = {name for name, rule in rules.items() if all(why[step.role] for step in rule.escalate)}
    for role, reason in why.items():
        if reason is not None:
            yield role, reason, tuple(name for name in _with_step(rules, role) if name in unheard)


def _why(duties: tuple[Duty, ...], receivers: set[str]) -> Why | None:
    if not duties:
        return Why.NOBODY_ON_DUTY
    if any(one in receivers for duty in duties for one in duty.receivers):
        return None
    return Why.NO_WORKING_RECEIVER if any(duty.receivers for duty in duties) else Why.BOARD_ONLY


def _with_step(rules: Mapping[str, AlertRule], role: Role) -> tuple[str, ...]:
    return tuple(
        sorted(name for name, rule in rules.items() if any(step.role is role for step in rule.escalate))
    )


def _gap(
    kind: _Kind, building: str | None, rules: Mapping[str, AlertRule], starts: datetime, ends: datetime
) -> Gap:
    role, why, unheard = kind
    named = _with_step(rules, role)
    return Gap(role=role, building=building, rules=named, unheard=unheard, starts=starts, ends=ends, why=why)


def _joined(gaps: list[Gap], buildings: int) -> list[Gap]:
    """The gaps in order; one that every building has is one gap of the campus."""
    where: dict[tuple[datetime, datetime, str, str, tuple[str, ...]], list[Gap]] = defaultdict(list)
    for gap in gaps:
        where[gap.starts, gap.ends, gap.role.value, gap.why.value, gap.unheard].append(gap)
    joined: list[Gap] = []
    for _, same in sorted(where.items()):
        if len(same) == buildings > 1:
            same = [replace(same[0], building=None)]
        joined += sorted(same, key=lambda gap: gap.building or "")
    return joined
